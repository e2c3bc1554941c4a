"""What keeps the memory of the worker process from growing with every text it speaks. No torch: it goes before it.

On a CPU oneDNN makes a piece of machine code for each product and convolution of each length, about 280 KB of it, and
keeps the last 1024; PyTorch keeps as many of its own beside them. Texts are of hundreds of lengths, so that both fill
up over hours, to no use: a text uses some 22 of them dozens of times and the next one others.
"""

from __future__ import annotations

import ctypes
import os
import sys

KEPT_PRIMITIVES = 64
"""Of about three lengths. To make those of one takes 8 ms, in a request of a second."""

CAPACITIES = ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY")
"""Environment variables that bound them, oneDNN's and PyTorch's."""


def bound_caches() -> None:
    """Takes effect where torch is imported after it; what somebody has set already stays."""
    for name in CAPACITIES:
        os.environ.setdefault(name, str(KEPT_PRIMITIVES))


def give_back() -> None:
    """Return to the system what is free between the pieces in use: about 90 MB after a CPU spoke, in 10 ms.

    Does nothing where the C library cannot.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it, musl has not
        if trim is not None:
            trim(0)
