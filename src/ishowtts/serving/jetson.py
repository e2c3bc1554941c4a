"""The GPU of a Jetson, read where tegrastats reads it: sysfs, which needs no root and no other process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ishowtts.serving.gpu import Gpu

LOADS = (
    "sys/devices/platform/gpu.0/load",
    "sys/devices/platform/*.gpu/load",
    "sys/devices/platform/*/*.gpu/load",
    "sys/devices/gpu.0/load",
)
"""Tenths of a percent. The folder is gpu.0, or named by the GPU's address (17000000.gpu on Orin)."""

CLOCKS = (
    "sys/class/devfreq/*.gpu/cur_freq",
    "sys/class/devfreq/*.ga10b/cur_freq",  # Orin, JetPack 5
    "sys/class/devfreq/*.gv11b/cur_freq",  # Xavier
    "sys/class/devfreq/*.gp10b/cur_freq",  # TX2
)
"""Hertz."""

RAILS = ("VDD_GPU_SOC", "VDD_GPU", "GPU", "VDD_CPU_GPU_CV")
"""Labels of the INA3221 monitor, by how much of what they feed is the GPU."""


class Jetson:
    """`root` is / but in tests. Paths are looked for once; what a board lacks stays unknown."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._load = self._first(LOADS)
        self._clock = self._first(CLOCKS)
        self._temperature = next(self._zones(), None)
        self._rail = self._find_rail()

    @property
    def present(self) -> bool:
        """Whether this is a Jetson: nothing else has the GPU's load there."""
        return self._load is not None

    def read(self) -> list[Gpu]:
        """Raises `OSError` when even the load cannot be read."""
        if self._load is None:
            return []
        size, used = self._memory()
        clock, heat = _number(self._clock), _number(self._temperature)
        return [
            Gpu(
                "0",
                utilization_ratio=min(1.0, int(self._load.read_text()) / 1000),
                clock_hertz=clock,
                temperature_celsius=None if heat is None else heat / 1000,
                memory_bytes=used,
                memory_size_bytes=size,
                power_watts=self._power(),
            )
        ]

    def _first(self, patterns: tuple[str, ...]) -> Path | None:
        return next((path for pattern in patterns for path in sorted(self._root.glob(pattern))), None)

    def _zones(self) -> Iterator[Path]:
        for kind in sorted(self._root.glob("sys/class/thermal/thermal_zone*/type")):
            if _text(kind).lower().startswith("gpu"):  # GPU-therm, gpu-thermal
                yield kind.with_name("temp")

    def _find_rail(self) -> tuple[Path, Path] | None:
        """Files of voltage and current of the rail that feeds the GPU."""
        labels = {_text(path): path for path in sorted(self._root.glob("sys/class/hwmon/hwmon*/in*_label"))}
        for rail in RAILS:
            if path := labels.get(rail):
                number = path.name.removeprefix("in").removesuffix("_label")
                return path.with_name(f"in{number}_input"), path.with_name(f"curr{number}_input")
        return None

    def _power(self) -> float | None:
        """Watts."""
        if self._rail is None:
            return None
        millivolts, milliamperes = (_number(path) for path in self._rail)
        return None if millivolts is None or milliamperes is None else millivolts * milliamperes / 1e6

    def _memory(self) -> tuple[float | None, float | None]:
        """Bytes there are and bytes in use, of the memory that CPU and GPU share."""
        lines = _text(self._root / "proc/meminfo").splitlines()
        kilobytes = {line.split(":")[0]: float(line.split()[1]) for line in lines if len(line.split()) > 1}
        size, free = kilobytes.get("MemTotal"), kilobytes.get("MemAvailable")
        return (None, None) if size is None or free is None else (size * 1024, (size - free) * 1024)


def _text(path: Path) -> str:
    """ "" where it cannot be read: sensors come and go."""
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def _number(path: Path | None) -> float | None:
    try:
        return None if path is None else float(_text(path))
    except ValueError:
        return None
