"""A livestream's chat, made up act by act: the same for the same seed, and like a recorded one in what it does.

Times are seconds of the stream. `Act.label` says what an act is there to try; of some it is known that they must never
be read in a room with the default policy.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from ishowtts.bench.livechat import words
from ishowtts.bench.livechat.words import Tongue, Words
from ishowtts.danmaku.words import BLOCKED, SEVERE

Kind = Literal["say", "delete", "ban"]

UNREADABLE = frozenset({"bot", "command", "blocked", "empty", "not_read", "again", "banned", "moderator"})
"""Labels of what must not be read: bots, commands, words of the lists, nothing to say, kinds that are off, messages
that a source sends twice, and who was banned by a moderator's command."""
PAID = frozenset({"superchat", "bits", "sub", "gift"})
"""Labels of what was paid for. A free gift is a `free_gift`."""

MENTION = "ishow"
"""What the streamer is called; the room of a server that is started for this knows it."""
BURST_EVERY, BURST_SECONDS, BURST_TIMES = 90.0, 8.0, 5.0
RAID_EVERY, RAID_SECONDS, RAID_TIMES = 240.0, 20.0, 6.0
PAID_SHARE = {"superchat": 0.03, "bits": 0.02, "sub": 0.02, "combo": 0.03, "free_combo": 0.012}
"""Of the rate of chat."""
SIDE_SHARE = {
    "pasta": 0.01, "flood": 0.006, "bot": 0.02, "command": 0.03, "say_command": 0.02, "blocked": 0.02, "empty": 0.05,
    "hostile": 0.04, "long": 0.02, "link": 0.015, "mention": 0.03, "not_read": 0.06, "again": 0.02,
}  # fmt: skip
MODERATED_EVERY = {"skip": 75.0, "pause": 110.0, "ban": 100.0, "clear": 260.0}
"""Seconds between commands of the moderator, about."""
PAUSE_SECONDS = 6.0


_TONGUES: tuple[Tongue, ...] = ("en", "en", "en", "zh", "zh", "zh", "mixed")


@dataclass(frozen=True)
class Person:
    id: str
    name: str
    source: str
    tongue: Tongue
    roles: tuple[str, ...] = ()

    def body(self) -> dict[str, Any]:
        return {"id": self.id, "name": self.name, "roles": list(self.roles)}


@dataclass(frozen=True, order=True)
class Act:
    """`body` is that of POST /danmaku or /danmaku/retract; after it nothing of the user `silences` may be heard."""

    at: float
    number: int
    kind: Kind = field(compare=False)
    label: str = field(compare=False)
    body: dict[str, Any] = field(compare=False, repr=False)
    silences: str = field(compare=False, default="")


def acts(seed: int, minutes: float, rate: float) -> list[Act]:
    """In order of time; `rate` is ordinary messages a minute where nothing special happens."""
    return sorted(act for act in _Crowd(seed, 60 * minutes, rate / 60).all() if act.at < 60 * minutes)


