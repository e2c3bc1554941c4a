from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ishowtts.danmaku.broker import BACKLOG, MOST_SUBSCRIBERS, RING, RING_SECONDS, Broker, News, Role, Subscription
from ishowtts.errors import TooManySubscribers

pytestmark = pytest.mark.anyio


class Room:
    def __init__(self) -> None:
        self.now = 0.0
        self.broker = Broker(self.state, clock=lambda: self.now)
        self.said = 0

    def state(self, role: Role) -> dict[str, Any]:
        return {"said": self.said}

    def say(self, **how: Any) -> News:
        self.said += 1
        return self.broker.publish("play", {"n": self.said}, **how)


async def take(subscription: Subscription, count: int) -> list[News]:
    taken: list[News] = []
    async with asyncio.timeout(10):
        async for news in subscription:
            taken.append(news)
            if len(taken) == count:
                break
    return taken


def told(news: list[News]) -> list[tuple[str, int]]:
    return [(each.name, next(iter(each.data.values()))) for each in news]


async def test_the_state_comes_first_then_news_in_order() -> None:
    room = Room()
    room.say()
    with room.broker.subscribed("player") as listener:
        room.say()
        news = await take(listener, 2)
        assert told(news) == [("state", 2), ("play", 2)]
        room.say()
        room.say()
    assert len(room.broker) == 0


async def test_who_comes_back_gets_what_was_missed_but_nothing_whose_time_has_passed() -> None:
    room = Room()
    first = room.say()
    room.say(replay=False)
    room.say()
    with room.broker.subscribed("caption", first.id) as listener:
        assert told(await take(listener, 2)) == [("state", 3), ("play", 3)]
    for strange in (
        "",
        "x",
        "other-1",
        f"{room.broker.epoch}-",
        f"{room.broker.epoch}-²",
        f"{room.broker.epoch}-{10**40}",
    ):
        with room.broker.subscribed("caption", strange) as listener:
            listener.close()
            assert told([news async for news in listener]) == [("state", 3)]
    room.now = RING_SECONDS + 1
    with room.broker.subscribed("caption", first.id) as listener:
        listener.close()
        assert told([news async for news in listener]) == [("state", 3)]


async def test_roles_hear_what_is_for_them() -> None:
    room = Room()
    with room.broker.subscribed("studio") as studio, room.broker.subscribed("player") as player:
        assert (room.broker.count("player"), room.broker.count("caption")) == (1, 0)
        room.say(roles=frozenset({"studio"}))
        room.say()
        assert told(await take(studio, 3)) == [("state", 2), ("play", 1), ("play", 2)]
        assert told(await take(player, 2)) == [("state", 2), ("play", 2)]


async def test_one_that_stalls_holds_up_nobody_and_starts_anew() -> None:
    room = Room()
    with room.broker.subscribed("player") as quick, room.broker.subscribed("player") as stalled:
        heard = [await take(quick, 1)]
        await take(stalled, 1)
        for _ in range(BACKLOG + 10):
            room.say()
            heard.append(await take(quick, 1))
        assert [news[0].data.get("n") for news in heard[1:]] == list(range(1, BACKLOG + 11))
        assert (quick.resyncs, stalled.resyncs) == (0, 1)
        after = await take(stalled, 2)
        assert told(after)[0] == ("state", BACKLOG + 10)
        assert told(after)[1][1] > BACKLOG, "and no old ones"


async def test_listeners_are_bounded_and_leave_nothing_behind() -> None:
    room = Room()
    for _ in range(1000):
        with room.broker.subscribed("player") as listener:
            await take(listener, 1)
    entered = [room.broker.subscribed("player") for _ in range(MOST_SUBSCRIBERS)]
    for each in entered:
        each.__enter__()
    with pytest.raises(TooManySubscribers), room.broker.subscribed("player"):
        pass
    for each in entered:
        each.__exit__(None, None, None)
    gc.collect()
    assert sum(isinstance(each, Subscription) for each in gc.get_objects()) < 10
    for _ in range(3 * RING):
        room.say()
    with room.broker.subscribed("player", f"{room.broker.epoch}-0") as listener:
        listener.close()
        assert len([news async for news in listener]) == 1 + RING


async def test_at_the_end_everybody_is_let_go() -> None:
    room = Room()
    with room.broker.subscribed("player") as listener:
        room.say()
        room.broker.close()
        assert told([news async for news in listener]) == [("state", 1), ("play", 1)]


@given(st.text(max_size=40))
def test_any_last_event_id_will_do(last: str) -> None:
    async def ask() -> int:
        room = Room()
        room.say()
        with room.broker.subscribed("player", last) as listener:
            listener.close()
            return len([news async for news in listener])

    assert asyncio.run(ask()) in (1, 2)
