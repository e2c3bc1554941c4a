from __future__ import annotations

from ishowtts.bench.upstream_text import chunks, new_frames


def test_chunks_are_upstreams_own_with_their_faults() -> None:
    said = "Some call me nature. "
    assert chunks("Dr. Smith is here. He waits.", said, 2.0)[0].startswith("Dr. Smith is here.")
    tiny = chunks("Dr. Smith, hello.", said, 21.9)
    assert tiny == ["Dr.", "Smith,", "hello."]


def test_the_length_rule_has_its_cliff() -> None:
    assert new_frames("Hi there.", "x" * 21, 300) == int(300 / 21 * 9 / 0.3)
    assert new_frames("Hi there!!", "x" * 21, 300) == int(300 / 21 * 10)
    assert new_frames("好的。", "x" * 21, 300) == int(300 / 21 * 9 / 0.3)
