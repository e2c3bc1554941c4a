from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from ishowtts.danmaku import player as player_module
from ishowtts.danmaku import rest as rest_module
from ishowtts.danmaku import review as review_module
from ishowtts.danmaku.event import Retraction
from ishowtts.danmaku.journal import Journal
from ishowtts.danmaku.room import Room
from ishowtts.errors import NothingToSay, QueueFull, SynthesisFailed
from ishowtts.store.rooms import Fate, RoomStore, room_store
from tests.danmaku.clock import Clock
from tests.danmaku.rooms import FakeVoice, chat, listener, paid, reading, until

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(player_module.Player.__init__, "__defaults__", (0.005, 0.005, time.monotonic))


def all_accounted(room: Room) -> None:
    told = room.record.tally.told()
    ends = ("read", "stopped", "merged", "dropped", "failed")
    assert told["received"] == told["open"] + sum(told[end] for end in ends), told


async def test_a_message_is_said_and_all_who_listen_are_told() -> None:
    async with reading() as (room, voice), listener(room) as player, listener(room, "caption") as page:
        receipt = room.take(chat("hello there"))
        assert receipt is not None
        assert receipt.status == "queued"
        await until(lambda: page.all("done"))
        assert voice.said == ["hello there"]
        [play] = page.all("play")
        assert (play["id"], play["caption"], play["user"]) == (receipt.id, "hello there", "Ann")
        assert player.all("play") == [play]
        assert abs(play["start_at_ms"] - play["server_now_ms"]) < 1000
        assert room.stage.clip(receipt.id) is not None
        assert room.record.tally.told()["read"] == 1
        all_accounted(room)


async def test_nothing_is_made_while_nobody_would_hear_it() -> None:
    async with reading() as (room, voice):
        room.take(chat("is anybody there"))
        async with listener(room, "caption"), listener(room, "studio"):
            for _ in range(20):
                room.tick()
                await asyncio.sleep(0.001)
            assert voice.said == []
            async with listener(room) as player:
                await until(lambda: player.played == ["is anybody there"])


async def test_what_is_stale_is_let_go_even_while_nobody_listens() -> None:
    clock = Clock()
    async with reading(clock=clock) as (room, voice):
        room.take(chat("one"))
        room.take(paid("two"))
        clock.now += 31
        room.tick()
        assert room.record.tally.reasons == {"stale": 1}
        assert [message["kind"] for message in room.stage.queue()] == ["superchat"]
        assert voice.said == []
        all_accounted(room)


async def test_what_goes_stale_while_another_plays_is_not_heard() -> None:
    clock = Clock()
    async with reading(clock=clock, voice=FakeVoice(seconds=0.05)) as (room, voice), listener(room) as player:
        room.take(chat("first"))
        await until(lambda: player.played == ["first"])
        room.take(chat("second"))
        await until(lambda: voice.said == ["first", "second"])  # made ahead
        clock.now += 60
        await until(lambda: room.record.tally.reasons["stale"] == 1)
        assert player.played == ["first"]


async def test_the_same_again_is_counted_on_what_waits() -> None:
    async with reading() as (room, _):
        room.take(chat("666", "Ann"))
        receipt = room.take(chat("666", "Bob"))
        assert receipt is not None
        assert (receipt.status, receipt.id) == ("merged", room.stage.queue()[0]["id"])
        async with listener(room) as player:
            await until(lambda: player.played == ["666 ×2"])
        await until(lambda: room.record.tally.open == 0)
        all_accounted(room)


async def test_a_platform_that_sends_twice_is_heard_once() -> None:
    async with reading() as (room, _):
        first = room.take(chat("hello", message_id="7"))
        again = room.take(chat("hello", message_id="7"))
        other = room.take(chat("hello world", "Bob", message_id="7", source="elsewhere"))
        assert first is not None
        assert again is not None
        assert other is not None
        assert (first.status, again.status, again.reason, other.status) == (
            "queued", "dropped", "already_taken", "queued",
        )  # fmt: skip
        all_accounted(room)


