from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ishowtts.voices.quality import Quality, clipped_share, judge, measure
from tests.voices.clips import BUILT_IN, RATE, clipped, melody, noisy, speech, telephone


def codes(pcm: np.ndarray) -> tuple[set[str], set[str]]:
    """Refusals and warnings."""
    found = judge(measure(pcm, RATE, clipped_share(pcm[:, None])))
    return {f.code for f in found if f.refused}, {f.code for f in found if not f.refused}


@pytest.mark.parametrize("voice", BUILT_IN)
def test_the_voices_that_ship_pass_without_a_word(voice: str) -> None:
    assert codes(speech(voice)) == (set(), set())


@pytest.mark.parametrize("voice", ["bella", "george", "xiaobei", "yunxi"])
@pytest.mark.parametrize("snr", [0, 5, 10])
def test_speech_in_noise_is_refused(voice: str, snr: float) -> None:
    assert "noisy" in codes(noisy(speech(voice), snr))[0]


@pytest.mark.parametrize("voice", ["bella", "george", "xiaobei", "yunxi"])
def test_some_noise_is_warned_of_and_little_is_not(voice: str) -> None:
    assert codes(noisy(speech(voice), 15)) == (set(), {"noisy"})
    assert codes(noisy(speech(voice), 30)) == (set(), set())


@pytest.mark.parametrize("snr", [5.0, 10.0, 15.0, 20.0, 30.0])
def test_the_estimate_is_near_the_truth(snr: float) -> None:
    assert measure(noisy(speech(), snr), RATE).snr_db == pytest.approx(snr, abs=1)


@pytest.mark.parametrize("voice", ["bella", "george", "xiaobei", "yunxi"])
def test_clipping_is_refused_at_any_level(voice: str) -> None:
    hard = clipped(speech(voice), 10)
    assert codes(hard)[0] == {"clipped"}
    assert codes(0.3 * hard)[0] == {"clipped"}
    assert codes(clipped(speech(voice), 0)) == (set(), set())


def test_clipping_of_one_channel_is_seen() -> None:
    two = np.stack([clipped(speech(), 12), clipped(speech(), 0)], axis=1)
    assert clipped_share(two) > 0.005
    assert clipped_share(np.zeros((100, 2))) == 0


TIME = np.arange(5 * RATE) / RATE


@pytest.mark.parametrize(
    "sound",
    [
        0.3 * np.sin(2 * np.pi * 440 * TIME),
        0.1 * np.sign(np.sin(2 * np.pi * 50 * TIME)),
        0.1 * np.random.default_rng(0).standard_normal(TIME.size),
        np.where(np.arange(TIME.size) % 6000 < 20, 0.5, 0.0),
        melody(),
    ],
    ids=["tone", "hum", "noise", "clicks", "melody"],
)
def test_what_is_not_speech_is_refused_as_such(sound: np.ndarray) -> None:
    assert "no_speech" in codes(sound)[0]


def test_the_telephone_is_warned_of() -> None:
    assert codes(telephone(speech())) == (set(), {"narrow_band"})


def test_pauses_length_and_level() -> None:
    one = speech()
    edges = np.zeros(2 * RATE)
    assert codes(np.concatenate([edges, one, edges])) == (set(), set())
    assert codes(np.concatenate([one, np.zeros(2 * RATE), one[RATE:], edges, one[: RATE // 2]])) == (set(), set())
    assert codes(np.concatenate([one[: 2 * RATE], np.zeros(5 * RATE), one[: 2 * RATE]])) == (set(), {"silence"})
    assert codes(np.concatenate([one[: 2 * RATE], np.zeros(20 * RATE), one[: 2 * RATE]]))[0] == {"silence"}
    assert codes(np.concatenate([one[: round(1.3 * RATE)], edges]))[1] == {"little_speech"}
    assert codes(np.concatenate([one[: round(0.6 * RATE)], edges]))[0] == {"no_speech"}
    assert codes(one[: round(1.9 * RATE)])[0] == {"too_short"}
    assert codes(np.tile(one, 4)) == (set(), {"long"})
    assert codes(np.tile(one, 8))[0] == {"too_long"}
    assert codes(one * 10 ** (-24 / 20))[1] == {"quiet"}
    assert "quiet" in codes(one * 10 ** (-40 / 20))[0]


def test_refusals_come_first_and_say_what_to_do() -> None:
    bad = Quality(1.0, 0.1, 0.9, 0.2, 5, 3000, 0.1, -60)
    found = judge(bad)
    assert [f.code for f in found if f.refused] == ["too_short", "no_speech", "silence", "clipped", "noisy", "quiet"]
    assert [f.refused for f in found] == sorted((f.refused for f in found), reverse=True)
    assert all(f.message.endswith(".") for f in found)


@given(
    st.integers(2400, 30_000),
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.0, 1e-8, 1e-3, 1.0, 1e4]),
    st.sampled_from(["noise", "zeros", "impulse", "constant", "step"]),
)
def test_any_finite_sound_has_finite_figures(samples: int, seed: int, scale: float, kind: str) -> None:
    random = np.random.default_rng(seed)
    pcm = {
        "noise": random.standard_normal(samples),
        "zeros": np.zeros(samples),
        "impulse": (np.arange(samples) == samples // 2).astype(float),
        "constant": np.ones(samples),
        "step": (np.arange(samples) > samples // 2).astype(float),
    }[kind] * scale
    found = measure(pcm, RATE, clipped_share(pcm[:, None]))
    assert all(math.isfinite(value) for value in dataclasses.astuple(found))
    assert 0 <= found.silence <= 1
    assert 0 <= found.clipping <= 1
    assert any(f.refused for f in judge(found)), "none of these is a voice"


def test_what_is_too_short_to_measure_is_told() -> None:
    with pytest.raises(ValueError, match="too short"):
        measure(np.zeros(100), RATE)
