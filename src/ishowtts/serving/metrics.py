"""What the server counts and times, for Prometheus: one registry an app, labels of few values, never a voice or a user.

Whoever learns something calls the method for it; nothing here knows who that is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from platform import python_version
from typing import Literal, get_args

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector

from ishowtts import __version__
from ishowtts.audio.flaws import Flaw
from ishowtts.engine.job import Remarks
from ishowtts.serving.gpu import Gpu
from ishowtts.serving.status import WorkerStatus
from ishowtts.serving.status_metrics import StatusMetrics

prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call] # a second series for each first one, which nobody asks for

Stage = Literal["queued", "synthesis"]

STEPS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
WAITS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5, 10, 20, 30, 60, 120)
GAPS = (0, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10)
RTFS = (0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.5, 2, 5)
BATCHES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)

CONTINUITY_SECONDS = 0.1
"""A gap up to here passes for a pause in speech."""


class Metrics:
    """All of them. Methods may be called from any thread, and take seconds."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        Info("tts_build", "What runs.", registry=registry).info({"version": __version__, "python": python_version()})
        # Requests.
        self._requests = Counter(
            "tts_requests", "Answers by route and status; 499 when the client left first.", ["endpoint", "code"],
            registry=registry,
        )  # fmt: skip
        self._duration = _histogram(
            registry, "tts_request_duration_seconds", "From a request to the end of its answer.", WAITS, "endpoint"
        )
        self._in_flight = Gauge("tts_requests_in_flight", "Requests being answered.", registry=registry)
        self._sse_clients = Gauge("tts_sse_clients", "Open event streams.", registry=registry)
        # Speech.
        self._first_audio = _histogram(
            registry, "tts_time_to_first_audio_seconds", "From a request to its first sound, by the way it is sent.",
            WAITS, "stream",
        )  # fmt: skip
        self._underrun = _histogram(
            registry, "tts_underrun_seconds", "Worst deficit of a player that starts with the first sound; above 0, "
            "a gap was heard.", GAPS,
        )  # fmt: skip
        self._continuous = Counter(
            "tts_continuity_ok", f"Streams without a gap above {CONTINUITY_SECONDS:g} s.", registry=registry
        )
        self._audio = Counter("tts_audio_seconds", "Speech sent.", registry=registry)
        self._rtf = _histogram(registry, "tts_synthesis_rtf", "Seconds of work for a second of sound, a request.", RTFS)
        self._dropped = Counter("tts_dropped", "Requests refused or given up, by why.", ["reason"], registry=registry)
        self._hits = Counter("tts_cache_hits", "Texts whose sound was there, or on its way.", registry=registry)
        self._misses = Counter("tts_cache_misses", "Texts that had to be spoken.", registry=registry)
        # The worker.
        self._queue_wait = _histogram(
            registry, "tts_queue_wait_seconds", "Time of a segment in which nothing worked on it.", WAITS
        )
        self._batch = _histogram(registry, "tts_batch_size", "Segments that took one step together.", BATCHES)
        self._step = _histogram(registry, "tts_step_duration_seconds", "One step of the solver.", STEPS)
        self._cancelled = Counter(
            "tts_cancelled", "Segments nobody waited for any more, by how far they were.", ["stage"], registry=registry
        )
        self._wasted = Counter("tts_cancelled_steps", "Steps done for cancelled segments.", registry=registry)
        self._unspoken = Counter(
            "tts_unspoken_characters", "Letters and digits that the model has no sound or token for.", registry=registry
        )
        self._reader_errors = Counter(
            "tts_reader_errors", "Pieces of text on which a reader of words failed.", registry=registry
        )
        self._retaken = Counter(
            "tts_retaken", "Segments made again with another seed, by the flaw.", ["flaw"], registry=registry
        )
        self._flawed = Counter(
            "tts_flawed", "Segments sent though the second try had a flaw too.", ["flaw"], registry=registry
        )
        # The machine.
        self._lag = _histogram(
            registry, "tts_event_loop_lag_seconds", "By how much the event loop was late for an appointment.", STEPS
        )
        self._gpu = {
            name: Gauge(f"tts_gpu_{name}", meaning, ["gpu"], registry=registry)
            for name, meaning in Gpu.MEANINGS.items()
        }
        for flaw in get_args(Flaw):
            self._retaken.labels(flaw)
            self._flawed.labels(flaw)
        for stage in ("queued", "synthesis"):
            self._cancelled.labels(stage)  # shows 0: a rate needs a start

    def watch(self, status: Callable[[], WorkerStatus]) -> None:
        """Show the worker's state and queue, asked for at every scrape."""
        self.registry.register(StatusMetrics(status))
        ProcessCollector("tts_worker", pid=lambda: status().pid or "none", registry=self.registry)

    def request_began(self) -> None:
        self._in_flight.inc()

    def request_ended(self, endpoint: str, code: int, seconds: float) -> None:
        """`endpoint` is the route as it is written in the code, so that there are few of them."""
        self._in_flight.dec()
        self._requests.labels(endpoint, str(code)).inc()
        self._duration.labels(endpoint).observe(seconds)

    def sse_opened(self) -> None:
        self._sse_clients.inc()

    def sse_closed(self) -> None:
        self._sse_clients.dec()

    def first_audio(self, seconds: float, stream: str) -> None:
        """`stream` is "no", "audio", "sse" or whatever else speech is sent by."""
        self._first_audio.labels(stream).observe(seconds)

    def underran(self, seconds: float) -> None:
        """Once a stream, 0 included."""
        self._underrun.observe(seconds)
        if seconds <= CONTINUITY_SECONDS:
            self._continuous.inc()

    def spoken(self, audio_seconds: float, rtf: float) -> None:
        """A speech is over; `rtf` 0 when nothing had to be made for it."""
        self._audio.inc(audio_seconds)
        if rtf > 0:
            self._rtf.observe(rtf)

    def expect_drops(self, reasons: Iterable[str]) -> None:
        """Show 0 for these: a rate needs a start."""
        for reason in reasons:
            self._dropped.labels(reason)

    def dropped(self, reason: str) -> None:
        """`reason` is the code of an error, or another of few words."""
        self._dropped.labels(reason).inc()

    def cached(self, hit: bool) -> None:
        (self._hits if hit else self._misses).inc()

    def queue_wait(self, seconds: float) -> None:
        self._queue_wait.observe(seconds)

    def stepped(self, jobs: int, seconds: float) -> None:
        self._batch.observe(jobs)
        self._step.observe(seconds)

    def made(self, remarks: Remarks, retaken: Flaw | None, flaw: Flaw | None) -> None:
        """A segment, at the first try or, `retaken` for a flaw, at the second; which may have one too."""
        self._unspoken.inc(remarks.unspoken)
        self._reader_errors.inc(remarks.reader_errors)
        if retaken:
            self._retaken.labels(retaken).inc()
        if flaw:
            self._flawed.labels(flaw).inc()

    def cancelled(self, stage: Stage) -> None:
        self._cancelled.labels(stage).inc()

    def wasted(self, steps: int) -> None:
        """Of a cancelled segment, once the worker has let go of it."""
        self._wasted.inc(steps)

    def loop_lag(self, seconds: float) -> None:
        self._lag.observe(seconds)

    def gpus(self, found: Iterable[Gpu]) -> None:
        """The latest reading; what a platform does not tell has no series."""
        for gpu in found:
            for name, value in gpu.readings():
                self._gpu[name].labels(gpu.id).set(value)


def _histogram(
    registry: CollectorRegistry, name: str, meaning: str, buckets: Sequence[float], *labels: str
) -> Histogram:
    return Histogram(name, meaning, labels, buckets=buckets, registry=registry)
