from __future__ import annotations

import logging

import pytest
import torch

from ishowtts.engine.job import Job, Reference, Sampling
from tests.engine.conftest import make_flow_engine
from tests.engine.test_flow_engine import EXACT, TEXT, distance, finish


def operators(run: object) -> set[str]:
    """Names of all operators and compiled graphs that ran under the profiler."""
    assert callable(run)
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        run()
    return {event.key for event in profile.key_averages()}


def test_what_runs_is_the_compiled_code_and_it_says_the_same(reference: Reference) -> None:
    compiled, plain = make_flow_engine(compile=True), make_flow_engine()
    assert compiled.describe()["compile"] == "compiled"
    assert plain.describe()["compile"] == "off"
    job = Job("a", TEXT, reference, Sampling(nfe_step=5, seed=3))
    assert distance(finish(compiled, compiled.open(job)), finish(plain, plain.open(job))) < EXACT

    state, other = compiled.open(job), plain.open(job)
    ran, plainly = operators(lambda: compiled.step([state])), operators(lambda: plain.step([other]))
    # The norms, gates and activations of a block are inside generated kernels and are seen no more one by one.
    assert any("CompiledFxGraph" in name for name in ran)
    assert "aten::gelu" in plainly
    assert "aten::gelu" not in ran


def test_any_number_of_tokens_runs_without_compiling_again(reference: Reference) -> None:
    engine = make_flow_engine(compile=True)
    with torch._dynamo.config.patch(error_on_recompile=True):
        for words in (1, 5, 17):
            state = engine.open(Job("a", "word " * words, reference, Sampling(nfe_step=2)))
            other = engine.open(Job("b", "word " * words, reference, Sampling(nfe_step=3)))
            engine.step([state, other])  # at one time
            engine.step([state, other])  # at two
            finish(engine, other)


def test_without_a_compiler_it_speaks_uncompiled_and_says_so(
    reference: Reference, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def missing(*_: object, **__: object) -> object:
        raise RuntimeError("Failed to find C++ compiler. Please set CXX\nand more")

    monkeypatch.setattr(torch, "compile", missing)
    with caplog.at_level(logging.WARNING):
        engine = make_flow_engine(compile=True)
    about = engine.describe()
    assert about["compiled"] is False
    assert about["compile"] == "eager: RuntimeError: Failed to find C++ compiler. Please set CXX"
    assert "without torch.compile" in caplog.text
    finish(engine, engine.open(Job("a", TEXT, reference, Sampling(nfe_step=2))))
