"""Bilibili live rooms: by the Open Live platform, or as the web page connects, with a token of one's own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing

import httpx

from ishowtts.danmaku.sources import http
from ishowtts.danmaku.sources.bilibili_api import OpenLive, Session, SessionLost
from ishowtts.danmaku.sources.bilibili_chat import Beat, chat, web_auth
from ishowtts.danmaku.sources.failure import plain_words
from ishowtts.danmaku.sources.hosts import Hosts
from ishowtts.danmaku.sources.source import Item, Live, SourceFailed

log = logging.getLogger(__name__)

_END_TIMEOUT = 3.0


class BilibiliOpenSource:
    """A room by its streamer's code. A session lasts as long as its connection."""

    def __init__(
        self,
        *,
        url: str,
        hosts: Hosts,
        key_id: str,
        key_secret: str,
        app_id: int,
        code: str,
        beat: Beat | None = None,
    ) -> None:
        self._url, self._hosts = url, hosts
        self._key_id, self._key_secret = key_id, key_secret
        self._app_id, self._code = app_id, code
        self._beat = beat or Beat()
        self._turn = 0  # which of the addresses is next

    async def events(self, live: Live) -> AsyncGenerator[Item, None]:
        async with http.client() as client:
            api = OpenLive(self._url, self._key_id, self._key_secret, self._app_id, self._code, client)
            session = await api.start()
            try:
                link = self._link(session)
                keep = _keep(api, session.game, self._beat) if session.game else None
                messages = chat(link, session.auth.encode(), live, self._beat, keep)
                async with aclosing(messages) as items:
                    async for item in items:
                        yield item
            finally:
                if session.game:
                    await _end(api, session.game)

    def _link(self, session: Session) -> str:
        """Raises `SourceFailed` where none of them is one of the platform's."""
        links = [link for link in session.links if self._hosts.allows(link)]
        if not links:
            raise SourceFailed("Bilibili named only addresses that are not known as its own.", final=True)
        self._turn += 1
        return links[self._turn % len(links)]


class BilibiliWebSource:
    """A room by its number, as a guest or as whoever the token belongs to."""

    def __init__(
        self,
        url: str,
        room_id: int,
        *,
        token: str,
        uid: int = 0,
        buvid: str = "",
        user_agent: str | None = None,
        beat: Beat | None = None,
    ) -> None:
        self._url = url
        self._auth = web_auth(room_id, uid, token, buvid)
        self._user_agent = user_agent
        self._beat = beat or Beat()

    async def events(self, live: Live) -> AsyncGenerator[Item, None]:
        messages = chat(self._url, self._auth, live, self._beat, user_agent=self._user_agent)
        async with aclosing(messages) as items:
            async for item in items:
                yield item


async def _keep(api: OpenLive, game: str, beat: Beat) -> None:
    """The project's own heartbeat, until it is refused, or not answered for long. Raises `SourceFailed`."""
    clock = asyncio.get_running_loop().time
    answered = clock()
    while True:
        await asyncio.sleep(beat.project)
        try:
            await api.heartbeat(game)
            answered = clock()
        except (httpx.TransportError, SourceFailed) as error:
            log.warning("bilibili: a heartbeat failed: %s", plain_words(error))
            if isinstance(error, SessionLost) or clock() - answered > beat.project_lost:
                raise SourceFailed("Bilibili does not keep the session any more.") from None


async def _end(api: OpenLive, game: str) -> None:
    """As well as it goes: the connection may be why it ends."""
    try:
        async with asyncio.timeout(_END_TIMEOUT):
            await api.end(game)
    except (TimeoutError, httpx.TransportError, SourceFailed) as error:
        log.warning("bilibili: the session was not ended: %s", plain_words(error))
