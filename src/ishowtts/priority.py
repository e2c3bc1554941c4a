"""How urgent a request is. A leaf of its own, since settings, server and worker all speak of it."""

from __future__ import annotations

from typing import Literal

Priority = Literal["high", "normal", "low"]
URGENCY: dict[Priority, int] = {"high": 0, "normal": 1, "low": 2}
