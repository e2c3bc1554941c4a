"""Rooms as Prometheus sees them: asked for at every scrape. Never a user, nor a text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from ishowtts.danmaku.broker import ROLES
from ishowtts.danmaku.room import Room


class RoomMetrics(Collector):
    """Reads `rooms` while it collects, in any thread."""

    def __init__(self, rooms: Callable[[], Sequence[Room]]) -> None:
        self._rooms = rooms

    def describe(self) -> Iterator[Metric]:
        """Nothing: rooms come with the start of the server."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        received = CounterMetricFamily("tts_room_received", "Messages that came.", labels=["room"])
        ends = CounterMetricFamily("tts_room_messages", "Messages by what became of them.", labels=["room", "outcome"])
        reasons = CounterMetricFamily(
            "tts_room_unread", "Messages that were not read, by why.", labels=["room", "reason"]
        )
        spoken = CounterMetricFamily("tts_room_spoken_seconds", "Speech that was heard.", labels=["room"])
        waiting = GaugeMetricFamily("tts_room_waiting", "Messages that wait to be read.", labels=["room"])
        listeners = GaugeMetricFamily("tts_room_listeners", "Open event streams of a room.", labels=["room", "role"])
        waits = GaugeMetricFamily(
            "tts_room_wait_seconds", "From a message to its first sound, of the last 500.", labels=["room", "quantile"]
        )
        for room in self._rooms():
            told, name = room.record.tally.told(), room.name
            received.add_metric([name], told["received"])
            for outcome, count in dict(room.record.tally.ends).items():
                ends.add_metric([name, outcome], count)
            for reason, count in told["reasons"].items():
                reasons.add_metric([name, reason], count)
            spoken.add_metric([name], told["spoken_seconds"])
            waiting.add_metric([name], room.stage.waiting_now)
            for role in ROLES:
                listeners.add_metric([name, role], room.broker.count(role))
            for quantile, key in (("0.5", "wait_p50"), ("0.95", "wait_p95")):
                if told[key] is not None:
                    waits.add_metric([name, quantile], told[key])
        yield from (received, ends, reasons, spoken, waiting, listeners, waits)
