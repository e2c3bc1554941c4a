"""GET /v1/models and /v1/audio/…: what OpenAI's clients, and those who imitate them, look up first."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request

from ishowtts.api.caller import needs
from ishowtts.api.describe import error_docs
from ishowtts.api.names import OPENAI_MODELS, check_model
from ishowtts.api.openai_schemas import (
    OpenAIModel,
    OpenAIModelList,
    OpenAIVoice,
    OpenAIVoices,
    SpeechModelName,
    SpeechModels,
)
from ishowtts.api.services import Services, services
from ishowtts.engine.catalog import CATALOG

router = APIRouter(prefix="/v1", tags=["OpenAI"])

UNKNOWN_LICENSE = "of the checkpoint you name"


@router.get("/models", responses=error_docs(401, 403))
@needs("synthesise")
async def models(request: Request) -> OpenAIModelList:
    """The model of this server, with the licence of its weights, and OpenAI's names for it."""
    parts = services(request)
    return OpenAIModelList(data=[_model(parts, name) for name in _names(parts)])


@router.get("/models/{model:path}", responses=error_docs(401, 403, 404))
@needs("synthesise")
async def model(request: Request, model: str) -> OpenAIModel:
    """The model, by one of its names."""
    parts = services(request)
    check_model(model, parts.settings.model.name)
    return _model(parts, model)


@router.get("/audio/models", responses=error_docs(401, 403))
@needs("synthesise")
async def speech_models(request: Request) -> SpeechModels:
    """Names of the model: where Open WebUI looks for them."""
    return SpeechModels(models=[SpeechModelName(id=name) for name in _names(services(request))])


@router.get("/audio/voices", responses=error_docs(401, 403))
@needs("synthesise")
async def speech_voices(request: Request) -> OpenAIVoices:
    """Every voice of this server. OpenAI's own names are understood as well."""
    return OpenAIVoices(
        voices=[
            OpenAIVoice(
                id=voice.id,
                name=voice.name,
                language=voice.language,
                description=voice.description,
                license=voice.license,
            )
            for voice in services(request).library.list()
        ]
    )


def _names(parts: Services) -> list[str]:
    return [parts.settings.model.name, *OPENAI_MODELS]


def _model(parts: Services, name: str) -> OpenAIModel:
    ours = parts.settings.model.name
    card = CATALOG.get(ours)
    # What the engine says of the weights it has loaded comes first.
    license = parts.worker.status().info.get("license") or (card.license if card else UNKNOWN_LICENSE)
    languages = list(card.languages) if card else []
    return OpenAIModel(id=name, license=str(license), languages=languages, alias_of=None if name == ours else ours)
