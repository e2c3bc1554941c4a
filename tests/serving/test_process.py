from __future__ import annotations

import queue
import subprocess
import sys

import pytest

from ishowtts.serving.messages import FromWorker, Loading, Ready, Shutdown
from ishowtts.serving.process import Assignment, _progress, _serve
from tests.fakes import FakeFactory, fake_reference


def test_progress_is_put_onto_its_share_clamped_and_not_repeated() -> None:
    said: list[FromWorker] = []
    progress = _progress(said.append, 0.5, 1.0)
    for fraction in (-1.0, 0.0, 0.001, 0.5, 0.501, 2.0):
        progress(fraction, "weights")
    progress(1.0, "next")
    assert said == [Loading(0.5, "weights"), Loading(0.75, "weights"), Loading(1.0, "weights"), Loading(1.0, "next")]


@pytest.mark.parametrize("warm", [True, False])
def test_loading_never_goes_back_and_warming_up_is_a_part_of_it(warm: bool) -> None:
    said: list[FromWorker] = []
    inbox: queue.SimpleQueue = queue.SimpleQueue()
    inbox.put(Shutdown())
    references = [fake_reference("one"), fake_reference("two")] if warm else None
    _serve(Assignment(FakeFactory(), references, 0, 15.0, 30), inbox, said.append)
    loading = [message for message in said if isinstance(message, Loading)]
    assert [message.fraction for message in loading] == sorted(message.fraction for message in loading)
    assert ("warming up two" in [message.stage for message in loading]) is warm
    assert isinstance(said[-1], Ready)
    assert said[-1].info["max_active"] == FakeFactory().max_batch


def test_the_worker_side_is_quick_to_import() -> None:
    """A worker must be able to say how far it is long before torch is there."""
    code = "import sys, ishowtts.serving.process; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "numpy" in loaded
    assert not {"torch", "pydantic", "fastapi"} & set(loaded)
