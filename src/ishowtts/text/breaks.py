"""Where a text may be cut: at ends of sentences, between clauses, before phrases, between words. In both languages.

A sentence's end is a mark, unless the mark belongs to a word (Dr., 3.14, example.com, A.B.C), or the sentence goes on
behind it ("Stop!" he said).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, cached_property
from typing import Any

from ishowtts.text.language import HAN
from ishowtts.text.pace import CLAUSE_MARKS, SENTENCE_MARKS

LOOK_AHEAD = 2
"""Characters after a mark that tell what it is."""

_CLOSING = "\"'”’)）」』】》〉\\]"  # as in a character class
_EMOJI = "\u2600-\u27bf\U0001f000-\U0001faff\u200d\ufe0f"
_END = re.compile(f"(?:[{SENTENCE_MARKS}]+[{_CLOSING}]*)+(?:\s?[{_EMOJI}]+)*")
_SURE = "。！？!?｡"
_CLAUSE = re.compile(
    f"[{CLAUSE_MARKS}]+[{_CLOSING}]*|(?<=[{HAN}{_CLOSING}])[～~]+|(?<=\\s)-(?=\\s)|(?<=[{HAN}])\\s(?=[{HAN}])"
)
_BLANK_LINE = re.compile(r"\S[^\S\n]*\n[^\S\n]*\n")
_HAN = re.compile(f"[{HAN}]")
_HAN_RUN = re.compile(f"[{HAN}]{{2,}}")
_WORD_EDGE = re.compile(f"(?<=\\s)(?=\\S)|(?<![{HAN}])(?=[{HAN}])|(?<=[{HAN}])(?=[^{HAN}\\s])")

_GOES_ON = re.compile(
    r"mr|mrs|ms|mx|dr|prof|mt|ft|gen|gov|sen|rep|capt|lt|col|sgt|rev|hon|fr|vs|approx|dept|e\.g|i\.e|cf|al"
)
"""What comes next belongs to it."""
_MAY_END = re.compile(r"st|jr|sr|etc|ph\.d|inc|ltd|co|corp|(?:[a-z]\.)*[a-z]")
"""So too, unless what comes next can only open a sentence."""
_BEFORE_NUMBER = re.compile("nos?|figs?|vol|ch|sec|pp?|art|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec")
_NEAR = 12  # characters looked back at: longer than any of them
_LAST_WORD = re.compile(r"(?:^|[\s(\"“‘'])([A-Za-z][A-Za-z.]*)\.$")
_ITEM = re.compile(r"(?:^|[!?。！？]\s?|[a-z]{2,}\.\s|\n)\d{1,2}\.$")
_OF_A_DAY = re.compile(
    r"\s+(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|[A-Z]{2,4}\b)"
)
_OPENER = re.compile(
    r"\s+(?:He|She|It|They|We|You|The|This|That|These|Those|There|Then|But|And|So|In|Now|What|Why|How|When|Who|I|I['’]\w+"
    r"|If|As|Our|My|His|Her|Their|Not|No|Yes|Another|Listen|Look)\b"
)
_SAID = re.compile(r"[^。！？，\s]{0,6}(?:说|问|喊|道|叫|答|嚷)")
_OPEN_TITLE, _LONGEST_TITLE = "《", 30

_PHRASE = re.compile(
    r"(?<=\s)(?=(?:and|but|or|so|because|since|although|though|while|when|where|which|who|that|if|unless|until|after"
    r"|before|with|without|into|through|about|between|for|from)\s)"
    r"|(?=但是|可是|不过|因为|所以|而且|并且|或者|还是|然后|如果|虽然|于是|结果|其实|只要|就算|当然)"
)
_LEANS_ON = re.compile(  # what is before the cut wants what is behind it
    r"(?:^|\s)(?:an?|the|my|your|his|her|its|our|their|this|that|these|those|of|to|in|on|at|by|for|with|from|into|and|or"
    r"|but|as|than|is|are|was|were|be|very|so|too|not|no|if|because|which|who|more|most|\S*\d|\S*[A-Z][a-z]{0,4}\.)\s$"
    r"|[的在和把被与或很都不没是有要会能想这那每第最太更还也就又再让给对从到向跟比我你他她它新大小一]$",
    re.IGNORECASE,
)
_LEANS_BACK = "的地得了着过吗呢吧啊呀哦嘛啦们上下里中时后前个"


class Breaks:
    """Positions after which a text may be cut, sorted; a cut among the earlier kinds is heard less.

    Each is found when it is asked for: where marks are enough, nobody looks for words.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def sentences(self) -> list[int]:
        return list(sentence_ends(self._text))

    @cached_property
    def clauses(self) -> list[int]:
        return [m.end() for m in _CLAUSE.finditer(self._text) if _ends_clause(self._text, m)]

    @cached_property
    def phrases(self) -> list[int]:
        return [m.start() for m in _PHRASE.finditer(self._text) if not self._is_torn(m.start())]

    @cached_property
    def words(self) -> list[int]:
        return [at for at in self._edges if not self._is_torn(at)]

    @cached_property
    def signs(self) -> list[int]:
        """Edges where something is torn apart that belongs together: an article and its noun, two signs of one word."""
        between = {i for m in _HAN_RUN.finditer(self._text) for i in range(m.start() + 1, m.end())}
        return sorted(between.union(self._edges))

    @cached_property
    def _edges(self) -> list[int]:
        text = self._text
        found = {m.start() for m in _WORD_EDGE.finditer(text)}
        return sorted(found.union(at for m in _HAN_RUN.finditer(text) for at in _word_edges(m[0], m.start())))

    def _is_torn(self, at: int) -> bool:
        before = self._text[max(0, at - _NEAR) : at]
        return self._text[at : at + 1] in _LEANS_BACK or _LEANS_ON.search(before) is not None


