"""Single signs that are said, and those that are only seen."""

from __future__ import annotations

import re
from typing import Any

import regex

from ishowtts.text.language import HAN
from ishowtts.text.normal.draft import Draft

_LANGUAGES = re.compile(r"(?<![A-Za-z])(C|F|J)(\+\+|#)(?![A-Za-z])")
_AND = re.compile(r"\s?[&＆]\s?")
_MENTION = re.compile(r"(?<![\w.])@(?=\w)")
_HASHTAG = re.compile(rf"(?<![\w&])#(?=[A-Za-z_{HAN}])|(?<=[{HAN}A-Za-z\d])#(?![A-Za-z\d])")
_PLUS_BEHIND = re.compile(r"(?<=[A-Za-z\d\ue000])\+(?!\w)")
_PLUS_BEFORE = re.compile(r"\+(?=\w)")
_PERCENT = re.compile(r"[%％]")
_SLASH = re.compile(rf"(?<=[A-Za-z{HAN}\d\ue000])\s?[/／\\|]\s?(?=[A-Za-z{HAN}\d\ue000])")
_UNDERSCORE = re.compile(r"_+")
_DEGREE = re.compile("[°º]")
_SIGNS = {
    "×": ("times", "乘"), "÷": ("divided by", "除以"), "±": ("plus or minus", "正负"), "≈": ("about", "约等于"),
    "≥": ("at least", "大于等于"), "≤": ("at most", "小于等于"), "≠": ("is not", "不等于"), "∞": ("infinity", "无穷大"),
    "√": ("root", "根号"), "π": ("pi", "派"), "Ω": ("ohm", "欧姆"), "℃": ("degrees Celsius", "摄氏度"),
    "℉": ("degrees Fahrenheit", "华氏度"), "㎡": ("square meters", "平方米"), "㎞": ("kilometers", "公里"),
    "㎏": ("kilograms", "公斤"), "№": ("number", "编号"), "§": ("section", "第"), "€": ("euros", "欧元"),
    "£": ("pounds", "英镑"), "¥": ("yuan", "元"), "￥": ("yuan", "元"), "$": ("dollars", "美元"),
    "℡": ("phone", "电话"),
    "㈱": ("", ""), "α": ("alpha", "阿尔法"), "β": ("beta", "贝塔"), "γ": ("gamma", "伽马"), "δ": ("delta", "德尔塔"),
    "Δ": ("delta", "德尔塔"), "θ": ("theta", "西塔"), "λ": ("lambda", "兰姆达"), "μ": ("mu", "缪"),
    "σ": ("sigma", "西格玛"),
    "Σ": ("sigma", "西格玛"), "φ": ("phi", "斐"), "ω": ("omega", "欧米伽"),
}  # fmt: skip
_SIGN = re.compile(f"\\s?[{re.escape(''.join(_SIGNS))}]\\s?")
_SEEN = regex.compile(r"[\p{So}\p{Sk}\p{Sm}\p{Sc}^*`~#@=|\\<>]+")


def languages(draft: Draft) -> None:
    """C++ and C# before their signs are anything else."""
    draft.each(_LANGUAGES, "symbol", lambda m: _language(m, draft))


def apply(draft: Draft) -> None:
    draft.each(_MENTION, "mention", lambda m: "")
    draft.each(_HASHTAG, "hashtag", lambda m: " " if m.start() and m.end() < len(draft.text) else "")
    draft.each(_AND, "symbol", lambda m: " and " if _en(m, draft) else "和")
    draft.each(_PLUS_BEHIND, "symbol", lambda m: " plus" if _en(m, draft) else "加")
    draft.each(_PLUS_BEFORE, "symbol", lambda m: "plus " if _en(m, draft) else "加")
    draft.each(_SIGN, "symbol", lambda m: _sign(m, draft))
    draft.each(_PERCENT, "symbol", lambda m: " percent" if _en(m, draft) else "百分号")
    draft.each(_DEGREE, "symbol", lambda m: " degrees" if _en(m, draft) else "度")
    draft.each(_SLASH, "symbol", lambda m: " ")
    draft.each(_UNDERSCORE, "symbol", lambda m: " ")
    draft.each(_SEEN, "sign", lambda m: " ")


def _en(m: Any, draft: Draft) -> bool:
    return draft.language(*m.span()) == "en"


def _language(m: Any, draft: Draft) -> str:
    if m[2] == "#":
        return f"{m[1]} sharp"
    return f"{m[1]} plus plus" if _en(m, draft) else f"{m[1]}加加"


def _sign(m: Any, draft: Draft) -> str:
    said = _SIGNS[m[0].strip()][0 if _en(m, draft) else 1]
    return f" {said} " if _en(m, draft) else said
