"""A server as it is now, in one row of figures, and what of it should worry somebody."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime

from ishowtts.bench.scrape import Scrape, Span

MIB = 2**20
DOWN = "does not answer"
READY = "ready"


@dataclass(frozen=True)
class Sample:
    """None is what the server does not tell, or what there was none of. Shares are parts of 1, per second is `_rate`;
    what is counted or timed is so over the window, the rest is of now."""

    time: str
    status: str
    healthz_ms: float | None = None
    request_rate: float | None = None
    requests_in_flight: float | None = None
    audio_rate: float | None = None
    rtf: float | None = None
    rtf_p95: float | None = None
    first_audio_p50: float | None = None
    first_audio_p95: float | None = None
    gap_share: float | None = None
    dropped_share: float | None = None
    cache_share: float | None = None
    queue_depth: float | None = None
    queue_audio_seconds: float | None = None
    jobs_running: float | None = None
    batch_size: float | None = None
    step_ms: float | None = None
    loop_lag_ms: float | None = None
    worker_mib: float | None = None
    server_mib: float | None = None
    worker_cores: float | None = None
    server_cores: float | None = None
    worker_restarts: float | None = None
    gpu_share: float | None = None
    gpu_clock_mhz: float | None = None
    gpu_temperature: float | None = None
    gpu_watts: float | None = None
    gpu_mib: float | None = None
    gpu_memory_share: float | None = None


NUMBERS = tuple(each.name for each in fields(Sample) if each.name not in ("time", "status"))


def stamp() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Window:
    """The scrapes of the last `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._scrapes: deque[Scrape] = deque()

    def add(self, scrape: Scrape) -> Span:
        """From the oldest one that is in the window, or the last before this one, to this one."""
        self._scrapes.append(scrape)
        while len(self._scrapes) > 2 and self._scrapes[1].at <= scrape.at - self._seconds:
            self._scrapes.popleft()
        return Span(self._scrapes[0], scrape)


def sample(span: Span, status: str, healthz_ms: float | None) -> Sample:
    now = span.now
    spoken, kept = span.gained("tts_cache_misses_total"), span.gained("tts_cache_hits_total")
    streams, whole = span.gained("tts_underrun_seconds_count"), span.gained("tts_continuity_ok_total")
    gpu_memory, gpu_size = now.value("tts_gpu_memory_bytes"), now.value("tts_gpu_memory_size_bytes")
    return Sample(
        stamp(),
        status,
        healthz_ms=healthz_ms,
        request_rate=span.rate("tts_requests_total"),
        requests_in_flight=now.value("tts_requests_in_flight"),
        audio_rate=span.rate("tts_audio_seconds_total"),
        rtf=span.mean("tts_synthesis_rtf"),
        rtf_p95=span.quantile("tts_synthesis_rtf", 0.95),
        first_audio_p50=span.quantile("tts_time_to_first_audio_seconds", 0.5),
        first_audio_p95=span.quantile("tts_time_to_first_audio_seconds", 0.95),
        gap_share=1 - whole / streams if streams and whole is not None else None,
        dropped_share=_share(span.gained("tts_dropped_total"), span.gained("tts_requests_total")),
        cache_share=_share(kept, None if spoken is None or kept is None else spoken + kept),
        queue_depth=now.value("tts_queue_depth"),
        queue_audio_seconds=now.value("tts_queue_audio_seconds"),
        jobs_running=now.value("tts_jobs_running"),
        batch_size=span.mean("tts_batch_size"),
        step_ms=_times(1000, span.mean("tts_step_duration_seconds")),
        loop_lag_ms=_times(1000, span.quantile("tts_event_loop_lag_seconds", 0.99)),
        worker_mib=_times(1 / MIB, now.value("tts_worker_process_resident_memory_bytes")),
        server_mib=_times(1 / MIB, now.value("process_resident_memory_bytes")),
        worker_cores=span.rate("tts_worker_process_cpu_seconds_total"),
        server_cores=span.rate("process_cpu_seconds_total"),
        worker_restarts=now.value("tts_worker_restarts_total"),
        gpu_share=_most(now, "tts_gpu_utilization_ratio"),
        gpu_clock_mhz=_times(1e-6, _most(now, "tts_gpu_clock_hertz")),
        gpu_temperature=_most(now, "tts_gpu_temperature_celsius"),
        gpu_watts=now.value("tts_gpu_power_watts"),
        gpu_mib=_times(1 / MIB, gpu_memory),
        gpu_memory_share=_share(gpu_memory, gpu_size),
    )


LIMITS: Mapping[str, float] = {
    "rtf_p95": 1.0,
    "first_audio_p95": 3.0,
    "gap_share": 0.05,
    "dropped_share": 0.05,
    "queue_audio_seconds": 60.0,
    "loop_lag_ms": 250.0,
    "gpu_temperature": 85.0,
    "gpu_memory_share": 0.95,
    "worker_growth": 0.25,
    "clock_drop": 0.3,
}
"""Above these something is wrong; those of Prometheus's rules where there is one. `worker_growth` is of the worker's
memory over that of the first samples; `clock_drop` of a busy GPU's clock under the highest that was seen."""

BUSY_SHARE = 0.5
FIRST_SAMPLES = 5


@dataclass
class Watch:
    """Which limits are passed, sample by sample."""

    limits: Mapping[str, float]
    fired: dict[str, int] = field(default_factory=dict)
    """Of each alert, in how many samples."""
    _worker_mib: list[float] = field(default_factory=list)
    _clock: float = 0.0
    _restarts: float | None = None

    def look(self, sample: Sample) -> list[str]:
        """The names of what is over its limit now, `not_ready` and `worker_lost` besides."""
        found = [] if sample.status == READY else ["not_ready"]
        if sample.worker_restarts is not None:
            if self._restarts is not None and sample.worker_restarts > self._restarts:
                found.append("worker_lost")
                self._worker_mib.clear()
            self._restarts = sample.worker_restarts
        values = {**{name: getattr(sample, name) for name in NUMBERS}, **self._history(sample)}
        found += [
            name for name, limit in self.limits.items() if (value := values.get(name)) is not None and value > limit
        ]
        for name in found:
            self.fired[name] = self.fired.get(name, 0) + 1
        return found

    def _history(self, sample: Sample) -> dict[str, float | None]:
        growth = drop = None
        if sample.worker_mib and sample.status == READY:
            if len(self._worker_mib) < FIRST_SAMPLES:
                self._worker_mib.append(sample.worker_mib)
            growth = sample.worker_mib / max(self._worker_mib) - 1
        if sample.gpu_clock_mhz and (sample.gpu_share or 0.0) > BUSY_SHARE:
            self._clock = max(self._clock, sample.gpu_clock_mhz)
            drop = 1 - sample.gpu_clock_mhz / self._clock
        return {"worker_growth": growth, "clock_drop": drop}


def _share(part: float | None, whole: float | None) -> float | None:
    return min(1.0, part / whole) if part is not None and whole else None


def _times(factor: float, value: float | None) -> float | None:
    return None if value is None else factor * value


def _most(scrape: Scrape, name: str) -> float | None:
    """Of several GPUs the one that has most of it."""
    return max((value for _, value in scrape.series.get(name, ())), default=None)
