"""The models known by name: shape, languages, licence of the weights, and where they come from. Torch-free.

Shapes are those of the configuration files that upstream ships with `f5_tts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

ASSETS = Path(__file__).parent.parent / "assets"
F5_MINI = ASSETS / "f5-mini"
VOCOS = "hf://charactr/vocos-mel-24khz"

_V1 = {"text_dim": 512, "conv_layers": 4, "ff_mult": 2, "text_mask_padding": True, "pe_attn_head": None}
_V0 = {**_V1, "text_mask_padding": False, "pe_attn_head": 1}
_BASE = {"dim": 1024, "depth": 22, "heads": 16}
_SMALL = {"dim": 768, "depth": 18, "heads": 12}
_E2 = {"ff_mult": 4, "text_mask_padding": False, "pe_attn_head": 1}


@dataclass(frozen=True)
class Architecture:
    """Arguments of an upstream backbone class and the tokenizer it was trained with."""

    backbone: Literal["DiT", "UNetT"]
    arguments: dict[str, Any]
    tokenizer: Literal["pinyin", "char", "aligned"] = "pinyin"


ARCHITECTURES: dict[str, Architecture] = {
    "F5TTS_v1_Base": Architecture("DiT", {**_BASE, **_V1}),
    "F5TTS_Base": Architecture("DiT", {**_BASE, **_V0}),
    "F5TTS_v1_Small": Architecture("DiT", {**_SMALL, **_V1}, "char"),
    "F5TTS_Small": Architecture("DiT", {**_SMALL, **_V0}),
    "E2TTS_Base": Architecture("UNetT", {"dim": 1024, "depth": 24, "heads": 16, **_E2}),
    "E2TTS_Small": Architecture("UNetT", {"dim": 768, "depth": 20, "heads": 12, **_E2}),
}


@dataclass(frozen=True)
class ModelCard:
    """What `ishowtts models` shows. `source` is the default checkpoint; None where the user must name one."""

    name: str
    architecture: str
    parameters: str
    languages: tuple[str, ...]
    license: str
    source: str | None
    embedded: bool = False


_NC = "CC-BY-NC-4.0"
CATALOG: dict[str, ModelCard] = {
    card.name: card
    for card in (
        ModelCard("f5-mini", "f5-mini", "9 M", ("en", "zh"), "MIT", str(F5_MINI), embedded=True),
        ModelCard(
            "F5TTS_v1_Base",
            "F5TTS_v1_Base",
            "337 M",
            ("en", "zh"),
            _NC,
            "hf://SWivid/F5-TTS/F5TTS_v1_Base/model_1250000.safetensors",
        ),
        ModelCard(
            "F5TTS_Base",
            "F5TTS_Base",
            "337 M",
            ("en", "zh"),
            _NC,
            "hf://SWivid/F5-TTS/F5TTS_Base/model_1200000.safetensors",
        ),
        ModelCard("F5TTS_v1_Small", "F5TTS_v1_Small", "159 M", (), "of the checkpoint you name", None),
        ModelCard("F5TTS_Small", "F5TTS_Small", "159 M", (), "of the checkpoint you name", None),
        ModelCard(
            "E2TTS_Base",
            "E2TTS_Base",
            "333 M",
            ("en", "zh"),
            _NC,
            "hf://SWivid/E2-TTS/E2TTS_Base/model_1200000.safetensors",
        ),
        ModelCard("E2TTS_Small", "E2TTS_Small", "157 M", (), "of the checkpoint you name", None),
    )
}
