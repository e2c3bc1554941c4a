from __future__ import annotations

from collections import Counter

import pytest

from ishowtts.api.danmaku_schemas import ChatItem, RetractBody
from ishowtts.bench.livechat.crowd import PAID, UNREADABLE, Act, acts
from ishowtts.danmaku.filters import Filters
from ishowtts.danmaku.policy import Policy
from ishowtts.danmaku.verdict import is_paid


@pytest.fixture(scope="module")
def stream() -> list[Act]:
    return acts(1, 20, 40)


def test_the_same_seed_is_the_same_chat(stream: list[Act]) -> None:
    assert acts(1, 20, 40) == stream
    assert [act.body for act in acts(1, 20, 40)] == [act.body for act in stream]
    assert [act.body for act in acts(2, 20, 40)] != [act.body for act in stream]


def test_a_stream_has_everything_that_a_chat_has(stream: list[Act]) -> None:
    assert [act.at for act in stream] == sorted(act.at for act in stream)
    assert stream[0].at >= 0
    assert stream[-1].at < 1200
    kinds = Counter(act.kind for act in stream)
    assert kinds["delete"] > 20
    assert kinds["ban"] >= 1
    labels = {act.label for act in stream}
    assert labels >= PAID | UNREADABLE | {"raid", "pasta", "flood", "hostile", "long", "link", "mention", "troll"}
    each_minute = Counter(int(act.at // 60) for act in stream)
    assert max(each_minute.values()) > 1.5 * sorted(each_minute.values())[10]  # it comes in bursts
    texts = Counter(act.body["text"] for act in stream if act.label == "chat" and act.kind == "say")
    assert sum(count for count in texts.values() if count > 1) < 0.35 * texts.total()


def test_every_pause_has_its_end() -> None:
    for seed in range(20):
        said = [act.body.get("text") for act in acts(seed, 4, 10)]
        assert said.count("!ttspause") == said.count("!ttsresume")


def test_the_server_takes_all_of_it_and_labels_are_true(stream: list[Act]) -> None:
    filters = Filters(Policy())
    for act in stream:
        if act.kind != "say":
            RetractBody.model_validate(act.body)
            continue
        item = ChatItem.model_validate(act.body)
        event = item.event()
        assert is_paid(event) == (act.label in PAID)
        if act.label in UNREADABLE - {"again", "banned"}:  # of these another message decides
            assert filters.test(event).reason is not None, act


def test_deletions_come_after_what_they_delete(stream: list[Act]) -> None:
    said = {act.body["message_id"]: act.at for act in reversed(stream) if act.kind == "say"}
    assert all(said[act.body["message_id"]] < act.at for act in stream if act.kind == "delete")
