"""GET /danmaku/stream: what happens in a room, as events; GET /danmaku/audio/{id}: the sound of a message."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
from collections.abc import AsyncGenerator
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Path, Query
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ishowtts.api.access_log import CLIENT_LEFT, access
from ishowtts.api.caller import caller, needs
from ishowtts.api.clip_stream import ClipStream
from ishowtts.api.danmaku import RoomName, room_of
from ishowtts.api.danmaku_schemas import MessageId
from ishowtts.api.describe import error_docs
from ishowtts.api.disconnect import unless_left
from ishowtts.api.events import to_json
from ishowtts.api.services import services
from ishowtts.api.stall import limit_stall
from ishowtts.audio.encode import Format
from ishowtts.audio.pcm import to_s16le
from ishowtts.danmaku.broker import News, Role, Subscription
from ishowtts.danmaku.clip import Clip
from ishowtts.danmaku.configured import MAIN
from ishowtts.danmaku.room import Room
from ishowtts.errors import Cancelled, MessageNotFound, MissingScope, SpeechError, TooManySubscribers
from ishowtts.serving.drain import Drain

log = logging.getLogger(__name__)

router = APIRouter(prefix="/danmaku", tags=["read-aloud"])

PING_SECONDS = 15
RETRY_MS = 2000
FULL_RETRY_MS = 10_000
LONGEST_PIECE = 0.5
"""Seconds of sound in one inline event."""
MOST_PIECES = 16
"""Inline events made ahead for one reader."""

Audio = Literal["url", "inline"]


@router.get("/stream", responses={200: {"content": {"text/event-stream": {}}}, **error_docs(401, 403, 404, 422)})
@needs("overlay")
async def stream(
    request: Request,
    room: RoomName = MAIN,
    role: Annotated[
        Role, Query(description="`player` plays the sound, `caption` shows text, `studio` sees all and plays nothing.")
    ] = "player",
    audio: Annotated[
        Audio, Query(description="`inline`: the sound comes as events too, in base64; for players alone.")
    ] = "url",
    last_event_id: Annotated[str, Header(alias="Last-Event-ID", max_length=64)] = "",
) -> Response:
    """Events of a room: `state` first, then `play`, `stop`, `done`, `retracted`, `mode`, `notice`, …: docs/danmaku.md.

    As long as no `player` is connected, nothing is made.
    """
    here = room_of(request, room)
    if role == "studio" and not caller(request.scope).may("danmaku"):
        raise MissingScope("This key is good, but the studio wants the scope `danmaku`.", param="role")
    parts = services(request)
    inline = audio == "inline" and role == "player"
    return RoomEvents(_told(here, role, last_event_id, inline), parts.drain, parts.settings.server.sse_send_timeout)


@router.get("/audio/{id}", response_class=Response, responses=error_docs(401, 403, 404, 422))
@needs("overlay")
async def audio(
    request: Request,
    id: Annotated[MessageId, Path(description="As `play` gives it.")],
    format: Annotated[Format, Query()] = "wav",
) -> Response:
    """The sound of a message that plays, is about to, or was read in the last ten minutes; sent while it is made."""
    clip = next((clip for room in services(request).rooms.all() if (clip := room.stage.clip(id))), None)
    if clip is None:
        raise MessageNotFound("There is no such message, or its sound is gone.", param="id")
    with contextlib.suppress(Cancelled):  # it was taken back; or the client left, and reads no answer
        await unless_left(request.receive, clip.first())
    if not clip.chunks:
        raise MessageNotFound("There is no such message, or its sound is gone.", param="id")
    return ClipStream(clip, format, services(request).settings.server.sse_send_timeout)


class RoomEvents(EventSourceResponse):
    """Until the listener leaves or stalls, or the server drains."""

    def __init__(self, events: AsyncGenerator[ServerSentEvent, None], drain: Drain, send_timeout: float) -> None:
        self._outcome = CLIENT_LEFT
        self._drain = drain
        self._longest_stall = send_timeout
        super().__init__(self._until_the_drain(events), ping=PING_SECONDS, send_timeout=send_timeout)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        record = access(scope)
        record.stream = "sse"
        limit_stall(scope, self._longest_stall)
        try:
            await super().__call__(scope, receive, send)
        except SendTimeoutError:
            self._outcome = "slow_reader"
        finally:
            record.outcome = self._outcome

    async def _until_the_drain(
        self, events: AsyncGenerator[ServerSentEvent, None]
    ) -> AsyncGenerator[ServerSentEvent, None]:
        over = asyncio.create_task(self._drain.begun.wait())
        upcoming: asyncio.Task[ServerSentEvent] | None = None
        try:
            while True:
                upcoming = asyncio.ensure_future(anext(events))
                await asyncio.wait({upcoming, over}, return_when=asyncio.FIRST_COMPLETED)
                if not upcoming.done():
                    break
                yield upcoming.result()
        except StopAsyncIteration:
            pass
        finally:
            over.cancel()
            if upcoming is not None and not upcoming.done():
                upcoming.cancel()
                with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration):
                    await upcoming
            await events.aclose()
        self._outcome = "ok"


async def _told(room: Room, role: Role, last_id: str, inline: bool) -> AsyncGenerator[ServerSentEvent, None]:
    try:
        with room.broker.subscribed(role, last_id) as subscription:
            room.stage.wake()
            async with contextlib.aclosing(
                _with_sound(room, subscription) if inline else _news(subscription)
            ) as events:
                async for event in events:
                    yield event
    except TooManySubscribers as error:
        # An answer other than 200 would end an EventSource for ever.
        yield ServerSentEvent(to_json(error.body()["error"]), event="refused", retry=FULL_RETRY_MS)


async def _news(subscription: Subscription) -> AsyncGenerator[ServerSentEvent, None]:
    async for news in subscription:
        yield _event(news)


async def _with_sound(room: Room, subscription: Subscription) -> AsyncGenerator[ServerSentEvent, None]:
    """News, and between them the pieces of what plays."""
    out: asyncio.Queue[ServerSentEvent | None] = asyncio.Queue(MOST_PIECES)
    playing: asyncio.Task[None] | None = None

    async def tell() -> None:
        nonlocal playing
        try:
            async for news in subscription:
                await out.put(_event(news))
                if news.name in ("stop", "play") and playing is not None:
                    playing.cancel()
                if news.name == "play" and (clip := room.stage.clip(str(news.data["id"]))) is not None:
                    playing = asyncio.create_task(_pieces(str(news.data["id"]), clip, out))
        except Exception:  # a stream that is alive and says nothing more would be listened to for ever
            log.exception("room %s: the events of a listener broke off by an error of the program", room.name)
        await out.put(None)

    telling = asyncio.create_task(tell())
    try:
        while (event := await out.get()) is not None:
            yield event
    finally:
        telling.cancel()
        if playing is not None:
            playing.cancel()


async def _pieces(id: str, clip: Clip, out: asyncio.Queue[ServerSentEvent | None]) -> None:
    seq = 0
    with contextlib.suppress(SpeechError):  # `stop` or `done` tells of its end
        async for chunk in clip.follow():
            step = round(LONGEST_PIECE * chunk.sample_rate)
            for start in range(0, chunk.pcm.size, step):
                sound = base64.b64encode(to_s16le(chunk.pcm[start : start + step])).decode("ascii")
                piece = {"id": id, "seq": seq, "sample_rate": chunk.sample_rate, "audio": sound}
                await out.put(ServerSentEvent(to_json(piece), event="chunk"))
                seq += 1


def _event(news: News) -> ServerSentEvent:
    retry = RETRY_MS if news.name == "state" else None
    return ServerSentEvent(to_json(news.data), event=news.name, id=news.id, retry=retry)
