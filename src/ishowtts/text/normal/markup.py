"""Markdown, as language models and forums write it: its marks are not said, its lines end."""

from __future__ import annotations

import re

from ishowtts.text.language import HAN
from ishowtts.text.normal.draft import Draft
from ishowtts.text.normalized import Change

_RULE_NAME = "markdown"
_MAYBE = re.compile(r"[*_`~#>|\[\n\u2029-]")
_IMAGE_OR_LINK = re.compile(r"!?\[([^\[\]\n]{0,200})\]\([^()\s]{1,500}\)")
_FENCE = re.compile(r"(?:^|(?<=\s))```[a-z]{0,12}(?=\s|$)|```")
_PAIRS = (
    re.compile(r"(\*\*\*)(?=\S)[^*\n]{1,500}?(?<=\S)(\*\*\*)"),
    re.compile(r"(\*\*)(?=\S)[^*\n]{1,500}?(?<=\S)(\*\*)"),
    re.compile(r"(?<!\w)(__)(?=\S)[^_\n]{1,500}?(?<=\S)(__)(?!\w)"),
    re.compile(r"(~~)(?=\S)[^~\n]{1,500}?(?<=\S)(~~)"),
    re.compile(r"(?<![\w*])(\*)(?=[^\s*])[^*\n]{1,300}?(?<=[^\s*])(\*)(?![\w*])"),
    re.compile(r"(?<!\w)(_)(?=[^\s_])[^_\n]{1,300}?(?<=[^\s_])(_)(?!\w)"),
    re.compile(r"(`)[^`\n]{1,300}(`)"),
)
_LINE = re.compile(
    r"(?m)(?:(?<=^)|(?<=\u2029))[ ]{0,8}"
    r"(?:#{1,6}[ ]+|>[ ]?(?:>[ ]?)*|[-*+•][ ]+(?:\[[ xX]\][ ]+)?|(?P<n>\d{1,3})[.)、][ ]+)"
)
_RULE = re.compile(r"(?m)^[ ]?(?:[-*_=][ ]?){3,80}$")
_TABLE = re.compile(r"(?m)^\|?(?:[ ]?:?-{2,}:?[ ]?\|)+(?:[ ]?:?-{2,}:?)?$|\|")
_BREAK = re.compile(r"(?<!\s)[^\S\n\u2029]*[\n\u2029]\s*|[\n\u2029]\s*")
_ENDED = frozenset(".!?…。！？；;：:，,、")
_IS_HAN = re.compile(f"[{HAN}]")


def apply(draft: Draft) -> None:
    """Marks only: what is between them is for the next rules."""
    if not _MAYBE.search(draft.left):
        return
    draft.take([_drop(*at) for m in _IMAGE_OR_LINK.finditer(draft.left) for at in _around(m, 1, 1)])
    draft.each(_FENCE, _RULE_NAME, lambda m: "")
    draft.each(_RULE, _RULE_NAME, lambda m: "")
    draft.take([_line(m, draft) for m in _LINE.finditer(draft.left)])
    for pattern in _PAIRS:
        draft.take([_drop(*m.span(mark)) for m in pattern.finditer(draft.left) for mark in (1, 2)])
    if draft.left.count("|") > 1:
        draft.each(_TABLE, _RULE_NAME, lambda m: " ")


def breaks(draft: Draft) -> None:
    """After all rules: a line that ends without a mark has one behind a heading and before the next item."""
    if "\n" not in draft.text and "\u2029" not in draft.text:
        return
    marked = {c.start for c in draft.changes if c.rule == _RULE_NAME} | {
        c.start - i for c in draft.changes if c.rule == _RULE_NAME and c.spoken for i in range(1, 4)
    }
    line, found = 0, []
    for m in _BREAK.finditer(draft.left):
        before = _last_seen(draft.text, m.start())
        heading = line in marked and draft.text.startswith("#", line)
        item = heading or m.end() in marked or "\u2029" in m[0]
        line = m.end()
        if not before or line == len(draft.left) or before in _ENDED or not item:
            said = " "
        else:
            said = "。" if _IS_HAN.match(before) else ". "
        found.append(Change(m.start(), m.end(), said, "line"))
    draft.take(found)


def _last_seen(text: str, end: int) -> str:
    return text[max(0, end - 1) : end].strip()


def _line(m: re.Match[str], draft: Draft) -> Change:
    if not m["n"]:
        return _drop(*m.span())
    said = ". " if draft.language(m.start("n"), m.end()) == "en" else "，"
    return Change(m.end("n"), m.end(), said, _RULE_NAME)


def _around(m: re.Match[str], first: int, last: int) -> list[tuple[int, int]]:
    spans = [(m.start(), m.start(first)), (m.end(last), m.end())]
    return [(a, b) for a, b in spans if a < b]


def _drop(start: int, end: int) -> Change:
    return Change(start, end, "", _RULE_NAME)
