"""A speech as one body of unknown length, sent as it is made."""

from __future__ import annotations

import asyncio

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ishowtts.api.access_log import CLIENT_LEFT, access, outcome_of
from ishowtts.api.disconnect import cancelled_on_disconnect
from ishowtts.api.headers import early_headers
from ishowtts.api.outcome import note_speech
from ishowtts.api.packers import Packer
from ishowtts.api.stall import limit_stall
from ishowtts.errors import SpeechError
from ishowtts.serving.cancel import CancelToken
from ishowtts.synthesis.speak import Chunk, Speaking


class AudioStream(Response):
    """What `packer` makes of the speech. A failure breaks the answer off: a clean end would pass for the whole text."""

    def __init__(
        self, first: Chunk, speaking: Speaking, token: CancelToken, *, packer: Packer, send_timeout: float
    ) -> None:
        self.status_code = 200
        self.background = None
        self.media_type = packer.media_type(first.sample_rate)
        self.init_headers(early_headers(speaking.request, speaking.speech))
        self._first = first
        self._packer = packer
        self._speaking = speaking
        self._token = token
        self._send_timeout = send_timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._record = access(scope)
        outcome = CLIENT_LEFT
        limit_stall(scope, self._send_timeout)
        try:
            async with cancelled_on_disconnect(receive, self._token):
                await self._stream(send)
            outcome = "ok"
        except TimeoutError:
            outcome = "slow_reader"
        except SpeechError as error:
            outcome = outcome_of(error)
        finally:
            # An answer without its last message is what makes the server cut the connection.
            self._token.cancel("the response is over")
            note_speech(self._record, self._speaking, outcome)
            await self._speaking.aclose()

    async def _stream(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await self._sound(send, self._first)
        async for chunk in self._speaking:
            await self._sound(send, chunk)
        await self._body(send, await asyncio.to_thread(self._packer.finish), more=False)

    async def _sound(self, send: Send, chunk: Chunk) -> None:
        with self._record.encoding():
            data = await asyncio.to_thread(self._packer.feed, chunk)
        self._record.heard(chunk.t0)
        await self._body(send, data)

    async def _body(self, send: Send, data: bytes, *, more: bool = True) -> None:
        async with asyncio.timeout(self._send_timeout):
            await send({"type": "http.response.body", "body": data, "more_body": more})
