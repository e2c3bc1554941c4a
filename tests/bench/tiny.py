"""Systems small enough for every test: random weights in the shape of tests/engine, one second of reference."""

from __future__ import annotations

from ishowtts.bench.setup import Setup
from ishowtts.bench.weights import Weights, shaped
from ishowtts.engine.frontend import OfficialFrontend
from tests.engine.conftest import CHARACTERS, small

SETUP = Setup(random_weights="F5TTS_v1_Base", device="cpu", dtype="fp32", threads=1, seconds=(1.0, 0.75))


def weights() -> Weights:
    vocab = {c: i for i, c in enumerate(CHARACTERS)}
    return shaped("tiny", small(), OfficialFrontend(vocab, "char"), len(vocab), (32, 64, 2))
