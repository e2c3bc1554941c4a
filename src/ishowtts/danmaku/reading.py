"""What the filters let through → what is said of it, in which language and voice, and how urgent it is."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from ishowtts.danmaku.blocklist import Blocklist, Lists
from ishowtts.danmaku.names import spoken_name
from ishowtts.danmaku.person import NOBODY, Person, at_least
from ishowtts.danmaku.policy import Policy
from ishowtts.danmaku.queue import Rank
from ishowtts.danmaku.replace import Replacer
from ishowtts.danmaku.templates import language_of, sentence
from ishowtts.danmaku.verdict import Verdict, is_paid
from ishowtts.danmaku.voices import voice_for
from ishowtts.text.language import Language


@dataclass(frozen=True, slots=True)
class Line:
    """`text` is empty where the room's template says that nothing is read."""

    text: str
    language: Language
    voice: str


class Reading:
    """Of one room with one policy."""

    def __init__(self, policy: Policy, chance: random.Random) -> None:
        self._policy = policy
        self._chance = chance
        self._replace = Replacer(policy.replace)
        self._mentions = Blocklist(Lists(words=tuple(policy.people.mentions), pinyin=False))

    def line(
        self,
        verdict: Verdict,
        person: Person = NOBODY,
        *,
        named: bool = True,
        default_voices: Mapping[Language, str] | None = None,
        otherwise: Language = "en",
    ) -> Line:
        """Made when it is its turn, since only then it is known who spoke before: without `named`, chat is its text.

        `default_voices` are the server's; `otherwise` is the language of what has no letters."""
        policy, event = self._policy, verdict.event
        language = language_of(event, verdict.text, policy, otherwise)
        named = (named and policy.names.say) or event.kind != "chat"
        name = spoken_name(event, policy.names, language, person, verdict.anonymous) if named else ""
        said = sentence(event, self._replace(verdict.text), name, policy, language, self._chance)
        voice = voice_for(event, policy.voices, language, person, (default_voices or {}).get(language, ""))
        return Line(said, language, voice)

    def rank(self, verdict: Verdict) -> Rank:
        """For the queue."""
        event = verdict.event
        if event.kind in ("system", "raid"):
            return "system"
        if is_paid(event):
            return "paid"
        if at_least(event.author, "subscribers") or event.kind == "gift":
            return "member"
        return "mention" if self._mentions.find(verdict.caption).spans else "chat"
