"""The sound of a message as one body, sent while it is made."""

from __future__ import annotations

import asyncio

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ishowtts.api.access_log import CLIENT_LEFT, access
from ishowtts.api.disconnect import unless_left
from ishowtts.api.packers import FilePacker
from ishowtts.api.stall import limit_stall
from ishowtts.audio.encode import Format
from ishowtts.danmaku.clip import Clip
from ishowtts.errors import Cancelled, SpeechError


class ClipStream(Response):
    """Of a clip that has its first sound. Broken off where the clip is: a clean end would pass for all of it."""

    def __init__(self, clip: Clip, format: Format, send_timeout: float) -> None:
        self.status_code = 200
        self.background = None
        self._clip = clip
        self._packer = FilePacker(format)
        self._send_timeout = send_timeout
        self.media_type = self._packer.media_type(clip.chunks[0].sample_rate)
        # What was taken back must be nowhere.
        self.init_headers({"Cache-Control": "no-store"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        record = access(scope)
        record.outcome = CLIENT_LEFT
        limit_stall(scope, self._send_timeout)
        try:
            await unless_left(receive, self._stream(send))
            record.outcome = "ok"
        except TimeoutError:
            record.outcome = "slow_reader"
        except Cancelled:
            pass  # the listener left, or it was taken back
        except SpeechError as error:
            record.outcome = error.code

    async def _stream(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for chunk in self._clip.follow():
            await self._body(send, await asyncio.to_thread(self._packer.feed, chunk))
        await self._body(send, await asyncio.to_thread(self._packer.finish), more=False)

    async def _body(self, send: Send, data: bytes, *, more: bool = True) -> None:
        async with asyncio.timeout(self._send_timeout):
            await send({"type": "http.response.body", "body": data, "more_body": more})
