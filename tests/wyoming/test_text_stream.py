from __future__ import annotations

import asyncio

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ishowtts.errors import TextTooLong
from ishowtts.wyoming.text_stream import TextStream

pytestmark = pytest.mark.anyio


async def collect(stream: TextStream) -> list[str]:
    return [piece async for piece in stream.pieces()]


async def test_whole_sentences_come_as_soon_as_they_are_sure() -> None:
    stream = TextStream(1000)
    pieces = stream.pieces()
    for text in ("It is 3", ".14 by Dr", ". Who. "):
        stream.feed(text)
    waiting = asyncio.ensure_future(anext(pieces))
    await asyncio.sleep(0)
    assert not waiting.done()  # one more letter tells
    stream.feed("Now this")
    assert await waiting == "It is 3.14 by Dr. Who."
    stream.finish()
    assert [piece async for piece in pieces] == [" Now this"]


async def test_sentences_that_came_in_the_meantime_are_one_piece() -> None:
    stream = TextStream(1000)
    for text in ("One. ", "Two. ", "三。四", "。五五"):
        stream.feed(text)
    pieces = stream.pieces()
    assert await anext(pieces) == "One. Two. 三。四。"
    stream.finish()
    assert [piece async for piece in pieces] == ["五五"]


async def test_a_paragraph_ends_without_a_mark() -> None:
    stream = TextStream(1000)
    stream.feed("A title\n")
    stream.feed("\nThe text")
    assert (await anext(stream.pieces())).strip() == "A title"


async def test_too_much_text_is_refused_however_small_the_pieces() -> None:
    stream = TextStream(10)
    for _ in range(5):
        stream.feed("a.")
    with pytest.raises(TextTooLong, match="10 characters"):
        stream.feed(".")


async def test_nothing_is_nothing() -> None:
    stream = TextStream(10)
    stream.feed("  \n ")
    stream.finish()
    assert await collect(stream) == []
    assert await collect(TextStream.of("")) == []


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.text(alphabet="aZ1 .!。？”)\n…,中", max_size=6), st.booleans()), max_size=30),
    st.lists(st.integers(0, 3), max_size=10),
)
def test_nothing_is_lost_or_said_twice(pieces: list[tuple[str, bool]], pauses: list[int]) -> None:
    async def run() -> None:
        stream = TextStream(1000)
        said: list[str] = []

        async def listen() -> None:
            async for piece in stream.pieces():
                said.append(piece)
                for _ in range(pauses.pop() if pauses else 0):  # more comes while this one is spoken
                    await asyncio.sleep(0)

        listening = asyncio.create_task(listen())
        for text, wait in pieces:
            stream.feed(text)
            if wait:
                await asyncio.sleep(0)
        stream.finish()
        await listening
        assert "".join("".join(said).split()) == "".join("".join(text for text, _ in pieces).split())

    asyncio.run(run())


@settings(deadline=None)
@given(st.text(alphabet="aZ1 .!。？”)\n…,中", max_size=60))
@example("!Z. 1")  # "Z." is an initial at the start of a text, and the end of a sentence after a mark
def test_pieces_do_not_depend_on_how_the_text_came(text: str) -> None:
    async def run(size: int) -> str:
        stream = TextStream(1000)
        for i in range(0, len(text), size):
            stream.feed(text[i : i + size])
        pieces = stream.pieces()
        first = await anext(pieces) if stream._ready else ""
        await pieces.aclose()  # type: ignore[attr-defined]
        return first.strip()

    assert asyncio.run(run(1)) == asyncio.run(run(7))
