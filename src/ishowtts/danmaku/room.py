"""A room: what comes from its chat, and what becomes of it.

Everything here runs in the event loop and waits for nothing: sources and requests put events in, the player takes
messages out, and a journal writes down in the background what must survive.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from ishowtts.danmaku.broker import Broker, Role
from ishowtts.danmaku.chat_commands import obey
from ishowtts.danmaku.event import ChatEvent, Retraction
from ishowtts.danmaku.event_json import loaded
from ishowtts.danmaku.filters import Filters
from ishowtts.danmaku.journal import Journal
from ishowtts.danmaku.merge import Gift, GiftWindows, merged
from ishowtts.danmaku.message import Message, new_id
from ishowtts.danmaku.people import People
from ishowtts.danmaku.policy import Policy
from ishowtts.danmaku.reading import Reading
from ishowtts.danmaku.record import STUDIO, Record
from ishowtts.danmaku.review import Review
from ishowtts.danmaku.stage import Scope, Stage, Voice
from ishowtts.danmaku.verdict import Verdict, is_paid
from ishowtts.store.rooms import Fate, Row
from ishowtts.text.language import Language

log = logging.getLogger(__name__)

TICK = 0.25
SEEN_SECONDS = 600.0
MOST_SEEN = 50_000
MOST_SHOWN_HELD = 50
RESTART_AFTER = 1.0


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an event at once. `id` is that of the message, which may not be read in the end all the same."""

    id: str
    status: Literal["queued", "merged", "dropped"]
    reason: str = ""


