"""`torch.compile` for the two halves of a block, and the plain functions where it cannot be had.

Both halves are compiled twice, for jobs at one time and for jobs at several, each for any number of tokens, and used by
every block. What they were compiled to is kept
on disk, so that only the first start on a machine waits for it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch._inductor.runtime.cache_dir_utils import default_cache_dir

from ishowtts.engine.features import N_MELS
from ishowtts.engine.isa_checks import remember_checks
from ishowtts.engine.packing import Packing
from ishowtts.engine.transformer import PackedDiT, after_attention, before_attention

log = logging.getLogger(__name__)

KEEP = "TORCHINDUCTOR_CACHE_DIR"


class Compiler:
    """`state` says in words what runs: "compiled", "off", or "eager: " and why."""

    def __init__(self, wanted: bool, cache: Path | None = None) -> None:
        self.state = "not yet" if wanted else "off"
        if wanted and cache is not None:
            _keep_in(cache)

    @property
    def active(self) -> bool:
        return self.state == "compiled"

    def apply(self, dit: PackedDiT) -> None:
        """Compile and try; on any failure the model stays as it was, and `state` and the log say so."""
        if self.state == "off":
            return
        try:
            remember_checks()
            dit.before = _any_length(before_attention, (0, 0, None, 0, 0), slot=1)  # h, slot, table, cos, sin
            dit.after = _any_length(after_attention, (0, 1, 0), slot=2)  # h, attended, slot
            _try(dit)
            self.state = "compiled"
        except Exception as error:  # whatever a compiler, its absence or a full disk may raise
            dit.before, dit.after = before_attention, after_attention
            lines = str(error).strip().splitlines() or [""]
            self.state = f"eager: {type(error).__name__}: {lines[0][:200]}"
            log.warning("the model runs without torch.compile, more slowly (%s)", self.state)


def _keep_in(cache: Path) -> None:
    """Unless the environment names another folder. One below /tmp is not meant by it: torch puts that there as it is
    imported, and it is lost at the next boot."""
    if os.environ.get(KEEP) in (None, default_cache_dir()):
        os.environ[KEEP] = str(cache)


def _any_length(function: Callable[..., Any], tokens: tuple[int | None, ...], slot: int) -> Callable[..., Any]:
    """Compiled for all numbers of tokens: `tokens` says which dimension of each argument counts them, if any. Argument
    `slot` may also have a single row for all of them, for which there is code of its own."""
    compiled = torch.compile(function, fullgraph=True)
    traced: set[bool] = set()

    def call(*args: Any) -> Any:
        single = len(args[slot]) == 1
        if single not in traced:  # marks are read when the function is traced, which is once for each of the two
            for number, (argument, dimension) in enumerate(zip(args, tokens, strict=False)):
                if dimension is not None and not (single and number == slot):
                    torch._dynamo.mark_dynamic(argument, dimension)
            traced.add(single)
        return compiled(*args)

    return call


@torch.no_grad()
def _try(dit: PackedDiT) -> None:
    """Packings of different lengths, at one time and at several, through the whole model."""
    for frames, same in ((40, True), (60, True), (40, False), (60, False)):
        packing = Packing.of([(frames, 2)], dit.device)
        slot = torch.full((1 if same else packing.tokens,), dit.modulation.slots([0.0])[0], device=dit.device)
        x, conditions = (torch.zeros(packing.tokens, n, device=dit.device) for n in (N_MELS, dit.dim))
        dit(x, conditions, packing, slot)
