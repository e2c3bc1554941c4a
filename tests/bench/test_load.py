"""Many requests at once lose none, whoever serves them."""

from collections.abc import Iterator

import pytest

from ishowtts.bench.arrivals import poisson_arrivals
from ishowtts.bench.lines import Line, lines, turn
from ishowtts.bench.load import Load, drive, measure
from ishowtts.bench.servers import Server, serve
from ishowtts.bench.systems import Maker
from ishowtts.engine.features import SAMPLE_RATE
from ishowtts.errors import SynthesisFailed
from tests.bench.tiny import SETUP, weights

SPEECH = 70 * 256 / SAMPLE_RATE


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> list[Line]:
    return lines(SETUP, tmp_path_factory.mktemp("voice"))


@pytest.fixture(scope="module", params=["upstream", "ours-eager"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    server = serve(Maker(weights(), SETUP).make(request.param))
    yield server
    server.close()


def test_a_burst(server: Server, pool: list[Line]) -> None:
    jobs = [line.job(f"job-{i}", 2, seed=i) for i, line in enumerate(turn(pool, 0, 5))]
    load = measure("any", server, "burst", 5, jobs, [0.0] * 5)
    assert load.audio_seconds == pytest.approx(5 * SPEECH, abs=5 * 0.011)
    assert max(load.latencies) == load.makespan
    assert min(load.latencies) > 0


def test_arrivals_at_random(server: Server, pool: list[Line]) -> None:
    arrivals = poisson_arrivals(6, rate=50.0, seed=3)
    jobs = [line.job(f"job-{i}", 2, seed=i) for i, line in enumerate(turn(pool, 0, 6))]
    start, outcomes = drive(server, jobs, arrivals)
    assert set(outcomes) == {job.id for job in jobs}
    for job, at in zip(jobs, arrivals, strict=True):
        assert outcomes[job.id].at > start + at, "nothing is done before it is asked for"
    assert server.done.empty(), "one outcome each"


def test_a_text_that_cannot_be_said_is_no_figure(server: Server, pool: list[Line]) -> None:
    bad = Line("bad", "...", pool[0].reference)
    with pytest.raises(SynthesisFailed, match="nothing that can be spoken"):
        measure("any", server, "burst", 1, [bad.job("bad", 2, 0)], [0.0])


@pytest.mark.parametrize("name", ["upstream", "ours-eager"])
def test_closing_waits_for_no_queue(name: str, pool: list[Line]) -> None:
    server = serve(Maker(weights(), SETUP).make(name))
    for i in range(50):
        server.submit(pool[0].job(f"job-{i}", 8, seed=i))
    server.close()
    assert server.done.qsize() < 25


def test_poisson_arrivals() -> None:
    times = poisson_arrivals(4001, rate=4.0, seed=1)
    assert times[0] == 0.0
    assert times == sorted(times)
    assert times[-1] / 4000 == pytest.approx(0.25, rel=0.1)
    assert times == poisson_arrivals(4001, rate=4.0, seed=1), "the same for every system"


def test_throughput() -> None:
    load = Load("ours", "burst", 2, 0, audio_seconds=6.0, makespan=1.5, latencies=(1.0, 1.5))
    assert load.throughput == 4.0
