"""A listener that has stopped reading, or is gone without a word, is noticed by the kernel alone.

What we send it goes into buffers of megabytes, where it looks sent: at the pace of captions they are full after hours.
"""

from __future__ import annotations

from starlette.types import Scope

EXTENSION = "ishowtts.stall"


def limit_stall(scope: Scope, seconds: float) -> None:
    """From now on the connection of this request is cut once nothing of what was sent is taken for so long.

    Does nothing where the kernel cannot (Linux can), or there is no socket."""
    limit = scope.get("extensions", {}).get(EXTENSION)
    if limit is not None:
        limit(seconds)
