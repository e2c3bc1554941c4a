"""Trains the diffusion transformer: upstream's `DiT` under upstream's `CFM` objective (infilling with CFG drops).

Tokens are one phoneme a frame, so any cut of the corpus is a valid example: windows have a few fixed lengths, need no
padding, and teach the model to go on from a prompt of the same speaker, as it must when it clones a voice.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ishowtts.engine.checkpoint import fit, read_tensors
from ishowtts.engine.features import MelFeatures
from ishowtts.engine.upstream import upstream
from ishowtts.training.corpus import Corpus
from ishowtts.training.loop import Log, Trainee, clip_and_step, learning_rate, progress


@dataclass(frozen=True)
class DitShape:
    """Arguments of upstream's `DiT`; the defaults run faster than real time on two CPU cores."""

    dim: int = 256
    depth: int = 8
    heads: int = 4
    ff_mult: int = 2
    text_dim: int = 192
    conv_layers: int = 4


@dataclass(frozen=True)
class DitTraining:
    """How long and how fast; `windows` are (frames, batch size) pairs of about equal cost."""

    steps: int = 60_000
    peak_lr: float = 1e-3
    warmup: int = 300
    ema: float = 0.999
    seed: int = 0
    windows: tuple[tuple[int, int], ...] = ((256, 10), (384, 7), (640, 4), (960, 2))
    save_every: int = 500
    log_every: int = 50
    device: str = "cpu"
    compile: bool = True  # 12-15 % faster on a CPU, after half a minute a window length


def make_dit(shape: DitShape, n_symbols: int) -> nn.Module:
    dit: nn.Module = upstream("backbones.dit").DiT(
        **asdict(shape), dim_head=64, dropout=0.0, mel_dim=100, text_num_embeds=n_symbols
    )
    return dit


def make_cfm(shape: DitShape, corpus: Corpus) -> nn.Module:
    cfm: nn.Module = upstream("cfm").CFM(make_dit(shape, len(corpus.vocab)), mel_spec_module=MelFeatures(corpus.norm))
    return cfm


@torch.no_grad()
def validation_loss(cfm: nn.Module, corpus: Corpus, device: str, batches: int = 8) -> float:
    """Mean loss on held-out utterances with fixed noise, so that runs compare."""
    held = Corpus.__new__(Corpus)
    held.__dict__.update(corpus.__dict__)
    held.by_speaker = {}
    for u in corpus.validation:
        held.by_speaker.setdefault(u["speaker"], []).append(u)
    held._speakers = list(held.by_speaker)
    held._speaker_p = np.full(len(held._speakers), 1 / len(held._speakers))
    rng = np.random.default_rng(1)
    state, total = torch.random.get_rng_state(), 0.0
    torch.manual_seed(1)
    drops = cfm.audio_drop_prob, cfm.cond_drop_prob
    cfm.audio_drop_prob = cfm.cond_drop_prob = 0.0  # type: ignore[assignment]
    for _ in range(batches):
        mel, label = held.batch(rng, 4, 448)
        with torch.autocast(device, dtype=torch.bfloat16):
            total += float(cfm(mel.to(device), label.to(device))[0])
    cfm.audio_drop_prob, cfm.cond_drop_prob = drops
    torch.random.set_rng_state(state)
    return total / batches


def train(
    corpus: Corpus,
    run: Path,
    shape: DitShape,
    training: DitTraining,
    minutes: float | None = None,
    init: Path | None = None,
) -> None:
    """Train in `run/` (made if new, resumed from `run/last.pt` if not) for `training.steps` or `minutes`.

    A new run begins from the bundle `init`, where one is given. Raises `CheckpointError` if it does not fit.
    """
    torch.manual_seed(training.seed)
    device = training.device
    cfm = make_cfm(shape, corpus)
    if init is not None:
        weights = read_tensors(init / "model.safetensors")
        fit(cfm.transformer, {k: v.float() for k, v in weights.items()}, str(init))  # type: ignore[arg-type]
    cfm = cfm.to(device)
    optimizer = torch.optim.AdamW(
        cfm.parameters(), lr=training.peak_lr, betas=(0.9, 0.98), weight_decay=0.01, fused=True
    )
    trainee, last = Trainee(cfm, optimizer, training.ema), run / "last.pt"
    first = int(trainee.resume(last, device)["step"])
    if training.compile:
        for block in cfm.transformer.transformer_blocks:  # type: ignore[union-attr]
            block.compile(dynamic=False)
    rng = np.random.default_rng([training.seed, first])

    about: dict[str, Any] = {"shape": asdict(shape), "vocab": corpus.vocab, "mel_norm": asdict(corpus.norm)}
    log = Log(run / "log.csv", ["loss", "grad_norm", "lr", "frames_per_second", "val_loss"])
    deadline = None if minutes is None else time.monotonic() + minutes * 60
    losses: list[Tensor] = []
    frames, since, norm, val = 0, time.monotonic(), 0.0, float("nan")
    step = first - 1
    for step, bar in progress(first, training.steps, deadline, "dit"):
        length, size = training.windows[rng.integers(len(training.windows))]
        mel, label = corpus.batch(rng, size, length)
        with torch.autocast(device, dtype=torch.bfloat16):
            loss, _, _ = cfm(mel.to(device), label.to(device))
        rate = learning_rate(step, training.peak_lr, training.warmup, training.steps)
        norm = clip_and_step(cfm, optimizer, loss, rate)
        trainee.ema.update(cfm)
        losses.append(loss.detach())
        frames += size * length
        if (step + 1) % training.log_every == 0:
            mean = float(torch.stack(losses).mean())
            speed = frames / (time.monotonic() - since)
            log.row(step + 1, loss=mean, grad_norm=norm, lr=rate, frames_per_second=speed, val_loss=val)
            bar.set_postfix(loss=f"{mean:.3f}", val=f"{val:.3f}", fps=f"{speed:.0f}")
            losses, frames, since = [], 0, time.monotonic()
        if (step + 1) % training.save_every == 0:
            val = validation_loss(cfm, corpus, device)
            trainee.save(last, step + 1, **about)
    trainee.save(last, step + 1, **about)
