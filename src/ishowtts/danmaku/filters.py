"""What of a chat is read: every message goes through the same steps in the same order, up to the first that drops it.

Cheap steps come first, and steps that count messages last, so that what is dropped costs its sender nothing.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from ishowtts.danmaku.event import ChatEvent
from ishowtts.danmaku.pace_steps import PaceSteps, Repeats
from ishowtts.danmaku.people_steps import PeopleSteps
from ishowtts.danmaku.person import NOBODY, Person
from ishowtts.danmaku.policy import Policy
from ishowtts.danmaku.text_steps import Recent, TextSteps, blocklist_of
from ishowtts.danmaku.verdict import Case, Finding, Step, Verdict


def prepare(policy: Policy) -> None:
    """Compile its lists, which takes up to half a second, for a thread beside the loop; `use` is quick then."""
    blocklist_of(policy)


class Filters:
    """Of one room, on its clock (seconds). Belongs to one thread; what it remembers is bounded."""

    def __init__(
        self,
        policy: Policy,
        clock: Callable[[], float] = time.monotonic,
        chance: random.Random | None = None,
    ) -> None:
        self._clock = clock
        self._chance = chance or random.Random()  # noqa: S311 - which message is read is no secret
        self._recent = Recent(clock)
        self._repeats = Repeats(clock)
        self.policy = policy
        self._build()

    def use(self, policy: Policy) -> None:
        """From now on. What was said before is still known; cooldowns start anew if their rates are others."""
        before, self.policy = self.policy, policy
        if before != policy:
            self._build(self._pace if before.pace == policy.pace else None)

    def judge(self, event: ChatEvent, person: Person = NOBODY) -> Verdict:
        """Whether it is read, and what of it. If so, it counts for those after it."""
        case, verdict = self._run(event, person)
        if any(step.name == "words" and step.said != "drop" for step in verdict.trace):
            self._text.remember(case)
        if verdict.read:
            self._pace.read(case)
        return verdict

    def test(self, event: ChatEvent, person: Person = NOBODY) -> Verdict:
        """What `judge` would say now; nothing counts."""
        state = self._chance.getstate()
        _, verdict = self._run(event, person)
        self._chance.setstate(state)
        return verdict

    def _build(self, pace: PaceSteps | None = None) -> None:
        self._text = TextSteps(self.policy, self._recent)
        self._pace = pace or PaceSteps(self.policy.pace, self._repeats, self._clock, self._chance)
        people = PeopleSteps(self.policy.sources, self.policy.people)
        self._steps: tuple[tuple[str, Callable[[Case], Finding]], ...] = (
            ("source", people.source),
            ("kind", people.kind),
            ("deny", people.deny),
            ("allow", people.allow),
            ("bot", people.bot),
            ("command", self._text.command),
            ("role", people.role),
            ("link", self._text.link),
            ("words", self._text.words),
            ("empty", self._text.empty),
            ("duplicate", self._pace.duplicate),
            ("cooldown", self._pace.cooldown),
            ("length", self._text.length),
            ("sample", self._pace.sample),
        )

    def _run(self, event: ChatEvent, person: Person) -> tuple[Case, Verdict]:
        case, trace = Case(event, person, text=event.text), list[Step]()
        finding = Finding()
        for name, look in self._steps:
            saw = case.text
            finding = look(case)
            trace.append(Step(name, saw, finding.said, finding.reason, finding.note, case.text))
            if finding.said == "drop":
                break
        return case, Verdict(
            event=event,
            reason=finding.reason if finding.said == "drop" else None,
            text=case.text,
            caption=case.caption,
            key=case.key,
            trusted=case.trusted,
            anonymous=case.anonymous,
            withheld=case.withheld,
            command=case.command,
            trace=tuple(trace),
        )