class Room:
    """One voice and its chat. Belongs to the event loop; `run` it, and it reads."""

    def __init__(
        self,
        name: str,
        policy: Policy,
        voice: Voice,
        *,
        journal: Journal | None = None,
        default_voices: Mapping[Language, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.version = 0
        """Of the policy; 0 is that of the settings."""
        self.journal = journal
        self.people = People(journal)
        self.broker = Broker(self.state, clock)
        self.record = Record(self.broker, journal)
        self.stage = Stage(voice, self.record, self.broker, self.people.get, default_voices or {}, clock)
        self._clock = clock
        self._chance = random.Random()  # noqa: S311 - which template is picked is no secret
        self.filters = Filters(policy, clock, self._chance)
        self._review = Review(policy.review, clock)
        self._gifts = GiftWindows(clock, policy.merge.gift_seconds, policy.merge.gift_longest)
        self._gift_ids: dict[int, str] = {}
        """Of the parts of gifts that are not complete, by `id()`."""
        self._seen: OrderedDict[tuple[str, str], float] = OrderedDict()
        self.use(policy, 0)

    @property
    def policy(self) -> Policy:
        return self.filters.policy

    def use(self, policy: Policy, version: int) -> None:
        """From now on. `filters.prepare` it in a thread first, since it may take a while."""
        self.version = version
        self.filters.use(policy)
        self._reading = Reading(policy, self._chance)
        self.stage.use(self._reading, policy.names)
        self._review.policy = policy.review
        self._gifts.quiet, self._gifts.longest = policy.merge.gift_seconds, policy.merge.gift_longest
        self.broker.publish("config", {"version": version}, roles=STUDIO, replay=False)

    # What comes in.

    def take(self, item: ChatEvent | Retraction) -> Receipt | None:
        """From a source or a request; None for a retraction."""
        if isinstance(item, Retraction):
            self.retract(item)
            return None
        self.record.tally.received += 1
        id, at = new_id(), item.at or time.time()
        if self._came_before(item):
            self.record.tally.end("dropped", "already_taken")
            return Receipt(id, "dropped", "already_taken")
        self.people.met(item)
        if item.kind == "gift":
            return self._take_gift(item, id, at)
        return self._judge(item, id, at)

    def restore(self, rows: list[Row], past: Iterable[Fate] = ()) -> int:
        """What waited when the process before ended, and what came to its end lately; how many are read now."""
        for fate in sorted(past, key=lambda fate: fate.at):
            self._remember(fate)
        for row in rows:
            self.record.found(row.id)
            try:
                event = loaded(row.data)
            except ValueError:
                log.error("room %s: something kept cannot be read, and is left out", self.name)
                self.record.let_go(row.id)
                continue
            self.record.tally.received += 1
            self._came_before(event)
            if event.kind == "gift":
                self._take_gift(event, row.id, row.at)
            else:
                self._judge(event, row.id, row.at)
        return len(rows)

    def retract(self, retraction: Retraction) -> int:
        """None of it is heard, shown or fetched from now on; how many messages these were."""
        for part in self._gifts.retract(retraction):
            self._gift_gone(part, "retracted")
        return self._take_back(lambda message: retraction.covers(message.event), "retracted")

    def mute(self, user: str, muted: bool = True) -> None:
        """Read nothing of them; what waits is dropped too."""
        self.people.put(user, replace(self.people.get(user), muted=muted))
        if muted:
            for part in self._gifts.remove(lambda event: event.user == user):
                self._gift_gone(part, "user_muted")
            self._take_back(lambda message: message.event.user == user, "user_muted")

    # What moderators do.

    def pause(self, paused: bool) -> None:
        self.stage.pause(paused)
        self._tell_mode()

    def resume(self) -> None:
        self.stage.resume()
        self._tell_mode()

    def panic(self) -> None:
        """Silence, now; nothing that waits is read, and nothing that comes, until `resume`."""
        self.stage.panic()
        for gift in self._gifts.flush():
            for part in gift.parts:
                self._gift_gone(part, "panic")
        for message in self._review.remove(lambda message: True):
            self.record.over(message, "dropped", "panic")
        self._tell_mode()

    def clear(self, scope: Scope, source: str = "") -> int:
        """What waits, of this source alone if one is named."""
        count = self.stage.clear(scope, source)
        self.broker.publish("cleared", {"scope": scope, "count": count}, roles=STUDIO)
        return count

    def approve(self, id: str) -> bool:
        """False where nothing with this id waits for it."""
        message = self._review.approve(id)
        if message is None:
            return False
        self.stage.push(message)
        return True

    def reject(self, id: str) -> bool:
        return self._drop_held(lambda message: message.id == id, "rejected") > 0

    # For pages.

    def state(self, role: Role) -> dict[str, Any]:
        """All that a page needs to begin with; what is not on air is for the studio alone."""
        now = {"room": self.name, "server_now_ms": round(time.time() * 1000)} | self.stage.told()
        if role == "studio":
            now |= {"queue": self.stage.queue(), "held": self.held(), "config_version": self.version}
        return now

    def held(self) -> list[dict[str, Any]]:
        """What waits for a moderator."""
        return [message.told() for message in self._review.held()[:MOST_SHOWN_HELD]]

    def test(self, event: ChatEvent) -> Verdict:
        """What the filters would say; nothing counts."""
        return self.filters.test(event, self.people.get(event.user))

    # Its life.

    async def run(self) -> None:
        """Until it is cancelled."""
        ticking = asyncio.create_task(self._tick())
        writing = asyncio.create_task(self.journal.run()) if self.journal is not None else None
        try:
            while True:
                try:
                    await self.stage.player.run()
                except Exception:
                    log.exception("room %s: its player broke off by an error of the program", self.name)
                    self.stage.recover()
                    await asyncio.sleep(RESTART_AFTER)
        finally:
            ticking.cancel()
            self.stage.close()
            self.broker.close()
            if writing is not None:
                writing.cancel()
                await asyncio.wait({writing})

    def tick(self) -> None:
        """A few times a second: what is due by the clock."""
        for gift in self._gifts.due():
            self._complete(gift)
        released = self._review.due()
        for message in released.ready:
            self.stage.push(message)
        for message in released.stale:
            self.record.over(message, "dropped", "stale")
        self.stage.tick()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            try:
                self.tick()
            except Exception:
                log.exception("room %s: what was due could not be done", self.name)

    def _judge(self, event: ChatEvent, id: str, at: float) -> Receipt:
        verdict = self.filters.judge(event, self.people.get(event.user))
        message = Message(verdict, "chat", self._clock(), at, id)
        if verdict.command is not None and event.kind == "chat" and obey(self, event, verdict.command):
            return self._dropped(message, "command")
        if verdict.reason == "duplicate" and (twin := self.stage.waiting(lambda m: m.verdict.key == verdict.key)):
            twin.said += 1
            self.record.queued(twin)
            self.record.part_over(id, event, "merged", into=twin.id)
            return Receipt(twin.id, "merged")
        if verdict.reason is not None:
            return self._dropped(message, verdict.reason)
        message.rank = self._reading.rank(verdict)
        if self.stage.silenced and not is_paid(event):
            return self._dropped(message, "silenced")
        self.record.keep(message)
        stays, lost = self._review.take(message)
        if lost is not None:
            self.record.over(lost, "dropped", "review_full")
        if stays:
            self.broker.publish("held", message.told(), roles=STUDIO, replay=False)
            return Receipt(id, "dropped", "review_full") if lost is message else Receipt(id, "queued")
        reason = self.stage.push(message)
        return Receipt(id, "dropped", reason) if reason else Receipt(id, "queued")

    def _dropped(self, message: Message, reason: str) -> Receipt:
        self.record.over(message, "dropped", reason)
        return Receipt(message.id, "dropped", reason)

    def _take_gift(self, event: ChatEvent, id: str, at: float) -> Receipt:
        for gift in self._gifts.due():
            self._complete(gift)
        first = self._gifts.first(event)
        self.record.keep_event(id, event, at)  # until it is complete
        grows = None if first is None else self._gift_ids[_name(first)]
        self._gift_ids[_name(event)] = id
        for gift in self._gifts.add(event):
            self._complete(gift)
        return Receipt(id, "queued") if grows is None else Receipt(grows, "merged")

    def _complete(self, gift: Gift) -> None:
        ids = [self._gift_ids.pop(_name(part)) for part in gift.parts]
        twin = self.stage.waiting(lambda message: merged(message.event, gift.event) is not None)
        if twin is not None and (whole := merged(twin.event, gift.event)) is not None:
            twin.verdict = replace(twin.verdict, event=whole)
            self.record.keep(twin)
        else:
            self._judge(gift.event, ids[0], gift.parts[0].at or time.time())
        for part, id in zip(gift.parts, ids, strict=True):
            if twin is not None or id != ids[0]:
                self.record.let_go(id)
                self.record.part_over(id, part, "merged", into=twin.id if twin is not None else ids[0])

    def _gift_gone(self, part: ChatEvent, reason: str) -> None:
        id = self._gift_ids.pop(_name(part))
        self.record.let_go(id)
        self.record.part_over(id, part, "dropped", reason)

    def _take_back(self, unwanted: Callable[[Message], bool], reason: str) -> int:
        gone = self.stage.remove(unwanted, reason)
        held = self._drop_held(unwanted, reason)
        heard = self.stage.forget(unwanted)
        if ids := [message.id for message in (*gone, *heard)]:
            self.broker.publish("retracted", {"ids": ids, "reason": reason})
        return len(gone) + held + len(heard)

    def _drop_held(self, unwanted: Callable[[Message], bool], reason: str) -> int:
        gone = self._review.remove(unwanted)
        for message in gone:
            self.record.over(message, "dropped", reason)
        return len(gone)

    def _came_before(self, event: ChatEvent) -> bool:
        """Whether this message of this source was taken in the last ten minutes."""
        if not event.message_id:
            return False
        now, key = self._clock(), (event.source, event.message_id)
        while self._seen and (len(self._seen) >= MOST_SEEN or next(iter(self._seen.values())) < now - SEEN_SECONDS):
            self._seen.popitem(last=False)
        if self._seen.get(key, float("-inf")) >= now - SEEN_SECONDS:
            return True
        self._seen.pop(key, None)
        self._seen[key] = now
        return False

    def _remember(self, fate: Fate) -> None:
        """A sender that asks again after a crash must not be heard again."""
        try:
            data = json.loads(fate.data)
            key = (str(data["source"]), str(data["message_id"]))
        except (KeyError, TypeError, ValueError):
            return
        age = time.time() - fate.at
        if key[1] and age < SEEN_SECONDS:
            self._seen[key] = self._clock() - max(0.0, age)

    def _tell_mode(self) -> None:
        self.broker.publish("mode", self.stage.told())


def _name(part: ChatEvent) -> int:
    """Events may be equal and still be two; those in a window are alive, so that no other has this number."""
    return id(part)
