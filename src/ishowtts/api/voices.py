"""GET /voices: who can speak."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request

from ishowtts.api.caller import needs
from ishowtts.api.schemas import VoiceInfo, VoiceList
from ishowtts.api.services import services

router = APIRouter(tags=["voices"])


@router.get("/voices")
@needs("synthesise")
async def voices(request: Request) -> VoiceList:
    """Every voice, and which one speaks each language when none is asked for."""
    parts = services(request)
    known = parts.library.list()
    ids = {voice.id for voice in known}
    return VoiceList(
        voices=[
            VoiceInfo(
                id=voice.id,
                name=voice.name,
                language=voice.language,
                source=voice.source,
                description=voice.description,
                text=voice.text,
                license=voice.license,
                synthetic=voice.synthetic,
            )
            for voice in known
        ],
        default={lang: id for lang, id in parts.settings.synthesis.default_voice.items() if id in ids},
    )
