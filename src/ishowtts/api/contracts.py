"""The routes of other services' contracts, all together."""

from __future__ import annotations

from fastapi import APIRouter

from ishowtts.api import (
    elevenlabs,
    openai_lists,
    openai_speech,
    original,
    original_chat,
    original_reference,
    original_stream,
    speaker,
)

router = APIRouter()
for part in (openai_speech, openai_lists, elevenlabs, original, original_reference, original_chat, original_stream,
             speaker):  # fmt: skip
    router.include_router(part.router)
