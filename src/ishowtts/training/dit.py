"""Trains the diffusion transformer: upstream's `DiT` under upstream's `CFM` objective (infilling with CFG drops).

What it is trained on, one phoneme a frame or the characters of whole texts, is the matter of `batches`.
"""

from __future__ import annotations

import random
import time
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ishowtts.engine.checkpoint import fit, read_tensors
from ishowtts.engine.features import MelFeatures, MelNorm
from ishowtts.engine.upstream import upstream
from ishowtts.training.batches import Batch, Batches, Tokens, make_batches
from ishowtts.training.corpus import Corpus
from ishowtts.training.loop import Log, Trainee, clip_and_step, learning_rate, progress, undisturbed
from ishowtts.training.samples import ModelSamples
from ishowtts.training.upsampling import vectorise


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
    """How long, how fast and on what: windows of `phonemes`, (frames, batch size) pairs of about equal cost, or batches
    of whole texts in `characters`, at most `frames` each, padding included: about as much speech a step."""

    steps: int = 60_000
    tokens: Tokens = "phonemes"
    peak_lr: float = 1e-3
    warmup: int = 300
    ema: float = 0.999
    seed: int = 0
    windows: tuple[tuple[int, int], ...] = ((256, 10), (384, 7), (640, 4), (960, 2))
    frames: int = 2_768
    save_every: int = 500
    log_every: int = 50
    sample_every: int = 1000  # 0: never
    vocoder: str | None = None  # for the samples; the embedded one
    device: str = "cpu"
    compile: bool = True  # phonemes: 12-15 % faster on a CPU, after half a minute a window length


def make_dit(architecture: dict[str, Any], n_symbols: int) -> nn.Module:
    dit: nn.Module = upstream("backbones.dit").DiT(
        **architecture, dim_head=64, dropout=0.0, mel_dim=100, text_num_embeds=n_symbols
    )
    vectorise(dit)
    return dit


def make_cfm(architecture: dict[str, Any], n_symbols: int, norm: MelNorm) -> nn.Module:
    cfm: nn.Module = upstream("cfm").CFM(make_dit(architecture, n_symbols), mel_spec_module=MelFeatures(norm))
    return cfm


def validation_loss(cfm: nn.Module, batches: Batches, device: str) -> float:
    """Mean loss on held-out utterances with fixed noise, so that runs of one recipe compare."""
    drops = cfm.audio_drop_prob, cfm.cond_drop_prob
    cfm.audio_drop_prob = cfm.cond_drop_prob = 0.0  # type: ignore[assignment]
    losses = []
    with undisturbed(device):
        torch.manual_seed(1)
        for batch in batches.held_out():
            with torch.autocast(device, dtype=torch.bfloat16):
                losses.append(float(_loss(cfm, batch.to(device))))
    cfm.audio_drop_prob, cfm.cond_drop_prob = drops
    return sum(losses) / len(losses)


def _loss(cfm: nn.Module, batch: Batch) -> Tensor:
    loss: Tensor = cfm(batch.mel, batch.tokens, lens=batch.lens)[0]
    return loss


def train(
    corpus: Corpus,
    run: Path,
    shape: DitShape,
    training: DitTraining,
    minutes: float | None = None,
    init: Path | None = None,
) -> None:
    """Train in `run/` (made if new, resumed from `run/last.pt` if not) for `training.steps` or `minutes`.

    A new run begins from the bundle `init`, where one is given. Raises `CheckpointError` if it does not fit, and
    `ConfigError` if the corpus lacks durations that the recipe needs.
    """
    torch.manual_seed(training.seed)
    device = training.device
    batches = make_batches(training.tokens, corpus, training.windows, training.frames)
    architecture = {**asdict(shape), **batches.flags}
    make = partial(make_cfm, architecture, len(batches.vocab), corpus.norm)
    cfm = make()
    if init is not None:
        weights = read_tensors(init / "model.safetensors")
        fit(cfm.transformer, {k: v.float() for k, v in weights.items()}, str(init))  # type: ignore[arg-type]
    cfm = cfm.to(device)
    optimizer = torch.optim.AdamW(
        cfm.parameters(), lr=training.peak_lr, betas=(0.9, 0.98), weight_decay=0.01, fused=True
    )
    trainee, last = Trainee(cfm, optimizer, training.ema), run / "last.pt"
    about: dict[str, Any] = {"shape": architecture, "vocab": batches.vocab}
    saved = trainee.resume(last, device, **about)
    first, seen, before = int(saved["step"]), int(saved.get("frames", 0)), float(saved.get("seconds", 0.0))
    del saved  # tensors of the size of the model
    if training.compile and batches.few_shapes:
        for block in cfm.transformer.transformer_blocks:  # type: ignore[union-attr]
            block.compile(dynamic=False)
    rng = np.random.default_rng([training.seed, first])
    random.seed(f"{training.seed} {first}")  # upstream draws its drops for CFG here
    wanted = training.sample_every > 0
    sampler = ModelSamples(run / "samples", batches, make, training.vocoder, device) if wanted else None

    log = Log(run / "log.csv", ["loss", "grad_norm", "lr", "frames_per_second", "val_loss"])
    began = time.monotonic()
    deadline = None if minutes is None else began + minutes * 60
    losses: list[Tensor] = []
    frames, since, norm, val = 0, began, 0.0, float("nan")

    def save(at: int) -> None:
        spent = before + time.monotonic() - began
        mel_norm = asdict(corpus.norm)
        trainee.save(last, at, **about, mel_norm=mel_norm, frontend=batches.frontend, frames=seen, seconds=spent)

    step = first - 1
    for step, bar in progress(first, training.steps, deadline, "dit"):
        batch = batches.draw(rng).to(device)
        with torch.autocast(device, dtype=torch.bfloat16):
            loss = _loss(cfm, batch)
        rate = learning_rate(step, training.peak_lr, training.warmup, training.steps)
        norm = clip_and_step(cfm, optimizer, loss, rate)
        trainee.ema.update(cfm)
        losses.append(loss.detach())
        frames += batch.frames
        seen += batch.frames
        if (step + 1) % training.log_every == 0:
            mean = float(torch.stack(losses).mean())
            speed = frames / (time.monotonic() - since)
            log.row(step + 1, loss=mean, grad_norm=norm, lr=rate, frames_per_second=speed, val_loss=val)
            bar.set_postfix(loss=f"{mean:.3f}", val=f"{val:.3f}", fps=f"{speed:.0f}")
            losses, frames, since = [], 0, time.monotonic()
        if (step + 1) % training.save_every == 0:
            val = validation_loss(cfm, batches, device)
            save(step + 1)
        if sampler is not None and (step + 1) % training.sample_every == 0:
            sampler(step + 1, trainee.ema)
    save(step + 1)
