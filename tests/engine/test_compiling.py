from __future__ import annotations

import logging
import os
import subprocess
from pathlib import Path

import pytest
import torch
from torch._inductor.cpu_vec_isa import VecISA
from torch._inductor.runtime.cache_dir_utils import default_cache_dir

from ishowtts.engine.compiling import KEEP, Compiler
from ishowtts.engine.isa_checks import remember_checks
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


@pytest.mark.parametrize("before", [None, "torch's own"])
def test_what_is_compiled_is_kept_where_the_settings_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str | None
) -> None:
    monkeypatch.delenv(KEEP, raising=False)
    if before is not None:  # what torch leaves behind when upstream's modules are imported
        monkeypatch.setenv(KEEP, default_cache_dir())
    Compiler(wanted=True, cache=tmp_path)
    assert os.environ[KEEP] == str(tmp_path)


def test_the_environment_has_the_last_word_on_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEEP, "/elsewhere")
    Compiler(wanted=True, cache=tmp_path)
    assert os.environ[KEEP] == "/elsewhere"


def test_what_the_processor_can_do_is_asked_once_and_a_no_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember_checks()
    remember_checks()
    monkeypatch.setenv(KEEP, str(tmp_path))
    isa = VecISA()
    isa._arch_flags, isa._macro = "", []  # of no kind in particular
    good, bad = 'extern "C" int answer() { return 42; }', "this is no program"
    assert isa.check_build(good)
    assert not isa.check_build(bad)

    def no_process(*_: object, **__: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "check_call", no_process)
    monkeypatch.setattr(subprocess, "run", no_process)
    assert isa.check_build(good)
    assert not isa.check_build(bad)
    assert len(list((tmp_path / "isa").iterdir())) == 1
    monkeypatch.setenv(KEEP, str(tmp_path / "other"))
    assert not isa.check_build(good)
