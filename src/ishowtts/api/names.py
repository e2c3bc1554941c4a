"""Names of other services' voices and models to ours, and of our fields to theirs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from ishowtts.api.services import Services
from ishowtts.errors import ModelNotFound, SpeechError
from ishowtts.settings import Language, OpenAIVoiceSettings
from ishowtts.text.language import dominant_language

OPENAI_MODELS = ("gpt-4o-mini-tts", "tts-1", "tts-1-hd")
IGNORED_HEADER = "X-Ignored-Fields"

_DATED = re.compile(r"-(\d{4}|\d{4}-\d\d-\d\d)\Z")
_SHOWABLE = re.compile(r"[A-Za-z0-9_.-]{1,64}\Z")
_MOST_SHOWN = 16


def check_model(name: str | None, ours: str, others: Iterable[str] = OPENAI_MODELS, *, param: str = "model") -> None:
    """Any of `others` stands for the one model of this server, dated or not. Raises `ModelNotFound`."""
    if name is None or name == ours or _DATED.sub("", name) in others:
        return
    raise ModelNotFound(f"This server speaks with {ours}; {', '.join(others)} stand for it as well.", param=param)


def voice_for(parts: Services, name: str | None, text: str, language: Language | None) -> str | None:
    """The id meant by `name`, which may be a voice of OpenAI's; None where the language of the text is to decide."""
    defaults = parts.settings.synthesis.default_voice
    if name is None:
        return defaults[language] if language else None
    known = {voice.id for voice in parts.library.list()}
    if name in known or name not in OpenAIVoiceSettings.model_fields:
        return name
    spoken = language or dominant_language(text)
    meant: str = getattr(parts.settings.openai_voices, name)[spoken]
    return meant if meant in known else defaults[spoken]


def ignored(fields: Mapping[str, object] | None) -> dict[str, str]:
    """The header that names fields which were taken but do nothing; none for those left empty."""
    given = (name for name, value in (fields or {}).items() if value is not None and value != "")
    shown = sorted(name for name in given if _SHOWABLE.match(name))[:_MOST_SHOWN]
    return {IGNORED_HEADER: ", ".join(shown)} if shown else {}


def renamed(error: SpeechError, names: Mapping[str, str]) -> SpeechError:
    """The same error, told with the field name of another contract."""
    name = names.get(error.param or "")
    if name is None:
        return error
    message = error.message.replace(f"`{error.param}`", f"`{name}`")
    return type(error)(message, param=name, retry_after=error.retry_after)


@contextmanager
def fields_named(names: Mapping[str, str]) -> Iterator[None]:
    """Errors from inside name the fields as `names` has them."""
    try:
        yield
    except SpeechError as error:
        raise renamed(error, names) from None
