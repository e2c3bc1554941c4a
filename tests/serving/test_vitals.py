from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import generate_latest

from ishowtts.serving.gpu import Gpu
from ishowtts.serving.jetson import Jetson
from ishowtts.serving.metrics import Metrics
from ishowtts.serving.nvml import Nvml
from ishowtts.serving.vitals import Reader, find_reader, watch_gpus, watch_loop

ORIN = {
    "sys/devices/platform/17000000.gpu/load": "437\n",
    "sys/class/devfreq/17000000.gpu/cur_freq": "918000000\n",
    "sys/class/thermal/thermal_zone0/type": "cpu-thermal\n",
    "sys/class/thermal/thermal_zone0/temp": "60000\n",
    "sys/class/thermal/thermal_zone1/type": "gpu-thermal\n",
    "sys/class/thermal/thermal_zone1/temp": "51250\n",
    "sys/class/hwmon/hwmon0/name": "ina3221\n",
    "sys/class/hwmon/hwmon0/in1_label": "VDD_GPU_SOC\n",
    "sys/class/hwmon/hwmon0/in1_input": "19000\n",
    "sys/class/hwmon/hwmon0/curr1_input": "400\n",
    "sys/class/hwmon/hwmon0/in2_label": "VDD_CPU_CV\n",
    "sys/class/hwmon/hwmon0/in2_input": "19000\n",
    "sys/class/hwmon/hwmon0/curr2_input": "100\n",
    "proc/meminfo": "MemTotal:       1000 kB\nMemFree:         100 kB\nMemAvailable:    250 kB\n",
}
XAVIER = {
    "sys/devices/gpu.0/load": "1000",
    "sys/class/devfreq/17000000.gv11b/cur_freq": "1377000000",
    "sys/class/thermal/thermal_zone3/type": "GPU-therm",
    "sys/class/thermal/thermal_zone3/temp": "40500",
}


def tree(root: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


def test_an_orin_is_read_from_its_files(tmp_path: Path) -> None:
    read = find_reader(tree(tmp_path, ORIN))
    assert read is not None
    assert read() == [Gpu("0", 0.437, 918e6, 51.25, 750 * 1024.0, 1000 * 1024.0, pytest.approx(7.6))]


def test_an_older_board_tells_less(tmp_path: Path) -> None:
    assert Jetson(tree(tmp_path, XAVIER)).read() == [Gpu("0", 1.0, 1377e6, 40.5)]


def test_sensors_that_come_go_or_talk_nonsense_are_left_out(tmp_path: Path) -> None:
    jetson = Jetson(tree(tmp_path, ORIN))
    (tmp_path / "sys/class/thermal/thermal_zone1/temp").unlink()
    (tmp_path / "sys/class/hwmon/hwmon0/curr1_input").write_text("n/a")
    (tmp_path / "sys/class/devfreq/17000000.gpu/cur_freq").write_bytes(b"\xff\xfe")
    (tmp_path / "proc/meminfo").write_text("MemTotal:\n\n:::\n")
    assert jetson.read() == [Gpu("0", 0.437)]
    (tmp_path / "sys/devices/platform/17000000.gpu/load").unlink()
    with pytest.raises(FileNotFoundError):
        jetson.read()


def test_no_gpu_is_no_trouble(tmp_path: Path) -> None:
    assert not Jetson(tmp_path).present
    read = find_reader(tmp_path)  # on a machine with a driver this is NVML
    assert read is None or read()


class Driver:
    """What `Nvml` asks of pynvml, on a machine without a driver; `broken` questions are refused."""

    NVML_CLOCK_SM = 1
    NVML_TEMPERATURE_GPU = 0

    class NVMLError(Exception): ...

    def __init__(self, *broken: str) -> None:
        self.broken = broken

    def nvmlInit(self) -> None: ...

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name in self.broken:
            return self._refuse
        memory = type("Memory", (), {"used": 4 * 2**30, "total": 16 * 2**30})
        answers = {
            "nvmlDeviceGetCount": 1,
            "nvmlDeviceGetHandleByIndex": "handle",
            "nvmlDeviceGetUtilizationRates": type("Rates", (), {"gpu": 55}),
            "nvmlDeviceGetClockInfo": 1980,
            "nvmlDeviceGetPowerUsage": 123_456,
            "nvmlDeviceGetTemperature": 61,
            "nvmlDeviceGetMemoryInfo": memory,
        }
        return lambda *_: answers[name]

    def _refuse(self, *_: object) -> None:
        raise self.NVMLError("not supported")


def test_nvml_is_told_in_base_units_and_without_what_a_device_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", Driver())
    assert Nvml().read() == [Gpu("0", 0.55, 1980e6, 61.0, 4.0 * 2**30, 16.0 * 2**30, 123.456)]
    monkeypatch.setitem(sys.modules, "pynvml", Driver("nvmlDeviceGetPowerUsage"))
    assert Nvml().read()[0].power_watts is None
    questions = ("UtilizationRates", "ClockInfo", "PowerUsage", "Temperature", "MemoryInfo")
    monkeypatch.setitem(sys.modules, "pynvml", Driver(*(f"nvmlDeviceGet{question}" for question in questions)))
    with pytest.raises(OSError, match="nothing"):
        Nvml().read()


@pytest.mark.anyio
async def test_a_reading_is_shown_and_a_failure_told_once(caplog: pytest.LogCaptureFixture) -> None:
    metrics, calls = Metrics(), 0
    done = asyncio.Event()

    def read() -> list[Gpu]:
        nonlocal calls
        calls += 1
        if calls in (2, 3):
            raise OSError("gone")
        if calls == 5:
            done.set()
        return [Gpu("0", utilization_ratio=0.5, memory_bytes=float(calls))]

    def find() -> Reader:
        return read

    task = asyncio.create_task(watch_gpus(metrics, 0.001, find))
    await asyncio.wait_for(done.wait(), 30)
    told = generate_latest(metrics.registry)
    task.cancel()
    assert b'tts_gpu_utilization_ratio{gpu="0"} 0.5' in told
    assert b"tts_gpu_power_watts{" not in told
    assert [record.levelno for record in caplog.records if "GPU" in record.message] == [logging.WARNING]
    await watch_gpus(metrics, 0.001, lambda: None)  # ends where there is none


@pytest.mark.anyio
async def test_a_blocked_loop_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ishowtts.serving.vitals.LAG_SECONDS", 0.01)
    metrics = Metrics()
    task = asyncio.create_task(watch_loop(metrics))
    await asyncio.sleep(0.005)
    time.sleep(0.3)  # noqa: ASYNC251 - what is looked for
    await asyncio.sleep(0.05)
    task.cancel()
    lag = metrics.registry.get_sample_value("tts_event_loop_lag_seconds_sum")
    assert lag is not None
    assert lag > 0.2
