"""docs/operations.md names every metric of ours, and no other."""

from __future__ import annotations

import json
import re
from pathlib import Path

from prometheus_client import CollectorRegistry

from tests.api.server import make
from tests.fakes import FakeEngine

DOC = (Path(__file__).parents[2] / "docs/operations.md").read_text()


def test_every_metric_is_in_the_table(tmp_path: Path) -> None:
    app, worker = make(tmp_path)
    worker._info = FakeEngine().describe()
    registry: CollectorRegistry = app.state.services.metrics.registry
    ours = {
        f"{family.name}{ {'counter': '_total', 'info': '_info'}.get(family.type, '') }"
        for family in registry.collect()
        if not re.match(r"process_|tts_worker_process_", family.name)
    }
    told = {name for name in re.findall(r"`(tts_\w+)`", DOC) if not name.startswith("tts_worker_process_")}
    told -= {"tts_underrun_seconds_count"}
    assert told == ours


def test_the_example_of_a_log_line_is_one(tmp_path: Path) -> None:
    [block] = re.findall(r"```json\n(.*?)```", DOC, re.DOTALL)
    assert {"time", "level", "process", "logger", "message", "id", "client", "outcome"} <= json.loads(block).keys()