class _Crowd:
    def __init__(self, seed: int, seconds: float, rate: float) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - chat of a benchmark
        self._words = Words(self._chance)
        self._seconds, self._rate = seconds, rate
        self._acts: list[Act] = []
        self._messages = 0
        self._regulars = [self._person(known=True) for _ in range(60)]
        self._moderator = Person("mod-1", "CalmModerator", "twitch", "en", ("moderator", "subscriber"))
        self._bursts = list(self._every(BURST_EVERY))
        self._raids = list(self._every(RAID_EVERY))

    def all(self) -> list[Act]:
        for at in self._times(self._rate * RAID_TIMES):  # thinned to the rate of its moment
            if self._chance.random() < self._intensity(at) / RAID_TIMES:
                who = self._somebody()
                self._say(at, who, "chat", text=self._words.line(who.tongue), delete=0.03)
        for at in self._raids:
            self._raid(at)
        for label, share in (PAID_SHARE | SIDE_SHARE).items():
            make = getattr(self, f"_{label}")
            for at in self._times(self._rate * share):
                make(at)
        for label, every in MODERATED_EVERY.items():
            for at in self._every(every):
                self._moderate(at, label)
        return self._acts

    # Who, when, and how it is said.

    def _times(self, rate: float) -> Iterator[float]:
        at = self._chance.expovariate(rate) if rate > 0 else self._seconds
        while at < self._seconds:
            yield at
            at += self._chance.expovariate(rate)

    def _every(self, seconds: float) -> Iterator[float]:
        """About so often, and the first soon enough for a short stream."""
        at = seconds * self._chance.uniform(0.2, 0.6)
        while at < self._seconds:
            yield at
            at += seconds * self._chance.uniform(0.7, 1.3)

    def _intensity(self, at: float) -> float:
        if any(0 <= at - raid < RAID_SECONDS for raid in self._raids):
            return RAID_TIMES
        return BURST_TIMES if any(0 <= at - burst < BURST_SECONDS for burst in self._bursts) else 1.0

    def _person(self, known: bool = False, tongue: Tongue | None = None) -> Person:
        pick, number = self._chance.choice, self._chance.randrange(10**8)
        speaks: Tongue = self._chance.choice(_TONGUES) if tongue is None else tongue
        name = pick(words.NAMES["en" if speaks == "en" else "zh"])
        if not known and self._chance.random() < 0.1:
            name = pick(words.ODD_NAMES)
        elif not known:
            name = f"{name}{number % 1000}"
        roles = ("subscriber",) if self._chance.random() < 0.15 else ("vip",) if self._chance.random() < 0.03 else ()
        return Person(f"u{number}", name, "twitch" if speaks == "en" else "bilibili", speaks, roles)

    def _somebody(self) -> Person:
        return self._chance.choice(self._regulars) if self._chance.random() < 0.6 else self._person()

    def _say(
        self,
        at: float,
        who: Person,
        label: str,
        *,
        kind: str = "chat",
        delete: float = 0.0,
        silences: str = "",
        **more: Any,
    ) -> dict[str, Any]:
        """`delete` is how probable it is that a moderator takes it back later."""
        self._messages += 1
        body = {"source": who.source, "kind": kind, "user": who.body(), "message_id": f"m{self._messages}", **more}
        self._act(at, "say", label, body, silences)
        if self._chance.random() < delete:
            back = {"source": who.source, "message_id": body["message_id"]}
            self._act(at + 0.3 * 100 ** self._chance.random(), "delete", label, back)
        return body

    def _act(self, at: float, kind: Kind, label: str, body: dict[str, Any], silences: str = "") -> None:
        self._acts.append(Act(at, len(self._acts), kind, label, body, silences))

    # What is paid for.

    def _superchat(self, at: float) -> None:
        who = self._somebody()
        amount = self._chance.choice((1, 5, 20, 100))
        price, currency = (amount, "USD") if who.source == "twitch" else (30 * amount, "CNY")
        text = self._chance.choice((self._words.sentence(who.tongue), self._chance.choice(words.HOSTILE), ""))
        self._say(at, who, "superchat", kind="superchat", text=text, amount=price, currency=currency, delete=0.08)

    def _bits(self, at: float) -> None:
        who = self._person(tongue="en")
        self._say(at, who, "bits", kind="bits", text=self._words.line("en"), amount=self._chance.choice((1, 100, 1000)))

    def _sub(self, at: float) -> None:
        who = self._somebody()
        self._say(
            at, who, "sub", kind="sub", months=self._chance.randint(1, 40), tier=self._chance.choice(("1", "2", "3"))
        )

    def _combo(self, at: float, free: bool = False) -> None:
        who = self._person(tongue="zh") if free else self._somebody()
        gifts = words.GIFTS["en" if who.source == "twitch" else "zh"]
        gift, price, currency = self._chance.choice([gift for gift in gifts if (gift[1] == "0") is free])
        for _ in range(self._chance.choice((1, 1, 2, 3, 5, 10, 20))):
            self._say(at, who, "free_gift" if free else "gift", kind="gift", gift=gift, amount=price, currency=currency)
            at += self._chance.uniform(0.2, 2.0)

    def _free_combo(self, at: float) -> None:
        self._combo(at, free=True)

    # What is not ordinary chat.

    def _raid(self, at: float) -> None:
        count = self._chance.randint(20, 400)
        self._say(at, self._person(tongue="en"), "raid", kind="raid", count=count)
        shout = self._words.filled("{place} raid is here, hello everybody")
        for _ in range(self._chance.randint(8, 25)):
            close = self._chance.choice(("", "!", "!!!", " <3", " 🎉"))
            self._say(
                at + self._chance.uniform(0, RAID_SECONDS), self._person(tongue="en"), "pasta", text=shout + close
            )

    def _pasta(self, at: float) -> None:
        text = self._words.filled(self._chance.choice(words.PASTA))
        for _ in range(self._chance.randint(5, 15)):
            said = self._chance.choice((text, text, text.upper(), f"{text}!!", f"{text} 😂", text.replace(" ", "  ")))
            self._say(at + self._chance.uniform(0, 12), self._somebody(), "pasta", text=said, delete=0.1)

    def _flood(self, at: float) -> None:
        who = self._person()
        for _ in range(self._chance.randint(6, 14)):
            self._say(at, who, "flood", text=self._words.line(who.tongue))
            at += self._chance.uniform(0.2, 0.8)
        if self._chance.random() < 0.7:
            back = {"source": who.source, "user_id": who.id}
            self._act(at + self._chance.uniform(0.5, 8), "ban", "flood", back, silences=who.id)

    def _bot(self, at: float) -> None:
        bot = Person("bot-1", "Nightbot", "twitch", "en")
        self._say(at, bot, "bot", text=self._words.filled(self._chance.choice(words.BOT_LINES)))

    def _command(self, at: float) -> None:
        self._say(at, self._somebody(), "command", text=self._chance.choice(words.COMMANDS))

    def _say_command(self, at: float) -> None:
        who = self._somebody()
        self._say(at, who, "chat", text=f"!tts {self._words.sentence(who.tongue)}")

    def _blocked(self, at: float) -> None:
        word = self._chance.choice((*BLOCKED, *SEVERE))
        shape = self._chance.choice(("{}", "well {}", "{} you all", "你们 {} 啊")).format(word)
        self._say(at, self._person(), "blocked", text=shape, delete=0.5)

    def _empty(self, at: float) -> None:
        self._say(at, self._somebody(), "empty", text=self._chance.choice(words.EMPTY))

    def _hostile(self, at: float) -> None:
        self._say(at, self._person(), "hostile", text=self._chance.choice(words.HOSTILE), delete=0.2)

    def _long(self, at: float) -> None:
        who = self._somebody()
        self._say(at, who, "long", text=self._words.long(who.tongue), delete=0.1)

    def _link(self, at: float) -> None:
        self._say(at, self._somebody(), "link", text=self._chance.choice(words.LINKS))

    def _mention(self, at: float) -> None:
        who = self._somebody()
        self._say(at, who, "mention", text=f"@{MENTION} {self._words.sentence(who.tongue)}", delete=0.05)

    def _not_read(self, at: float) -> None:
        self._say(at, self._person(), "not_read", kind=self._chance.choice(("follow", "join", "like")))

    def _again(self, at: float) -> None:
        """What a source delivers twice, as they do after a reconnect."""
        who = self._somebody()
        first = self._say(at, who, "chat", text=self._words.sentence(who.tongue))
        self._act(at + self._chance.uniform(0.5, 30), "say", "again", dict(first))

    def _moderate(self, at: float, what: str) -> None:
        if what == "pause":
            if at + PAUSE_SECONDS > self._seconds:  # nobody would resume
                return
            self._say(at, self._moderator, "moderator", text="!ttspause")
            self._say(at + self._chance.uniform(2, PAUSE_SECONDS), self._moderator, "moderator", text="!ttsresume")
        elif what == "ban":
            number = self._chance.randrange(10**8)
            troll = Person(f"u{number}", f"Troll{number}", "twitch", "en")
            for gap in (0.0, 1.5):
                self._say(at + gap, troll, "troll", text=self._words.sentence("en"))
            order = f"!ttsban {troll.name}"
            at += 2 + self._chance.uniform(0, 4)
            self._say(at, self._moderator, "moderator", text=order, silences=troll.id)
            self._say(at + 3, troll, "banned", text=self._words.sentence("en"))
        else:
            self._say(at, self._moderator, "moderator", text=f"!tts{what}")
