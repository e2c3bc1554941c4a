"""The loop of the real server: uvicorn takes uvloop, whose closed transports raise where asyncio's say nothing."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return "asyncio", {"use_uvloop": True}
