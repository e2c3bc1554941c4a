"""Chinese characters that are read one way or another: by the word they are in, and where no word decides, by rules.

Words are pypinyin's: its dictionary knows 银行 and 行走. A rule is for characters that are a word of their own (还, 得,
长, 数), which a dictionary can only read in one way.
"""

from __future__ import annotations

import re

Rule = tuple[re.Pattern[str], str]


def _rule(pattern: str, reading: str) -> Rule:
    return re.compile(pattern), reading


_RULES: tuple[Rule, ...] = (
    _rule(r"(?<=[一二三四五六七八九十几两每第])行(?![走动为人李李吗不])", "hang2"),
    _rule(r"(?<=[很太真好更最不多么])长(?![大辈官高老])", "chang2"),
    _rule(r"还(?=[钱债款书贷账清])|还(?=[你我他她]钱)", "huan2"),
    _rule(
        r"(?<=[一-鿿]{2})地(?=[一-鿿])(?<![的块片亩土个在和是此本当外内各场工]地)"
        r"(?![方上下面点铁球图区址板狱主位震理步毯道带瓜])",
        "de5",
    ),
    _rule(r"(?<=[你我他她它们咱])得(?![到了分奖病第知])", "dei3"),
    _rule(
        r"(?<=[一-鿿])得(?=[一-鿿])(?<![你我他她它们咱获取赢值记懂觉显博求难贪心不舍]得)(?![到了分奖病第知])",
        "de5",
    ),
    _rule(r"数(?=一下|一数|不清|得清|到[一二三四五六七八九十两])|(?<=[你我他她])数(?=数)", "shu3"),
    _rule(r"教(?=[我你他她它]|大家|会[我你他她])", "jiao1"),
    _rule(r"(?<=试)卷|卷(?=子)", "juan4"),
    _rule(r"量(?=一下|一量|身高|体温|血压|尺寸)", "liang2"),
    _rule(r"削(?=苹果|皮|铅笔|土豆|梨|水果)", "xiao1"),
    _rule(r"重(?=开|来|做|玩|启|试|装)", "chong2"),
    _rule(r"炸(?=鸡|薯|酱|串|虾|鱼|丸)", "zha2"),
    _rule(r"背(?=着|包|起|负)", "bei1"),
)


def corrections(han: str) -> dict[int, str]:
    """Place and reading (tones as figures, 5 is neutral, no sandhi) of the characters of a run for which a rule knows
    better than the dictionary."""
    return {m.start(): reading for pattern, reading in _RULES for m in pattern.finditer(han)}
