"""GPUs of desktops and data centres, as NVIDIA's management library (NVML) sees them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from ishowtts.serving.gpu import Gpu


class Nvml:
    """NVIDIA's management library. Raises when there is no driver or no device."""

    def __init__(self) -> None:
        import pynvml

        self._nvml = pynvml
        pynvml.nvmlInit()
        self._handles = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(pynvml.nvmlDeviceGetCount())]
        if not self._handles:
            raise LookupError("the driver knows no device")

    def read(self) -> list[Gpu]:
        return [self._read(str(index), handle) for index, handle in enumerate(self._handles)]

    def _read(self, id: str, handle: object) -> Gpu:
        nvml = self._nvml

        def ask(question: Callable[[], float]) -> float | None:
            with contextlib.suppress(nvml.NVMLError):  # each of them is missing on some device
                return float(question())
            return None

        load = ask(lambda: nvml.nvmlDeviceGetUtilizationRates(handle).gpu)
        clock = ask(lambda: nvml.nvmlDeviceGetClockInfo(handle, nvml.NVML_CLOCK_SM))
        power = ask(lambda: nvml.nvmlDeviceGetPowerUsage(handle))
        reading = Gpu(
            id,
            utilization_ratio=None if load is None else load / 100,
            clock_hertz=None if clock is None else clock * 1e6,
            temperature_celsius=ask(lambda: nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU)),
            memory_bytes=ask(lambda: nvml.nvmlDeviceGetMemoryInfo(handle).used),
            memory_size_bytes=ask(lambda: nvml.nvmlDeviceGetMemoryInfo(handle).total),
            power_watts=None if power is None else power / 1000,
        )
        if not any(True for _ in reading.readings()):
            raise OSError("the GPU tells nothing any more")
        return reading
