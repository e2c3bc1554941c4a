"""Whom a room knows: what moderators said of users, and who goes by which name."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import asdict

from ishowtts.danmaku.event import MOST_ID, MOST_NAME, ChatEvent
from ishowtts.danmaku.journal import Journal
from ishowtts.danmaku.person import NOBODY, Person

MOST_PEOPLE = 10_000
MOST_NAMES = 5_000
LONGEST_KEY = MOST_ID + MOST_NAME


class People:
    """By `source:id`; the longest unchanged go first where there are too many."""

    def __init__(self, journal: Journal | None = None) -> None:
        self._journal = journal
        self._people: OrderedDict[str, Person] = OrderedDict()
        self._names: OrderedDict[tuple[str, str], str] = OrderedDict()

    def __len__(self) -> int:
        return len(self._people)

    def load(self, users: dict[str, str]) -> None:
        """As `dumped` wrote them; what cannot be read is left out."""
        for key, data in users.items():
            self._people[key] = loaded(data)

    def get(self, user: str) -> Person:
        return self._people.get(user, NOBODY)

    def all(self) -> dict[str, Person]:
        """Those of whom something is known."""
        return dict(self._people)

    def put(self, user: str, person: Person) -> None:
        """What is known of them from now on; `NOBODY` forgets them."""
        self._people.pop(user, None)
        if person != NOBODY:
            self._people[user] = person
            if len(self._people) > MOST_PEOPLE:
                self._people.popitem(last=False)
        if self._journal is not None:
            self._journal.person(user, "" if person == NOBODY else dumped(person))

    def met(self, event: ChatEvent) -> None:
        """Their name is known now."""
        key = (event.source, _folded(event.author.name))
        self._names[key] = event.user
        self._names.move_to_end(key)
        if len(self._names) > MOST_NAMES:
            self._names.popitem(last=False)

    def named(self, source: str, name: str) -> str | None:
        """Who was last seen under this name on this source; `@` before it does not count."""
        return self._names.get((source, _folded(name)))


def dumped(person: Person) -> str:
    return json.dumps(asdict(person), ensure_ascii=False, separators=(",", ":"))


def loaded(data: str) -> Person:
    """`NOBODY` for what `dumped` never wrote."""
    try:
        return Person(**json.loads(data))
    except (TypeError, ValueError):
        return NOBODY


def _folded(name: str) -> str:
    return name.strip().removeprefix("@").casefold()
