from __future__ import annotations

import numpy as np
import pytest
import torch

from ishowtts.engine.job import Job, Reference, Sampling
from ishowtts.engine.upstream_engine import UpstreamEngine, UpstreamJob
from ishowtts.errors import InvalidRequest, NothingToSay, SynthesisFailed
from tests.engine.conftest import make_engine

TEXT = "Hello there, my good friends of the stream."


def finish(engine: UpstreamEngine, state: UpstreamJob) -> torch.Tensor:
    while not state.finished:
        engine.step([state])
    assert state.mel is not None
    return state.mel.clone()


@pytest.mark.parametrize("name", ["F5TTS_v1_Base", "F5TTS_Base", "E2TTS_Base"])
@pytest.mark.parametrize("cfg_strength", [2.0, 0.0])
def test_steps_give_what_one_call_to_upstream_gives(name: str, cfg_strength: float, reference: Reference) -> None:
    engine = make_engine(name)
    job = Job("a", TEXT, reference, Sampling(nfe_step=5, cfg_strength=cfg_strength, seed=3))
    stepped = finish(engine, engine.open(job))

    clip = engine.references.get(reference)
    prompt = engine.frontend.prompt(job, clip.frames)
    vars(engine.cfm.transformer).pop("_cache_local", None)
    whole, _ = engine.cfm.sample(
        cond=clip.mel,
        text=prompt.tokens,
        duration=prompt.frames,
        steps=5,
        cfg_strength=cfg_strength,
        sway_sampling_coef=-1.0,
        seed=3,
    )
    assert stepped.shape == (prompt.frames - clip.frames, 100)
    assert torch.equal(stepped, whole[0, clip.frames :])


def test_a_step_is_one_forward(engine: UpstreamEngine, reference: Reference) -> None:
    forwards = 0

    def count(*_: object) -> None:
        nonlocal forwards
        forwards += 1

    hook = engine.cfm.transformer.register_forward_hook(count)
    state = engine.open(Job("a", TEXT, reference, Sampling(nfe_step=7)))
    assert forwards == 0
    for done in range(1, 8):
        assert not state.finished
        engine.step([state])
        assert forwards == state.steps_done == done
    assert state.finished
    hook.remove()


def test_jobs_between_each_other_sound_as_they_do_alone(engine: UpstreamEngine, reference: Reference) -> None:
    jobs = [
        Job("a", TEXT, reference, Sampling(nfe_step=7, seed=1)),
        Job("b", "Quite another line.", reference, Sampling(nfe_step=5, seed=2, cfg_strength=1.0)),
        Job("c", "And one that comes late, in a hurry.", reference, Sampling(nfe_step=6, seed=3, speed=1.5)),
    ]
    alone = [finish(engine, engine.open(job)) for job in jobs]
    a, b = engine.open(jobs[0]), engine.open(jobs[1])
    engine.step([a, b])
    gone = engine.open(Job("gone", "This one is taken back.", reference))
    engine.step([a, gone])
    engine.close(gone)
    c = engine.open(jobs[2])
    while active := [s for s in (a, b, c) if not s.finished]:
        engine.step(active)
    for state, expected in zip((a, b, c), alone, strict=True):
        assert state.mel is not None
        assert torch.equal(state.mel, expected)


def test_a_seed_gives_the_same_samples_and_another_seed_others(engine: UpstreamEngine, reference: Reference) -> None:
    def sound(seed: int) -> np.ndarray:
        state = engine.open(Job("a", TEXT, reference, Sampling(nfe_step=5, seed=seed)))
        finish(engine, state)
        return engine.vocode([state])[0]

    first = sound(7)
    assert np.array_equal(first, sound(7))
    assert not np.array_equal(first, sound(8))


def test_sound_has_one_hop_for_each_frame(engine: UpstreamEngine, reference: Reference) -> None:
    state = engine.open(Job("a", TEXT, reference, Sampling(nfe_step=5)))
    frames = len(finish(engine, state))
    sound = engine.vocode([state])[0]
    assert sound.dtype == np.float32
    assert sound.shape == (frames * 256,)


def test_fix_duration_counts_the_reference(engine: UpstreamEngine, reference: Reference) -> None:
    state = engine.open(Job("a", TEXT, reference, Sampling(nfe_step=5, fix_duration=4.0)))
    frames = len(finish(engine, state))
    assert frames + state.reference_frames == round(4.0 * 24_000 / 256)
    with pytest.raises(InvalidRequest, match="counts the reference"):
        engine.open(Job("a", TEXT, reference, Sampling(fix_duration=1.0)))


def test_nothing_to_say_and_too_much(engine: UpstreamEngine, reference: Reference) -> None:
    with pytest.raises(NothingToSay):
        engine.open(Job("a", "?!…", reference))
    with pytest.raises(InvalidRequest, match="one segment would take"):
        engine.open(Job("a", "word " * 400, reference))


def test_an_early_end_of_guidance_is_refused_not_ignored(engine: UpstreamEngine, reference: Reference) -> None:
    with pytest.raises(InvalidRequest, match="set model"):
        engine.open(Job("a", TEXT, reference, Sampling(cfg_until=0.5)))


def test_a_closed_job_frees_its_trajectory(engine: UpstreamEngine, reference: Reference) -> None:
    state = engine.open(Job("a", TEXT, reference))
    engine.step([state])
    trajectory = state.trajectory
    engine.close(state)
    engine.close(state)
    assert trajectory is not None
    assert trajectory.dead
    assert torch.is_grad_enabled()


def test_values_that_are_not_numbers_are_an_error_not_noise(reference: Reference) -> None:
    engine = make_engine()
    with torch.no_grad():
        engine.cfm.transformer.proj_out.bias[3] = float("nan")
    state = engine.open(Job("a", TEXT, reference, Sampling(nfe_step=5)))
    finish(engine, state)
    with pytest.raises(SynthesisFailed, match="not numbers"):
        engine.vocode([state])[0]


def test_warm_up_reports_progress_and_fills_the_cache(reference: Reference) -> None:
    engine = make_engine()
    seen: list[tuple[float, str]] = []
    engine.warm_up([reference], lambda fraction, stage: seen.append((fraction, stage)))
    assert len(engine.references) == 1
    assert seen == [(0.0, f"warming up with voice {reference.voice}")]
