"""The fields of the first iShowTTS on /api."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ishowtts.api.fields import (
    CfgStrength,
    CrossFadeDuration,
    FixDuration,
    NfeStep,
    Normalize,
    RemoveSilence,
    Speed,
    SwaySamplingCoef,
    TargetRms,
)
from ishowtts.synthesis.request import SEEDS

ENGINE: Literal["f5"] = "f5"
Engine = Literal["f5"]


class OriginalSpeech(BaseModel):
    """All but the text may be null or left out. Unknown fields are taken and named in X-Ignored-Fields."""

    model_config = ConfigDict(
        extra="allow",
        strict=True,
        frozen=True,
        allow_inf_nan=False,
        json_schema_extra={
            "examples": [{"text": "Hello, and welcome."}, {"text": "欢迎。", "voice_id": "xiaobei", "nfe_step": 7}]
        },
    )

    text: Annotated[str, Field(description="What to say. Longer than the limit is refused, never cut.")]
    voice_id: Annotated[str | None, Field(description="Null: the default voice of the text's language.")] = None
    engine: Annotated[Engine | None, Field(description="Of the voice; there is one.")] = None
    speed: Speed = None
    target_rms: TargetRms = None
    cross_fade_duration: CrossFadeDuration = None
    sway_sampling_coef: SwaySamplingCoef = None
    cfg_strength: CfgStrength = None
    nfe_step: NfeStep = None
    fix_duration: FixDuration = None
    remove_silence: RemoveSilence = None
    normalize: Normalize = None
    seed: Annotated[
        Annotated[int, Field(ge=0, lt=2**64)] | None,
        Field(description="The same seed gives the same sound. Of one over 32 bits the lower 32 count."),
    ] = None

    def wishes(self) -> dict[str, Any]:
        """What `synthesis.request.prepare` takes beside the text."""
        wishes = self.model_dump(exclude={"text", "voice_id", "engine", *(self.model_extra or {})})
        seed = None if self.seed is None else self.seed % SEEDS
        return {**wishes, "voice": self.voice_id, "seed": seed}


class OriginalSpoken(BaseModel):
    request_id: str
    voice_id: str
    engine: Engine = ENGINE
    engine_label: str
    sample_rate: int
    audio_base64: str
    waveform_len: Annotated[int, Field(description="Samples.")]
    format: Literal["audio/wav"] = "audio/wav"
    seed: Annotated[int, Field(description="The one used.")]


class OriginalVoice(BaseModel):
    id: str
    engine: Engine = ENGINE
    engine_label: str
    language: str
    reference_text: str


class OriginalHealth(BaseModel):
    status: Literal["ok"] = "ok"
    voices: int
    default_voice: str


class OriginalReference(BaseModel):
    voice_id: str
    engine: Engine = ENGINE
    engine_label: str
    language: str
    active_reference_text: str
    baseline_reference_text: str
    override_reference_text: str | None
    baseline_audio_available: Literal[True] = True
    override_audio_available: bool
    override_updated_at: Annotated[str | None, Field(description="ISO 8601.")]
