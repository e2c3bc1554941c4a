"""The sound of one message while it is made, for any number of listeners, and for a while after."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator

from ishowtts.errors import Cancelled, SpeechError
from ishowtts.serving.cancel import CancelToken
from ishowtts.synthesis.sound import Chunk


class Clip:
    """Filled from `sound`, whose work `token` stops. Times are in seconds."""

    def __init__(self, sound: AsyncIterator[Chunk], token: CancelToken) -> None:
        self.chunks: list[Chunk] = []
        self.error: SpeechError | None = None
        self.ended = False
        self._sound = sound
        self._token = token
        self._news = asyncio.Event()
        self._filling = asyncio.create_task(self._fill(), name="ishowtts-clip")

    @property
    def duration(self) -> float:
        """Of what is there; complete once it has `ended`."""
        return sum(chunk.duration for chunk in self.chunks)

    @property
    def nbytes(self) -> int:
        return sum(chunk.pcm.nbytes for chunk in self.chunks)

    async def first(self) -> None:
        """Until there is something to hear. Raises why there never will be."""
        while not self.chunks and not self.ended:
            await self._news.wait()  # nothing is awaited between looking and taking the event
        if not self.chunks:
            raise self.error or Cancelled("There is nothing to hear.")

    async def end(self) -> None:
        """Until all of it is there, or no more will come."""
        while not self.ended:
            await self._news.wait()

    def discard(self, reason: str) -> None:
        """Stop the work, and let go of the sound: whoever listens is cut off."""
        self._token.cancel(reason)
        self.chunks.clear()
        self._finish(Cancelled(reason))

    async def follow(self) -> AsyncGenerator[Chunk, None]:
        """All chunks from the first on, as they come. Raises why it broke off."""
        index = 0
        while True:
            news = self._news
            if index < len(self.chunks):
                index += 1
                yield self.chunks[index - 1]
            elif self.error is not None:
                raise self.error
            elif self.ended:
                return
            else:
                await news.wait()

    async def _fill(self) -> None:
        try:
            async for chunk in self._sound:
                if self.ended:
                    return
                self.chunks.append(chunk)
                self._tell()
        except SpeechError as error:
            self._finish(error)
        except BaseException:
            self._finish(SpeechError("The sound could not be made; the log has the details."))
            raise
        else:
            self._finish(None)
        finally:
            close = getattr(self._sound, "aclose", None)
            if close is not None:
                with contextlib.suppress(RuntimeError):
                    await close()

    def _finish(self, error: SpeechError | None) -> None:
        if not self.ended:
            self.error, self.ended = error, True
            self._tell()

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()
