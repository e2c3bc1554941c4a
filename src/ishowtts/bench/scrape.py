"""What /metrics says at one moment, and what happened between two."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

Labels = dict[str, str]


@dataclass(frozen=True)
class Scrape:
    """`at` is of `time.monotonic`."""

    at: float
    series: dict[str, list[tuple[Labels, float]]]

    @classmethod
    def parse(cls, text: str, at: float) -> Scrape:
        """Text in the format of Prometheus. Raises `ValueError`."""
        series: dict[str, list[tuple[Labels, float]]] = defaultdict(list)
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                series[sample.name].append((sample.labels, float(sample.value)))
        return cls(at, dict(series))

    def value(self, name: str, **labels: str) -> float | None:
        """Of all series with these labels together; None where there is none."""
        found = list(self._matching(name, labels))
        return sum(value for _, value in found) if found else None

    def label(self, name: str, label: str) -> str | None:
        """Of the first series that is above 0."""
        return next((own[label] for own, value in self.series.get(name, ()) if value > 0 and label in own), None)

    def buckets(self, name: str) -> dict[float, float]:
        """Upper edge → how many were no more, over all labels."""
        counts: dict[float, float] = defaultdict(float)
        for labels, value in self.series.get(f"{name}_bucket", ()):
            counts[float(labels["le"])] += value
        return dict(sorted(counts.items()))

    def _matching(self, name: str, labels: Labels) -> Iterator[tuple[Labels, float]]:
        for own, value in self.series.get(name, ()):
            if labels.items() <= own.items():
                yield own, value


@dataclass(frozen=True)
class Span:
    """From one scrape to a later one of the same server."""

    before: Scrape
    now: Scrape

    @property
    def seconds(self) -> float:
        return self.now.at - self.before.at

    def gained(self, name: str) -> float | None:
        """How much a counter went up; one that went down began anew with its process."""
        after = self.now.value(name)
        if after is None:
            return None
        before = self.before.value(name) or 0.0
        return after - before if after >= before else after

    def rate(self, name: str) -> float | None:
        """The same in a second."""
        gained = self.gained(name)
        return None if gained is None or self.seconds <= 0 else gained / self.seconds

    def mean(self, name: str) -> float | None:
        """Of what a histogram was told meanwhile; None where that was nothing."""
        count, total = self.gained(f"{name}_count"), self.gained(f"{name}_sum")
        return total / count if count and total is not None else None

    def quantile(self, name: str, q: float) -> float | None:
        """Of the same, linear within a bucket as Prometheus has it; the last finite edge for all that is beyond."""
        before, after = self.before.buckets(name), self.now.buckets(name)
        counts = [(edge, count - before.get(edge, 0.0)) for edge, count in after.items()]
        if any(count < 0 for _, count in counts):
            counts = list(after.items())
        if not counts or counts[-1][1] <= 0:
            return None
        wanted, low, below = q * counts[-1][1], 0.0, 0.0
        for edge, count in counts:
            if count >= wanted and count > below:
                return low if math.isinf(edge) else low + (edge - low) * (wanted - below) / (count - below)
            low, below = (low if math.isinf(edge) else edge), count
        return low
