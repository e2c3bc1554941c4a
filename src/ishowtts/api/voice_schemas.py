"""What is told of one voice, and of a clip that was refused."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from ishowtts.api.schemas import ErrorDetail, VoiceInfo
from ishowtts.voices.library import VoiceLibrary
from ishowtts.voices.quality import Quality
from ishowtts.voices.voice import Voice


class Reason(BaseModel):
    code: Annotated[
        str,
        Field(
            description="too_short, too_long, long, no_speech, little_speech, silence, clipped, noisy, narrow_band, "
            "quiet."
        ),
    ]
    message: str


class UploadInfo(BaseModel):
    """Figures are of the clip as it came, but for loudness and peak: those are of the clip as it is kept."""

    at: Annotated[str, Field(description="When it was uploaded, ISO 8601.")]
    transcribed: Annotated[bool, Field(description="Its text was written down by a machine.")]
    loudness_lufs: float
    true_peak_dbtp: float
    quality: Quality
    warnings: Annotated[list[Reason], Field(description="What could be better about the clip; often nothing.")]


class VoiceDetails(VoiceInfo):
    overrides: Annotated[
        str | None, Field(description="Source of the voice that comes back when this upload is removed.")
    ]
    audio: Annotated[str, Field(description="Path of the reference clip.")]
    upload: Annotated[UploadInfo | None, Field(description="Of an uploaded voice.")]


class Removed(BaseModel):
    removed: Annotated[str, Field(description="The id.")]
    now: Annotated[VoiceDetails | None, Field(description="The voice that has this id now; null: none.")]


class RefusedClip(ErrorDetail):
    """`code` is `unusable_reference`."""

    reasons: Annotated[list[Reason], Field(default_factory=list, description="All that is wrong with the clip.")]


class RefusedClipBody(BaseModel):
    """The one body of every error, with the reasons where a clip was refused for its sound."""

    error: RefusedClip


def info(voice: Voice) -> VoiceInfo:
    return VoiceInfo(
        id=voice.id,
        name=voice.name,
        language=voice.language,
        source=voice.source,
        description=voice.description,
        text=voice.text,
        license=voice.license,
        synthetic=voice.synthetic,
    )


def details(voice: Voice, library: VoiceLibrary) -> VoiceDetails:
    beneath = library.beneath(voice.id) if voice.source == "upload" else None
    return VoiceDetails(
        **info(voice).model_dump(),
        overrides=beneath.source if beneath else None,
        audio=f"/voices/{voice.id}/audio",
        upload=_upload(voice),
    )


def _upload(voice: Voice) -> UploadInfo | None:
    known = voice.upload
    if known is None:
        return None
    return UploadInfo(
        at=known.at,
        transcribed=known.transcribed,
        loudness_lufs=known.loudness_lufs,
        true_peak_dbtp=known.true_peak_dbtp,
        quality=known.quality,
        warnings=[Reason(code=finding.code, message=finding.message) for finding in voice.warnings],
    )