def warm_up() -> None:
    """Load the word list of Chinese (30 MB, a quarter of a second), so that no text has to wait for it."""
    list(_word_edges("你好", 0))


def sentences(text: str) -> list[tuple[int, int]]:
    """The sentences of `text`, which together are all of it: first and past-the-last character."""
    ends = sorted({*sentence_ends(text), len(text)})
    return [(a, b) for a, b in zip([0, *ends], ends, strict=False) if a < b]


def first_clause(text: str) -> str:
    """Up to the first mark at which a speaker would pause; all of a text that has none."""
    ends = [next(sentence_ends(text), len(text))]
    ends += [m.start() for m in _CLAUSE.finditer(text, 0, ends[0]) if _ends_clause(text, m)][:1]
    return text[: min(ends)]


def settled(text: str, start: int = 0) -> int:
    """End of the last sentence or paragraph that more text cannot change, 0 if there is none; ends before `start` are
    not looked for. For text that is still growing."""
    sure = len(text) - LOOK_AHEAD
    ends = [end for end in sentence_ends(text, start) if end <= sure]
    ends += [m.end() for m in _BLANK_LINE.finditer(text, start)]
    return max(ends, default=0)


def sentence_ends(text: str, start: int = 0) -> Iterator[int]:
    """Past the last mark of each, from `start` on."""
    return (m.end() for m in _END.finditer(text, start) if _ends_sentence(text, m))


def _ends_sentence(text: str, mark: re.Match[str]) -> bool:
    marks = mark[0].rstrip()
    before, after = text[max(0, mark.start() - _NEAR) : mark.start() + 1], text[mark.end() : mark.end() + LOOK_AHEAD]
    if any(c in _SURE for c in marks):
        if marks[-1] not in SENTENCE_MARKS:  # "Stop!" he said
            said = marks[-1] in "”’」』" and _SAID.match(text, mark.end())
            return not (after[-1:].islower() or said or marks[-1] == "》")
        return not _in_title(text, mark.start())
    if not after:
        return True
    if not after[0].isspace():  # 3.14, example.com; but 你好.再见
        chinese = _HAN.search(before[-2:] + after[0])
        return (
            bool(chinese)
            and not after[0].isdigit()
            and not _ITEM.search(text, max(0, mark.start() - _NEAR), mark.start() + 1)
        )
    if after[-1].islower():
        return False
    return mark[0][0] == "…" or mark[0][:2] == ".." or _ends_more_than_a_word(before, after, text, mark)


def _ends_more_than_a_word(before: str, after: str, text: str, mark: re.Match[str]) -> bool:
    """A full stop, a space, and then no small letter."""
    m = _LAST_WORD.search(before)
    if m is None:
        return not _ITEM.search(text, max(0, mark.start() - _NEAR), mark.start() + 1)
    word = m[1].lower()
    if word in ("a.m", "p.m"):
        return not _OF_A_DAY.match(text, mark.end())
    if _GOES_ON.fullmatch(word) or (_BEFORE_NUMBER.fullmatch(word) and after[-1].isdigit()):
        return False
    if _MAY_END.fullmatch(word):
        return _OPENER.match(text, mark.end()) is not None
    return True


def _in_title(text: str, at: int) -> bool:
    """《你好！李焕英》 goes on behind its mark."""
    opened = text.rfind(_OPEN_TITLE, max(0, at - _LONGEST_TITLE), at)
    return opened >= 0 and "》" not in text[opened:at] and "》" in text[at : at + _LONGEST_TITLE]


def _ends_clause(text: str, mark: re.Match[str]) -> bool:
    """1,000 and 12:30 and http: are one word; 好,我 is two."""
    before, after = text[mark.start() - 1 : mark.start()], text[mark.end() : mark.end() + 1]
    if mark[0][0] in "～~- " or mark[0].isspace():
        return True
    if before.isdigit() and after.isdigit():
        return False
    ascii_only = mark[0][0] in ",;:" and not _HAN.match(before + after) and not _HAN.match(after)
    return not ascii_only or not after or after.isspace()


def _word_edges(han: str, start: int) -> Iterator[int]:
    at = start
    for word in _segmenter()(han):
        at += len(word)
        yield at


@cache
def _segmenter() -> Any:
    import rjieba  # a dictionary of its own, loaded at the first use

    return rjieba.cut
