"""The sentence that a message becomes, in its own language."""

from __future__ import annotations

import random
from collections.abc import Sequence

from ishowtts.danmaku.copies import spoken
from ishowtts.danmaku.event import ChatEvent, Kind
from ishowtts.danmaku.money import said_amount, said_currency
from ishowtts.danmaku.policy import Policy
from ishowtts.danmaku.template_text import Place, fill
from ishowtts.text.language import Language, dominant_language

BUILT_IN: dict[Kind, dict[Language, str]] = {
    "chat": {"en": "{user} says: {text}", "zh": "{user}说：{text}"},
    "gift": {"en": "{user} sent {count} {gift}", "zh": "{user}送出{count}个{gift}"},
    "superchat": {"en": "{user} sent {amount} {currency}: {text}", "zh": "{user}打赏{amount}{currency}：{text}"},
    "bits": {"en": "{user} cheered {amount} bits: {text}", "zh": "{user}送出{amount}个比特：{text}"},
    "sub": {"en": "{user} subscribed {tier}: {text}", "zh": "{user}订阅了{tier}：{text}"},
    "follow": {"en": "{user} is following now", "zh": "{user}关注了主播"},
    "join": {"en": "Welcome, {user}", "zh": "欢迎{user}"},
    "like": {"en": "{user} liked the stream", "zh": "{user}点了赞"},
    "raid": {"en": "{user} is raiding with {count} viewers", "zh": "{user}带着{count}位观众来了"},
    "system": {"en": "{text}", "zh": "{text}"},
}
_SUB_AGAIN: dict[Language, str] = {
    "en": "{user} subscribed {tier} for {months} months: {text}", "zh": "{user}订阅了{tier}，第{months}个月：{text}",
}  # fmt: skip
_SUB_MONTHS: dict[Language, str] = {
    "en": "{user} subscribed {tier} for the next {count} months: {text}", "zh": "{user}开通了{count}个月{tier}：{text}",
}  # fmt: skip
_SUBSCRIPTION: dict[Language, tuple[str, str]] = {
    "en": ("gift subscription", "gift subscriptions"),
    "zh": ("订阅", "订阅"),
}
_GIFT: dict[Language, str] = {"en": "gift", "zh": "礼物"}
_NAMELESS: dict[Language, str] = {"en": "{text}", "zh": "{text}"}


def language_of(event: ChatEvent, text: str, policy: Policy, otherwise: Language = "en") -> Language:
    """Of the text; without one, of the gift, the tier and the name; `otherwise` where these have no letters either."""
    if policy.language != "auto":
        return policy.language
    for words in (text, event.gift, event.tier, event.author.name):
        if any(map(str.isalpha, words)):
            return dominant_language(words)
    return otherwise


def sentence(
    event: ChatEvent,
    text: str,
    name: str,
    policy: Policy,
    language: Language,
    chance: random.Random,
) -> str:
    """What is said of `event`; empty if nothing is. `text` is what the filters left, `name` how the user is called;
    chat without a name is its text alone."""
    template = _template(event, policy, language, named=bool(name), chance=chance)
    values: dict[Place, str] = {
        "user": name,
        "text": text,
        "amount": said_amount(event.amount),
        "currency": said_currency(event.currency, event.amount, language),
        "gift": _gift(event, language),
        "count": str(event.count),
        "months": str(event.months),
        "tier": spoken(event.tier, "drop"),
    }
    said = fill(template, values)
    return said if any(map(str.isalnum, said)) else ""


def _gift(event: ChatEvent, language: Language) -> str:
    if event.gift.strip().casefold() == "subscription":  # as sources call it
        return _SUBSCRIPTION[language][event.count > 1]
    return spoken(event.gift, "drop") or _GIFT[language]


def _template(event: ChatEvent, policy: Policy, language: Language, named: bool, chance: random.Random) -> str:
    if event.kind == "chat" and not named:
        return _NAMELESS[language] if policy.templates.get("chat", {}).get(language, "{text}") else ""
    own: str | Sequence[str] | None = policy.templates.get(event.kind, {}).get(language)
    if own is None:
        return _built_in(event, language)
    return own if isinstance(own, str) else chance.choice(own)


def _built_in(event: ChatEvent, language: Language) -> str:
    if event.kind == "sub" and event.count > 1:
        return _SUB_MONTHS[language]
    if event.kind == "sub" and event.months > 1:
        return _SUB_AGAIN[language]
    if event.kind == "superchat" and event.amount is None:
        return BUILT_IN["chat"][language]
    return BUILT_IN[event.kind][language]
