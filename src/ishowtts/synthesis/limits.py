"""How much each client, room and user may ask for."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from ishowtts.errors import RateLimited
from ishowtts.serving.rate_limit import RateLimit
from ishowtts.settings import LimitSettings
from ishowtts.synthesis.request import SpeechRequest

BURST_SECONDS = 10.0
"""So many seconds' worth may come at once."""


class Limits:
    """All of `[limits]`. A refused request counts for nothing."""

    def __init__(self, settings: LimitSettings, clock: Callable[[], float] = time.monotonic) -> None:
        def limit(per_minute: int) -> RateLimit:
            return RateLimit(per_minute, per_minute * BURST_SECONDS / 60, clock)

        self._client = limit(settings.client_requests)
        self._room = limit(settings.room_requests)
        self._user = limit(settings.user_requests)
        self._characters = limit(settings.client_characters)

    def check(self, request: SpeechRequest) -> None:
        """Count the request. Raises `RateLimited`, with the seconds after which it would be taken."""
        sender = request.sender
        asked = [
            (self._client, sender.client, 1, "requests"),
            (self._characters, sender.client, request.characters, "characters"),
        ]
        if sender.room:
            asked.append((self._room, f"{sender.client}\0{sender.room}", 1, "requests of this room"))
        if sender.user:
            asked.append((self._user, f"{sender.client}\0{sender.user}", 1, "requests of this user"))
        wait, what = max((limit.wait(name, amount), what) for limit, name, amount, what in asked)
        if wait > 0:
            raise RateLimited(
                f"More {what} were asked for than this server allows in a minute. Try again in {math.ceil(wait)} s.",
                retry_after=wait,
            )
        for limit, name, amount, _ in asked:
            limit.take(name, amount)
