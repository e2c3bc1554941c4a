"""Training runs → the bundle that the engine loads: fp16 weights, sizes, front end, vocabulary, provenance."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from ishowtts.engine.griffin_lim import Refinement


def export(dit_run: Path, vocoder_run: Path, durations_run: Path, out: Path) -> dict[str, Any]:
    """Write `model`, `vocos` and `durations` (.safetensors), `config.json` and `vocab.txt` to `out`; returns the
    configuration. The moving averages are exported, not the last weights. A model of characters needs no durations,
    and `durations_run` is not read."""
    out.mkdir(parents=True, exist_ok=True)
    dit, vocoder = _last(dit_run), _last(vocoder_run)
    frontend = dit.get("frontend", "aligned")
    model = {k: v for k, v in dit["ema"].items() if k.startswith("transformer.") and not _derived(k)}
    vocos = {k: v for k, v in vocoder["ema"].items() if not k.startswith("feature_extractor.") and not _derived(k)}
    save_file(_half(model), out / "model.safetensors")
    save_file(_half(vocos), out / "vocos.safetensors")
    config = {
        "frontend": frontend,
        "architecture": {**dit["shape"], "dropout": 0.0},
        "mel_norm": dit["mel_norm"],
        "vocoder": {
            "shape": vocoder["shape"],
            "mel_floor": vocoder["mel_floor"],
            "griffin_lim": asdict(Refinement()),
        },
    }
    steps = {"steps": dit["step"], "vocoder_steps": vocoder["step"]}
    if frontend == "aligned":
        durations = _last(durations_run)
        save_file(_half(durations["ema"]), out / "durations.safetensors")
        config["durations"], steps["durations_steps"] = durations["shape"], durations["step"]
    config["training"] = steps
    for weights in out.glob("*.safetensors"):
        weights.chmod(0o644)  # save_file leaves them readable by their owner alone
    (out / "vocab.txt").write_text("".join(f"{symbol}\n" for symbol in dit["vocab"]), encoding="utf-8", newline="\n")
    (out / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    return config


def _last(run: Path) -> dict[str, Any]:
    saved: dict[str, Any] = torch.load(run / "last.pt", map_location="cpu", weights_only=True)
    return saved


def _half(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {k.removeprefix("transformer."): v.half().contiguous() for k, v in tensors.items()}


def _derived(name: str) -> bool:
    """Tables that the classes compute themselves."""
    return name.endswith(("rotary_embed.inv_freq", "freqs_cis", "istft.window"))
