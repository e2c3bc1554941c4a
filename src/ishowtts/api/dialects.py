"""The one error body, told as the clients of each contract look for it: by the path of the request."""

from __future__ import annotations

from typing import Any

from ishowtts.errors import BodyTooLarge, SpeechError

OPENAI = "/v1/"
ELEVENLABS = ("/v1/text-to-speech", "/v1/voices")


def told(error: SpeechError, path: str) -> tuple[int, dict[str, Any]]:
    """Status and body of `error` for a request to `path`."""
    if path.startswith(ELEVENLABS):
        # Their clients show `detail` as it is, and read `detail.status` and `detail.message`.
        return error.status, {**error.body(), "detail": {"status": error.code, "message": error.message}}
    if path.startswith(OPENAI) and error.status in (413, 422) and not isinstance(error, BodyTooLarge):
        return 400, error.body()
    return error.status, error.body()
