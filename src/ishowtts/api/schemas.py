"""The fields of a speech request, and the bodies of answers, as pydantic models: they check, and they make /docs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from ishowtts.api.fields import (
    CfgStrength,
    CrossFadeDuration,
    FixDuration,
    NfeStep,
    Normalize,
    Pauses,
    RemoveSilence,
    Seed,
    Speed,
    SwaySamplingCoef,
    TargetRms,
)
from ishowtts.api.timestamps import Timestamps
from ishowtts.audio.encode import Format
from ishowtts.priority import Priority

Name = Annotated[str, Field(min_length=1, max_length=64)]


def _stream_word(value: object) -> object:
    return "sse" if value is True else value


class SpeechBody(BaseModel):
    """A text, and how to say it. What is null or left out is as in the server's settings."""

    # Strict: a number in quotes or `true` for 1 is a mistake worth telling. Query strings are parsed all the same.
    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        allow_inf_nan=False,
        json_schema_extra={
            "examples": [
                {"text": "Hello, and welcome to the stream."},
                {"text": "欢迎来到直播间。", "voice": "xiaobei", "speed": 1.1, "seed": 7},
                {"text": "One sentence. Then another one.", "stream": "sse", "timestamps": "word"},
            ]
        },
    )

    text: Annotated[str, Field(description="What to say. English, Chinese, or both.")]
    voice: Annotated[
        str | None, Field(description="A voice id of GET /voices. Null: the default voice of the text's language.")
    ] = None
    nfe_step: NfeStep = None
    cfg_strength: CfgStrength = None
    sway_sampling_coef: SwaySamplingCoef = None
    speed: Speed = None
    seed: Seed = None
    cross_fade_duration: CrossFadeDuration = None
    target_rms: TargetRms = None
    fix_duration: FixDuration = None
    remove_silence: RemoveSilence = None
    normalize: Normalize = None
    pauses: Pauses = None
    room: Annotated[
        Name | None,
        Field(description="The room, stream or channel this is for: the rooms of one client take fair turns."),
    ] = None
    user: Annotated[
        Name | None,
        Field(description="Whose message this is: a user can be limited, and what was asked for be taken back."),
    ] = None
    priority: Annotated[
        Priority | None, Field(description="`high` goes before `normal` (the default), that before `low`.")
    ] = None
    format: Annotated[
        Format | None,
        Field(
            description="Of a file: `wav` (the default), `mp3`, `opus` (in Ogg), `flac`, `aac` (ADTS), or `pcm`: "
            "16-bit little-endian samples without a header. Events always carry PCM."
        ),
    ] = None
    stream: Annotated[
        Literal[False, "sse", "audio"] | None,
        BeforeValidator(_stream_word),
        WithJsonSchema({"enum": ["sse", "audio", True, False, None]}),
        Field(
            description="`sse`, or true: events `meta`, `audio`…, `done`. `audio`: the file itself, as it is made. "
            "False, the default: the whole file."
        ),
    ] = None

    timestamps: Timestamps = None

    def wishes(self) -> dict[str, Any]:
        """All that `synthesis.request.prepare` takes beside the text."""
        return self.model_dump(exclude={"text", "format", "stream", "timestamps"})


class ErrorDetail(BaseModel):
    message: str
    type: str
    code: str
    param: str | None


class ErrorBody(BaseModel):
    """The one body of every error."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "error": {
                        "message": "`speed` should be less than or equal to 4.",
                        "type": "invalid_request_error",
                        "code": "invalid_value",
                        "param": "speed",
                    }
                }
            ]
        }
    )

    error: ErrorDetail


class VoiceInfo(BaseModel):
    id: str
    name: str
    language: str
    source: Annotated[str, Field(description="built-in, config, folder or upload")]
    description: str
    text: Annotated[str, Field(description="What is said in the reference clip.")]
    license: str
    synthetic: bool


class VoiceList(BaseModel):
    voices: list[VoiceInfo]
    default: Annotated[
        dict[str, str], Field(description="Language to the id of the voice used when none is asked for.")
    ]


class Health(BaseModel):
    status: Literal["ok"] = "ok"


class QueueInfo(BaseModel):
    queued: int
    running: int
    max_jobs: int


class Readiness(BaseModel):
    """`reason` is there while the server cannot speak; `engine` says how the model runs, compiled or why not."""

    status: Literal["starting", "loading", "ready", "restarting", "draining", "stopped", "failed"]
    stage: str
    progress: Annotated[float, Field(ge=0, le=1)]
    reason: str | None
    engine: dict[str, Any]
    queue: QueueInfo
    restarts: int
    voices: int


class VersionInfo(BaseModel):
    name: str
    version: str
    python: str
    engine: dict[str, Any]