@pytest.mark.parametrize("stage", ["waiting", "made_ahead", "playing", "heard"])
async def test_what_a_moderator_deletes_is_gone_at_every_stage(stage: str) -> None:
    async with reading(voice=FakeVoice(seconds=0.3)) as (room, voice), listener(room) as page:
        if stage in ("waiting", "made_ahead"):
            room.take(chat("something long before", "Bob"))
            await until(lambda: page.played)
        if stage == "waiting":
            room.take(chat("one more before", "Cid"))
            await until(lambda: len(voice.said) == 2)
        receipt = room.take(chat("slander", message_id="9"))
        assert receipt is not None
        id = receipt.id
        if stage == "made_ahead":
            await until(lambda: "slander" in voice.said)
        if stage in ("playing", "heard"):
            await until(lambda: "slander" in page.played)
        if stage == "heard":
            await until(lambda: page.all("done"))
        assert room.retract(Retraction("test", message_id="9")) == 1
        await until(lambda: page.all("retracted"))
        assert [data["ids"] for data in page.all("retracted")] == [[id]]
        await until(lambda: room.stage.clip(id) is None)
        if stage == "playing":
            assert [data["reason"] for data in page.all("stop")] == ["retracted"]
        if stage in ("waiting", "made_ahead"):
            await until(lambda: room.record.tally.open == 0)
            assert "slander" not in page.played
        assert room.retract(Retraction("test", message_id="9")) == 0
        all_accounted(room)


async def test_all_of_a_user_is_taken_back_when_they_are_muted() -> None:
    async with reading({"merge": {"gift_seconds": 60}}) as (room, _):
        for text in ("one", "two"):
            room.take(chat(text, "Bad"))
        room.take(chat("three", "Good"))
        room.take(chat("", "Bad", "gift", gift="rose", amount=1))
        room.mute("test:bad")
        assert [message["user"] for message in room.stage.queue()] == ["Good"]
        receipt = room.take(chat("four", "Bad"))
        assert receipt is not None
        assert receipt.reason == "user_muted"
        assert room.record.tally.reasons == {"user_muted": 4}
        room.mute("test:bad", False)
        again = room.take(chat("five", "Bad"))
        assert again is not None
        assert again.status == "queued"
        all_accounted(room)


async def test_pause_lets_the_current_one_end_and_keeps_the_queue() -> None:
    async with reading(voice=FakeVoice(seconds=0.1)) as (room, voice), listener(room) as page:
        room.take(chat("one"))
        room.take(chat("two", "Bob"))
        await until(lambda: page.played == ["one"])
        await until(lambda: len(voice.said) == 2)  # the next is made ahead
        room.pause(True)
        await until(lambda: page.all("done"))
        for _ in range(10):
            room.tick()
            await asyncio.sleep(0.002)
        assert page.played == ["one"]
        assert len(room.stage.queue()) == 1
        room.resume()
        await until(lambda: page.played == ["one", "two"])
        assert voice.said == ["one", "two"]  # and is not made again
        assert [data["paused"] for data in page.all("mode")] == [True, False]


async def test_panic_is_silence_until_somebody_resumes() -> None:
    policy = {"review": {"kinds": ["sub"]}, "merge": {"gift_seconds": 60}}
    async with reading(policy, voice=FakeVoice(seconds=5)) as (room, _), listener(room) as page:
        room.take(chat("one"))
        room.take(chat("two", "Bob"))
        room.take(chat("held", "Cid", "sub"))
        room.take(chat("", "Dan", "gift", gift="rose", amount=1))
        await until(lambda: page.played == ["one"])
        room.panic()
        await until(lambda: page.all("stop"))
        assert room.stage.queue() == room.held() == []
        assert room.record.tally.reasons["panic"] == 4
        refused = room.take(chat("three", "Eve"))
        assert refused is not None
        assert refused.reason == "silenced"
        kept = room.take(paid("four"))
        assert kept is not None
        assert kept.status == "queued"  # whoever paid is read when it is over
        room.tick()
        assert page.played == ["one"]
        room.resume()
        await until(lambda: page.played == ["one", "four"])
        all_accounted(room)


async def test_what_waits_can_be_read_before_another() -> None:
    async with reading(voice=FakeVoice(seconds=0.2)) as (room, _), listener(room) as page:
        room.pause(True)
        sent = [chat("one"), chat("two", "Bob"), paid("three"), chat("four", "Dan")]
        one, two, three, four = [receipt.id for item in sent if (receipt := room.take(item)) is not None]
        assert room.stage.move(four, one)
        assert room.stage.move(two, three), "over what was paid for, too"
        assert [item["id"] for item in room.stage.queue()] == [two, three, four, one]
        for id, before in ((one, one), ("none", one), (one, "none")):
            assert not room.stage.move(id, before)
        room.resume()
        await until(lambda: len(page.played) == 4)
        assert page.played == ["two", "three", "four", "one"]
        assert not room.stage.move(one, four), "what was read waits no longer"


