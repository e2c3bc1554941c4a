"""Words of chat: the user's own first, then 666 and its like, then the lists of the two languages."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

from ishowtts.text.language import LATIN, Language
from ishowtts.text.normal import say_zh
from ishowtts.text.normal.draft import Draft
from ishowtts.text.normal.rules import Rules
from ishowtts.text.normal.tables import table, words

_ALNUM = f"[{LATIN}\\d]"
_MEASURED = (
    "[个位只条张件家台本天年周次种块千万亿倍遍斤米度杯瓶票场局把辆集部届名岁分秒点盘碗"
    "份首双对排层口头元人美粉金字级号关章页步套朵]"
)
_DIGITS = re.compile(
    rf"(?<![\dA-Za-z.,:/$¥￥€£#第-])"
    rf"(?:5201314|6{{3,}}|23{{2,}}|5{{3,}}|8{{3,}}|9{{3}}|520|1314|886|996|007|9494|7456|3166)"
    rf"(?![\d:/%℃°A-Za-z]|[.,]\d|\s?{_MEASURED}|-\d)"
)
_LONE_BYE = re.compile(r"(?<=拜)\s?88\b|^\s*88+\s*$")
_MEDICINE = re.compile("999(?=感冒|皮炎|胃泰)")
_ALWAYS_CHINESE = re.compile(r"6{3,}|23{2,}")
_SHOUT_WORD = re.compile(f"[{LATIN}]+")
_ABBREVIATED = re.compile(r"[a-z/]+[./]|w/o?", re.IGNORECASE)
_STRETCHED = re.compile(r"(?<![A-Za-z\d./@])(?=[A-Za-z]*([a-zA-Z])\1\1)[A-Za-z]{3,60}(?![A-Za-z\d./@])")
_LONG = re.compile(r"([a-zA-Z])\1+", re.IGNORECASE)
_MANY = re.compile(r"([a-zA-Z])\1\1+", re.IGNORECASE)


def user(draft: Draft, rules: Rules) -> None:
    """The user's own words, before any other rule."""
    if rules.lexicon:
        pattern, said = _lexicon(rules.lexicon)
        draft.each(pattern, "lexicon", lambda m: said[m[0].casefold()])


def apply(draft: Draft, rules: Rules) -> None:
    if not rules.slang:
        return
    draft.each(_MEDICINE, "slang", lambda m: say_zh.digits(m[0]))
    draft.each(_DIGITS, "slang", lambda m: _digits(m, draft))
    draft.each(_LONE_BYE, "slang", lambda m: say_zh.digits(m[0]) if draft.language(*m.span()) == "zh" else None)
    draft.each(_words(), "slang", lambda m: _word(m, draft))
    draft.each(_STRETCHED, "stretched", lambda m: _stretched(m[0]))


@lru_cache(maxsize=8)
def _lexicon(entries: tuple[tuple[str, str], ...]) -> tuple[re.Pattern[str], dict[str, str]]:
    said = {written.casefold(): spoken for written, spoken in entries}
    return re.compile("|".join(map(_bounded, sorted(said, key=lambda w: (-len(w), w)))), re.IGNORECASE), said


def _bounded(word: str) -> str:
    """Latin words as words, Chinese ones anywhere."""
    start = f"(?<!{_ALNUM})" if re.match(_ALNUM, word) else ""
    end = f"(?!{_ALNUM})" if re.search(f"{_ALNUM}$", word) else ""
    return start + re.escape(word) + end


@cache
def _table() -> dict[Language, dict[str, str]]:
    said = table("slang.toml")
    return {"zh": said["any"] | said["zh"], "en": said["any"] | said["en"]}


@cache
def _words() -> re.Pattern[str]:
    """One look at a word of chat finds it in a table: an alternation of all of them would be slow."""
    return re.compile(
        rf"(?<![{LATIN}\d'’@#_.])(?:[A-Za-z](?:\.[A-Za-z])+\.|[A-Za-z]{{2,6}}\.(?=\s|$)|[A-Za-z]/[A-Za-z]?(?![{LATIN}])"
        rf"|[A-Za-z\d]{{1,5}}(?![{LATIN}\d'’_]|[./-][A-Za-z\d]))"
    )


def _word(m: Any, draft: Draft) -> str | None:
    word = m[0].casefold()
    tables = _table()
    if word not in tables["zh"] and word not in tables["en"]:
        return None
    language = draft.language(*m.span())
    said = tables[language].get(word)
    if said is None and language == "zh" and len(word) > 2 and word in tables["en"] and not draft.has_han:
        said = tables["en"][word]
    if said is not None and len(word) < 3 and m[0].isupper() and word.isalpha():
        return None if language == "en" and word not in ("ty", "np", "gl", "hf", "wp", "gj", "ez") else said
    if said is not None and word[-1] == "." and m.end() == len(draft.text.rstrip()):
        said = said.rstrip(",") + "."
    if word == "st." and not draft.text[m.end() :].lstrip()[:1].isupper():
        return "street"
    return said


def _digits(m: Any, draft: Draft) -> str | None:
    """In English only 666 and 233, and only beside a word or two: else they are numbers."""
    if draft.language(*m.span()) == "en":
        few = len(_SHOUT_WORD.findall(draft.text)) <= 2
        if draft.hint == "en" or not few or not _ALWAYS_CHINESE.fullmatch(m[0]):
            return None
    return say_zh.digits(m[0])


def _stretched(word: str) -> str | None:
    """soooo → so, goooood → good; a laugh and a hum stay."""
    if set(word) <= set("IVX"):
        return None
    low = word.lower()
    one, two = _LONG.sub(r"\1", low), _MANY.sub(r"\1\1", low)
    if one in words("sounds.txt") or set(low) <= set("ha") or not re.search("[aeiouy]", low):
        return two if two != low else None
    for candidate in (two, one):
        if candidate in words("double_letters.txt"):
            return candidate
    return _MANY.sub(r"\1", low)
