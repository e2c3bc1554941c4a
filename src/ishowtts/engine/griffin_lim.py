"""Sound whose spectrum is what the mel says, with phases that agree with each other: for vocoders that are small.

A small Vocos gets magnitudes nearly right and phases badly. Its magnitudes are first made to agree with the mel they
came from, then fast Griffin-Lim (Perraudin, Balazs and Søndergaard, WASPAA 2013) looks for the sound that has them. Its
phases begin at random: from Vocos's own the search ends sooner, in a worse place.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torchaudio.functional import melscale_fbanks

from ishowtts.engine.features import HOP_LENGTH, N_MELS, SAMPLE_RATE

N_FFT = 1024
EPS = 1e-9


@dataclass(frozen=True)
class Refinement:
    """`fits` rounds towards the mel, then `iterations` of Griffin-Lim with `momentum` (0 is the classic one)."""

    fits: int = 10
    iterations: int = 60
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
        magnitude = self._fitted(self._stft(wav).abs().T, log_mel.exp()).T
        # The same phases for the same length, on every device: a seed means the same sound.
        start = torch.rand(magnitude.shape, generator=torch.Generator().manual_seed(0)).to(wav.device)
        phase = torch.polar(torch.ones_like(start), 2 * torch.pi * start)
        pull, before = self.refinement.momentum / (1 + self.refinement.momentum), torch.zeros_like(phase)
        for _ in range(self.refinement.iterations):
            now = self._stft(self._istft(magnitude * phase, len(wav)))
            phase = now - pull * before
            phase, before = phase / phase.abs().clamp(min=EPS), now
        return self._istft(magnitude * phase, len(wav))

    def _fitted(self, magnitude: Tensor, mel: Tensor) -> Tensor:
        """magnitude (n, 513) and mel (n, 100), both linear → the nearest magnitude with that mel, by rounds of scaling
        each bin by how far the bands around it are off."""
        magnitude = magnitude + 1e-5
        for _ in range(self.refinement.fits):
            ratio = mel @ self.filters.T / (magnitude @ self.filters @ self.filters.T + EPS)
            magnitude = magnitude * ratio
        return magnitude

    def _stft(self, wav: Tensor) -> Tensor:
        return torch.stft(wav, N_FFT, HOP_LENGTH, window=self.window, return_complex=True)

    def _istft(self, spectrum: Tensor, length: int) -> Tensor:
        return torch.istft(spectrum, N_FFT, HOP_LENGTH, window=self.window, length=length)
