from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import torch

from ishowtts.training.loop import Ema, Log, learning_rate, save_atomically


def test_the_rate_rises_then_falls_to_its_floor() -> None:
    rates = [learning_rate(step, 1.0, 10, 100) for step in range(120)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[9] == pytest.approx(1.0)
    assert all(a >= b for a, b in itertools.pairwise(rates[10:]))
    assert rates[-1] == pytest.approx(0.05)


def test_the_average_follows_and_lags() -> None:
    model = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.zeros_(model.weight)
    ema = Ema(model, 0.9)
    torch.nn.init.ones_(model.weight)
    values = []
    for _ in range(60):
        ema.update(model)
        values.append(float(ema.shadow["weight"]))
    assert 0 < values[0] < 1
    assert values == sorted(values)
    assert values[-1] == pytest.approx(1.0, abs=0.01)


def test_a_save_leaves_no_partial_file(tmp_path: Path) -> None:
    save_atomically(tmp_path / "run" / "last.pt", {"step": 3})
    assert torch.load(tmp_path / "run" / "last.pt", weights_only=True) == {"step": 3}
    assert [p.name for p in (tmp_path / "run").iterdir()] == ["last.pt"]


def test_the_log_goes_on_after_a_restart(tmp_path: Path) -> None:
    for step in (1, 2):
        Log(tmp_path / "log.csv", ["loss"]).row(step, loss=0.5 / step)
    lines = (tmp_path / "log.csv").read_text().splitlines()
    assert lines[0] == "step,seconds,loss"
    assert [line.split(",")[0] for line in lines[1:]] == ["1", "2"]
