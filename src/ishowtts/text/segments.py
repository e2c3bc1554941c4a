"""Long text → pieces short enough for one synthesis, cut where a speaker would pause.

The first piece is short, so that sound starts early; later ones grow, since long pieces cost less for each second.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import NamedTuple

from ishowtts.text.language import HAN, LATIN

TINY_SECONDS = 1.0
_GROWTH = 2.0  # each piece may be this much longer than the one before it, up to the maximum

_SENTENCE_MARKS = ".!?…。！？｡"
_CLAUSE_MARKS = ",;:，、；：—–"
_CLOSING = "\"'”’)）」』】》〉\\]"  # as in a character class
_END = re.compile(f"[{_SENTENCE_MARKS}]+[{_CLOSING}]*")
_CLAUSE = re.compile(f"[{_CLAUSE_MARKS}]+[{_CLOSING}]*")
_BLANK_LINE = re.compile(r"\S[^\S\n]*\n[^\S\n]*\n")
_LOOK_AHEAD = 2  # characters after a mark that tell what it is
_WORD_EDGE = re.compile(f"(?<=\\s)(?=\\S)|(?=[{HAN}])|(?<=[{HAN}])")
_IS_HAN, _IS_LATIN = re.compile(f"[{HAN}]"), re.compile(f"[{LATIN}]")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"“'])(?:mr|mrs|ms|mx|dr|prof|st|mt|ft|gen|gov|sen|rep|capt|lt|col|sgt|rev|hon|jr|sr|vs|approx|dept"
    r"|(?:[a-z]\.)*[a-z])\.$",
    re.IGNORECASE,
)
_BEFORE_NUMBER = re.compile(r"(?:^|[\s(])(?:no|nos|fig|figs|vol|ch|sec|pp?)\.$", re.IGNORECASE)


class _Breaks(NamedTuple):
    """Positions in the text after which it may be cut, sorted."""

    sentences: list[int]
    clauses: list[int]
    words: list[int]


def predicted_seconds(text: str) -> float:
    """About how long `text` is when spoken at an average pace; off by some 10 % for a plain sentence."""
    return sum(weights(text))


def split(text: str, *, first_seconds: float, max_seconds: float) -> list[str]:
    """Pieces of `text` in order, without the spaces between them; none if it is blank.

    The first lasts about `first_seconds`; all last at most `max_seconds` by `predicted_seconds`. Nothing is lost.
    """
    return [text[a:b] for a, b in split_spans(text, first_seconds=first_seconds, max_seconds=max_seconds)]


def split_spans(text: str, *, first_seconds: float, max_seconds: float) -> list[tuple[int, int]]:
    """Where the pieces of `split` are: (first, past-the-last) character, without the spaces around."""
    if not text.strip():
        return []
    spans = (_stripped(text, a, b) for a, b in _Splitter(text, min(first_seconds, max_seconds), max_seconds).pieces())
    return [(a, b) for a, b in spans if a < b]


def _stripped(text: str, a: int, b: int) -> tuple[int, int]:
    piece = text[a:b]
    return a + len(piece) - len(piece.lstrip()), b - len(piece) + len(piece.rstrip())


def settled(text: str, start: int = 0) -> int:
    """End of the last sentence or paragraph that more text cannot change, 0 if there is none; ends before `start` are
    not looked for. For text that is still growing."""
    sure = len(text) - _LOOK_AHEAD
    ends = [m.end() for m in _END.finditer(text, start) if m.end() <= sure and _ends_sentence(text, m)]
    ends += [m.end() for m in _BLANK_LINE.finditer(text, start)]
    return max(ends, default=0)


def weights(text: str) -> list[float]:
    """Seconds for each character. Means over English and Mandarin speech; a run of marks is one pause."""
    out, before = [], ""
    for c in text:
        if "a" <= c <= "z":
            seconds = 0.07
        elif "A" <= c <= "Z":
            seconds = 0.25 if "A" <= before <= "Z" else 0.07  # an acronym is spelled
        elif c.isspace():
            seconds = 0.0
        elif c.isdigit():
            seconds = 0.3
        elif c.isalpha():
            seconds = 0.07 if _IS_LATIN.match(c) else 0.2
        elif c in _SENTENCE_MARKS or c in _CLAUSE_MARKS:
            seconds = 0.0 if before in _SENTENCE_MARKS + _CLAUSE_MARKS else 0.25 if c in "。！？!?…" else 0.1
        else:
            seconds = 0.0
        out.append(seconds)
        before = c
    return out


def _find_breaks(text: str) -> _Breaks:
    sentences = [m.end() for m in _END.finditer(text) if _ends_sentence(text, m)]
    clauses = [m.end() for m in _CLAUSE.finditer(text) if _ends_clause(text, m)]
    return _Breaks(sentences, clauses, [m.start() for m in _WORD_EDGE.finditer(text)])


def _ends_clause(text: str, mark: re.Match[str]) -> bool:
    """1,000 and 12:30 and http: are one word; 好,我 is two."""
    before, after = text[mark.start() - 1 : mark.start()], text[mark.end() : mark.end() + 1]
    if before.isdigit() and after.isdigit():
        return False
    ascii_only = mark[0][0] in ",;:" and not _IS_HAN.match(before + after) and not _IS_HAN.match(after)
    return not ascii_only or not after or after.isspace()


def _ends_sentence(text: str, mark: re.Match[str]) -> bool:
    before, after = text[max(0, mark.start() - 12) : mark.start() + 1], text[mark.end() : mark.end() + 2]
    if any(c in "。！？!?｡" for c in mark[0]):
        return not (mark[0][-1] not in _SENTENCE_MARKS and after[-1:].islower())  # "Stop!" he said
    if not after:
        return True
    if not after[0].isspace():  # 3.14, example.com; but 你好.再见
        return not after[0].isdigit() and bool(_IS_HAN.search(before[-2:] + after[0]))
    if after[-1].islower() or (after[-1].isdigit() and _BEFORE_NUMBER.search(before)):
        return False
    return mark[0][:2] == ".." or mark[0][0] == "…" or not _ABBREVIATION.search(before)


class _Splitter:
    def __init__(self, text: str, first: float, longest: float) -> None:
        self.text, self.first, self.longest = text, first, longest
        self.tiny = min(TINY_SECONDS, 0.5 * first)
        self.upto = [0.0, *accumulate(weights(text))]  # seconds before each position
        self.breaks = _find_breaks(text)

    def pieces(self) -> list[tuple[int, int]]:
        return self._pack([part for span in self._sentences() for part in self._cap(*span)])

    def _seconds(self, a: int, b: int) -> float:
        return self.upto[b] - self.upto[a]

    def _sentences(self) -> list[tuple[int, int]]:
        """Sentences, the first of them cut again if it is much longer than the first piece should be."""
        ends = sorted({*self.breaks.sentences, len(self.text)})
        spans = [(a, b) for a, b in zip([0, *ends], ends, strict=False) if a < b]
        while len(spans) > 1 and self._seconds(*spans[0]) < self.tiny:
            spans[:2] = [(spans[0][0], spans[1][1])]
        a, b = spans[0]
        if self._seconds(a, b) > 1.25 * self.first:
            low, high = max(self.tiny, 0.5 * self.first), 1.3 * self.first
            cut = self._nearest(self.breaks.clauses, a, b, low, self.first, high)
            if cut is None and self._seconds(a, b) > 1.75 * self.first:
                cut = self._nearest(self.breaks.words, a, b, low, self.first, high)
            if cut is not None and self._seconds(cut, b) >= self.tiny:
                spans[:1] = [(a, cut), (cut, b)]
        return spans

    def _nearest(self, among: list[int], a: int, b: int, low: float, wanted: float, high: float) -> int | None:
        """The break in (a, b) whose distance from `a`, in seconds, is within low..high and nearest to `wanted`."""
        begin = max(bisect_right(among, a), bisect_left(among, bisect_left(self.upto, self.upto[a] + low)))
        best, error = None, float("inf")
        for at in among[begin:]:
            seconds = self._seconds(a, at)
            if at >= b or seconds > high:
                break
            if seconds >= low and abs(seconds - wanted) < error:
                best, error = at, abs(seconds - wanted)
        return best

    def _cap(self, a: int, b: int) -> list[tuple[int, int]]:
        """Cut a sentence in parts of about equal length, none over the maximum: at clauses, words, or anywhere."""
        parts = []
        while (seconds := self._seconds(a, b)) > self.longest:
            wanted = seconds / (seconds // self.longest + 1)
            cut = self._nearest(self.breaks.clauses, a, b, 0.5 * wanted, wanted, self.longest)
            cut = cut or self._nearest(self.breaks.words, a, b, 0.5 * wanted, wanted, self.longest)
            cut = cut or max(a + 1, bisect_right(self.upto, self.upto[a] + self.longest) - 1)
            if cut >= b:
                break
            parts.append((a, cut))
            a = cut
        return [*parts, (a, b)]

    def _pack(self, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Join neighbours while they fit the growing limit, and tiny ones as long as the maximum allows."""
        groups = [[spans[0]]]
        limit = self.first
        for span in spans[1:]:
            start, end = groups[-1][0][0], groups[-1][-1][1]
            if self._seconds(start, span[1]) <= (self.longest if self._seconds(start, end) < self.tiny else limit):
                groups[-1].append(span)
            else:
                groups.append([span])
                limit = min(self.longest, limit * _GROWTH)
        if len(groups) > 1 and self._seconds(groups[-1][0][0], groups[-1][-1][1]) < self.tiny:
            before, tail = groups[-2], groups[-1]
            if self._seconds(before[0][0], tail[-1][1]) <= self.longest:
                groups[-2:] = [before + tail]
            elif len(before) > 1:
                tail.insert(0, before.pop())
        return [(group[0][0], group[-1][1]) for group in groups]
