"""What is to be measured, on what, as plain data that a child process can be handed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setup:
    """A model by its name in the catalog, or the shape `random_weights` without a checkpoint.

    With random weights `seconds` are those of the reference clip and of the speech asked for. `dtype` and `device` are
    in the words of `[model]`; the dtype is that of our engine, upstream chooses its own.
    """

    model: str = "f5-mini"
    checkpoint: str | None = None
    random_weights: str | None = None
    device: str = "auto"
    dtype: str = "auto"
    threads: int = 0
    seconds: tuple[float, float] = (3.0, 6.0)
