"""One set of weights for all systems of a benchmark: of a checkpoint, or random in the shape of a known model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from ishowtts.bench.setup import Setup
from ishowtts.engine.build import load_model, load_vocoder_of, make_cfm, official_vocab
from ishowtts.engine.catalog import ARCHITECTURES, Architecture
from ishowtts.engine.device import set_threads
from ishowtts.engine.features import MelNorm
from ishowtts.engine.frontend import Frontend, OfficialFrontend, read_vocab
from ishowtts.engine.job import Progress
from ishowtts.engine.upstream import upstream
from ishowtts.engine.vocoder import Vocoder, make_vocos
from ishowtts.errors import ConfigError
from ishowtts.settings import ModelSettings

OFFICIAL_VOCOS = (512, 1536, 8)


@dataclass(frozen=True)
class Weights:
    """In fp32 on the CPU, and left there: each system takes copies. `label` is for a table's head."""

    label: str
    cfm: nn.Module
    vocoder: Vocoder
    frontend: Frontend
    norm: MelNorm

    @property
    def dit(self) -> Any:
        return self.cfm.transformer


def load(setup: Setup, progress: Progress) -> Weights:
    """Raises `CheckpointError`; `ConfigError` where upstream's model is no DiT, which our engine runs."""
    set_threads(setup.threads)
    weights = random(setup.random_weights) if setup.random_weights else _of_checkpoint(setup, progress)
    if not isinstance(weights.dit, upstream("backbones.dit").DiT):
        raise ConfigError(f"{weights.label} is no DiT: there is no engine of ours to compare it with")
    return weights


def _of_checkpoint(setup: Setup, progress: Progress) -> Weights:
    settings = ModelSettings(name=setup.model, checkpoint=setup.checkpoint)
    progress(0.0, f"loading {setup.model}")
    cfm, frontend, norm, _ = load_model(settings)
    label = setup.model if setup.checkpoint is None else f"{setup.model} ({setup.checkpoint})"
    return Weights(label, cfm.float().eval(), load_vocoder_of(settings), frontend, norm)


def random(name: str) -> Weights:
    """The sizes of an official model, with weights that mean nothing: for speed alone. Raises `ConfigError`."""
    if name not in ARCHITECTURES:
        raise ConfigError(f"no shape is called {name!r}: there are {', '.join(ARCHITECTURES)}")
    vocab = read_vocab(official_vocab())
    frontend = OfficialFrontend(vocab, ARCHITECTURES[name].tokenizer)
    return shaped(f"{name}, random weights", ARCHITECTURES[name], frontend, len(vocab), OFFICIAL_VOCOS)


def shaped(
    label: str, architecture: Architecture, frontend: Frontend, n_tokens: int, vocos: tuple[int, int, int]
) -> Weights:
    """Random weights in a shape: always the same, and none of them zero, as upstream would have its last layers."""
    norm = MelNorm()
    cfm = _seeded(lambda: make_cfm(architecture, n_tokens, norm))
    vocoder = Vocoder(_seeded(lambda: make_vocos(*vocos)), None)
    return Weights(label, cfm, vocoder, frontend, norm)


@torch.no_grad()
def _seeded(make: Callable[[], Any]) -> Any:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = make()
        for parameter in module.parameters():
            if not parameter.any():
                torch.nn.init.normal_(parameter, std=0.02)
    return module
