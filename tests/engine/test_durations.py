from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from ishowtts.engine.durations import (
    LEAD_FRAMES,
    SILENCE,
    TAIL_FRAMES,
    DurationPredictor,
    DurationShape,
    edge_frames,
    with_edges,
)

SHAPE = DurationShape(n_symbols=12)
IDS = [0, 3, 4, 5, 6, 7, 8, 3, 4, 2, 2]


@pytest.fixture(scope="module")
def model() -> DurationPredictor:
    torch.manual_seed(0)
    model = DurationPredictor(SHAPE).eval()
    with torch.no_grad():
        model.out.bias.fill_(1.5)  # about 3.5 frames a symbol
    return model


def test_edges_are_those_of_the_training_speech() -> None:
    assert with_edges("ab.") == [SILENCE, "a", "b", ".", "."]
    assert with_edges("ab") == [SILENCE, "a", "b", "."]
    assert with_edges("a? b, c") == [SILENCE, "a", "?", "?", SILENCE, "b", ",", " ", "c", "."]
    assert with_edges("a. ") == [SILENCE, "a", ".", "."]
    assert with_edges("") == with_edges(" ") == []


def test_edges_have_fixed_lengths() -> None:
    assert edge_frames([0, 5, 6, 2, 2]) == [LEAD_FRAMES, 0, 0, 0, TAIL_FRAMES]
    assert edge_frames([0, 5, 0]) == [LEAD_FRAMES, 0, TAIL_FRAMES]
    assert edge_frames([0, 5, 2, 0, 6, 2]) == [LEAD_FRAMES, 0, TAIL_FRAMES, LEAD_FRAMES, 0, TAIL_FRAMES]
    assert edge_frames([0, 5, 0, 0, 6, 0]) == [LEAD_FRAMES, 0, TAIL_FRAMES, LEAD_FRAMES, 0, TAIL_FRAMES]


def test_it_is_small() -> None:
    assert sum(p.numel() for p in DurationPredictor(DurationShape(115)).parameters()) <= 500_000


def test_padding_does_not_change_an_utterance(model: DurationPredictor) -> None:
    alone = model(torch.tensor([IDS]), torch.tensor([0.1]))
    padded = torch.tensor([IDS + [0] * 7])
    keep = torch.tensor([[1.0] * len(IDS) + [0.0] * 7])
    together = model(padded, torch.tensor([0.1]), keep)
    torch.testing.assert_close(together[:, : len(IDS)], alone)
    assert together[:, len(IDS) :].abs().sum() == 0


def test_rounding_keeps_the_total(model: DurationPredictor) -> None:
    exact = model.frames(IDS, 0.03, 1.1)
    whole = model.predict(IDS, 0.03, 1.1)
    assert all(n >= 0 for n in whole)
    assert sum(whole) == round(sum(exact))
    assert all(abs(sum(whole[:i]) - sum(exact[:i])) <= 0.5 for i in range(len(IDS) + 1))


def test_speed_shortens_all_but_the_edges(model: DurationPredictor) -> None:
    slow, fast = model.frames(IDS, 0.0, 1.0), model.frames(IDS, 0.0, 2.0)
    assert (fast[0], fast[-1]) == (slow[0], slow[-1]) == (LEAD_FRAMES, TAIL_FRAMES)
    assert fast[1:-1] == pytest.approx([s / 2 for s in slow[1:-1]], rel=1e-5)


def test_beyond_the_seen_rates_all_is_stretched_alike(model: DurationPredictor) -> None:
    a, b = model.frames(IDS, 0.5)[1:-1], model.frames(IDS, 1.5)[1:-1]
    assert b == pytest.approx([x * 2.718281828 for x in a], rel=1e-4)


@settings(deadline=None, max_examples=30)
@given(total=st.floats(45.0, 120.0))
def test_the_rate_of_a_clip_gives_its_length_again(model: DurationPredictor, total: float) -> None:
    rate = model.estimate_rate(IDS, total)
    assert sum(model.frames(IDS, rate)) == pytest.approx(total, abs=0.2)


def test_an_impossible_length_gives_the_nearest_rate(model: DurationPredictor) -> None:
    assert model.estimate_rate(IDS, 1) == pytest.approx(-1.6, abs=1e-3)
    assert model.estimate_rate(IDS, 1e6) == pytest.approx(1.6, abs=1e-3)


def test_no_symbols_last_no_time(model: DurationPredictor) -> None:
    assert model.predict([], 0.0) == []


def test_weights_travel_as_safetensors(model: DurationPredictor, tmp_path: Path) -> None:
    save_file(model.state_dict(), tmp_path / "durations.safetensors")
    other = DurationPredictor(DurationShape(**asdict(SHAPE))).eval()
    other.load_state_dict(load_file(tmp_path / "durations.safetensors"))
    assert other.frames(IDS, 0.2) == model.frames(IDS, 0.2)
