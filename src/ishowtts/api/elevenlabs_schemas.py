"""What ElevenLabs' clients send, and what they expect back."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ishowtts.api.alignment import Alignment
from ishowtts.api.fields import Seed, Speed

_Lax = ConfigDict(extra="allow", strict=True, frozen=True, allow_inf_nan=False)


class VoiceTuning(BaseModel):
    """Of these only the speed does something: what a voice sounds like is in its clip."""

    model_config = _Lax

    speed: Speed = None


class ElevenLabsSpeech(BaseModel):
    """Fields that do nothing here are taken and named in X-Ignored-Fields."""

    model_config = ConfigDict(
        **_Lax,
        json_schema_extra={
            "examples": [
                {"text": "Hello, and welcome to the stream.", "model_id": "eleven_multilingual_v2"},
                {"text": "Quick now.", "voice_settings": {"stability": 0.5, "speed": 1.2}, "seed": 7},
            ]
        },
    )

    text: Annotated[str, Field(description="What to say. English, Chinese, or both.")]
    model_id: Annotated[
        Annotated[str, Field(max_length=256)] | None,
        Field(description="`eleven_…`, a name of GET /v1/models, or null: all mean the model of this server."),
    ] = None
    voice_settings: VoiceTuning | None = None
    seed: Seed = None
    apply_text_normalization: Annotated[
        Literal["auto", "on", "off"] | None,
        Field(description="`off`: the text is said as it is. `auto` and null are as in the server's settings."),
    ] = None

    @property
    def normalize(self) -> bool | None:
        return {"on": True, "off": False}.get(self.apply_text_normalization or "auto")

    def ignored(self) -> dict[str, Any]:
        inner = (self.voice_settings.model_extra if self.voice_settings else None) or {}
        return {**(self.model_extra or {}), **{f"voice_settings.{name}": value for name, value in inner.items()}}


class SpeechWithTimestamps(BaseModel):
    """A whole speech, or one line of a stream of them."""

    audio_base64: str
    alignment: Annotated[Alignment | None, Field(description="Of the text as it came.")]
    normalized_alignment: Annotated[Alignment | None, Field(description="Of the text as it was spoken.")]
    estimated: Annotated[bool, Field(description="Times are estimates.")] = True


class ElevenLabsVoice(BaseModel):
    voice_id: str
    name: str
    category: Literal["premade", "cloned"]
    description: str
    labels: dict[str, str]
    preview_url: None = None
    settings: None = None


class ElevenLabsVoices(BaseModel):
    voices: list[ElevenLabsVoice]
