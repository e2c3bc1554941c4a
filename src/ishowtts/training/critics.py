"""What tells true sound from the vocoder's: slim relatives of the discriminators of Vocos (arXiv 2306.00814).

Spectra at several resolutions (upstream's `DiscriminatorR` with few channels), and the waveform folded at several
periods, as in HiFi-GAN (arXiv 2010.05646), at a hundredth of its width, which a CPU can train.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm
from vocos.discriminators import DiscriminatorR

SLOPE = 0.1


class PeriodCritic(nn.Module):
    """wav (b, samples) → scores (b, anything) and the maps they come from, seen as rows of `period` samples."""

    def __init__(self, period: int, channels: tuple[int, ...] = (16, 32, 64, 64, 64)) -> None:
        super().__init__()
        self.period = period
        sizes = zip((1, *channels), channels, (3, 3, 3, 3, 1), strict=False)
        self.convs = nn.ModuleList(
            weight_norm(nn.Conv2d(a, b, (5, 1), (stride, 1), padding=(2, 0))) for a, b, stride in sizes
        )
        self.score = weight_norm(nn.Conv2d(channels[-1], 1, (3, 1), padding=(1, 0)))

    def forward(self, wav: Tensor) -> tuple[Tensor, list[Tensor]]:
        missing = -wav.shape[1] % self.period
        x = F.pad(wav[:, None], (0, missing), mode="reflect").unflatten(2, (-1, self.period))  # type: ignore[no-untyped-call]
        maps = []
        for conv in self.convs:
            x = F.leaky_relu(conv(x), SLOPE)
            maps.append(x)
        score = self.score(x)
        return score.flatten(1), [*maps, score]


class Critics(nn.Module):
    """wav (b, samples) → a score and a list of maps of each critic."""

    def __init__(self, windows: tuple[int, ...] = (1024, 512), periods: tuple[int, ...] = (2, 3, 5, 7, 11)) -> None:
        super().__init__()
        self.spectral = nn.ModuleList(DiscriminatorR(window, channels=12) for window in windows)
        self.periodic = nn.ModuleList(PeriodCritic(period) for period in periods)

    def forward(self, wav: Tensor) -> tuple[list[Tensor], list[list[Tensor]]]:
        scores, maps = zip(*(critic(wav) for critic in (*self.spectral, *self.periodic)), strict=True)
        return list(scores), list(maps)
