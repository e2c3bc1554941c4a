"""What OpenAI's clients send to /v1, and what they expect back."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ishowtts.api.fields import (
    CfgStrength,
    CrossFadeDuration,
    FixDuration,
    NfeStep,
    Normalize,
    RemoveSilence,
    Seed,
    Speed,
    SwaySamplingCoef,
    TargetRms,
)
from ishowtts.api.timestamps import Timestamps
from ishowtts.audio.encode import Format

MAX_INPUT = 4096
_OURS = frozenset(
    (
        "nfe_step",
        "cfg_strength",
        "sway_sampling_coef",
        "speed",
        "seed",
        "cross_fade_duration",
        "target_rms",
        "fix_duration",
        "remove_silence",
        "normalize",
    )
)


def language_of(value: object) -> object:
    """`en-US` and `zh_CN` as the languages they are of."""
    return value.replace("_", "-").partition("-")[0].lower() if isinstance(value, str) else value


class VoiceRef(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    id: Annotated[str, Field(max_length=128)]


class OpenAISpeech(BaseModel):
    """OpenAI's fields, then ours. Fields of other servers are taken and named in X-Ignored-Fields."""

    model_config = ConfigDict(
        extra="allow",
        strict=True,
        frozen=True,
        allow_inf_nan=False,
        json_schema_extra={
            "examples": [
                {"model": "tts-1", "voice": "alloy", "input": "Hello, and welcome to the stream."},
                {"model": "tts-1", "voice": "heart", "input": "Two sentences. As events.", "stream_format": "sse"},
            ]
        },
    )

    input: Annotated[str, Field(max_length=MAX_INPUT, description="What to say. English, Chinese, or both.")]
    model: Annotated[
        Annotated[str, Field(max_length=256)] | None,
        Field(description="`tts-1`, `tts-1-hd`, `gpt-4o-mini-tts` or the name of this server's model: all mean that."),
    ] = None
    voice: Annotated[
        Annotated[str, Field(max_length=128)] | VoiceRef | None,
        Field(description="An id of GET /v1/audio/voices, or a name of OpenAI's. Null: the default voice."),
    ] = None
    response_format: Annotated[Format | None, Field(description="Null: `mp3`. `pcm` is 24 kHz s16le mono.")] = None
    speed: Speed = None
    instructions: Annotated[
        Annotated[str, Field(max_length=MAX_INPUT)] | None, Field(description="Taken, and ignored.")
    ] = None
    stream_format: Annotated[
        Literal["audio", "sse"] | None,
        Field(
            description="`audio`, the default: the file. `sse`: events `speech.audio.delta` and `speech.audio.done`."
        ),
    ] = None
    stream: Annotated[
        bool | None, Field(description="Ours. False: the whole file at once, with its length. Else it comes as made.")
    ] = None
    language: Annotated[
        Literal["en", "zh"] | None,
        BeforeValidator(language_of),
        Field(description="Ours. Whose voice speaks where none of ours is named. Null: as the text looks."),
    ] = None
    seed: Seed = None
    nfe_step: NfeStep = None
    cfg_strength: CfgStrength = None
    sway_sampling_coef: SwaySamplingCoef = None
    cross_fade_duration: CrossFadeDuration = None
    target_rms: TargetRms = None
    fix_duration: FixDuration = None
    remove_silence: RemoveSilence = None
    normalize: Normalize = None
    timestamps: Timestamps = None

    @property
    def voice_name(self) -> str | None:
        return self.voice.id if isinstance(self.voice, VoiceRef) else self.voice

    def wishes(self) -> dict[str, Any]:
        """What `synthesis.request.prepare` takes beside the text and the voice."""
        return self.model_dump(include=set(_OURS))

    def ignored(self) -> dict[str, Any]:
        return {**(self.model_extra or {}), "instructions": self.instructions}


class OpenAIModel(BaseModel):
    id: str
    object: Literal["model"] = "model"
    created: Annotated[int, Field(description="Not known: 0.")] = 0
    owned_by: str = "ishowtts"
    license: Annotated[str, Field(description="Of the weights.")]
    languages: list[str]
    alias_of: Annotated[str | None, Field(description="The model that speaks, where this is a name of OpenAI's.")] = (
        None
    )


class OpenAIModelList(BaseModel):
    object: Literal["list"] = "list"
    data: list[OpenAIModel]


class SpeechModelName(BaseModel):
    id: str


class SpeechModels(BaseModel):
    models: list[SpeechModelName]


class OpenAIVoice(BaseModel):
    id: str
    name: str
    language: str
    description: str
    license: str


class OpenAIVoices(BaseModel):
    voices: list[OpenAIVoice]
