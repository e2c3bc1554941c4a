from __future__ import annotations

import pytest
from pydantic import ValidationError

from ishowtts.settings import Settings
from ishowtts.synthesis.load import nfe_step_for

OFF = Settings()
ON = Settings.model_validate({"synthesis": {"nfe_step": 10, "busy_nfe_step": 6}, "queue": {"busy_jobs": 4}})


@pytest.mark.parametrize(
    ("wish", "waiting", "settings", "steps"),
    [
        (None, 1000, OFF, 7),
        (None, 3, ON, 10),
        (None, 4, ON, 6),
        (16, 4, ON, 16),
        (3, 4, ON, 3),
    ],
)
def test_steps_go_down_only_when_it_is_busy_and_nobody_asked_for_a_number(
    wish: int | None, waiting: int, settings: Settings, steps: int
) -> None:
    assert nfe_step_for(wish, waiting, settings) == steps


def test_they_never_go_up_and_never_below_six() -> None:
    more = Settings.model_validate({"synthesis": {"nfe_step": 5, "busy_nfe_step": 12}})
    assert nfe_step_for(None, 1000, more) == 5
    with pytest.raises(ValidationError):
        Settings.model_validate({"synthesis": {"busy_nfe_step": 5}})
