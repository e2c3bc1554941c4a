from __future__ import annotations

from pathlib import Path

import onnxruntime
import pytest
import torch

from ishowtts.engine.features import N_MELS
from ishowtts.engine.overlap_add import N_FFT, overlap_add
from ishowtts.engine.vocoder import load_vocoder
from ishowtts.engine.vocoder_export import INPUT, Spectrum, export, nmse


@pytest.mark.slow
def test_the_graph_says_what_torch_says_for_any_length_and_batch(tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="torch writes ONNX with the package onnx")
    vocoder = load_vocoder("f5-mini")
    path = tmp_path / "vocoder.onnx"
    export(vocoder, path, frames=64)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    for batch, frames in ((1, 64), (2, 37), (1, 200)):
        mel = torch.randn(batch, N_MELS, frames, generator=torch.Generator().manual_seed(frames))
        with torch.no_grad():
            expected = Spectrum(vocoder).float()(mel)
        for one, other in zip(expected, session.run(None, {INPUT: mel.numpy()}), strict=True):
            assert one.shape == (batch, N_FFT // 2 + 1, frames)
            assert nmse(one, torch.from_numpy(other)) < 1e-6


@pytest.mark.slow
def test_the_spectrum_is_that_of_the_sound() -> None:
    vocoder = load_vocoder("f5-mini")
    vocoder.refine = None
    mel = torch.randn(1, N_MELS, 80, generator=torch.Generator().manual_seed(1)) * 2 - 4
    with torch.no_grad():
        real, imag = Spectrum(vocoder).float()(mel)
        frames = torch.fft.irfft(torch.complex(real, imag).mT, N_FFT) * vocoder.window
        sound = overlap_add(frames) / overlap_add(vocoder.window.square().expand_as(frames)).clamp(min=1e-11)
        expected = vocoder.decode([mel[0].T])[0]
    ours = sound[0].flatten()[: len(expected)]
    # The last frame counts twice in `decode`, so that its end differs.
    inner = slice(0, len(expected) - 3 * N_FFT)
    assert nmse(expected[inner], ours[inner]) < 1e-3


def test_no_difference_is_none() -> None:
    assert nmse(torch.ones(3), torch.ones(3)) == 0
    assert nmse(torch.ones(4), torch.zeros(4)) == 1
