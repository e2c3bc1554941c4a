"""What Twitch's lines mean for a reader: messages, paid and membership events, raids, and what was taken back."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping

from ishowtts.danmaku.event import ChatEvent, Emote, Kind, Retraction, Role, bounded, identifier
from ishowtts.danmaku.sources.fields import number_of
from ishowtts.danmaku.sources.irc import Line
from ishowtts.danmaku.sources.source import Item

SOURCE = "twitch"
_ROLES: dict[str, Role] = {
    "broadcaster": "broadcaster",
    "moderator": "moderator",
    "lead_moderator": "moderator",
    "vip": "vip",
    "subscriber": "subscriber",
    "founder": "subscriber",
    "bot-badge": "bot",
}
# As it is said; of the first tier nobody speaks.
_TIERS = {"Prime": "Prime", "2000": "tier 2", "3000": "tier 3"}
_SUBS = ("sub", "resub", "giftpaidupgrade", "anongiftpaidupgrade", "primepaidupgrade", "standardpayforward")
_ACTION = re.compile("\x01ACTION ?(.*?)\x01?", re.DOTALL)
_CHEER = re.compile(r"(?<!\S)[A-Za-z]+([1-9][0-9]{0,6})(?!\S)")
_SPACES = re.compile(r" {2,}")
_MOST_BUNDLES = 64
_MOST_RANGES = 500


class TwitchEvents:
    """`read` lines of one channel; remembers the gift bundles whose parts are still to come."""

    def __init__(self, shared_chat: bool = False) -> None:
        self._shared_chat = shared_chat
        self._bundles: OrderedDict[str, None] = OrderedDict()

    def read(self, line: Line) -> Item | None:
        """None for what is not for a reader."""
        match line.command:
            case "CLEARMSG":
                target = line.tags.get("target-msg-id", "")
                return Retraction(SOURCE, message_id=identifier(target)) if target else None
            case "CLEARCHAT":
                user = line.tags.get("target-user-id", "")
                if user:
                    return Retraction(SOURCE, user_id=identifier(user))
                # With a name but no id nobody could be found by it; it must not become "everything".
                return Retraction(SOURCE, everything=True) if len(line.params) < 2 else None
            case "PRIVMSG" if self._here(line.tags):
                return _message(line)
            case "USERNOTICE" if self._here(line.tags):
                return self._notice(line)
        return None

    def _here(self, tags: Mapping[str, str]) -> bool:
        """In a shared chat each line of another channel comes too, and names it."""
        origin = tags.get("source-room-id", "")
        return self._shared_chat or not origin or origin == tags.get("room-id")

    def _notice(self, line: Line) -> Item | None:
        tags = line.tags
        notice = tags.get("msg-id", "")
        if notice == "sharedchatnotice":
            notice = tags.get("source-msg-id", "")
        text = line.param(1)
        if notice in _SUBS:
            months = number_of(tags.get("msg-param-cumulative-months")) or number_of(tags.get("msg-param-months"))
            return _event(line, "sub", text, months=months, tier=_tier(tags))
        if notice == "submysterygift":
            self._remember(_bundle(tags))
            count = number_of(tags.get("msg-param-mass-gift-count"))
            if count > 1:
                return _event(line, "sub", count=count, tier=_tier(tags))
            return _event(line, "gift", gift="subscription", tier=_tier(tags))
        if notice in ("subgift", "anonsubgift"):
            if _bundle(tags) in self._bundles:  # its sum was told before
                return None
            return _event(line, "gift", gift="subscription", tier=_tier(tags))
        if notice == "raid":
            return _event(line, "raid", count=number_of(tags.get("msg-param-viewerCount")))
        return _event(line, "chat", text) if text else None

    def _remember(self, bundle: str) -> None:
        if bundle:
            self._bundles[bundle] = None
            while len(self._bundles) > _MOST_BUNDLES:
                self._bundles.popitem(last=False)


def _message(line: Line) -> ChatEvent | None:
    text = line.param(1)
    if action := _ACTION.fullmatch(text):
        # Places of emotes are counted within what was typed after /me.
        text = action[1]
    bits = number_of(line.tags.get("bits"))
    if bits > 0:
        spoken = without_cheers(text, bits)
        return _event(line, "bits", spoken, emotes_of=text, amount=bits)
    return _event(line, "chat", text) if text else None


def without_cheers(text: str, bits: int) -> str:
    """Without the words that pay, such as `Cheer100`: only if their numbers sum up to `bits`."""
    if sum(int(cheer[1]) for cheer in _CHEER.finditer(text)) != bits:
        return text
    return _SPACES.sub(" ", _CHEER.sub("", text)).strip()


def _event(
    line: Line,
    kind: Kind,
    text: str = "",
    *,
    emotes_of: str | None = None,
    amount: int | None = None,
    gift: str = "",
    count: int = 1,
    months: int = 0,
    tier: str = "",
) -> ChatEvent:
    tags = line.tags
    login = tags.get("login") or line.nick
    emotes = list(emotes_in(tags.get("emotes", ""), text if emotes_of is None else emotes_of))
    if emotes_of not in (None, text):
        emotes = list(_moved(emotes, text))
    return bounded(
        SOURCE,
        kind,
        tags.get("display-name", "").strip() or login,
        user_id=tags.get("user-id", ""),
        roles=roles_of(tags),
        level=_badge(tags.get("badge-info", ""), "subscriber", "founder"),
        text=text,
        message_id=tags.get("id", ""),
        at=number_of(tags.get("tmi-sent-ts")) / 1000,
        amount=amount,
        gift=gift,
        count=count,
        months=months,
        tier=tier,
        color=tags.get("color", ""),
        emotes=emotes,
    )


def roles_of(tags: Mapping[str, str]) -> set[Role]:
    names = {badge.partition("/")[0] for badge in tags.get("badges", "").split(",")}
    # Of a shared chat: who is a moderator elsewhere is none here, so `source-badges` do not count.
    roles = {_ROLES[name] for name in names if name in _ROLES}
    if tags.get("mod") == "1":
        roles.add("moderator")
    return roles


def emotes_in(tag: str, text: str) -> Iterable[Emote]:
    """`25:0-4,12-16/1902:6-10`, both ends included, in code points of `text`. What does not fit is left out."""
    left = _MOST_RANGES
    for group in tag.split("/"):
        _, _, places = group.partition(":")
        for place in places.split(","):
            first, dash, last = place.partition("-")
            left -= 1
            if left < 0:
                return
            if not dash or not (first.isdigit() and last.isdigit()) or len(first) > 6 or len(last) > 6:
                continue
            start, end = int(first), int(last) + 1
            if start < end <= len(text):
                yield Emote(text[start:end], start, end)


def _moved(emotes: Iterable[Emote], text: str) -> Iterable[Emote]:
    """To where their words are after others were taken out of the text."""
    at = 0
    for emote in sorted(emotes, key=lambda emote: emote.start):
        start = text.find(emote.name, at)
        if start >= 0:
            at = start + len(emote.name)
            yield Emote(emote.name, start, at)


def _badge(badges: str, *wanted: str) -> int:
    pairs = (badge.partition("/") for badge in badges.split(","))
    return max((number_of(number) for name, _, number in pairs if name in wanted), default=0)


def _bundle(tags: Mapping[str, str]) -> str:
    return tags.get("msg-param-community-gift-id") or tags.get("msg-param-origin-id", "")


def _tier(tags: Mapping[str, str]) -> str:
    return _TIERS.get(tags.get("msg-param-sub-plan", ""), "")
