from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from ishowtts.api.alignment import Aligner, Alignment
from ishowtts.synthesis.speak import Chunk
from ishowtts.text.clean import clean
from ishowtts.text.segments import split
from ishowtts.text.timing import WordTime

TEXTS = st.text(
    st.sampled_from("aB1 \n\t.,!?。，欢迎\u200b\ufe0f🎉é\u0301") | st.characters(codec="utf-8"), max_size=80
)


def chunks_of(text: str) -> list[Chunk]:
    """As a speech of `text` would come: marks alone make no segment."""
    pieces = [piece for piece in split(text, first_seconds=0.5, max_seconds=1) if any(c.isalnum() for c in piece)]
    chunks, t0 = [], 0.0
    for index, piece in enumerate(pieces):
        pcm = np.zeros(240 * len(piece), np.float32)
        chunks.append(Chunk(pcm, 24_000, piece, index, len(pieces), t0))
        t0 += pcm.size / 24_000
    return chunks


@given(TEXTS)
@example(":\x1b\x1bÀÀ")
def test_every_character_is_there_once_and_time_never_goes_back(text: str) -> None:
    spoken = clean(text)
    chunks = chunks_of(spoken)
    if not chunks:
        return
    aligner, whole = Aligner(text), (Alignment(), Alignment())
    for chunk in chunks:
        for sum, part in zip(whole, aligner.align(chunk), strict=True):
            sum.extend(part)
    for alignment, expected in zip(whole, (text, spoken), strict=True):
        assert "".join(alignment.characters) == expected
        starts, ends = alignment.character_start_times_seconds, alignment.character_end_times_seconds
        assert len(starts) == len(ends) == len(expected)
        times = [time for pair in zip(starts, ends, strict=True) for time in pair]
        assert times == sorted(times)
        assert times[0] >= 0
        assert times[-1] <= round(chunks[-1].t0 + chunks[-1].duration, 3)


def test_words_of_the_engine_time_the_characters_and_a_mark_put_in_takes_none() -> None:
    text = " A title\n\nHi \u200byou "
    spoken = clean(text)
    assert spoken == "A title. Hi you"
    words = (WordTime(1, 2, 0.1, 0.2), WordTime(3, 8, 0.2, 0.7), WordTime(10, 12, 1.0, 1.2), WordTime(14, 17, 1.3, 1.6))
    pcm = np.zeros(2000, np.float32)
    original, normalized = Aligner(text).align(Chunk(pcm, 1000, spoken, 0, 1, 0.0, words=words))
    begins = dict(zip(spoken, normalized.character_start_times_seconds, strict=True))
    ends = dict(zip(spoken, normalized.character_end_times_seconds, strict=True))
    assert (begins["A"], begins["."], ends["."], begins["H"], begins["y"], ends["u"]) == (0.1, 0.7, 0.7, 1.0, 1.3, 2.0)
    assert original.characters == list(text)
    assert original.character_start_times_seconds[text.index("you")] == 1.3
    assert original.character_end_times_seconds[-1] == 2.0
