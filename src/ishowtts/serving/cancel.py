"""One token a request: tripped when nobody waits for the sound any more."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from ishowtts.errors import Cancelled

log = logging.getLogger(__name__)


class CancelToken:
    """Tells all who work for one request to stop; may be tripped from any thread, once and for good."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._callbacks: dict[object, Callable[[], None]] = {}
        self._reason: str | None = None

    @property
    def cancelled(self) -> bool:
        return self._reason is not None

    @property
    def reason(self) -> str | None:
        """Why it was tripped; None while it was not."""
        return self._reason

    def cancel(self, reason: str = "the caller went away") -> None:
        """Trip the token and run its callbacks in this thread; a second call does nothing."""
        with self._lock:
            if self._reason is not None:
                return
            self._reason = reason
            callbacks = list(self._callbacks.values())
            self._callbacks.clear()
        for callback in callbacks:
            _call(callback)

    def on_cancel(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Run `callback` when the token trips, or now if it has; returns a function that takes it back."""
        key = object()
        with self._lock:
            tripped = self._reason is not None
            if not tripped:
                self._callbacks[key] = callback
        if tripped:
            _call(callback)
        return lambda: self._forget(key)

    def raise_if_cancelled(self) -> None:
        """Raises `Cancelled` when the token was tripped."""
        if self._reason is not None:
            raise Cancelled(self._reason)

    def _forget(self, key: object) -> None:
        with self._lock:
            self._callbacks.pop(key, None)


def _call(callback: Callable[[], None]) -> None:
    try:
        callback()
    except Exception:  # one bad listener must not keep the others working for nobody
        log.exception("a cancel callback failed")
