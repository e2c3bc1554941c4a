"""Vocos as an ONNX graph, for runtimes that are not torch: mel in, the spectrum's real and imaginary part out.

The inverse STFT is left to the caller: ONNX has no complex numbers, and TensorRT no inverse STFT.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ishowtts.engine.features import N_MELS
from ishowtts.engine.vocoder import MAX_MAGNITUDE, Vocoder

OPSET = 17
INPUT, OUTPUTS = "mel", ("real", "imag")


class Spectrum(nn.Module):
    """(b, 100, n) log-mel → real and imaginary part, (b, 513, n) each, of the STFT frames of the sound."""

    def __init__(self, vocoder: Vocoder) -> None:
        super().__init__()
        self.backbone, self.head, self.floor = vocoder.vocos.backbone, vocoder.vocos.head, vocoder.floor

    def forward(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        if self.floor is not None:
            mel = mel.clamp(min=self.floor)
        out: Any = self.head.out(self.backbone(mel))
        magnitude, phase = out.transpose(1, 2).chunk(2, 1)  # mT is not known to the exporter
        magnitude = magnitude.exp().clamp(max=MAX_MAGNITUDE)
        return magnitude * phase.cos(), magnitude * phase.sin()


@torch.no_grad()
def export(vocoder: Vocoder, path: Path, frames: int = 256) -> None:
    """Write the graph, with any batch and any number of frames; `frames` is that of the trace."""
    example = torch.randn(1, N_MELS, frames)
    axes = {name: {0: "batch", 2: "frames"} for name in (INPUT, *OUTPUTS)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter's own age: the newer one wants packages that are not here
        torch.onnx.export(
            Spectrum(vocoder).eval().float().cpu(),
            (example,),
            str(path),
            input_names=[INPUT],
            output_names=list(OUTPUTS),
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )


def nmse(expected: Tensor, found: Tensor) -> float:
    """Energy of the difference over the energy of what was expected."""
    return float((expected - found).square().sum() / expected.square().sum().clamp(min=1e-12))
