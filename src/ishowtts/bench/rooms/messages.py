"""A made-up chat of everything a room takes, and some it should not: seeded, so that a run can be done again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from ishowtts.bench.chat import chat_lines

USERS = 3000
RESENT = 0.01
"""Of the messages, those that a platform sends twice."""


def messages(seed: int, hostile: float = 0.01) -> Iterator[dict[str, Any]]:
    """For ever: chat, repeats, gifts, what is paid for, greetings that no room reads, and `hostile` long ones."""
    chance = random.Random(seed)  # noqa: S311 - lines of a benchmark
    lines = chat_lines(seed)
    sent: list[dict[str, Any]] = []
    number = 0
    while True:
        if sent and chance.random() < RESENT:
            yield chance.choice(sent)
            continue
        number += 1
        user = {"id": str(chance.randrange(USERS)), "name": f"user{number % USERS}"}
        item: dict[str, Any] = {"source": "bench", "message_id": f"m{number}", "user": user}
        draw = chance.random()
        if draw < hostile:
            item["text"] = "".join(chance.choice("哈a\u0300<|[x]😀 http://a.bc/") for _ in range(1000))
        elif draw < 0.80:
            item["text"] = next(lines)
        elif draw < 0.88:
            item["text"] = chance.choice(("666", "哈哈哈", "lol", "hello", "主播好"))
        elif draw < 0.93:
            item |= {"kind": "gift", "gift": chance.choice(("rose", "小花")), "amount": 1, "user": _rich(chance)}
        elif draw < 0.935:
            item |= {"kind": "superchat", "text": next(lines), "amount": chance.randint(1, 100), "currency": "USD"}
        else:
            item["kind"] = chance.choice(("join", "like", "follow"))
        sent.append(item)
        del sent[:-50]
        yield item


def _rich(chance: random.Random) -> dict[str, str]:
    who = chance.randrange(40)
    return {"id": f"rich{who}", "name": f"rich{who}"}
