"""What a helper process may use: set by itself as its first act, before anything foreign is read."""

from __future__ import annotations

import platform
import resource


def confine(memory_mb: int, cpu_seconds: int) -> None:
    """Bound address space and CPU time; no file may be written, no core dumped."""
    _set(resource.RLIMIT_AS, memory_mb * 2**20)
    _set(resource.RLIMIT_CPU, cpu_seconds)
    _set(resource.RLIMIT_FSIZE, 0)
    _set(resource.RLIMIT_CORE, 0)


def seal() -> None:
    """From here on no file and no socket can be opened; what is open stays so. For when all is imported."""
    _set(resource.RLIMIT_NOFILE, 0)


def _set(kind: int, limit: int) -> None:
    if kind == resource.RLIMIT_AS and platform.system() == "Darwin":
        return  # it knows the name, and refuses every value
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(kind, (limit, limit))
