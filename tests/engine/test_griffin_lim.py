from __future__ import annotations

import pytest
import torch

from ishowtts.engine.features import MelFeatures
from ishowtts.engine.griffin_lim import GriffinLim, Refinement
from ishowtts.engine.vocoder import Vocoder, make_vocos


def glide(samples: int) -> torch.Tensor:
    """A gliding tone with overtones and a little noise: (samples,)."""
    t = torch.arange(samples) / 24_000
    phase = 2 * torch.pi * (180 * t + 40 * t**2)
    return sum((torch.sin(k * phase) / k for k in range(1, 9)), 0.01 * torch.randn(samples)) * 0.2


def mel_of(wav: torch.Tensor) -> torch.Tensor:
    return MelFeatures()(wav[None])[0].T


@pytest.fixture(scope="module")
def damaged() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """A sound, its mel, and the sound with phases and levels spoilt, as a bad vocoder might give it."""
    torch.manual_seed(0)
    wav = glide(24_064)
    window = torch.hann_window(1024)
    spectrum = torch.stft(wav, 1024, 256, window=window, return_complex=True)
    spoilt = torch.polar(
        spectrum.abs() * torch.empty(spectrum.shape).uniform_(0.5, 1.5), torch.rand(spectrum.shape) * 6.28
    )
    return wav, mel_of(wav), torch.istft(spoilt, 1024, 256, window=window, length=len(wav))


def error(wav: torch.Tensor, log_mel: torch.Tensor) -> float:
    return float((mel_of(wav) - log_mel).abs().mean())


def test_the_sound_comes_nearer_to_its_mel(damaged: tuple[torch.Tensor, torch.Tensor, torch.Tensor]) -> None:
    wav, log_mel, spoilt = damaged
    refined = GriffinLim(Refinement())(spoilt, log_mel)
    assert refined.shape == wav.shape
    assert error(refined, log_mel) < 0.3 * error(spoilt, log_mel)
    assert float(refined.std()) == pytest.approx(float(wav.std()), rel=0.1)


def test_more_rounds_come_nearer(damaged: tuple[torch.Tensor, torch.Tensor, torch.Tensor]) -> None:
    _, log_mel, spoilt = damaged
    errors = [error(GriffinLim(Refinement(iterations=n))(spoilt, log_mel), log_mel) for n in (0, 8, 60)]
    assert errors[0] > errors[1] > errors[2]


def test_it_is_the_same_sound_each_time_and_in_company() -> None:
    torch.manual_seed(0)
    vocoder = Vocoder(make_vocos(32, 64, 2), -7.0, Refinement(iterations=3))
    mels = [torch.randn(n, 100) - 3 for n in (30, 70)]
    together = vocoder.decode(mels)
    for mel, sound in zip(mels, together, strict=True):
        assert sound.shape == (256 * len(mel),)
        torch.testing.assert_close(vocoder(mel), sound, rtol=1e-4, atol=1e-5)
