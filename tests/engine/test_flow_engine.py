"""Against upstream's sampler, and jobs against themselves in other company. All in fp32 unless said."""

from __future__ import annotations

import gc
import random
from pathlib import Path

import numpy as np
import pytest
import torch

from ishowtts.engine.flow_engine import FlowEngine, FlowJob
from ishowtts.engine.job import Job, Reference, Sampling
from ishowtts.engine.schedule import moves
from ishowtts.errors import InvalidRequest, NothingToSay, SynthesisFailed
from ishowtts.text.words import word_spans
from tests.engine.conftest import make_engine, make_flow_engine, make_reference

TEXT = "Hello there, my good friends of the stream."
EXACT = 1e-5  # relative, after the whole trajectory


@pytest.fixture(scope="module")
def flow() -> FlowEngine:
    return make_flow_engine()


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    return make_reference(tmp_path_factory.mktemp("voice") / "other.wav", seconds=2.3, pitch=140.0)


def finish(engine: FlowEngine, state: FlowJob) -> torch.Tensor:
    while not state.finished:
        engine.step([state])
    return state.x[state.kept].clone()


def distance(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a - b).norm() / b.norm())


@pytest.mark.parametrize("name", ["F5TTS_v1_Base", "F5TTS_Base", "F5TTS_v1_Small"])
@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(nfe_step=7, seed=3),
        Sampling(nfe_step=16, cfg_strength=0.0, sway_sampling_coef=0.0, seed=4),
        Sampling(nfe_step=8, cfg_strength=1.3, sway_sampling_coef=-0.4, ode_method="midpoint", seed=5),
    ],
    ids=["euler", "unguided", "midpoint"],
)
def test_it_is_upstreams_trajectory(name: str, sampling: Sampling, reference: Reference) -> None:
    ours, theirs = make_flow_engine(name), make_engine(name)
    job = Job("a", TEXT, reference, sampling)
    state = theirs.open(job)
    while not state.finished:
        theirs.step([state])
    assert state.mel is not None
    mel = finish(ours, ours.open(job))
    assert mel.shape == state.mel.shape
    assert distance(mel, state.mel) < EXACT
    state_of_ours = done(ours, job)
    sound = ours.vocode([state_of_ours])[0]
    assert np.allclose(sound, theirs.vocode([state])[0], atol=1e-5)
    assert state_of_ours.times == state.times
    assert [job.text[a:b] for a, b, _, _ in state.times] == [job.text[a:b] for a, b in word_spans(job.text)]
    assert 0 <= state.times[0].t0 < state.times[-1].t1 <= len(sound) / ours.sample_rate


def done(engine: FlowEngine, job: Job) -> FlowJob:
    state = engine.open(job)
    finish(engine, state)
    return state


def mixed(reference: Reference, other: Reference) -> list[Job]:
    return [
        Job("a", TEXT, reference, Sampling(nfe_step=7, seed=1)),
        Job("b", "Quite another line.", other, Sampling(nfe_step=5, seed=2, cfg_strength=0.0)),
        Job("c", "And one that comes late, in a hurry.", reference, Sampling(nfe_step=6, seed=3, speed=1.5)),
        Job("c2", "Guided for a while.", other, Sampling(nfe_step=6, seed=5, cfg_until=0.2)),
        Job("d", "Hm.", other, Sampling(nfe_step=12, seed=4, cfg_strength=3.0, sway_sampling_coef=0.0)),
        Job("e", TEXT + " " + TEXT, reference, Sampling(nfe_step=4, seed=5, ode_method="midpoint")),
    ]


def test_company_changes_nothing(flow: FlowEngine, reference: Reference, other: Reference) -> None:
    """Alone = together = joined late = after a neighbour left, whatever the neighbour is."""
    jobs = mixed(reference, other)
    alone = {job.id: finish(flow, flow.open(job)) for job in jobs}
    for seed in range(3):
        order = random.Random(seed)
        waiting, active, heard = list(jobs), [], {}
        order.shuffle(waiting)
        while waiting or active:
            if waiting and (not active or order.random() < 0.5):
                active.append(flow.open(waiting.pop()))
                passer = flow.open(Job("gone", "This one is taken back.", other, Sampling(seed=9)))
                flow.step([passer, *active])
                flow.close(passer)
            else:
                order.shuffle(active)
                flow.step(active)
            for state in [each for each in active if each.finished]:
                heard[state.job.id] = state.x[state.kept].clone()
                active.remove(state)
                flow.close(state)
        assert heard.keys() == alone.keys()
        for id, mel in heard.items():
            assert distance(mel, alone[id]) < EXACT, id


def test_sound_decoded_together_is_sound_decoded_alone(
    flow: FlowEngine, reference: Reference, other: Reference
) -> None:
    states = [done(flow, job) for job in mixed(reference, other)]
    for state, sound in zip(states, flow.vocode(states), strict=True):
        np.testing.assert_allclose(sound, flow.vocode([state])[0], atol=1e-6)
        assert sound.dtype == np.float32
        assert sound.shape == ((state.kept.stop - state.kept.start) * 256,)


def test_a_seed_gives_the_same_samples_and_another_seed_others(flow: FlowEngine, reference: Reference) -> None:
    def sound(seed: int) -> np.ndarray:
        torch.manual_seed(random.getrandbits(32))  # the global generator has no say
        return flow.vocode([done(flow, Job("a", TEXT, reference, Sampling(nfe_step=5, seed=seed)))])[0]

    first = sound(7)
    assert np.array_equal(first, sound(7))
    assert not np.array_equal(first, sound(8))


