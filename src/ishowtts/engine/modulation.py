"""What the time does to the model, looked up instead of computed.

In `DiT` the time enters only through shifts, scales and gates (AdaLN). They depend on nothing else, and a schedule
asks for a handful of times: a row of the table holds all that one time needs. In the large model this is 42 % of the
weights, which then never touch the device.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

import torch
import torch.nn.functional as F

from ishowtts.engine.upstream import upstream


class Modulation:
    """`blocks` (depth, slots, 6 * dim) and `final` (slots, 2 * dim), filled by need; least recently used times go."""

    def __init__(self, dit: Any, slots: int, device: torch.device) -> None:
        time = upstream("modules").TimestepEmbedding(dit.dim)
        time.load_state_dict(dit.time_embed.state_dict())
        self._time = time.float().cpu().eval()
        linears = [block.attn_norm.linear for block in dit.transformer_blocks] + [dit.norm_out.linear]
        self._weights = [(x.weight.detach().float().cpu(), x.bias.detach().float().cpu()) for x in linears]
        depth, dim = len(linears) - 1, dit.dim
        self.blocks = torch.zeros(depth, slots, 6 * dim, device=device)
        self.final = torch.zeros(slots, 2 * dim, device=device)
        self._slots: OrderedDict[float, int] = OrderedDict()

    def __len__(self) -> int:
        return len(self._slots)

    @property
    def capacity(self) -> int:
        return len(self.final)

    def slots(self, times: Iterable[float]) -> list[int]:
        """The row of each time, computed if it is not there. No more different times than `capacity` at once."""
        wanted = list(times)
        distinct = dict.fromkeys(wanted)
        if len(distinct) > self.capacity:
            raise ValueError(f"{len(distinct)} times at once, the table holds {self.capacity}")
        for t in distinct.keys() & self._slots.keys():
            self._slots.move_to_end(t)
        if missing := [t for t in distinct if t not in self._slots]:
            self._fill(missing)
        return [self._slots[t] for t in wanted]

    @torch.no_grad()
    def _fill(self, times: list[float]) -> None:
        for t in times:
            full = len(self._slots) == self.capacity
            self._slots[t] = self._slots.popitem(last=False)[1] if full else len(self._slots)
        where = torch.tensor([self._slots[t] for t in times], device=self.final.device)
        emb = F.silu(self._time(torch.tensor(times, dtype=torch.float32)))
        for layer, (weight, bias) in enumerate(self._weights):
            target = self.final if layer == len(self.blocks) else self.blocks[layer]
            target[where] = F.linear(emb, weight, bias).to(target.device)
