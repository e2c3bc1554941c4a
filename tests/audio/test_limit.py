from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from ishowtts.audio.limit import limit

RATE = 24_000
SINE = (0.5 * np.sin(2 * np.pi * 200 * np.arange(RATE) / RATE)).astype(np.float32)


@given(arrays.arrays(np.float32, st.integers(0, 3000), elements=st.floats(-4, 4, width=32)), st.floats(0.01, 1))
def test_nothing_is_over_the_ceiling_and_nothing_is_raised(pcm: np.ndarray, ceiling: float) -> None:
    out = limit(pcm, RATE, ceiling)
    assert out.shape == pcm.shape
    assert np.max(np.abs(out), initial=0) <= ceiling * (1 + 1e-5)
    assert (np.abs(out) <= np.abs(pcm) * (1 + 1e-5)).all()


def test_what_is_low_enough_is_the_same_array() -> None:
    assert limit(SINE, RATE, 0.6) is SINE


def test_only_what_is_near_a_peak_is_touched_and_smoothly() -> None:
    spiky = SINE.copy()
    spiky[12_000] = 0.9
    out = limit(spiky, RATE, 0.6)
    assert out[12_000] == pytest.approx(0.6, rel=1e-3)
    far = np.abs(np.arange(RATE) - 12_000) > 0.005 * RATE
    assert np.array_equal(out[far], spiky[far])
    audible = np.abs(spiky) > 0.1
    gain = np.divide(out, spiky, out=np.ones_like(out), where=audible)
    assert np.abs(np.diff(gain[audible])).max() < 0.05


def test_edges_count_as_well() -> None:
    for index in (0, -1):
        spiky = SINE.copy()
        spiky[index] = 2.0
        assert np.abs(limit(spiky, RATE, 0.6)).max() <= 0.6 * (1 + 1e-5)
