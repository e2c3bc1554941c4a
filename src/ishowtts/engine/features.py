"""Log-mel features: what the diffusion model paints and the vocoder reads.

All F5-TTS models share one analysis (24 kHz, 1024-point Hann window, hop 256, 100 HTK mel bands, magnitude, natural
log). A small model learns faster when the values have zero mean, unit variance and no deep floor under digital
silence, so a checkpoint may carry an affine normalisation; the official ones carry none.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ishowtts.engine.upstream import upstream

SAMPLE_RATE = 24_000
HOP_LENGTH = 256
N_MELS = 100
FRAMES_PER_SECOND = SAMPLE_RATE / HOP_LENGTH


@dataclass(frozen=True)
class MelNorm:
    """`model value = (max(log_mel, floor) - mean) / std`."""

    mean: float = 0.0
    std: float = 1.0
    floor: float = -11.512925464970229  # ln(1e-5): upstream's own clamp

    def encode(self, log_mel: Tensor) -> Tensor:
        return (log_mel.clamp(min=self.floor) - self.mean) / self.std

    def decode(self, value: Tensor) -> Tensor:
        return value * self.std + self.mean


class MelFeatures(nn.Module):
    """Upstream's `MelSpec` followed by a checkpoint's `MelNorm`; goes to `CFM(mel_spec_module=...)`."""

    n_mel_channels = N_MELS
    target_sample_rate = SAMPLE_RATE
    hop_length = HOP_LENGTH

    def __init__(self, norm: MelNorm | None = None) -> None:
        super().__init__()
        self.norm = norm or MelNorm()
        self.spec = upstream("modules").MelSpec()

    def forward(self, wav: Tensor) -> Tensor:
        """wav (b, samples) at 24 kHz → normalised log-mel (b, 100, 1 + samples // 256), fp32."""
        with torch.autocast(wav.device.type, enabled=False):
            return self.norm.encode(self.spec(wav.float()))
