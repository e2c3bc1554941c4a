"""What torch found out about compiler and processor at an earlier start.

Before it compiles for a CPU, torch asks for each kind of vector instructions whether the compiler knows it and whether
the result loads. The code is kept, but the loading is tried again at every start, each time in a new process that
imports torch: six times two seconds on a server with AVX-512.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

from torch._inductor.runtime.cache_dir_utils import cache_dir


def remember_checks() -> None:
    """What passes once is not tried again by this compiler and this torch, for as long as the compile cache is kept."""
    try:
        from torch._inductor.cpu_vec_isa import VecISA, _get_isa_dry_compile_fingerprint

        check = VecISA.check_build
    except (ImportError, AttributeError):  # a torch that goes about it in another way
        return
    if check.__name__ == "remembered":
        return

    def remembered(self: VecISA, code: str) -> bool:
        asked = f"{code}\0{_get_isa_dry_compile_fingerprint(self._arch_flags)}"
        passed = Path(cache_dir(), "isa", hashlib.sha256(asked.encode()).hexdigest())
        if passed.exists():
            return True
        if not check(self, code):  # not kept: a lack of memory or disk passes by
            return False
        with suppress(OSError):
            passed.parent.mkdir(exist_ok=True)
            passed.touch()
        return True

    VecISA.check_build = remembered  # type: ignore[method-assign]
