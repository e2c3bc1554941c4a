"""Word times on their way out: from a segment's own sound to the whole speech."""

from __future__ import annotations

from collections.abc import Sequence

from ishowtts.audio.join import Placed
from ishowtts.audio.silence import Cut
from ishowtts.text.timing import WordTime


def in_speech(
    times: Sequence[WordTime], cuts: Sequence[Cut], placed: Placed, sample_rate: int, after: float = 0.0
) -> tuple[WordTime, ...]:
    """Seconds of a segment's sound → seconds of the speech it became part of, after `cuts` were taken out of it.

    What was cut off is over at once: the word it was planned for is moved to the edge. Nothing is before `after`, the
    end of the last word of the segment before, even where a long fade lets both be heard.
    """

    def moved(seconds: float) -> float:
        sample = seconds * sample_rate
        sample -= sum(max(0.0, min(sample, end) - start) for start, end in cuts)
        return max(after, min(max(sample + placed.zero, placed.begin), placed.end) / sample_rate)

    return tuple(time._replace(t0=moved(time.t0), t1=moved(time.t1)) for time in times)
