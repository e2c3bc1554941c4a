"""YouTube live chat by the official API: a key, a video, and as many questions as YouTube says."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import httpx

from ishowtts.danmaku.event import ChatEvent
from ishowtts.danmaku.sources import http
from ishowtts.danmaku.sources.fields import item_of, number_of, object_of, text_of
from ishowtts.danmaku.sources.source import Item, Live, SourceFailed
from ishowtts.danmaku.sources.youtube_events import ENDED, kind_of, read

LEAST_WAIT = 1.0
MOST_WAIT = 60.0
_USUAL_WAIT = 5.0
_LATE = 2 * MOST_WAIT  # seconds; chat of before a longer gap is not worth reading any more, what was paid is
_MOST_ITEMS = 2000
_REASON = re.compile(r"[A-Za-z]{1,64}")
# What somebody has to change.
_FINAL = {
    "keyInvalid": "YouTube does not accept the API key.",
    "API_KEY_INVALID": "YouTube does not accept the API key.",
    "keyExpired": "The API key has run out.",
    "accessNotConfigured": "YouTube Data API v3 is not enabled for the key's project.",
    "ipRefererBlocked": "The API key does not allow this machine's address.",
    "API_KEY_SERVICE_BLOCKED": "The API key does not allow YouTube Data API v3.",
    "liveChatDisabled": "Chat is switched off for this stream.",
    "liveChatEnded": "The stream is over: give the next one's video.",
    "liveChatNotFound": "The chat is not there any more: give the next stream's video.",
    "forbidden": "YouTube does not let this key read the chat.",
    "insufficientPermissions": "YouTube does not let this key read the chat.",
}
_QUOTA = ("The API key's quota of today is used up; YouTube counts anew at midnight, Pacific time.", 1800.0)
_OFTEN = ("YouTube was asked too often.", 30.0)
_WAIT = {
    "quotaExceeded": _QUOTA,
    "dailyLimitExceeded": _QUOTA,
    "rateLimitExceeded": _OFTEN,
    "userRateLimitExceeded": _OFTEN,
}
_STALE_PAGE = ("pageTokenInvalid", "invalidPageToken")


class YouTubeSource:
    """The chat of one video, from now on; after a lost connection, from where it was left."""

    def __init__(self, url: str, video: str, key: str, *, least_wait: float = LEAST_WAIT) -> None:
        self._url = url.rstrip("/") + "/youtube/v3/"
        self._video = video
        self._headers = {"X-Goog-Api-Key": key}  # in the address it would be in logs
        self._least_wait = least_wait
        self._chat = ""
        self._page = ""
        self._asked = 0.0

    async def events(self, live: Live) -> AsyncGenerator[Item, None]:
        clock = asyncio.get_running_loop().time
        async with http.client() as client:
            if not self._chat:
                self._chat = await self._find_chat(client)
            while True:
                wanted = {"liveChatId": self._chat, "part": "id,snippet,authorDetails", "maxResults": str(_MOST_ITEMS)}
                first = not self._page
                page = await self._ask(
                    client, "liveChat/messages", wanted | ({} if first else {"pageToken": self._page})
                )
                live()
                items = page.get("items")
                late, self._asked = clock() - self._asked > _LATE + self._least_wait, clock()
                for item in items[:_MOST_ITEMS] if isinstance(items, list) else ():
                    if kind_of(item) == ENDED:
                        raise SourceFailed(_FINAL["liveChatEnded"], final=True)
                    # The first page is what was said before we came.
                    event = None if first else read(item)
                    if event is None or (late and isinstance(event, ChatEvent) and event.kind == "chat"):
                        continue
                    yield event
                self._page = text_of(page.get("nextPageToken"))
                if not self._page:
                    raise SourceFailed("YouTube did not say where the chat goes on.", wait=_USUAL_WAIT)
                await asyncio.sleep(self._wait(page.get("pollingIntervalMillis")))

    def _wait(self, milliseconds: object) -> float:
        """Seconds, never less than YouTube asks for within reason."""
        asked = number_of(milliseconds) / 1000 or _USUAL_WAIT
        return min(max(asked, self._least_wait), max(MOST_WAIT, self._least_wait))

    async def _find_chat(self, client: httpx.AsyncClient) -> str:
        answer = await self._ask(client, "videos", {"part": "liveStreamingDetails", "id": self._video})
        video = object_of(item_of(answer.get("items"), 0))
        if not video:
            raise SourceFailed("YouTube has no such video, or it is private.", final=True)
        about = object_of(video.get("liveStreamingDetails"))
        if not about:
            raise SourceFailed("The video is no live stream.", final=True)
        if about.get("actualEndTime"):
            raise SourceFailed(_FINAL["liveChatEnded"], final=True)
        chat = text_of(about.get("activeLiveChatId"))
        if not chat:
            raise SourceFailed("The stream has no chat yet; it may not have begun.", wait=60.0)
        return chat

    async def _ask(self, client: httpx.AsyncClient, what: str, wanted: Mapping[str, str]) -> dict[str, Any]:
        status, answer = await http.ask(client, "GET", self._url + what, params=wanted, headers=self._headers)
        if status == 200 and answer:
            return answer
        reason = _reason(answer)
        if reason in _STALE_PAGE:
            self._page = ""
        raise failure_of(status, reason)


def failure_of(status: int, reason: str) -> SourceFailed:
    where = f"(HTTP {status}{', ' + reason if reason else ''})"
    if reason in _FINAL:
        return SourceFailed(f"{_FINAL[reason]} {where}", final=True)
    usual = _OFTEN if status == 429 else ("YouTube did not answer as it should.", 0.0)
    message, wait = _WAIT.get(reason, usual)
    return SourceFailed(f"{message} {where}", wait=wait)


def _reason(answer: Mapping[str, Any]) -> str:
    """Google's word for what is wrong, in one of the two shapes of its errors."""
    error = object_of(answer.get("error"))
    details = error.get("details")
    for detail in details[:10] if isinstance(details, list) else ():
        word = text_of(object_of(detail).get("reason"))
        if word in _FINAL:
            return word
    word = text_of(object_of(item_of(error.get("errors"), 0)).get("reason"))
    return word if _REASON.fullmatch(word) else ""
