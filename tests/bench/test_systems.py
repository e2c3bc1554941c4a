"""All systems say the same jobs."""

from pathlib import Path

import numpy as np
import pytest

from ishowtts.bench.lines import lines
from ishowtts.bench.systems import NAMES, Maker, default_names
from ishowtts.engine.features import HOP_LENGTH
from ishowtts.errors import ConfigError
from tests.bench.tiny import SETUP, weights

QUICK = ("upstream", "upstream-bf16", "ours-eager")


def said(names: tuple[str, ...], folder: Path) -> dict[str, np.ndarray]:
    maker, line = Maker(weights(), SETUP), lines(SETUP, folder)[0]
    result = {}
    for name in names:
        each = maker.make(name).say(line.job("one", 3, seed=5))
        assert (each.steps, each.rows) == (3, 2)
        assert each.frames == round(sum(SETUP.seconds) * 93.75)
        assert 0 < each.steps_seconds < each.seconds
        result[name] = each.pcm
    return result


def check(sounds: dict[str, np.ndarray]) -> None:
    """As many seconds from all, but for the frame that `Vocos.decode` leaves out; and of each kind the same sound."""
    assert len(sounds["upstream"]) == 70 * HOP_LENGTH
    for name, sound in sounds.items():
        assert sound.dtype == np.float32
        assert len(sound) == (71 if name.startswith("ours") else 70) * HOP_LENGTH
        kin = sounds["ours-eager" if name.startswith("ours") else "upstream"]
        away = np.abs(sound - kin).max() / np.abs(kin).max()
        assert away < (0.3 if name == "upstream-bf16" else 1e-3), name


def test_the_same_seconds_from_all(tmp_path: Path) -> None:
    check(said(QUICK, tmp_path))


@pytest.mark.slow
def test_compiled_systems_too(tmp_path: Path) -> None:
    check(said(NAMES, tmp_path))


def test_upstream_shares_weights_and_keeps_its_own_steps(tmp_path: Path) -> None:
    maker, line = Maker(weights(), SETUP), lines(SETUP, tmp_path)[0]
    upstream, bf16 = maker.make("upstream"), maker.make("upstream-bf16")
    assert upstream.runs == "fp32, eager"
    assert bf16.runs == "bf16 autocast, eager"
    first = upstream.say(line.job("a", 2, seed=1))
    bf16.say(line.job("b", 4, seed=2))
    again = upstream.say(line.job("c", 2, seed=1))
    assert np.array_equal(first.pcm, again.pcm)


def test_names() -> None:
    assert default_names("cpu") == NAMES
    with pytest.raises(ConfigError, match="ours-eager"):
        Maker(weights(), SETUP).make("theirs")
