"""The queue of a room and its one voice: what is read next, how it is said, and who hears of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, Protocol

from ishowtts.danmaku.backlog import Backlog, Ladder
from ishowtts.danmaku.broker import Broker
from ishowtts.danmaku.clip import Clip
from ishowtts.danmaku.heard import Heard
from ishowtts.danmaku.message import Message
from ishowtts.danmaku.names import LastNamed
from ishowtts.danmaku.person import Person
from ishowtts.danmaku.player import Ending, Player
from ishowtts.danmaku.policy import NamePolicy
from ishowtts.danmaku.queue import KEPT, STALE_SECONDS, Lost, PlayQueue
from ishowtts.danmaku.reading import Line, Reading
from ishowtts.danmaku.record import Record
from ishowtts.danmaku.rest import Rest
from ishowtts.danmaku.verdict import is_paid
from ishowtts.errors import InvalidRequest, NotReady, QueueFull, RateLimited, SpeechError
from ishowtts.text.language import Language
from ishowtts.text.pace import predicted_seconds

log = logging.getLogger(__name__)

DISK_SECONDS = 5.0
"""For a slow disk. After that it is heard all the same, and after a crash perhaps once more."""
TRIES = 3
"""For what is paid for; the rest has one."""
LATER = (NotReady, QueueFull, RateLimited)
"""The server cannot take anything now: no message is the worse for that, and each goes back where it waited."""
NOTICE_EVERY = 60.0
MOST_SHOWN = 50

Scope = Literal["chat", "all"]


class Voice(Protocol):
    """What makes the sound of a line, begun at once. `id` names the work in logs."""

    @property
    def ready(self) -> bool:
        """False while the model is loaded, at the start or after a crash."""
        ...

    def __call__(self, line: Line, speed: float, user: str, id: str) -> Clip: ...


class Stage:
    """The program of a room's player. Belongs to the event loop."""

    def __init__(
        self,
        voice: Voice,
        record: Record,
        broker: Broker,
        person: Callable[[str], Person],
        default_voices: Mapping[Language, str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.paused = self.silenced = False
        self.player: Player[Message] = Player(self, clock=clock)
        self._voice, self._record, self._broker = voice, record, broker
        self._person, self._default_voices, self._clock = person, default_voices, clock
        self._queue: PlayQueue[Message] = PlayQueue()
        self._ladder = Ladder()
        self._named = LastNamed(clock)
        self._ahead: Message | None = None
        self._stopped_for = ""
        self._heard = Heard(clock)
        self._rest = Rest(clock)
        self._noticed_at = float("-inf")
        self._left_out = 0

    def use(self, reading: Reading, names: NamePolicy) -> None:
        """For what is read from now on."""
        self._reading, self._names = reading, names

    # What waits.

    def push(self, message: Message) -> str:
        """Into the queue; why not, or empty."""
        lost = self._queue.push(message)
        if lost is not None:
            self._let_go([lost])
            if lost.item is message:
                return lost.reason
        message.state = "queued"
        self._record.queued(message)
        self.player.wake()
        return ""

    def waiting(self, wanted: Callable[[Message], bool]) -> Message | None:
        """The first in the queue for which this holds."""
        return self._queue.find(wanted)

    def remove(self, unwanted: Callable[[Message], bool], reason: str) -> list[Message]:
        """None of these is heard from now on: it is taken from the queue, or stopped, and its sound thrown away."""
        gone = self._queue.remove(unwanted)
        if self._ahead is not None and unwanted(self._ahead):
            gone.append(self._ahead)
            self._ahead = None
            self._named.forget()  # nobody hears the name that was composed for it
            self.wake()
        for message in gone:
            message.discard(reason)
            self._record.over(message, "dropped", reason)
        playing = self.player.playing
        if playing is not None and unwanted(playing):
            self._stop(reason)
            gone.append(playing)
        return gone

    def forget(self, unwanted: Callable[[Message], bool]) -> list[Message]:
        """What was heard already: nobody can fetch it or play it again."""
        return self._heard.forget(unwanted)

    # What a moderator does.

    def pause(self, paused: bool) -> None:
        """The one that plays ends in its own time; what is stale by the end of the pause is not read."""
        self.paused = paused
        self.wake()

    def resume(self) -> None:
        """After a pause, or a panic."""
        self.silenced = False
        self.pause(False)

    def panic(self) -> None:
        """Silence, now, and until `resume`."""
        self.silenced = True
        self.remove(lambda message: True, "panic")

    def clear(self, scope: Scope, source: str = "") -> int:
        """What waits, of this source alone if one is named; how many these were."""

        def unwanted(message: Message) -> bool:
            return (scope == "all" or message.rank not in KEPT) and source in ("", message.event.source)

        return len(self._take_waiting(unwanted, "cleared"))

    def skip(self, id: str = "") -> bool:
        """The one that plays, or the one with this id; False if there is none."""
        if not id:
            return self._stop("skipped")
        return bool(self.remove(lambda message: message.id == id, "skipped"))

    def move(self, id: str, before: str) -> bool:
        """Read a message right before another one, with its rank; False unless both wait."""
        item = self._queue.find(lambda message: message.id == id)
        place = self._queue.find(lambda message: message.id == before)
        if item is None or place is None or item is place:
            return False
        self._queue.remove(lambda message: message is item)
        item.rank = place.rank
        self._queue.put_before(item, place)
        return True

    def replay(self, id: str = "") -> Message | None:
        """Once more what was heard, or the last that was; None where its sound is gone."""
        past = self._heard.get(id) if id else self._heard.last()
        if past is None or past.clip is None or past.clip.error is not None:
            return None
        again = Message(past.verdict, "system", self._clock(), past.at, replay=True)
        again.line, again.clip, again.speed = past.line, past.clip, past.speed
        return None if self.push(again) else again

    # For pages.

    @property
    def open(self) -> bool:
        """Whether anything is to be made: it can be, somebody hears it, and nobody wants silence."""
        heard = self._broker.count("player") > 0
        return heard and not (self.paused or self.silenced) and self._rest.over and self._voice.ready

    @property
    def degraded(self) -> bool:
        return self._rest.degraded

    @property
    def waiting_now(self) -> int:
        """Messages in the queue."""
        return len(self._queue)

    def clip(self, id: str) -> Clip | None:
        """The sound of what is about to be heard, is heard, or was."""
        for message in (self.player.playing, self._ahead, self._heard.get(id)):
            if message is not None and message.id == id:
                return message.clip
        return None

    def told(self) -> dict[str, Any]:
        playing = self.player.playing
        return {
            "paused": self.paused,
            "silenced": self.silenced,
            "degraded": self.degraded,
            "ready": self._voice.ready,
            "backlog": int(self._ladder.step),
            "waiting": self.waiting_now,
            "players": self._broker.count("player"),
            "now_playing": None if playing is None else self._play(playing),
        }

    def queue(self) -> list[dict[str, Any]]:
        """What comes next, about in its order."""
        now = self._clock()
        ahead = [self._ahead] if self._ahead is not None else []
        shown = (ahead + self._queue.items())[:MOST_SHOWN]
        return [message.told() | {"waited": round(now - message.arrived, 1)} for message in shown]

    # The player's program.

    def next(self) -> Message | None:
        while self.open:
            step = self._ladder.look(len(self._queue))
            message, lost = self._queue.pop(self._clock(), newest_only=step is Backlog.NEWEST_ONLY)
            self._let_go(lost)
            if message is None:
                return None
            if message.line is None:
                self._compose(message, step)
            if message.line is None or not message.line.text:
                self._record.over(message, "dropped", "no_template")
                continue
            message.state = "making"
            self._ahead = message
            return message
        return None

    def make(self, item: Message) -> Clip:
        if item.line is None:
            raise RuntimeError("a message is made before it is composed")
        if item.clip is None or item.clip.error is not None:
            item.clip = self._voice(item.line, item.speed, item.event.user, item.id)
        self._broker.publish("making", {"id": item.id}, roles=frozenset({"player", "studio"}), replay=False)
        return item.clip

    def expected(self, item: Message) -> float:
        return predicted_seconds(item.line.text) / item.speed if item.line else 0.0

    async def claim(self, item: Message) -> bool:
        if item is not self._ahead:
            return False
        if not self.open:
            self._put_back(item)
            return False
        if not item.replay and self._clock() - item.arrived > STALE_SECONDS[item.rank]:
            self._ahead = None
            self._named.forget()
            item.discard("it is stale")
            self._record.over(item, "dropped", "stale")
            return False
        if is_paid(item.event) and not item.replay:
            return await self._taken_off_disk(item)
        self._ahead = None
        return True

    def on_play(self, item: Message, clip: Clip) -> None:
        item.state = "playing"
        self._rest.worked()
        self._stopped_for = ""
        if not item.replay:
            self._record.tally.waited(max(0.0, self.player.started_at - item.arrived))
        self._broker.publish("play", self._play(item))

    def on_end(self, item: Message, clip: Clip, how: Ending) -> None:
        reason = self._stopped_for if how == "stopped" else ""
        broken = clip.error if how == "done" else None
        if how == "done" and broken is None:
            self._heard.keep(item)
        self._record.tally.spoken_seconds += clip.duration
        told: dict[str, Any] = {"id": item.id, "duration_ms": round(clip.duration * 1000)}
        if how == "stopped":
            self._broker.publish("stop", told | {"reason": reason})
            self._record.over(item, "stopped", reason or "stopped")
        else:
            self._broker.publish("done", told)
            self._record.over(item, "failed" if broken else "read", broken.code if broken else "")

    def on_failure(self, item: Message, error: SpeechError) -> None:
        if item is not self._ahead:  # it was taken away, which ended its sound
            return
        item.clip = None
        if isinstance(error, LATER):
            self._put_back(item)
            self._rest.told_to_wait(error)
            return
        if isinstance(error, InvalidRequest):  # its own fault: another one may well be spoken, and it never will
            self._give_up(item, error)
            return
        item.tries += 1
        again_in = self._rest.failed()
        log.warning("a message could not be spoken (%s, %d in a row): %s", error.code, self._rest.failures, error)
        if again_in:
            self._broker.publish("notice", {"code": "degraded", "error": error.code, "again_in": again_in})
        if item.rank in KEPT and item.tries < TRIES:
            self._put_back(item)
            return
        self._give_up(item, error)

    def recover(self) -> None:
        """After the player broke off by an error of the program: what it had begun is over."""
        playing, self.player.playing = self.player.playing, None
        for message in (playing, self._ahead):
            if message is not None and message.state != "over":
                message.discard("the player broke off")
                self._record.over(message, "failed", "internal_error")
        self._ahead = None

    def close(self) -> None:
        """Nobody will hear it any more; what is paid for stays on the disk."""
        for message in self._queue.items():
            message.discard("the room is closed")
        self._heard.forget(lambda message: True)

    # By the clock.

    def wake(self) -> None:
        """Somebody listens now, or something was lifted."""
        self.player.wake()

    def tick(self) -> None:
        """A few times a second: let go of what is stale, and of sound that nobody fetches any more."""
        if not self.open:
            self._let_go(self._queue.drop_stale(self._clock()))
        self._heard.forget_old()
        self.player.wake()

    def _compose(self, message: Message, step: Backlog) -> None:
        repeat_after = self._names.repeat_after if step < Backlog.NO_REPEATED_NAMES else float("inf")
        named = self._named.name_now(message.event.user, repeat_after) and step < Backlog.NO_NAMES
        message.speed = self._ladder.speed
        message.line = self._reading.line(
            message.verdict,
            self._person(message.event.user),
            named=named,
            default_voices=self._default_voices,
        )

    def _play(self, message: Message) -> dict[str, Any]:
        """What a page needs to play it in step with others."""
        now, wall = self._clock(), time.time()
        clip, line = message.clip, message.line
        rate = clip.chunks[0].sample_rate if clip is not None and clip.chunks else None
        return message.told() | {
            "voice": line.voice if line else "",
            "language": line.language if line else "",
            "sample_rate": rate,
            "duration_ms": round(clip.duration * 1000) if clip is not None and clip.ended else None,
            "expected_ms": round(self.expected(message) * 1000),
            "start_at_ms": round((wall + self.player.started_at - now) * 1000),
            "elapsed_ms": max(0, round((now - self.player.started_at) * 1000)),
            "server_now_ms": round(wall * 1000),
        }

    def _take_waiting(self, unwanted: Callable[[Message], bool], reason: str) -> list[Message]:
        playing = self.player.playing
        return self.remove(lambda message: message is not playing and unwanted(message), reason)

    def _stop(self, reason: str) -> bool:
        if not self.player.stop():
            return False
        self._stopped_for = self._stopped_for or reason
        return True

    def _give_up(self, message: Message, error: SpeechError) -> None:
        """A page can still show what cannot be said."""
        self._ahead = None
        self._broker.publish("failed", message.told() | {"error": error.code})
        self._record.over(message, "failed", error.code)

    def _put_back(self, message: Message) -> None:
        message.state = "queued"
        self._queue.restore(message)
        self._ahead = None

    async def _taken_off_disk(self, message: Message) -> bool:
        """Before it is heard: after a crash it would be heard twice. False where it is not to be heard after all."""
        wanted = False
        self._record.let_go(message.id)
        try:
            await self._record.settled(DISK_SECONDS)
            wanted = self.open  # or somebody has paused meanwhile, or the last player has left
        finally:
            taken_back = message is not self._ahead
            if not (wanted or taken_back):
                self._record.keep(message)
                self._put_back(message)
        if wanted and not taken_back:
            self._ahead = None
        return wanted and not taken_back

    def _let_go(self, lost: Iterable[Lost[Message]]) -> None:
        for each in lost:
            each.item.discard(each.reason)
            self._record.over(each.item, "dropped", each.reason)
            self._left_out += each.reason == "backlog"
        if self._left_out and self._clock() - self._noticed_at > NOTICE_EVERY:
            self._noticed_at = self._clock()
            self._broker.publish("notice", {"code": "backlog", "left_out": self._left_out})
            self._left_out = 0