async def test_skip_clear_and_replay() -> None:
    async with reading(voice=FakeVoice(seconds=0.2)) as (room, _), listener(room) as page:
        assert not room.stage.skip()
        assert room.stage.replay() is None
        room.take(chat("one"))
        await until(lambda: page.played == ["one"])
        assert room.stage.skip()
        await until(lambda: page.all("stop"))
        assert page.all("stop")[0]["reason"] == "skipped"
        room.pause(True)
        two, three = room.take(chat("two", "Bob")), room.take(paid("three"))
        assert two is not None
        assert three is not None
        room.take(chat("four", "Dan"))
        assert room.stage.skip(two.id)
        assert not room.stage.skip(two.id)
        assert room.clear("chat") == 1
        assert room.clear("chat") == 0
        room.resume()
        await until(lambda: page.all("done"))
        assert page.played == ["one", "three"]
        assert room.stage.replay(three.id) is not None
        await until(lambda: page.played == ["one", "three", "three"])
        assert page.all("play")[-1]["replay"]
        await until(lambda: len(page.all("done")) == 2)
        assert room.record.tally.ends == {"stopped": 1, "dropped": 2, "read": 1}
        all_accounted(room)


async def test_review_holds_what_it_is_told_to_until_somebody_approves() -> None:
    policy = {"review": {"kinds": ["chat"], "free_from": "moderators"}}
    async with reading(policy) as (room, _), listener(room) as page, listener(room, "studio") as studio:
        one, two = room.take(chat("one")), room.take(chat("two", "Bob"))
        room.take(chat("by a moderator", "Mod", roles=["moderator"]))
        assert one is not None
        assert two is not None
        await until(lambda: page.played == ["by a moderator"])
        assert [data["caption"] for data in studio.all("held")] == ["one", "two"]
        assert not page.all("held")
        assert "held" not in page.all("state")[0]
        assert room.approve(one.id)
        assert not room.approve(one.id)
        assert room.reject(two.id)
        await until(lambda: page.played == ["by a moderator", "one"])
        assert room.record.tally.reasons == {"rejected": 1}


async def test_a_delay_leaves_time_to_take_something_back() -> None:
    clock = Clock()
    async with reading({"review": {"delay_seconds": 10}}, clock=clock) as (room, voice):
        room.take(chat("one", message_id="1"))
        room.take(chat("two", "Bob"))
        room.tick()
        assert room.stage.queue() == []
        room.retract(Retraction("test", message_id="1"))
        clock.now += 11
        room.tick()
        assert [message["caption"] for message in room.stage.queue()] == ["two"]
        assert voice.said == []


async def test_gifts_in_a_row_are_one_message() -> None:
    clock = Clock()
    async with reading(clock=clock) as (room, _):
        first = room.take(chat("", "Ann", "gift", gift="rose", amount=1))
        more = [room.take(chat("", "Ann", "gift", gift="rose", amount=1, count=2)) for _ in range(2)]
        assert first is not None
        assert first.status == "queued"
        assert [receipt and receipt.status for receipt in more] == ["merged", "merged"]
        assert room.stage.queue() == []
        clock.now += 4
        room.tick()
        [waiting] = room.stage.queue()
        assert (waiting["count"], waiting["amount"], waiting["id"]) == (5, "3.00", first.id)
        room.take(chat("", "Ann", "gift", gift="rose", amount=1))  # it still waits: one more in the same
        clock.now += 4
        room.tick()
        [waiting] = room.stage.queue()
        assert waiting["count"] == 6
        assert room.record.tally.told()["merged"] == 3
        all_accounted(room)


async def test_who_was_named_in_what_nobody_heard_is_named_again() -> None:
    voice = FakeVoice(seconds=30)
    async with reading({"names": {"say": True}}, voice) as (room, _), listener(room) as page:
        room.take(chat("one", "Bob"))
        await until(lambda: page.played == ["one"])
        room.take(chat("two", message_id="2"))
        await until(lambda: len(voice.said) == 2)  # made ahead
        room.retract(Retraction("test", message_id="2"))
        room.take(chat("three"))
        await until(lambda: len(voice.said) == 3)
        assert page.played == ["one"]
        assert voice.said == ["Bob says: one", "Ann says: two", "Ann says: three"]


