"""The real scheduler with simulated work: whatever comes, nothing is lost, done twice, or done too late."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts.priority import Priority
from ishowtts.serving.claim import Claim, Sender
from ishowtts.serving.scheduler import Scheduler, Ticket
from tests.fakes import FakeState, fake_job

STEP = 0.1
NFE = 4


@dataclass
class Plan:
    gap: float
    client: str
    room: str
    priority: Priority
    seconds: float
    offset: float
    patience: float | None
    cancel_after: float | None


PLANS = st.lists(
    st.builds(
        Plan,
        gap=st.sampled_from([0.0, 0.05, 0.5, 3.0]),
        client=st.sampled_from("abc"),
        room=st.sampled_from(["", "x"]),
        priority=st.sampled_from(["high", "normal", "low"]),
        seconds=st.floats(0.3, 6),
        offset=st.sampled_from([0.0, 3.0, 9.0]),
        patience=st.none() | st.floats(0.1, 5),
        cancel_after=st.none() | st.floats(0.0, 3),
    ),
    max_size=25,
)


@dataclass
class Simulation:
    """One step of the loop at a time, on a clock of its own; a step of any batch takes `STEP` seconds."""

    max_active: int
    max_tokens: int
    ageing: float = 15.0
    now: float = 0.0
    outcomes: dict[str, str] = field(default_factory=dict)
    ended: dict[str, float] = field(default_factory=dict)
    cancels: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.scheduler = Scheduler(self.max_active, self.max_tokens, ageing=self.ageing, clock=lambda: self.now)

    def submit(self, id: str, claim: Claim, patience: float | None = None) -> None:
        deadline = None if patience is None else self.now + patience
        self.scheduler.submit(Ticket(fake_job(id, nfe_step=NFE), claim, deadline, arrived=self.now))

    def step(self) -> None:
        for ticket in self.scheduler.expired(self.now):
            self._end(ticket, "expired")
        for ticket in self.scheduler:
            if self.cancels.get(ticket.job.id, 1e9) <= self.now:
                self._end(ticket, "cancelled")
        for ticket in self.scheduler.finished:
            self._end(ticket, "finished")
        batch = self.scheduler.next_batch()
        assert bool(batch) is not self.scheduler.idle, "it works exactly when there is work"
        if batch and batch[-1].state is None:
            assert batch[-1].deadline is None or batch[-1].deadline > self.now
            batch[-1].state = FakeState(batch[-1].job, cost=10)
            assert sum(ticket.state is not None for ticket in self.scheduler) <= self.max_active
            return
        assert len({id(ticket) for ticket in batch}) == len(batch)
        assert sum(10 for _ in batch[:-1]) < self.max_tokens or len(batch) == 1
        for ticket in batch:
            assert isinstance(ticket.state, FakeState)
            assert not ticket.finished
            ticket.state.steps_done += 1
        self.now += STEP

    def _end(self, ticket: Ticket, outcome: str) -> None:
        assert ticket.job.id not in self.outcomes, "told twice"
        self.outcomes[ticket.job.id] = outcome
        self.ended[ticket.job.id] = self.now
        self.scheduler.remove(ticket)


@settings(max_examples=150, deadline=None)
@given(PLANS, st.integers(1, 4), st.sampled_from([1, 25, 1000]))
def test_every_job_has_one_end_within_the_bounds(plans: list[Plan], max_active: int, max_tokens: int) -> None:
    simulation = Simulation(max_active, max_tokens)
    arrival = 0.0
    coming = []
    for n, plan in enumerate(plans):
        arrival += plan.gap
        coming.append((arrival, str(n), plan))
    for _ in range(40 * len(plans) + 200):
        while coming and coming[0][0] <= simulation.now:
            _, id, plan = coming.pop(0)
            if plan.cancel_after is not None:
                simulation.cancels[id] = simulation.now + plan.cancel_after
            claim = Claim(Sender(plan.client, plan.room), plan.priority, plan.seconds, plan.offset)
            simulation.submit(id, claim, plan.patience)
        if simulation.scheduler.idle and not coming:
            break
        simulation.step()
    assert Counter(simulation.outcomes) == Counter(
        {str(n): outcome for n, outcome in enumerate(simulation.outcomes[str(n)] for n in range(len(plans)))}
    )
    for n, plan in enumerate(plans):
        if plan.patience is None and plan.cancel_after is None:
            assert simulation.outcomes[str(n)] == "finished"


def test_a_flood_takes_no_more_than_its_share_from_another() -> None:
    """The polite client asks for one short text every two seconds, half of what the machine could make for it."""
    waits: dict[str, list[float]] = defaultdict(list)
    for flood in (False, True):
        simulation = Simulation(max_active=4, max_tokens=1)
        asked: dict[str, float] = {}
        flooded = polite = 0
        while simulation.now < 60.0:
            while flood and flooded - sum(id.startswith("f") for id in simulation.outcomes) < 50:
                simulation.submit(f"f{flooded}", Claim(Sender("flood"), seconds=2.0))
                flooded += 1
            if simulation.now >= 2.0 * polite:
                asked[f"p{polite}"] = simulation.now
                simulation.submit(f"p{polite}", Claim(Sender("polite"), seconds=2.0))
                polite += 1
            if simulation.scheduler.idle:
                simulation.now += STEP
            else:
                simulation.step()
        for id, at in asked.items():
            if id in simulation.ended:
                waits["flooded" if flood else "alone"].append(simulation.ended[id] - at)
        if flood:
            assert sum(id.startswith("f") for id in simulation.outcomes) > 100, "and what is left over is used"
    alone = NFE * STEP
    assert max(waits["alone"]) <= alone + 2 * STEP
    assert max(waits["flooded"]) <= 2 * alone + 3 * STEP, "at most the one job that was running, and its own"


def test_what_has_begun_to_be_heard_goes_on_without_gaps_while_others_wait() -> None:
    """Texts of three segments of 2 s, in one room; the machine makes 5 s of sound a second and is asked for 10."""
    simulation = Simulation(max_active=4, max_tokens=1)
    number = 0
    for _ in range(3000):
        while simulation.now >= 0.6 * number and number < 60:
            for part in range(3):
                simulation.submit(f"{number}.{part}", Claim(seconds=2.0, offset=2.0 * part, text=str(number)))
            number += 1
        if simulation.scheduler.idle:
            break
        simulation.step()
    assert len(simulation.outcomes) == 180
    gaps = [
        simulation.ended[f"{n}.{part}"] - simulation.ended[f"{n}.0"] - 2.0 * part for n in range(60) for part in (1, 2)
    ]
    assert max(gaps) <= 0.5
    waits = [simulation.ended[f"{n}.0"] - 0.6 * n for n in range(60)]
    assert max(waits) > 10.0, "somebody did wait"
