"""Steps that look at where a message comes from."""

from __future__ import annotations

from ishowtts.danmaku.person import at_least, listed
from ishowtts.danmaku.policy import PeoplePolicy, SourcePolicy
from ishowtts.danmaku.verdict import PASS, SKIP, Case, Finding


class PeopleSteps:
    def __init__(self, sources: SourcePolicy, people: PeoplePolicy) -> None:
        self._sources = sources
        self._people = people
        self._deny, self._allow, self._bots = (
            frozenset(map(str.casefold, names)) for names in (people.deny, people.allow, people.bots)
        )

    def source(self, case: Case) -> Finding:
        return Finding("drop", "source_off") if case.event.source in self._sources.off else PASS

    def kind(self, case: Case) -> Finding:
        kind, amount = case.event.kind, case.event.amount
        if kind not in self._sources.kinds:
            return Finding("drop", "kind_off")
        least = self._sources.min_amount.get(kind, 0)
        return Finding("drop", "below_minimum") if amount is not None and amount < least else PASS

    def deny(self, case: Case) -> Finding:
        if case.person.muted:
            return Finding("drop", "user_muted")
        return Finding("drop", "user_denied") if _is_in(case, self._deny) else PASS

    def allow(self, case: Case) -> Finding:
        case.trusted = case.person.trusted or _is_in(case, self._allow)
        return Finding(note="bots, roles and length do not count") if case.trusted else PASS

    def bot(self, case: Case) -> Finding:
        if case.trusted or case.event.kind == "system":
            return SKIP
        return Finding("drop", "bot") if "bot" in case.event.author.roles or _is_in(case, self._bots) else PASS

    def role(self, case: Case) -> Finding:
        if case.trusted or not case.chat:
            return SKIP
        author = case.event.author
        if not at_least(author, self._people.read_from):
            return Finding("drop", "role")
        low = author.level < self._people.min_level and not at_least(author, "moderators")
        return Finding("drop", "level") if low else PASS


def _is_in(case: Case, names: frozenset[str]) -> bool:
    return bool(names) and listed(case.event.user.casefold(), case.event.author.name, names)
