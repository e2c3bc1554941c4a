"""What is noted of a speech: for the log, for metrics and for traces."""

from __future__ import annotations

from ishowtts.api.access_log import Access
from ishowtts.synthesis.request import SpeechRequest
from ishowtts.synthesis.speak import Speaking


def note_request(record: Access, request: SpeechRequest) -> None:
    record.details |= {"voice": request.voice.id, "chars": request.characters}


def note_speech(record: Access, speaking: Speaking, outcome: str) -> None:
    speech = record.speech = speaking.speech
    record.made = speaking.made
    record.outcome = outcome
    record.details |= {
        "audio_s": round(speech.audio_seconds, 2),
        "queue_ms": round(1000 * speech.queue_seconds),
        "ttfa_ms": round(1000 * speech.first_audio_seconds),
        "rtf": round(speech.rtf, 3),
    }
    if record.made:
        record.details["batch"] = round(sum(made.batch for made in record.made) / len(record.made), 1)
    record.details["cache"] = speech.cache