async def test_each_part_of_a_gift_tells_which_message_it_is_in() -> None:
    clock = Clock()
    async with reading(clock=clock) as (room, _), listener(room, "studio") as studio:

        def rose(number: int) -> str:
            receipt = room.take(chat("", "Ann", "gift", gift="rose", amount=1, message_id=f"g{number}"))
            assert receipt is not None
            return receipt.id

        first = rose(1)
        assert rose(2) == first
        clock.now += 4
        later = rose(3)  # the one before is complete by now
        assert later != first
        assert rose(4) == later
        room.retract(Retraction("test", message_id="g4"))
        clock.now += 4
        room.tick()
        await until(lambda: len(studio.all("over")) == 3)
        ends = [(over["outcome"], over["reason"], over["into"]) for over in studio.all("over")]
        assert ends == [("merged", "", first), ("dropped", "retracted", ""), ("merged", "", first)]
        assert studio.all("over")[2]["id"] == later
        [waiting] = room.stage.queue()
        assert (waiting["id"], waiting["count"]) == (first, 3)


async def test_what_is_paid_for_is_tried_again_and_chat_is_not() -> None:
    voice = FakeVoice()
    voice.errors = [SynthesisFailed("no"), SynthesisFailed("no")]
    async with reading(voice=voice) as (room, _), listener(room) as page:
        room.pause(True)
        room.take(paid("thanks"))
        room.resume()
        await until(lambda: page.played == ["thanks"])
        assert voice.said == ["Pat sent 5 dollars: thanks"] * 3
        voice.errors = [SynthesisFailed("no")]
        room.take(chat("hello"))
        await until(lambda: page.all("failed"))
        assert [data["caption"] for data in page.all("failed")] == ["hello"]  # a page can show it
        room.take(chat("and on", "Bob"))
        await until(lambda: "and on" in page.played)


async def test_what_has_nothing_to_say_is_no_fault_of_the_room() -> None:
    voice = FakeVoice()
    voice.errors = [NothingToSay("nothing") for _ in range(4)]
    async with reading(voice=voice) as (room, _), listener(room) as page:
        room.take(paid("emoji alone"))
        for n in range(3):
            room.take(chat(f"number {n}", f"user{n}"))
        room.take(chat("real words", "Zoe"))
        await until(lambda: "real words" in page.played)
        assert room.record.tally.reasons["nothing_to_say"] == 4
        assert not room.stage.degraded
        assert not page.all("notice")


async def test_a_room_that_fails_again_and_again_rests_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest_module, "LONGEST_REST", 0.05)
    voice = FakeVoice()
    voice.errors = [SynthesisFailed("no") for _ in range(4)]
    async with reading(voice=voice) as (room, _), listener(room) as page:
        for n in range(4):
            room.take(chat(f"number {n}", f"user{n}"))
        await until(lambda: page.all("notice"))
        assert page.all("notice")[0]["code"] == "degraded"
        assert room.stage.degraded
        room.take(paid("still here"))
        await until(lambda: "still here" in page.played)
        assert not room.stage.degraded
        all_accounted(room)


async def test_a_model_that_is_loaded_costs_no_message() -> None:
    voice = FakeVoice()
    voice.ready = False
    async with reading(voice=voice) as (room, _), listener(room) as page:
        room.take(paid("early"))
        for _ in range(10):
            room.tick()
            await asyncio.sleep(0.002)
        assert voice.said == []
        assert not page.all("state")[0]["ready"]
        voice.ready = True
        room.tick()
        await until(lambda: page.played == ["early"])


async def test_moderators_run_the_room_from_the_chat_and_nobody_else_does() -> None:
    async with reading(voice=FakeVoice(seconds=0.5)) as (room, _), listener(room) as page:
        mod: dict[str, Any] = {"name": "Mod", "roles": ["moderator"]}
        room.take(chat("one"))
        await until(lambda: page.played)
        room.take(chat("!ttsskip", "Ann"))
        await asyncio.sleep(0.01)
        assert not page.all("stop")
        room.take(chat("!ttsskip", **mod))
        await until(lambda: page.all("stop"))
        room.take(chat("!ttspause", **mod))
        assert room.stage.paused
        room.take(chat("!ttsban @Ann", **mod))
        assert room.people.get("test:ann").muted
        room.take(chat("!ttsunban ann", **mod))
        assert not room.people.get("test:ann").muted
        room.take(chat("!ttspanic", **mod))
        assert room.stage.silenced
        room.take(chat("!ttsresume", **mod))
        assert not room.stage.silenced
        assert not room.stage.paused
        all_accounted(room)


