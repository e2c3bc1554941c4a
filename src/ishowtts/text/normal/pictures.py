"""Emoji and kaomoji: left out, or emoji by their names, each once."""

from __future__ import annotations

import re
from functools import cache, partial
from typing import Any

import regex

from ishowtts.text.language import HAN
from ishowtts.text.normal.draft import Draft
from ishowtts.text.normal.rules import EmojiRule

_MOST_NAMED = 8
_EMOJI = regex.compile(
    r"[\p{Regional_Indicator}]{2}|[0-9#*]\ufe0f?\u20e3"
    r"|(?:[\p{Emoji_Presentation}\p{Extended_Pictographic}--[©®™\u203c\u2049\u2194-\u21aa\u2122\u2139]]\ufe0f?"
    r"[\p{Emoji_Modifier}]?(?:\u200d[\p{Extended_Pictographic}]\ufe0f?[\p{Emoji_Modifier}]?){0,6})"
    r"|[\p{Regional_Indicator}\p{Emoji_Modifier}\u20e3\ufe0f]",
    regex.V1,
)
_ARMS = "╯╰╭╮ヽヾノゞ/\\\\┻━┳─┬︵︶ლʃƪᕙᕗᕦᕤ¯_~～=≡εΣ☆★♪♡✧*﹏щдㄏㄟ凸乁ㄟづつっ"
_PARENTHESES = re.compile(
    rf"[{_ARMS} ]{{0,8}}[(（]\s?(?![A-Za-z\d{HAN}]{{2,}}[\s)）])(?P<face>[^()（）\n\ue000-\uf8ff{HAN}]{{1,16}})[)）]"
    rf"[{_ARMS}]{{0,4}}(?:\s?[︵┻━┳─┬]{{2,6}})?"
    rf"|[┻━┳─┬]{{3,6}}"
)
_FACE_SIGNS = re.compile(
    "[´｀･ωﾟ°∀▽□ˇεДಠʖᵔᴥツシ﹏╥ᗜ◕‿ㅂ≧≦•ㅅ◡╹⌒〃∇￣︶︿≖◔へヘノヽ♡♥╭╮╰╯ლʃƪಥงˊˋ｡๑✿ヮ゜]"
    r"|[\^><;=T]_+[\^><;=T]|\^\s?\^|>_?<"
)
_EMOTICON = re.compile(
    r"(?<![\w:;.])(?:[:;]['’]?[-~o^]?[)(\]\[DPpOo|/\\*3]{1,4}|=[)(DPp]{1,4}|[:：;；][)）(（]{1,4}|<[/\\]?3{1,6}|[xX]D{1,5}"
    r"|>:[()]|T[_.-]+T|T[ＴT]T?|[qQ][wWＡaA][qQ]|[uU][wW][uU]|[oO]w[oO]|[oO0]_+[oO0]|[-=]_+[-=]+|\^_*\^+;*"
    r"|>_+<|>\.<|;_+;|\._+\.|TAT|TvT|@_+@|\$_+\$|[=＝][)）])(?!\w|\.\w)"
)
# Not H.T.T.P, as an acronym is written.
_ORZ = re.compile(
    r"(?<![A-Za-z])(?<![A-Za-z]\.)(?:[oO][rR][zZ]|OTZ|Q[AW]Q|QwQ|qwq|T[_.]T|TAT|\^_+\^)(?![A-Za-z])(?!\.[A-Za-z])"
)


def apply(draft: Draft, rule: EmojiRule) -> None:
    text = draft.left
    if not text.isascii():
        draft.each(_PARENTHESES, "kaomoji", _kaomoji)
    for pattern in (_EMOTICON, _ORZ):
        if pattern.search(draft.left):
            # QAQ and orz alone are all there is to say.
            more = any(c.isalnum() for c in pattern.sub("", draft.left))
            draft.each(pattern, "kaomoji", partial(_emoticon, draft=draft, more=more))
    if text.isascii():
        return
    said: set[str] = set()
    draft.each(_EMOJI, "emoji", lambda m: _emoji(m, draft, rule, said))


def _kaomoji(m: Any) -> str | None:
    face = m["face"]
    if face is not None and not _FACE_SIGNS.search(face) and not re.fullmatch(r"[\s\W_]+", face):
        return None
    if face is not None and re.search(r"[A-Za-z]{3,}|\d{2,}", face):
        return None
    return " " if m[0][0] == " " else ""


def _emoticon(m: Any, draft: Draft, more: bool) -> str | None:
    if not more and any(c.isalpha() for c in m[0]):
        return None
    if m[0].startswith("<3") and draft.language(*m.span()) == "en" and draft.text[m.end() : m.end() + 2].strip():
        return "love"
    return ""


def _emoji(m: Any, draft: Draft, rule: EmojiRule, said: set[str]) -> str:
    if rule == "skip" or m[0] in said or len(said) >= _MOST_NAMED:
        return ""
    said.add(m[0])
    english = draft.language(*m.span()) == "en"
    name = _name(m[0], "en" if english else "zh")
    return f" {name} " if english else name


@cache
def _names(language: str) -> Any:
    import emoji

    emoji.config.load_language(language)
    return emoji.EMOJI_DATA


def _name(sign: str, language: str) -> str:
    data = _names(language)
    found = data.get(sign) or data.get(sign + "\ufe0f") or data.get(sign.replace("\ufe0f", "")) or data.get(sign[0])
    if not found:
        return ""
    return " ".join(str(found.get(language, "")).strip(":").replace("_", " ").replace("-", " ").split())
