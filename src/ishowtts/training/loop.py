"""What both training loops share: learning rate, moving average, checkpoints, log."""

from __future__ import annotations

import csv
import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from tqdm import tqdm

from ishowtts.errors import CheckpointError


def learning_rate(step: int, peak: float, warmup: int, total: int, floor: float = 0.05) -> float:
    """Linear warm-up, then a cosine from `peak` to `floor * peak` at `total`."""
    if step < warmup:
        return peak * (step + 1) / warmup
    done = min(1.0, (step - warmup) / max(1, total - warmup))
    return peak * (floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * done)))


class Ema:
    """Exponential moving average of parameters, ramped so that early steps do not linger."""

    def __init__(self, model: nn.Module, decay: float = 0.999) -> None:
        self.decay = decay
        self.steps = 0
        self.shadow = {k: v.detach().clone() for k, v in model.state_dict().items() if v.is_floating_point()}

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        state = model.state_dict()
        names = list(self.shadow)
        torch._foreach_lerp_([self.shadow[n] for n in names], [state[n] for n in names], 1 - decay)


def save_atomically(path: Path, payload: Any) -> None:
    """`torch.save` to a neighbour, then rename: a kill leaves the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(path.suffix + ".partial")
    torch.save(payload, partial)
    os.replace(partial, path)


class Trainee:
    """A model with its optimizer and moving average: what is trained, saved and resumed together."""

    def __init__(self, model: nn.Module, optimizer: torch.optim.Optimizer, decay: float) -> None:
        self.model, self.optimizer, self.ema = model, optimizer, Ema(model, decay)

    def resume(self, path: Path, device: str = "cpu", **same: Any) -> dict[str, Any]:
        """What `path` holds, after taking over its state; `{"step": 0}` where there is no such file.

        Raises `CheckpointError` if the run there differs from this one in a value of `same`.
        """
        if not path.exists():
            return {"step": 0}
        saved: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
        other = [name for name, value in same.items() if saved[name] != value]
        if other:
            raise CheckpointError(f"{path} is of a run with another {' and '.join(other)}: resume it as it was begun")
        self.model.load_state_dict(saved["model"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.ema.shadow, self.ema.steps = saved["ema"], saved["ema_steps"]
        torch.random.set_rng_state(saved["torch_rng"].cpu())
        return saved

    def save(self, path: Path, step: int, **more: Any) -> None:
        payload = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "ema": self.ema.shadow,
            "ema_steps": self.ema.steps,
            "step": step,
            "torch_rng": torch.random.get_rng_state(),
        }
        save_atomically(path, {**payload, **more})


class Log:
    """One CSV row an interval, and the same on the progress bar."""

    def __init__(self, path: Path, fields: list[str]) -> None:
        self.path, self.fields = path, ["step", "seconds", *fields]
        self.began = time.monotonic()
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("w", newline="") as file:
                csv.writer(file).writerow(self.fields)

    def row(self, step: int, **values: float) -> None:
        row = {"step": step, "seconds": time.monotonic() - self.began, **values}
        with self.path.open("a", newline="") as file:
            csv.writer(file).writerow(f"{row[name]:.6g}" for name in self.fields)


def progress(start: int, total: int, deadline: float | None, what: str) -> Iterator[tuple[int, tqdm[int]]]:
    """Steps `start..total` with a bar; ends early at `deadline` (`time.monotonic()` seconds)."""
    with tqdm(range(start, total), initial=start, total=total, desc=what, dynamic_ncols=True, mininterval=2) as bar:
        for step in bar:
            yield step, bar
            if deadline is not None and time.monotonic() > deadline:
                return


@contextmanager
def undisturbed(device: str) -> Iterator[None]:
    """Look at a model without gradients and without moving the random numbers that training goes on with."""
    place = torch.device(device)
    devices = [place.index or 0] if place.type == "cuda" else []
    with torch.no_grad(), torch.random.fork_rng(devices):
        yield


def clip_and_step(model: nn.Module, optimizer: torch.optim.Optimizer, loss: Tensor, rate: float) -> float:
    """Backward, clip the gradient at norm 1, step at `rate`; returns the norm before clipping."""
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    norm = nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return float(norm)