async def test_a_voice_that_a_user_chose_is_remembered() -> None:
    policy = {"voices": {"commands": {"Robot": "anna"}}}
    async with reading(policy) as (room, voice), listener(room) as page:
        room.take(chat("!voice robot"))
        room.take(chat("hello"))
        room.take(chat("good evening", "Bob"))
        await until(lambda: len(page.played) == 2)
        assert [(line.text, line.voice) for line in voice.lines] == [("hello", "anna"), ("good evening", "")]


async def test_a_long_queue_is_read_faster_and_then_only_its_newest() -> None:
    async with reading({"pace": {"user_per_minute": 0}}, voice=FakeVoice(seconds=0.001)) as (room, voice):
        room.pause(True)
        for n in range(25):
            room.take(chat(f"message number {n}", f"user{n}"))
        async with listener(room) as page:
            room.resume()
            await until(lambda: page.played)
            assert page.played[0] == "message number 24"
            assert voice.speeds[0] > 1
            assert page.all("notice")[0] == {"code": "backlog", "left_out": 24}
        assert room.record.tally.reasons["backlog"] == 24


async def test_what_was_paid_for_survives_the_process_and_is_read_once(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    async with (
        room_store(file) as store,
        reading({"merge": {"gift_seconds": 60}}, journal=Journal(store, "main")) as (room, _),
    ):
        room.take(chat("only chat"))
        room.take(paid("first", message_id="1"))
        room.take(paid("second", "Bob", message_id="2"))
        room.take(chat("", "Cid", "gift", gift="rose", amount=1))
        room.take(chat("", "Cid", "gift", gift="rose", amount=1))
        assert await room.record.settled(5)
        room.people.put("test:ann", room.people.get("test:ann"))
        assert len(await store.waiting("main")) == 4
    async with room_store(file) as store, reading(journal=Journal(store, "main")) as (room, _voice):
        assert room.restore(await store.waiting("main"), await store.history("main")) == 4
        assert [message["caption"] for message in room.stage.queue()] == ["first", "second"]  # gifts come in a row
        again = room.take(paid("second", "Bob", message_id="2"))
        assert again is not None
        assert again.reason == "already_taken"
        async with listener(room) as page:
            await until(lambda: len(page.played) == 2)
            assert await store.waiting("main") == [] or len(await store.waiting("main")) == 2
            await until(lambda: len(page.all("done")) == 3)
            assert page.all("play")[2]["count"] == 2
        assert await room.record.settled(5)
        assert await store.waiting("main") == []
        assert sorted(fate.outcome for fate in await store.history("main")) == ["merged", "read", "read", "read"]
    async with room_store(file) as store, reading(journal=Journal(store, "main")) as (room, _):
        past = await store.history("main")
        assert room.restore(await store.waiting("main"), past) == 0
        retried = room.take(paid("first", message_id="1"))  # its sender never had an answer
        assert retried is not None
        assert retried.reason == "already_taken"


async def test_it_is_off_the_disk_before_it_is_heard(tmp_path: Path) -> None:
    async with room_store(tmp_path / "state.sqlite") as store:
        journal = Journal(store, "main")
        async with reading(journal=journal, voice=FakeVoice(seconds=0.2)) as (room, _):
            room.take(paid("once"))
            assert await room.record.settled(5)
            assert len(await store.waiting("main")) == 1
            async with listener(room) as page:
                await until(lambda: page.played)
                assert await store.waiting("main") == []


async def test_a_player_that_breaks_off_costs_one_message_and_is_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ishowtts.danmaku.room.RESTART_AFTER", 0.001)
    async with reading() as (room, _), listener(room) as page:
        make = room.stage.make
        monkeypatch.setattr(room.stage, "make", lambda item: 1 / 0)
        room.take(chat("one"))
        await until(lambda: room.record.tally.ends["failed"] == 1)
        monkeypatch.setattr(room.stage, "make", make)
        room.take(chat("two", "Bob"))
        await until(lambda: page.played == ["two"])
        all_accounted(room)


async def test_the_names_that_pages_get_are_those_that_may_be_shown() -> None:
    policy = {"words": {"blocked": ["badword"]}, "names": {"say": True}}
    async with reading(policy) as (room, voice), listener(room) as page:
        room.take(chat("hello", "badword"))
        await until(lambda: page.played)
        assert page.all("play")[0]["user"] == ""
        assert voice.said == ["Someone says: hello"]


class SlowDisk(Journal):
    """Says that it has written only when the test lets it."""

    asked = 0

    def __init__(self, store: RoomStore, room: str) -> None:
        super().__init__(store, room)
        self.gate = asyncio.Event()

    async def settled(self, seconds: float) -> bool:
        self.asked += 1
        await self.gate.wait()
        return await super().settled(seconds)


@pytest.mark.parametrize("how", ["pause", "leave", "close", "retract", "panic"])
async def test_what_is_off_the_disk_and_not_heard_after_all_is_kept_again(tmp_path: Path, how: str) -> None:
    async with room_store(tmp_path / "state.sqlite") as store:
        journal = SlowDisk(store, "main")
        async with reading(journal=journal) as (room, _):
            async with listener(room) as page:
                room.take(paid("thanks", message_id="1"))
                await until(lambda: journal.asked)
                if how == "pause":
                    room.pause(True)
                elif how == "retract":
                    assert room.retract(Retraction("test", message_id="1")) == 1
                elif how == "panic":
                    room.panic()
                if how not in ("leave", "close"):
                    journal.gate.set()
                    assert await room.record.settled(60)
            if how == "leave":
                journal.gate.set()
                await until(lambda: room.stage.queue())
            assert page.played == []
            kept = how in ("pause", "leave", "close")
            if how in ("pause", "leave"):
                await until(lambda: [message["state"] for message in room.stage.queue()] == ["queued"])
                async with listener(room) as page:
                    room.resume()
                    await until(lambda: page.played == ["thanks"])
                kept = False
            all_accounted(room)
        assert bool(await store.waiting("main")) == kept


async def test_a_server_that_takes_nothing_now_costs_no_message_its_tries() -> None:
    voice = FakeVoice()
    voice.errors = [QueueFull("full", retry_after=0.001) for _ in range(10)]
    async with reading({"names": {"say": True}}, voice=voice) as (room, _), listener(room) as page:
        room.take(chat("hello"))
        room.take(paid("thanks"))
        await until(lambda: len(page.played) == 2)
        assert not page.all("notice", "failed")
        assert set(voice.said) == {"Ann says: hello", "Pat sent 5 dollars: thanks"}, "and the name is not forgotten"
        all_accounted(room)


async def test_a_delay_that_is_full_of_chat_takes_what_is_paid_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review_module, "MOST_DELAYED", 3)
    clock = Clock()
    async with reading({"review": {"delay_seconds": 10}}, clock=clock) as (room, _):
        for n in range(4):
            room.take(chat(f"number {n}", f"user{n}"))
        for n in range(4):
            room.take(paid(f"thanks {n}"))
        assert room.record.tally.reasons["review_full"] == 5
        clock.now += 11
        room.tick()
        assert [message["caption"] for message in room.stage.queue()] == ["thanks 0", "thanks 1", "thanks 2"]
        all_accounted(room)


