"""Text that comes in small pieces, such as the tokens of a language model, handed on in whole sentences."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from ishowtts.errors import TextTooLong
from ishowtts.text.breaks import settled

_CONTEXT = 16  # characters looked at again: what ends a sentence may come in several pieces


class TextStream:
    """`feed` and `finish` on one side, `pieces` on the other; holds `max_chars` characters at most, over its life."""

    def __init__(self, max_chars: int) -> None:
        self._max_chars = max_chars
        self._chars = 0
        self._text = ""
        self._cut = 0  # what is before it has been handed on, and is kept since it tells what the rest means
        self._ready: list[str] = []
        self._finished = False
        self._news = asyncio.Event()

    @classmethod
    def of(cls, text: str) -> TextStream:
        """All of it at once."""
        stream = cls(len(text))
        stream._text = text
        stream.finish()
        return stream

    def feed(self, text: str) -> None:
        """Raises `TextTooLong`."""
        self._chars += len(text)
        if self._chars > self._max_chars:
            raise TextTooLong(f"This server takes {self._max_chars} characters of one text: send it in parts.")
        seen = max(self._cut, len(self._text) - _CONTEXT)
        self._text += text
        end = settled(self._text, seen)
        if end > self._cut:
            self._ready.append(self._text[self._cut : end])
            self._cut = end
            self._news.set()

    def finish(self) -> None:
        """What is left is a sentence too."""
        self._finished = True
        self._news.set()

    async def pieces(self) -> AsyncIterator[str]:
        """All whole sentences there are by then, as one text, again and again until the end."""
        while True:
            await self._news.wait()
            self._news.clear()
            last = self._finished  # more may come while the caller works on this piece
            text = "".join(self._ready) + (self._text[self._cut :] if last else "")
            self._ready.clear()
            if text.strip():
                yield text
            if last:
                return
