"""What an answer with sound says in its headers."""

from __future__ import annotations

from ishowtts.audio.encode import Encoding, Format
from ishowtts.synthesis.request import SpeechRequest
from ishowtts.synthesis.speak import Speech

MEDIA_TYPES: dict[Format, str] = {
    "wav": "audio/wav",
    "pcm": "audio/pcm;rate={rate};channels=1",
    "mp3": "audio/mpeg",
    "opus": "audio/ogg; codecs=opus",
    "flac": "audio/flac",
    "aac": "audio/aac",
}


def media_type(format: Format | Encoding, sample_rate: int) -> str:
    """`sample_rate` is of the speech: an encoding may have one of its own."""
    encoding = format if isinstance(format, Encoding) else Encoding(format)
    return MEDIA_TYPES[encoding.format].format(rate=encoding.sample_rate or sample_rate)


def early_headers(request: SpeechRequest, speech: Speech) -> dict[str, str]:
    """Known when the first chunk is there."""
    return {
        "X-Seed": str(request.sampling.seed),
        "X-NFE-Step": str(request.sampling.nfe_step),
        "X-Voice": request.voice.id,
        "X-Cache": speech.cache,
        "Server-Timing": _timing(queue=speech.queue_seconds, first=speech.first_audio_seconds),
        "Cache-Control": "no-store",
    }


def whole_headers(request: SpeechRequest, speech: Speech) -> dict[str, str]:
    """Known when all of it is there."""
    timing = _timing(queue=speech.queue_seconds, synth=speech.synthesis_seconds, total=speech.total_seconds)
    return {
        **early_headers(request, speech),
        "X-Audio-Duration": f"{speech.audio_seconds:.3f}",
        "X-RTF": f"{speech.rtf:.4f}",
        "X-Unspoken": str(speech.unspoken),
        "X-Retakes": str(speech.retakes),
        "Server-Timing": timing,
    }


def _timing(**seconds: float) -> str:
    return ", ".join(f"{name};dur={1000 * value:.1f}" for name, value in seconds.items())
