"""The systems by name, all with the same weights."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import torch
from platformdirs import user_cache_path

from ishowtts.bench.setup import Setup
from ishowtts.bench.system import Ours, System
from ishowtts.bench.upstream_system import Upstream, upstream_dtype
from ishowtts.bench.weights import Weights
from ishowtts.engine.compiling import Compiler
from ishowtts.engine.device import place
from ishowtts.engine.features import MelFeatures
from ishowtts.engine.flow_engine import FlowEngine
from ishowtts.engine.references import ReferenceCache
from ishowtts.errors import ConfigError

UPSTREAM, OURS = "upstream", "ours"
NAMES = (UPSTREAM, "upstream-bf16", "upstream-compiled", OURS, "ours-eager", "ours-fp32")


def default_names(device: str) -> tuple[str, ...]:
    """All that say something new: half precision is upstream's own choice on CUDA."""
    return tuple(name for name in NAMES if name != "upstream-bf16" or place(device, "auto").device.type == "cpu")


class Maker:
    """Builds systems; upstream's three share one copy of the weights on the device."""

    def __init__(self, weights: Weights, setup: Setup) -> None:
        self._weights = weights
        self._setup = setup
        self.device = place(setup.device, "auto").device
        self._vocoder = deepcopy(weights.vocoder).to(self.device)
        self._upstream: Any = None

    def make(self, name: str) -> System:
        """Nothing has been run yet; torch compiles upstream when it is first called. Raises `ConfigError`."""
        if name not in NAMES:
            raise ConfigError(f"no system is called {name!r}: there are {', '.join(NAMES)}")
        return self._make_ours(name) if name.startswith(OURS) else self._make_upstream(name)

    def _make_upstream(self, name: str) -> Upstream:
        if self._upstream is None:
            self._upstream = deepcopy(self._weights.dit).to(self.device, upstream_dtype(self.device)).eval()
        mel = MelFeatures(self._weights.norm).to(self.device)
        return Upstream(
            name,
            self._upstream,
            mel,
            self._vocoder,
            self._weights.frontend,
            self._weights.norm,
            self.device,
            autocast=torch.bfloat16 if name == "upstream-bf16" else None,
            compiled=name == "upstream-compiled",
        )

    def _make_ours(self, name: str) -> Ours:
        weights, setup = self._weights, self._setup
        placement = place(setup.device, "fp32" if name == "ours-fp32" else setup.dtype)
        features = MelFeatures(weights.norm).to(placement.device)
        engine = FlowEngine(
            deepcopy(weights.dit),
            self._vocoder,
            weights.frontend,
            ReferenceCache(features, placement.device, 2**28),
            weights.norm,
            placement,
            Compiler(wanted=name != "ours-eager", cache=user_cache_path("ishowtts") / "compile"),
            {"model": weights.label},
            lambda: deepcopy(weights.dit),
        )
        return Ours(name, engine)