def test_a_step_is_one_forward_and_unguided_jobs_cost_half(flow: FlowEngine, reference: Reference) -> None:
    guided = flow.open(Job("a", TEXT, reference, Sampling(nfe_step=3)))
    unguided = flow.open(Job("a", TEXT, reference, Sampling(nfe_step=3, cfg_strength=0.0)))
    assert guided.tokens == 2 * unguided.tokens == 2 * guided.frames
    for taken in range(1, 4):
        assert not guided.finished
        flow.step([guided, unguided])
        assert guided.steps_done == unguided.steps_done == taken
    assert guided.finished
    with pytest.raises(RuntimeError, match="finished"):
        flow.step([guided])


def test_where_guidance_has_ended_a_step_is_unguided_and_costs_half(flow: FlowEngine, reference: Reference) -> None:
    last = moves(5, -1.0)[-1].t
    state = flow.open(Job("a", TEXT, reference, Sampling(nfe_step=5, seed=1, cfg_until=last)))
    guided = flow.open(Job("b", TEXT, reference, Sampling(nfe_step=5, seed=1)))
    unguided = flow.open(Job("c", TEXT, reference, Sampling(nfe_step=5, seed=1, cfg_strength=0.0)))
    for _ in range(4):
        assert state.tokens == 2 * state.frames
        flow.step([state, guided, unguided])
    assert distance(state.x, guided.x) < EXACT < distance(state.x, unguided.x)
    assert state.tokens == state.frames
    unguided.x = unguided.start = state.x
    flow.step([state, guided, unguided])
    assert distance(state.x, unguided.x) < EXACT < distance(state.x, guided.x)


def test_fix_duration_nothing_to_say_and_too_much(flow: FlowEngine, reference: Reference) -> None:
    state = flow.open(Job("a", TEXT, reference, Sampling(nfe_step=5, fix_duration=4.0)))
    assert state.kept.stop == round(4.0 * 24_000 / 256)
    with pytest.raises(NothingToSay):
        flow.open(Job("a", "?!…", reference))
    with pytest.raises(InvalidRequest, match="one segment would take"):
        flow.open(Job("a", "word " * 400, reference))


def test_a_closed_job_keeps_no_memory_and_cannot_be_stepped(flow: FlowEngine, reference: Reference) -> None:
    a, b = (flow.open(Job(id, TEXT, reference)) for id in "ab")
    flow.step([a, b])
    flow.close(a)
    flow.close(a)
    assert a.x.numel() == a.conditions.numel() == 0
    flow.step([b])
    with pytest.raises(RuntimeError, match="closed"):
        flow.step([a, b])
    assert b.steps_done == 2, "the one beside it was not moved"


def test_half_precision_that_overflows_is_done_again_in_fp32(reference: Reference) -> None:
    """bf16 has the range of fp32, so the overflow is put there: one weight that only the half-precision copy has."""
    engine, exact = make_flow_engine(dtype="bf16"), make_flow_engine()
    engine.dit.blocks[0].up[0, 0] = float("inf")
    job = Job("a", TEXT, reference, Sampling(nfe_step=5, seed=3))
    assert distance(finish(engine, engine.open(job)), finish(exact, exact.open(job))) < EXACT


def test_values_that_are_not_numbers_are_an_error_not_noise(reference: Reference) -> None:
    engine = make_flow_engine()
    engine.dit.blocks[0].up[0, 0] = float("nan")
    with pytest.raises(SynthesisFailed, match="not numbers"):
        engine.vocode([done(engine, Job("a", TEXT, reference, Sampling(nfe_step=5)))])


def test_bf16_stays_near_fp32(reference: Reference) -> None:
    half, exact = make_flow_engine(dtype="bf16"), make_flow_engine()
    job = Job("a", TEXT, reference, Sampling(nfe_step=7, seed=3))
    a, b = finish(half, half.open(job)), finish(exact, exact.open(job))
    assert 1e-5 < distance(a, b) < 0.02


def test_warm_up_prepares_every_voice_and_reports(reference: Reference, other: Reference) -> None:
    engine = make_flow_engine()
    seen: list[float] = []
    engine.warm_up([reference, other], lambda fraction, stage: seen.append(fraction))
    assert len(engine.references) == 2
    assert seen == [0.0, 0.5]


def test_two_hundred_jobs_leave_nothing_behind(tmp_path: Path) -> None:
    engine = make_flow_engine()
    voices = [make_reference(tmp_path / f"{i}.wav", seconds=0.6 + i / 50, pitch=100.0 + i) for i in range(20)]
    engine.references.max_bytes = 4 * 100 * 4 * 80  # some of them
    rng = random.Random(0)
    tensors = []
    for round_ in range(5):
        for _ in range(40):
            sampling = Sampling(nfe_step=1, seed=rng.randrange(99), sway_sampling_coef=rng.uniform(-1, 1))
            state = engine.open(Job("a", "word " * rng.randint(1, 3), rng.choice(voices), sampling))
            engine.step([state])
            engine.close(state)
        del state
        gc.collect()
        if round_:
            tensors.append(sum(x.numel() for x in gc.get_objects() if isinstance(x, torch.Tensor)))
    assert max(tensors) - min(tensors) < 100_000, "elements that live on grow with the number of jobs"
    assert engine.references.nbytes <= engine.references.max_bytes
    assert len(engine.dit.modulation) <= engine.dit.modulation.capacity
