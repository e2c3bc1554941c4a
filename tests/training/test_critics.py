from __future__ import annotations

import pytest
import torch

from ishowtts.training.critics import Critics, PeriodCritic


@pytest.mark.parametrize(("period", "samples"), [(2, 4000), (3, 4000), (11, 4001)])
def test_a_period_critic_sees_only_what_is_a_whole_number_of_periods_away(period: int, samples: int) -> None:
    torch.manual_seed(0)
    critic, wav = PeriodCritic(period), torch.randn(1, samples)
    score, maps = critic(wav)
    other = wav.clone()
    other[0, 5 * period :: period] += 1.0  # phase 0 of the period
    moved = (critic(other)[0] - score).detach().view(-1, period)
    assert bool((moved[:, 0] != 0).any())
    assert float(moved[:, 1:].abs().max()) == 0
    assert len(maps) == 6
    assert maps[-1].flatten(1).shape == score.shape


def test_critics_learn_to_tell_a_tone_from_noise() -> None:
    torch.manual_seed(0)
    critics = Critics()
    optimizer = torch.optim.AdamW(critics.parameters(), lr=1e-3)
    tone = torch.sin(torch.arange(4096) * 0.05)[None] * torch.linspace(0.2, 0.9, 4)[:, None]
    for _ in range(8):
        (real, _), (fake, _) = critics(tone), critics(torch.randn(4, 4096) * 0.3)
        loss = sum(f.relu().mean() - r.clamp(max=1).mean() for r, f in zip(real, fake, strict=True))
        assert isinstance(loss, torch.Tensor)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    with torch.no_grad():
        (real, maps), (fake, _) = critics(tone), critics(torch.randn(4, 4096) * 0.3)
    assert len(real) == len(maps) == 7
    assert sum(float(r.mean() > f.mean()) for r, f in zip(real, fake, strict=True)) >= 6
