"""The routes of other services' contracts, all together."""

from __future__ import annotations

from fastapi import APIRouter

from ishowtts.api import elevenlabs, openai_lists, openai_speech, original, original_chat, original_reference

router = APIRouter()
for part in (openai_speech, openai_lists, elevenlabs, original, original_chat, original_reference):
    router.include_router(part.router)
