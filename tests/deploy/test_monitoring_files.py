"""Dashboard, rules and scrape configuration ask for what the server exports, and for nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from prometheus_client import CollectorRegistry

from ishowtts.danmaku.policy import Policy
from ishowtts.danmaku.room import Room
from ishowtts.serving.gpu import Gpu
from ishowtts.settings import Settings
from tests.api.server import make
from tests.danmaku.rooms import FakeVoice, chat
from tests.fakes import FakeEngine

DEPLOY = Path(__file__).parents[2] / "deploy"
DASHBOARD = json.loads((DEPLOY / "grafana/ishowtts.json").read_text())
RULES = yaml.safe_load((DEPLOY / "prometheus/ishowtts.rules.yml").read_text())
SCRAPE = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())

FUNCTIONS = {"histogram_quantile", "sum", "max", "rate", "increase"}
ADDED = {"job", "instance"}  # by Prometheus


def expressions() -> Iterator[str]:
    for panel in DASHBOARD["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))
    for group in RULES["groups"]:
        yield from (rule["expr"] for rule in group["rules"])


EXPRESSIONS = sorted(set(expressions()))


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Names of series, each with its labels; a series with labels must have been counted once to be there."""
    app, worker = make(tmp_path_factory.mktemp("app"))
    worker._info = FakeEngine().describe()
    metrics = app.state.services.metrics
    metrics.gpus([Gpu("0", 0.5, 1e9, 50.0, 1.0, 2.0, 3.0)])
    metrics.request_began()
    metrics.request_ended("/tts", 200, 0.1)
    metrics.first_audio(0.1, "sse")
    metrics.dropped("queue_full")
    room = Room("main", Policy(), FakeVoice())
    room.take(chat("!command"))
    room.record.tally.waited(1.0)
    app.state.services.rooms._rooms["main"] = room
    registry: CollectorRegistry = metrics.registry
    found: dict[str, set[str]] = {"up": set()}
    for family in registry.collect():
        if family.name.startswith("process_"):  # of the worker too, which does not run here
            found |= {f"tts_worker_{sample.name}": set() for sample in family.samples}
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_expression_asks_for_what_is_exported(expression: str, exported: dict[str, set[str]]) -> None:
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', expression)
    names = set(re.findall(r"\b(?:tts|process)_\w+|\bup\b", bare))
    assert names
    assert names <= exported.keys()
    known = set().union(*(exported[name] for name in names)) | ADDED
    labels = {label.strip() for group in re.findall(r"by \(([^)]*)\)", bare) for label in group.split(",")} | set(
        re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"\"", bare)
    )
    assert labels <= known


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_expression_is_whole(expression: str) -> None:
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", expression)
    assert '"' not in bare
    closing = {")": "(", "]": "[", "}": "{"}
    open_ones: list[str] = []
    for character in bare:
        if character in closing.values():
            open_ones.append(character)
        elif character in closing:
            assert open_ones
            assert open_ones.pop() == closing[character]
    assert open_ones == []
    assert set(re.findall(r"(\w+)\s*\((?<!by \()", bare)) <= FUNCTIONS
    for series in re.findall(r"\b(?:rate|increase)\(([^)]*)\)", bare):
        assert re.fullmatch(r"\w+(\{[^}]*\})?\[(\d+[smh]|\$__rate_interval)\]", series)


def test_the_dashboard_shows_every_part() -> None:
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    titles = " ".join(panel["title"] for panel in DASHBOARD["panels"]).lower()
    for part in ("real-time factor", "first sound", "queue", "drops", "cache", "gpu", "memory", "errors", "lost"):
        assert part in titles
    rtf = next(panel for panel in DASHBOARD["panels"] if panel["title"] == "Real-time factor")
    assert [target["legendFormat"] for target in rtf["targets"]] == ["mean", "p50", "p95", "p99"]
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not cells & taken
        taken |= cells


def test_prometheus_asks_where_the_server_is() -> None:
    [job] = SCRAPE["scrape_configs"]
    assert job["metrics_path"] == "/metrics"
    server = Settings().server
    assert job["static_configs"] == [{"targets": [f"{server.host}:{server.port}"]}]
    assert [(DEPLOY / "prometheus" / name).exists() for name in SCRAPE["rule_files"]] == [True]
    for rule in RULES["groups"][0]["rules"]:
        assert rule["annotations"]["summary"]
        assert rule["labels"]["severity"] in ("warning", "critical")
