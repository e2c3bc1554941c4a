"""How a GPU is: load, clock, temperature, memory and power, whoever tells it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Gpu:
    """One reading; None is what the platform does not tell."""

    MEANINGS: ClassVar[dict[str, str]] = {
        "utilization_ratio": "Share of time in which the GPU worked.",
        "clock_hertz": "Clock of the GPU's cores.",
        "temperature_celsius": "Temperature of the GPU.",
        "memory_bytes": "GPU memory in use, by all processes; on a Jetson memory of the board.",
        "memory_size_bytes": "GPU memory there is.",
        "power_watts": "Power drawn by the GPU; on a Jetson by the rail that feeds it.",
    }

    id: str
    utilization_ratio: float | None = None
    clock_hertz: float | None = None
    temperature_celsius: float | None = None
    memory_bytes: float | None = None
    memory_size_bytes: float | None = None
    power_watts: float | None = None

    def readings(self) -> Iterator[tuple[str, float]]:
        """Those that are known, by name."""
        for field in fields(self)[1:]:
            if (value := getattr(self, field.name)) is not None:
                yield field.name, value
