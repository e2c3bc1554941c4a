from __future__ import annotations

import pytest

from ishowtts.api.dialects import told
from ishowtts.errors import BodyTooLarge, InvalidRequest, QueueFull, SpeechError, TextTooLong, VoiceNotFound


@pytest.mark.parametrize(
    ("error", "path", "status"),
    [
        (InvalidRequest("a"), "/tts", 422),
        (InvalidRequest("a"), "/v1/audio/speech", 400),
        (TextTooLong("a"), "/v1/audio/speech", 400),
        (BodyTooLarge("a"), "/v1/audio/speech", 413),
        (VoiceNotFound("a"), "/v1/audio/speech", 404),
        (QueueFull("a"), "/v1/audio/speech", 429),
        (InvalidRequest("a"), "/v1/text-to-speech/ann", 422),
    ],
)
def test_status_by_contract(error: SpeechError, path: str, status: int) -> None:
    assert told(error, path)[0] == status


def test_clients_of_elevenlabs_find_their_detail_beside_our_error() -> None:
    error = VoiceNotFound("none", param="voice")
    _, body = told(error, "/v1/text-to-speech/x/stream")
    assert body == {**error.body(), "detail": {"status": "voice_not_found", "message": "none"}}
    assert told(error, "/tts")[1] == told(error, "/v1/audio/speech")[1] == error.body()
