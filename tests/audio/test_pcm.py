from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ishowtts.audio.pcm import to_s16le


def test_full_scale_is_clipped_and_never_wraps() -> None:
    samples = np.frombuffer(to_s16le(np.array([0.0, 1.0, -1.0, 1.5, -9.0, 0.5])), "<i2")
    assert samples.tolist() == [0, 32767, -32767, 32767, -32767, 16384]


def test_values_that_are_not_numbers_become_silence_or_full_scale() -> None:
    samples = np.frombuffer(to_s16le(np.array([np.nan, np.inf, -np.inf])), "<i2")
    assert samples.tolist() == [0, 32767, -32767]


@given(st.lists(st.floats(-1, 1, width=32), max_size=64))
def test_error_is_at_most_half_a_step(values: list[float]) -> None:
    pcm = np.array(values, dtype=np.float32)
    back = np.frombuffer(to_s16le(pcm), "<i2") / 32767
    assert np.all(np.abs(back - pcm) <= 0.51 / 32767)
