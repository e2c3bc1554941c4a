"""Steps that look at what a message says."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from ishowtts.danmaku.blocklist import Blocklist, Lists, without
from ishowtts.danmaku.commands import parse_command
from ishowtts.danmaku.copies import Copies, caption, make_copies, spoken, visible, without_markup
from ishowtts.danmaku.length import fits, trimmed
from ishowtts.danmaku.policy import Policy
from ishowtts.danmaku.verdict import PASS, SKIP, Case, Finding

MOST_USERS = 10_000
_MEMORY_SECONDS = 60.0
_REMEMBERED = 2
_REMEMBERED_CHARS = 200


class Recent:
    """The last messages of each user: a word can be said over several of them."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._said: OrderedDict[str, list[tuple[float, str]]] = OrderedDict()

    def of(self, user: str) -> list[str]:
        since = self._clock() - _MEMORY_SECONDS
        return [text for at, text in self._said.get(user, ()) if at >= since]

    def add(self, user: str, text: str) -> None:
        self._said[user] = [*self._said.get(user, ()), (self._clock(), text[-_REMEMBERED_CHARS:])][-_REMEMBERED:]
        self._said.move_to_end(user)
        while len(self._said) > MOST_USERS:
            self._said.popitem(last=False)


class TextSteps:
    def __init__(self, policy: Policy, recent: Recent) -> None:
        self._policy = policy
        self._recent = recent
        self._read = frozenset(word.lower() for word in policy.commands.read)
        self._blocked = blocklist_of(policy)

    def command(self, case: Case) -> Finding:
        """And the three copies of what is left."""
        commands, event = self._policy.commands, case.event
        case.command = parse_command(event.text, commands.prefixes) if case.chat else None
        start, finding = 0, PASS
        if case.command is not None:
            if case.command.name not in self._read:
                return Finding("drop", "command")
            start, finding = case.command.rest, Finding("change", note="the command is left out")
        elif commands.only and case.chat:
            return Finding("drop", "not_command")
        emotes = [replace(e, start=e.start - start, end=e.end - start) for e in event.emotes if e.start >= start]
        case.copies = make_copies(
            event.text[start:], emotes, links=self._policy.links, emote_policy=self._policy.emotes
        )
        case.text, case.caption = case.copies.spoken, case.copies.caption
        return finding

    def link(self, case: Case) -> Finding:
        if not _copies(case).has_link:
            return PASS
        if self._policy.links == "drop" and case.chat:
            return Finding("drop", "link")
        return Finding("change", note="addresses are replaced")

    def words(self, case: Case) -> Finding:
        name = visible(case.event.author.name)
        case.anonymous = bool(name) and bool(self._blocked.find(name).spans)
        finding = self._text_words(case)
        if case.anonymous and finding is PASS:
            return Finding("change", note="the name is withheld")
        return finding

    def remember(self, case: Case) -> None:
        if case.chat and case.copies and case.copies.plain:
            self._recent.add(case.event.user, case.copies.plain)

    def empty(self, case: Case) -> Finding:
        return Finding("drop", "empty") if case.event.kind in ("chat", "system") and not case.text else PASS

    def length(self, case: Case) -> Finding:
        policy, times = self._policy.length, self._policy.length.paid_times if case.paid else 1.0
        if case.trusted or case.event.kind == "system":
            return SKIP
        if fits(case.text, policy, times):
            return PASS
        if policy.action == "drop" and not case.paid:
            return Finding("drop", "too_long")
        case.text = trimmed(case.text, policy, times)
        return Finding("change", note="trimmed")

    def _text_words(self, case: Case) -> Finding:
        copies = _copies(case)
        if not copies.plain:
            return PASS
        found = [self._blocked.find(text) for text in dict.fromkeys((copies.plain, copies.bare, case.text))]
        if any(f.severe for f in found):
            return case.refuse("severe_word")
        most = max(len(f.spans) for f in found)
        if most and (self._policy.words.action == "drop" or not self._removed(case, most)):
            return case.refuse("blocked_word")
        if self._over_messages(case, copies.plain):
            return case.refuse("blocked_over_messages")
        return Finding("change", note="words are removed") if most else PASS

    def _removed(self, case: Case, wanted: int) -> bool:
        """Whether so many were found to take out, and nothing of them is left."""
        blocked, links = self._blocked, self._policy.links
        said, shown = blocked.find(case.text).spans, blocked.find(case.caption).spans
        case.text = spoken(without(case.text, said), links)
        case.caption = caption(without(case.caption, shown), links)
        left = any(blocked.find(text).spans for text in (case.text, case.caption, without_markup(case.caption)))
        return not left and min(len(said), len(shown)) >= wanted

    def _over_messages(self, case: Case, plain: str) -> bool:
        before = " ".join(self._recent.of(case.event.user)) if case.chat else ""
        if not before:
            return False
        return any(a < len(before) < b for a, b in self._blocked.find(f"{before} {plain[:_REMEMBERED_CHARS]}").spans)


def blocklist_of(policy: Policy) -> Blocklist:
    words = policy.words
    return _compiled(Lists(tuple(words.blocked), tuple(words.severe), tuple(words.patterns), pinyin=words.pinyin))


@lru_cache(maxsize=8)
def _compiled(lists: Lists) -> Blocklist:
    return Blocklist(lists)


def _copies(case: Case) -> Copies:
    assert case.copies is not None, "the command step makes them"  # noqa: S101
    return case.copies
