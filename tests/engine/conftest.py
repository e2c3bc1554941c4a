"""A small F5-TTS with random weights: the real classes, small enough for every test."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import torch

from ishowtts.engine.build import make_cfm
from ishowtts.engine.catalog import ARCHITECTURES, Architecture
from ishowtts.engine.compiling import Compiler
from ishowtts.engine.device import place
from ishowtts.engine.features import SAMPLE_RATE, MelFeatures, MelNorm
from ishowtts.engine.flow_engine import FlowEngine
from ishowtts.engine.frontend import OfficialFrontend
from ishowtts.engine.job import Reference
from ishowtts.engine.references import ReferenceCache
from ishowtts.engine.upstream_engine import UpstreamEngine
from ishowtts.engine.vocoder import Vocoder, make_vocos

CHARACTERS = " abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,!?"


def small(name: str = "F5TTS_v1_Base") -> Architecture:
    """The flags of an official architecture at a small size."""
    base = ARCHITECTURES[name]
    sizes = {"dim": 128, "depth": 2, "heads": 2, "ff_mult": 2}
    if base.backbone == "DiT":
        sizes |= {"text_dim": 32, "conv_layers": 2}
    return Architecture(base.backbone, {**base.arguments, **sizes}, "char")


def random_cfm(architecture: Architecture, n_tokens: int) -> torch.nn.Module:
    """Upstream initialises its output layers to zero, which would hide every difference."""
    torch.manual_seed(0)
    cfm = make_cfm(architecture, n_tokens, MelNorm())
    for parameter in cfm.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    return cfm


def make_flow_engine(name: str = "F5TTS_v1_Base", *, dtype: str = "fp32", compile: bool = False) -> FlowEngine:
    """The same weights, vocoder and front end as `make_engine(name)`."""
    theirs = make_engine(name)
    return FlowEngine(
        theirs.cfm.transformer,
        theirs.vocoder,
        theirs.frontend,
        theirs.references,
        theirs.norm,
        place("cpu", dtype),
        Compiler(wanted=compile),
        {"model": name},
        lambda: make_engine(name).cfm.transformer,
    )


def make_engine(name: str = "F5TTS_v1_Base") -> UpstreamEngine:
    torch.set_num_threads(1)
    vocab = {c: i for i, c in enumerate(CHARACTERS)}
    placement = place("cpu", "fp32")
    references = ReferenceCache(MelFeatures(MelNorm()), placement.device, 2**24)
    frontend = OfficialFrontend(vocab, "char")
    torch.manual_seed(0)
    vocoder = Vocoder(make_vocos(32, 64, 2), None)
    cfm = random_cfm(small(name), len(vocab))
    return UpstreamEngine(cfm, vocoder, frontend, references, MelNorm(), placement, {"model": name})


@pytest.fixture(scope="session")
def engine() -> UpstreamEngine:
    return make_engine()


def make_reference(path: Path, seconds: float = 1.5, pitch: float = 220.0) -> Reference:
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    rng = np.random.default_rng(int(pitch))
    wav = 0.05 * np.sin(2 * np.pi * pitch * t) + 0.01 * rng.standard_normal(len(t))
    sf.write(path, wav, SAMPLE_RATE)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Reference(path.stem, path, digest, "This is what I said.", "en")


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    return make_reference(tmp_path_factory.mktemp("voice") / "voice.wav")
