"""Fixtures that every test may use, and how the suite is divided between processes (pytest -n)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, settings

from tests.e2e.conftest import Server, running

# A busy machine is no failure.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """f5-mini, as a user starts it; for tests that leave it as it was."""
    folder = tmp_path_factory.mktemp("server")
    for side in ("one", "two"):
        (folder / side).mkdir()
        for name in ("x", "y"):
            soundfile.write(folder / side / f"{name}.wav", np.sin(np.arange(12_000) / 20) / 4, 24_000)
    yield from running(
        ISHOWTTS_VOICES_DIR=str(folder / "voices"),
        ISHOWTTS_DANMAKU__STATE_FILE=str(folder / "rooms.sqlite"),
        ISHOWTTS_LISTENING__FOLDER_A=str(folder / "one"),
        ISHOWTTS_LISTENING__FOLDER_B=str(folder / "two"),
        ISHOWTTS_LISTENING__VERDICTS=str(folder / "verdicts.jsonl"),
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In several processes long files come first, so that none is left alone with one at the end."""
    if hasattr(config, "workerinput"):
        slow = {item.path for item in items if item.get_closest_marker("slow")}
        items.sort(key=lambda item: item.path not in slow)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from tests.scheduling import ByFile

    config.option.loadscopereorder = False
    return ByFile(config, log)


@pytest.fixture(scope="session", autouse=True)
def threads_start_untraced() -> None:
    """Of two threads that begin at once and both install coverage's tracer, Python 3.11 kills one: what waits for it
    hangs. What runs in threads alone is then not counted as covered."""
    threading.settrace(None)  # type: ignore[arg-type]
