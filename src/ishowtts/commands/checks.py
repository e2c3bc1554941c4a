"""What `ishowtts doctor` looks at. Each function yields one line or a few; none of them raises."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module, metadata
from pathlib import Path

from ishowtts.commands.common import State

_GIB = 2**30
_PROBE_SECONDS = 300  # a first import from a cold, slow disk
_INSTALL = "install the set in requirements.lock again (scripts/start_all.sh does)"


@dataclass(frozen=True)
class Line:
    """`todo` says what to do about a `warn` or a `fail`."""

    state: State
    about: str
    found: str
    todo: str = ""


def python() -> Iterator[Line]:
    version = platform.python_version()
    if (3, 11) <= sys.version_info < (3, 13):
        yield Line("ok", "python", version)
    else:
        yield Line("warn", "python", version, "3.11 and 3.12 are tested: make the environment with one of them")


def machine() -> Iterator[Line]:
    system = f"{platform.system()} {platform.machine()}"
    if sys.platform == "linux":
        yield Line("ok", "platform", system)
    else:
        yield Line("warn", "platform", system, "Linux is tested; elsewhere you are on your own")
    yield Line("ok", "cores", str(cores()))
    memory = memory_bytes() / _GIB
    if memory >= 3:
        yield Line("ok", "memory", f"{memory:.1f} GiB")
    else:
        yield Line("warn", "memory", f"{memory:.1f} GiB", "f5-mini needs about 2 GiB, the official models 6")


def cores() -> int:
    """Those this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory_bytes() -> int:
    """Of the machine, or of the container where that is less."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = Path("/sys/fs/cgroup/memory.max")
    text = limit.read_text().strip() if limit.is_file() else ""
    return min(total, int(text)) if text.isdigit() else total


def libraries() -> Iterator[Line]:
    for name in ("torch", "torchaudio", "f5-tts", "vocos"):
        try:
            yield Line("ok", name, metadata.version(name))
        except metadata.PackageNotFoundError:
            yield Line("fail", name, "not installed", _INSTALL)
    for package, module in (("soundfile", "soundfile"), ("av", "av")):
        try:
            import_module(module)
            yield Line("ok", package, metadata.version(package))
        except Exception as error:
            yield Line("fail", package, f"does not import: {_short(error)}", _INSTALL)


def engine() -> Iterator[Line]:
    """Imports torch, torchaudio, f5-tts and vocos together, in a process of its own."""
    command = [sys.executable, "-m", "ishowtts.engine.probe"]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=_PROBE_SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        yield Line("fail", "engine", f"does not import within {_PROBE_SECONDS} s", "look at the disk and at the memory")
        return
    if run.returncode != 0:
        last = (run.stderr.strip().splitlines() or [f"ended with {run.returncode}"])[-1]
        yield Line("fail", "engine", f"torch, torchaudio, f5-tts and vocos do not import together: {last}", _INSTALL)
        return
    found = json.loads(run.stdout.splitlines()[-1])
    yield Line("ok", "engine", "torch, torchaudio, f5-tts and vocos import together")
    for name, what in found["devices"]:
        yield Line("ok", name, what)
    if any(name.startswith("cuda") for name, _ in found["devices"]):
        return
    if shutil.which("nvidia-smi"):
        build = f"this torch is built for CUDA {found['cuda_build']}" if found["cuda_build"] else "torch is a CPU build"
        yield Line("warn", "cuda", f"no device, but there is an nvidia-smi; {build}", "install a torch for your driver")
    elif not found["devices"]:
        yield Line("ok", "cuda", "no device: f5-mini is fast enough on a CPU, the official models are not")


def disk() -> Iterator[Line]:
    cache = Path(os.environ.get("HF_HOME", "~/.cache/huggingface")).expanduser()
    place = next(parent for parent in (cache, *cache.parents) if parent.exists())
    free = shutil.disk_usage(place).free / _GIB
    if free >= 5:
        yield Line("ok", "disk", f"{free:.0f} GiB free at {place}")
    else:
        yield Line("warn", "disk", f"{free:.1f} GiB free at {place}", "make room: official weights are up to 2 GiB")


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]
