"""The worker's state as Prometheus sees it: asked for at every scrape, so that nothing has to be kept in step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import get_args

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from ishowtts.serving.status import WorkerState, WorkerStatus

TOLD = ("model", "device", "dtype", "backend")


class StatusMetrics(Collector):
    """Reads `status` while it collects."""

    def __init__(self, status: Callable[[], WorkerStatus]) -> None:
        self._status = status

    def describe(self) -> Iterator[Metric]:
        """Nothing, so that registering does not ask a worker that is not there yet."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        status = self._status()
        yield GaugeMetricFamily("tts_queue_depth", "Segments that wait.", status.queued)
        yield GaugeMetricFamily("tts_jobs_running", "Segments being spoken.", status.running)
        yield GaugeMetricFamily(
            "tts_queue_audio_seconds", "Speech that is not made yet, as predicted.", status.queued_seconds
        )
        yield CounterMetricFamily("tts_worker_restarts", "Worker processes that were lost.", status.restarts)
        state = GaugeMetricFamily("tts_worker_state", "1 for the state the worker is in.", labels=["state"])
        for name in get_args(WorkerState):
            state.add_metric([name], name == status.state)
        yield state
        if status.info:
            told = {name: str(status.info.get(name, "")) for name in TOLD}
            # "eager: why not": the why is for /readyz, a label has few values.
            told["compile"] = str(status.info.get("compile", "")).partition(":")[0]
            yield InfoMetricFamily("tts_engine", "The model, and how it runs.", told)
