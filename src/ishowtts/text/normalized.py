"""A text as it is said, what was changed in it, and the way back to the text as it was written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """`original[start:end]` is said as `spoken`; empty: it is skipped."""

    start: int
    end: int
    spoken: str
    rule: str


@dataclass(frozen=True, slots=True)
class Normalized:
    """`text` is said for `original`; of each character of it, where what it stands for is; in code points."""

    original: str
    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    """A space or mark that was put in has none of the original: it starts and ends behind what is before it."""
    changes: tuple[Change, ...] = ()
    """In order, apart from each other."""
    unknown: tuple[tuple[int, int], ...] = ()
    """Spans of letters of no language that is spoken here. They stay in `text`: a fine-tune may know them."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Of `text[start:end]` in `original`; an empty one is at the place where it would be."""
        if start >= end:
            at = self.starts[start] if start < len(self.starts) else len(self.original)
            return at, at
        return self.starts[start], max(self.ends[end - 1], self.starts[start])


def put_together(
    original: str, written: str, changes: Iterable[Change], unknown: Sequence[tuple[int, int]] = ()
) -> Normalized:
    """`written` (as long as `original`) with the changes made in it. Words that a change brings together are kept apart
    by a space; of the spaces around what is skipped one is left, and none before a closing mark."""
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    last = ""

    def add(said: str, start: int, end: int, *, kept: bool, apart: bool) -> None:
        """`kept`: sign by sign what the original has; `apart`: it or what is before it was rewritten."""
        nonlocal last
        if apart and last and last.isalnum() and said[0].isalnum() and (last < "\u2e80" and said[0] < "\u2e80"):
            add(" ", start, start, kept=False, apart=False)
        if said[0] == " " and (not last or last == " "):
            said, start = said[1:], start + kept
            if not said:
                return
        if last == " " and said[0] in ",.!?;:，。！？；：、…)）":
            parts.pop(), starts.pop(), ends.pop()
        parts.extend(said)
        if kept:
            starts.extend(range(start, end))
            ends.extend(range(start + 1, end + 1))
        else:
            starts.extend([start] * len(said))
            ends.extend([end] * len(said))
        last = said[-1]

    done, rewritten = 0, False
    made = []
    for change in sorted(changes, key=lambda c: (c.start, c.end)):
        if change.start > done:
            add(written[done : change.start], done, change.start, kept=True, apart=rewritten)
            rewritten = False
        if change.spoken:
            add(change.spoken, change.start, change.end, kept=False, apart=True)
        rewritten, done = True, change.end
        made.append(change)
    if done < len(written):
        add(written[done:], done, len(written), kept=True, apart=rewritten)
    if last == " ":
        parts.pop(), starts.pop(), ends.pop()
    return Normalized(original, "".join(parts), tuple(starts), tuple(ends), tuple(made), tuple(unknown))
