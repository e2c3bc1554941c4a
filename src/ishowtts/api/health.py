"""Probes and versions."""

from __future__ import annotations

import platform

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse

from ishowtts import __version__
from ishowtts.api.caller import needs
from ishowtts.api.schemas import Health, QueueInfo, Readiness, VersionInfo
from ishowtts.api.services import Services, services

router = APIRouter(tags=["operations"])

RETRY_SECONDS = 2


@router.get("/health", include_in_schema=False)
@router.get("/healthz")
@needs(None)
async def healthz() -> Health:
    """Is the server there? Says nothing of the model."""
    return Health()


@router.get("/readyz", response_model=Readiness, responses={503: {"model": Readiness, "description": "Not yet."}})
@needs(None)
async def readyz(request: Request) -> JSONResponse:
    """Would a text be spoken now? 200, or 503 with what is being done, how far it is, or why it failed."""
    readiness = _readiness(services(request))
    if readiness.status == "ready":
        return JSONResponse(readiness.model_dump())
    retry = {} if readiness.status in ("failed", "stopped") else {"Retry-After": str(RETRY_SECONDS)}
    return JSONResponse(readiness.model_dump(), 503, headers=retry)


@router.get("/version")
@needs(None)
async def version(request: Request) -> VersionInfo:
    """Versions: of the server, and of the engine once it is loaded."""
    info = services(request).worker.status().info
    return VersionInfo(name="ishowtts", version=__version__, python=platform.python_version(), engine=info)


def _readiness(parts: Services) -> Readiness:
    status = parts.worker.status()
    draining = parts.drain.begun.is_set()
    reasons = {
        "starting": "the model is loading",
        "loading": "the model is loading",
        "failed": status.last_error or "the model could not be loaded",
        "restarting": status.last_error or "the worker was lost; a new one is loading",
        "stopped": "the server is shutting down",
    }
    ready = status.state == "ready" and not draining
    return Readiness(
        status="draining" if draining else status.state,
        stage=status.stage,
        progress=min(1.0, max(0.0, status.fraction)),
        reason=None if ready else reasons["stopped" if draining else status.state],
        engine=status.info,
        queue=QueueInfo(queued=status.queued, running=status.running, max_jobs=parts.settings.queue.max_jobs),
        restarts=status.restarts,
        voices=len(parts.library.list()),
    )
