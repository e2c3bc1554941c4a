"""What is known of the worker from outside."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

WorkerState = Literal["starting", "loading", "ready", "restarting", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """For `/readyz`. `fraction` and `stage` tell how far loading is; `info` is empty until the engine is ready."""

    state: WorkerState
    fraction: float = 0.0
    stage: str = ""
    info: dict[str, Any] = field(default_factory=dict)
    queued: int = 0
    running: int = 0
    queued_seconds: float = 0.0
    """Of sound, predicted, of all jobs that are not done."""
    rate: float = 0.0
    """Seconds of sound made in a second, as measured of late."""
    restarts: int = 0
    last_error: str | None = None
    pid: int | None = None
