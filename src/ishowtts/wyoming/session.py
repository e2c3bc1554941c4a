"""One client: its events in order, one speech at a time; whatever goes wrong is told in an `error` event, and ends it.

An error ends the connection because clients wait for `audio-stop` and nothing else: a connection that ends before it is
the only failure they all understand.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from wyoming.error import Error
from wyoming.event import Eventable, async_write_event
from wyoming.ping import Pong

from ishowtts.api.caller import peer_name
from ishowtts.api.services import Services
from ishowtts.errors import Cancelled, InvalidRequest, QueueFull, SpeechError
from ishowtts.serving.cancel import CancelToken
from ishowtts.serving.claim import Sender
from ishowtts.wyoming.frames import Frame, read_frame
from ishowtts.wyoming.info import describe
from ishowtts.wyoming.messages import Ping, Synthesize, SynthesizeChunk, SynthesizeStart, parse
from ishowtts.wyoming.speech import Utterance, speak
from ishowtts.wyoming.text_stream import TextStream

log = logging.getLogger(__name__)

MAX_WAITING = 4
"""Texts of one client that may wait while another is spoken."""
_FAREWELL = 1.0  # seconds for the client to read the last event and close its side
_PIECE = 64 * 1024


class Session:
    """`run` serves one connection until its end, and closes it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, parts: Services) -> None:
        self._reader, self._writer, self._parts = reader, writer, parts
        self._settings = parts.settings.wyoming
        self._sender = Sender(peer_name((writer.get_extra_info("peername") or ("",))[0]))
        self._token = CancelToken()
        self._waiting: asyncio.Queue[Utterance] = asyncio.Queue(MAX_WAITING)
        self._open: TextStream | None = None  # between synthesize-start and synthesize-stop
        self._idle: asyncio.Timeout | None = None
        self.busy = False
        """Something is being spoken."""

    async def run(self) -> None:
        tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._speak())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        except Cancelled:
            pass
        except SpeechError as error:
            with suppress(OSError, TimeoutError):
                await self._send(Error(error.message, error.code))
        except (OSError, TimeoutError):  # gone, silent for too long, or it does not read
            pass
        except Exception:
            log.exception("a Wyoming client could not be served")
            with suppress(OSError, TimeoutError):
                await self._send(Error("Something went wrong inside the server; its log says what.", SpeechError.code))
        finally:
            self._token.cancel("the client left")
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._close()

    async def _listen(self) -> None:
        """Until the client closes its side, which counts as leaving."""
        async with asyncio.timeout(self._settings.idle_timeout) as self._idle:
            while frame := await read_frame(self._reader, self._parts.settings.server.max_body_bytes):
                self._alive()
                await self._handle(frame)
                await asyncio.sleep(0)  # many events in one packet must not keep the others waiting

    async def _handle(self, frame: Frame) -> None:
        match frame.type:
            case "describe":
                about = self._parts.worker.status().info
                model, license = about.get("model", ""), about.get("license", "")
                await self._send(describe(self._parts.library, str(model), str(license)))
            case "ping":
                await self._send(Pong(parse(Ping, frame.data).text))
            case "synthesize":
                # In a stream it repeats the text for servers that know no streams.
                if self._open is None:
                    whole = parse(Synthesize, frame.data)
                    self._enqueue(Utterance(TextStream.of(whole.text), whole, self._sender, streamed=False))
            case "synthesize-start":
                if self._open is not None:
                    raise InvalidRequest("`synthesize-start` came before the `synthesize-stop` of the text before.")
                self._open = TextStream(self._parts.settings.server.max_text_chars)
                wish = parse(SynthesizeStart, frame.data)
                self._enqueue(Utterance(self._open, wish, self._sender, streamed=True))
            case "synthesize-chunk":
                self._started().feed(parse(SynthesizeChunk, frame.data).text)
            case "synthesize-stop":
                self._started().finish()
                self._open = None
            case _:  # the protocol asks that what is not known is dropped
                log.debug("an event that is not for a speech server was dropped")

    def _started(self) -> TextStream:
        if self._open is None:
            raise InvalidRequest("`synthesize-start` must come first.")
        return self._open

    def _enqueue(self, utterance: Utterance) -> None:
        try:
            self._waiting.put_nowait(utterance)
        except asyncio.QueueFull:
            raise QueueFull("Too many texts wait on this connection: wait for `audio-stop` before the next.") from None

    async def _speak(self) -> None:
        while True:
            utterance = await self._waiting.get()
            await speak(utterance, self._parts, self._token, self._send, self._set_busy)

    def _set_busy(self, busy: bool) -> None:
        self.busy = busy
        self._alive()

    def _alive(self) -> None:
        """The clock of silence starts again; while something is spoken it stands still."""
        if self._idle is not None and not self._idle.expired():
            now = asyncio.get_running_loop().time()
            self._idle.reschedule(None if self.busy else now + self._settings.idle_timeout)

    async def _send(self, event: Eventable) -> None:
        """Raises `TimeoutError` when the client does not read, `OSError` when it has gone."""
        async with asyncio.timeout(self._settings.send_timeout):
            try:
                await async_write_event(event.event(), self._writer)
            except RuntimeError as error:  # how uvloop tells that the connection was reset
                raise ConnectionResetError from error

    async def _close(self) -> None:
        """What was written first gets its time to leave: closed with bytes unread, TCP would throw it away."""
        if self._writer.is_closing():
            return
        try:
            async with asyncio.timeout(min(_FAREWELL, self._settings.send_timeout)):
                self._writer.write_eof()
                while await self._reader.read(_PIECE):
                    pass
        except (OSError, TimeoutError):
            pass
        finally:
            self._writer.transport.abort()
