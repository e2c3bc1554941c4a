from __future__ import annotations

import dataclasses
import pickle
import typing

import numpy as np
import pytest

from ishowtts.errors import InvalidRequest, QueueFull, SpeechError
from ishowtts.serving import messages
from ishowtts.serving.messages import (
    Cancel,
    Dropped,
    Failed,
    Finished,
    LoadFailed,
    Loading,
    Ready,
    Shutdown,
    Started,
    Stepped,
    Submit,
)
from tests.fakes import fake_job

EXAMPLES = [
    Submit(fake_job("a"), deadline=12.5, alone=True),
    Cancel("a"),
    Shutdown(),
    Loading(0.5, "weights"),
    Ready({"model": "fake", "sample_rate": 24000}),
    LoadFailed(InvalidRequest("no", param="checkpoint")),
    Started("a"),
    Stepped(("a", "b"), 0.02),
    Finished("a", np.linspace(-1, 1, 5, dtype=np.float32), 0.25, 7),
    Failed("a", QueueFull("busy", param="text", retry_after=3.5)),
    Dropped("a", 3),
]


def comparable(value: object) -> object:
    """Arrays and errors compare by identity; their content is what must survive."""
    if isinstance(value, np.ndarray):
        return value.dtype, value.tolist()
    if isinstance(value, SpeechError):
        return type(value), str(value), value.param, value.retry_after
    return value


@pytest.mark.parametrize("message", EXAMPLES, ids=lambda message: type(message).__name__)
def test_message_survives_the_pipe(message: object) -> None:
    back = pickle.loads(pickle.dumps(message))
    assert type(back) is type(message)
    for field in dataclasses.fields(message):  # type: ignore[arg-type]
        assert comparable(getattr(back, field.name)) == comparable(getattr(message, field.name))


def test_every_message_has_an_example() -> None:
    union = set(typing.get_args(messages.ToWorker)) | set(typing.get_args(messages.FromWorker))
    assert union == {type(message) for message in EXAMPLES}
