"""Sound whose spectrum is what the mel says, with phases that agree with each other: for vocoders that are small.

A small Vocos gets magnitudes nearly right and phases badly. Its magnitudes are first made to agree with the mel they
came from, then fast Griffin-Lim (Perraudin, Balazs and Søndergaard, WASPAA 2013) looks for the sound that has them. Its
phases begin at random: from Vocos's own the search ends sooner, in a worse place.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchaudio.functional import melscale_fbanks

from ishowtts.engine.features import HOP_LENGTH, N_MELS, SAMPLE_RATE
from ishowtts.engine.overlap_add import N_FFT, overlap_add

EPS = 1e-9


@dataclass(frozen=True)
class Refinement:
    """`fits` rounds towards the mel, then `iterations` of Griffin-Lim with `momentum` (0 is the classic one)."""

    fits: int = 10
    iterations: int = 32
    momentum: float = 0.99


class GriffinLim(nn.Module):
    filters: Tensor
    window: Tensor

    def __init__(self, refinement: Refinement) -> None:
        super().__init__()
        self.refinement = refinement
        filters = melscale_fbanks(N_FFT // 2 + 1, 0, SAMPLE_RATE / 2, N_MELS, SAMPLE_RATE)
        self.register_buffer("filters", filters, persistent=False)
        self.register_buffer("window", torch.hann_window(N_FFT), persistent=False)

    @torch.no_grad()
    def forward(self, wav: Tensor, log_mel: Tensor) -> Tensor:
        """wav (256 * n,) fp32 as Vocos gives it for log_mel (n + 1, 100) fp32 → (256 * n,) fp32."""
        magnitude = self._fitted(self._stft(wav).abs(), log_mel.exp())
        # The same phases for the same length, on every device: a seed means the same sound.
        start = torch.rand(magnitude.T.shape, generator=torch.Generator().manual_seed(0)).to(wav.device).T
        phase = torch.polar(torch.ones_like(start), 2 * torch.pi * start).contiguous()
        pull, before = self.refinement.momentum / (1 + self.refinement.momentum), torch.zeros_like(phase)
        weight = overlap_add(self.window.square().expand(len(phase), -1))
        for _ in range(self.refinement.iterations):
            now = self._stft(self._istft(magnitude * phase, weight))
            phase, before = torch.sub(now, before, alpha=pull).sgn(), now
        return self._istft(magnitude * phase, weight)

    def _fitted(self, magnitude: Tensor, mel: Tensor) -> Tensor:
        """magnitude (n, 513) and mel (n, 100), both linear → the nearest magnitude with that mel, by rounds of scaling
        each bin by how far the bands around it are off."""
        magnitude, wanted = magnitude + 1e-5, mel @ self.filters.T
        for _ in range(self.refinement.fits):
            magnitude = magnitude * wanted / (magnitude @ self.filters @ self.filters.T + EPS)
        return magnitude

    def _stft(self, wav: Tensor) -> Tensor:
        """(256 * n,) → (n + 1, 513), as `torch.stft` has it the other way round. With frames in rows the transform
        itself is most of the work; `torch.stft` and `torch.istft` spend five times as long on laying them out."""
        half = N_FFT // 2
        padded = F.pad(wav[None], (half, half), mode="reflect")[0]
        spectrum: Tensor = torch.fft.rfft(padded.unfold(0, N_FFT, HOP_LENGTH) * self.window)
        return spectrum

    def _istft(self, spectrum: Tensor, weight: Tensor) -> Tensor:
        """(n + 1, 513) → (256 * n,), divided by `weight`, the sum of the squared windows."""
        return (overlap_add(torch.fft.irfft(spectrum, N_FFT) * self.window) / weight).flatten()