async def test_a_gift_that_is_taken_back_before_it_was_a_message_is_in_the_history(tmp_path: Path) -> None:
    async with (
        room_store(tmp_path / "state.sqlite") as store,
        reading({"merge": {"gift_seconds": 60}}, journal=Journal(store, "main")) as (room, _),
    ):
        room.take(chat("", "Cid", "gift", gift="rose", amount=1, message_id="1"))
        room.retract(Retraction("test", message_id="1"))
        assert await room.record.settled(60)
        [fate] = await store.history("main")
        assert (fate.outcome, fate.reason) == ("dropped", "retracted")
        assert await store.waiting("main") == []
        all_accounted(room)


async def test_ids_are_forgotten_after_ten_minutes_also_those_from_before_a_restart() -> None:
    clock, now = Clock(), time.time()
    async with reading(clock=clock) as (room, _):
        # The newest first, as the store has them.
        past = [Fate(str(n), now - n, "read", "", f'{{"source":"test","message_id":"{n}"}}') for n in (5, 300, 595)]
        assert room.restore([], past) == 0

        def reason(id: int, text: str) -> str:
            receipt = room.take(chat(text, f"user{text}", message_id=str(id)))
            assert receipt is not None
            return receipt.reason

        assert [reason(id, f"a {id}") for id in (5, 300, 595)] == ["already_taken"] * 3
        clock.now += 10
        assert [reason(id, f"b {id}") for id in (5, 300, 595)] == ["already_taken", "already_taken", ""]
