"""Every setting: its type, range and default. `config/ishowtts.toml` says the same in prose; a test compares them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from ishowtts.priority import Priority
from ishowtts.settings.chat_sources import ROOM, ChatSource
from ishowtts.settings.hosts import place_of
from ishowtts.voice_id import VoiceId

Language = Literal["en", "zh"]
AnyPath = Annotated[Path, Field(strict=False), BeforeValidator(lambda value: _non_empty(value))]
Text = Annotated[str, Field(min_length=1)]
KeyScope = Literal["synthesise", "voices", "danmaku", "overlay", "admin"]
KEY_NAME = r"^[a-z0-9_-]{1,64}$"
KEY_PREFIX = "ishowtts_"
Word = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(lambda value: _trimmed(value))]
Spoken = Annotated[str, Field(max_length=200)]
PerMinute = Annotated[int, Field(ge=0, le=10_000_000)]

HostName = Annotated[str, AfterValidator(lambda value: _host_name(value))]
Origin = Annotated[str, AfterValidator(lambda value: _origin(value))]
_ORIGIN = re.compile(r"\*|null|[a-z][a-z0-9+.-]*://[^\s/?#@,*]+")
_SHA256 = re.compile(r"[0-9A-Fa-f]{64}")
_DEFAULT_VOICE: dict[Language, VoiceId] = {"en": "heart", "zh": "xiaobei"}


def _non_empty(value: object) -> object:
    if isinstance(value, str) and (not value.strip() or "\0" in value):
        raise ValueError("a path must not be empty or hold a NUL character")
    return value


def _trimmed(value: str) -> str:
    if value != value.strip() or not value:
        raise ValueError("a word of the lexicon must not begin or end with a space")
    return value


def _none_or_six(value: int) -> int:
    if 0 < value < 6:
        raise ValueError("below 6 steps speech falls apart: use 0 (never) or 6 to 64")
    return value


def _host_name(value: str) -> str:
    place = place_of(value) or place_of(f"[{value}]")
    if place is None or place.port is not None:
        raise ValueError("expected a host name, such as tts.example.org (no port, no http://)")
    return place.name


def _origin(value: str) -> str:
    lower = value.lower()
    if not _ORIGIN.fullmatch(lower):
        raise ValueError("expected an origin, such as https://example.org or http://localhost:3000 (no path), or null")
    # Browsers leave the usual port out.
    usual = {"http://": ":80", "https://": ":443"}.get(lower.partition("//")[0] + "//", "\0")
    return lower.removesuffix(usual)


def _is_plain(value: object) -> bool:
    return isinstance(value, str) and value.strip().lower().startswith(KEY_PREFIX)


def _refuse_twins(what: str, values: list[str]) -> None:
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise ValueError(f"more than one key has the {what} {', '.join(twice)}")


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


class _Section(BaseModel):
    """Strict, so that `port = "80"` or `insecure = 1` in a file is told rather than guessed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, validate_default=True)


class ServerSettings(_Section):
    """The HTTP server."""

    host: Annotated[str, Field(pattern=r"^[^\s/@]+$")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 27121
    insecure: bool = False
    allowed_hosts: Annotated[list[HostName], Field(max_length=100)] = []
    allowed_origins: Annotated[list[Origin], Field(max_length=100)] = []
    max_text_chars: Annotated[int, Field(ge=1, le=100_000)] = 5000
    max_body_bytes: Annotated[int, Field(ge=1024, le=67_108_864)] = 262_144
    max_header_bytes: Annotated[int, Field(ge=1024, le=1_048_576)] = 32_768
    header_timeout: Annotated[float, Field(ge=0.1, le=3600)] = 10.0
    keep_alive_timeout: Annotated[int, Field(ge=1, le=3600)] = 5
    max_connections: Annotated[int, Field(ge=1, le=65_536)] = 512
    request_timeout: Annotated[float, Field(ge=0.1, le=3600)] = 120.0
    sse_send_timeout: Annotated[float, Field(ge=0.1, le=3600)] = 10.0
    drain_timeout: Annotated[float, Field(ge=0, le=3600)] = 10.0
    access_log: bool = True


class ModelSettings(_Section):
    """Which weights, where and how precisely they run."""

    name: Text = "f5-mini"
    checkpoint: Text | None = None
    vocab: Text | None = None
    vocoder: Text | None = None
    architecture: Text | None = None
    device: Annotated[str, Field(pattern=r"^(auto|cpu|mps|cuda(:[0-9]{1,2})?)$")] = "auto"
    dtype: Literal["auto", "fp32", "fp16", "bf16"] = "auto"
    threads: Annotated[int, Field(ge=0, le=1024)] = 0
    longest_prompt: Annotated[float, Field(ge=0, le=30)] = 0.0
    backend: Literal["auto", "flow", "upstream"] = "auto"
    compile: bool = True
    warm_up: bool = True


class SynthesisSettings(_Section):
    """Defaults of a request; all but the segment lengths and `default_voice` can be set per request."""

    nfe_step: Annotated[int, Field(ge=1, le=64)] = 7
    busy_nfe_step: Annotated[int, Field(ge=0, le=64), AfterValidator(_none_or_six)] = 0
    cfg_strength: Annotated[float, Field(ge=0, le=10)] = 2.0
    cfg_until: Annotated[float, Field(ge=0, le=1)] = 1.0
    sway_sampling_coef: Annotated[float, Field(ge=-1, le=1)] = -1.0
    speed: Annotated[float, Field(ge=0.25, le=4)] = 1.0
    cross_fade_duration: Annotated[float, Field(ge=0, le=0.5)] = 0.015
    target_rms: Annotated[float, Field(ge=0, le=0.5)] = 0.1
    remove_silence: bool = False
    first_segment_seconds: Annotated[float, Field(ge=0.5, le=30)] = 3.0
    max_segment_seconds: Annotated[float, Field(ge=1, le=30)] = 6.5
    default_voice: dict[Language, VoiceId] = _DEFAULT_VOICE

    @field_validator("default_voice")
    @classmethod
    def _every_language(cls, value: dict[Language, VoiceId]) -> dict[Language, VoiceId]:
        return {**_DEFAULT_VOICE, **value}

    @model_validator(mode="after")
    def _first_is_shorter(self) -> Self:
        if self.first_segment_seconds > self.max_segment_seconds:
            raise ValueError(
                f"first_segment_seconds ({self.first_segment_seconds:g}) must not be more than "
                f"max_segment_seconds ({self.max_segment_seconds:g})"
            )
        return self


class TextSettings(_Section):
    """How a text is read aloud: what of it is said otherwise than it is written."""

    normalize: bool = True
    links: Literal["skip", "host", "spell"] = "host"
    emoji: Literal["skip", "name"] = "skip"
    slang: bool = True
    lexicon: Annotated[dict[Word, Spoken], Field(max_length=1000)] = {}

    @field_validator("lexicon")
    @classmethod
    def _distinct(cls, value: dict[str, str]) -> dict[str, str]:
        folded = [word.casefold() for word in value]
        twice = sorted({word for word in folded if folded.count(word) > 1})
        if twice:
            raise ValueError(f"more than one entry for {', '.join(twice)}: small and capital letters are the same")
        return value


def _by_language(en: str, zh: str) -> dict[Language, VoiceId]:
    return {"en": en, "zh": zh}


class OpenAIVoiceSettings(_Section):
    """Whom OpenAI's voice names stand for on /v1, by the language of the text."""

    alloy: dict[Language, VoiceId] = _by_language("heart", "xiaobei")
    ash: dict[Language, VoiceId] = _by_language("fenrir", "yunjian")
    ballad: dict[Language, VoiceId] = _by_language("george", "yunxi")
    cedar: dict[Language, VoiceId] = _by_language("michael", "yunjian")
    coral: dict[Language, VoiceId] = _by_language("bella", "xiaoxiao")
    echo: dict[Language, VoiceId] = _by_language("michael", "yunxi")
    fable: dict[Language, VoiceId] = _by_language("george", "yunxi")
    marin: dict[Language, VoiceId] = _by_language("emma", "xiaoxiao")
    nova: dict[Language, VoiceId] = _by_language("bella", "xiaoxiao")
    onyx: dict[Language, VoiceId] = _by_language("fenrir", "yunjian")
    sage: dict[Language, VoiceId] = _by_language("emma", "xiaobei")
    shimmer: dict[Language, VoiceId] = _by_language("heart", "xiaobei")
    verse: dict[Language, VoiceId] = _by_language("michael", "yunxi")

    @field_validator("*")
    @classmethod
    def _every_language(cls, value: dict[Language, VoiceId], info: ValidationInfo) -> dict[Language, VoiceId]:
        return {**cls.model_fields[str(info.field_name)].default, **value}


class QueueSettings(_Section):
    """The queue in front of the worker, and what is done when the worker dies."""

    max_jobs: Annotated[int, Field(ge=1, le=100_000)] = 256
    max_wait: Annotated[float, Field(ge=0.1, le=3600)] = 20.0
    ageing: Annotated[float, Field(ge=0.1, le=3600)] = 15.0
    max_active: Annotated[int, Field(ge=0, le=1024)] = 0
    busy_jobs: Annotated[int, Field(ge=1, le=100_000)] = 8
    load_timeout: Annotated[float, Field(ge=0.1, le=86_400)] = 600.0
    hang_timeout: Annotated[float, Field(ge=0.1, le=3600)] = 60.0
    retries: Annotated[int, Field(ge=0, le=10)] = 1


class LimitSettings(_Section):
    """What one sender may ask for in a minute; 0 is no limit."""

    client_requests: PerMinute = 0
    client_characters: PerMinute = 0
    room_requests: PerMinute = 0
    user_requests: PerMinute = 0


class CacheSettings(_Section):
    """Bounds of the caches."""

    reference_mb: Annotated[int, Field(ge=1, le=65_536)] = 256
    audio_mb: Annotated[int, Field(ge=0, le=65_536)] = 64
    folder: AnyPath | None = None


class WyomingSettings(_Section):
    """The port for Home Assistant. The protocol knows no keys."""

    enabled: bool = False
    host: Annotated[str, Field(pattern=r"^[^\s/@]+$")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 10200
    max_clients: Annotated[int, Field(ge=1, le=1000)] = 16
    idle_timeout: Annotated[float, Field(ge=0.1, le=3600)] = 120.0
    send_timeout: Annotated[float, Field(ge=0.1, le=3600)] = 10.0


class UploadSettings(_Section):
    """Voices that are sent to the server."""

    max_voices: Annotated[int, Field(ge=0, le=1000)] = 200
    max_mb: Annotated[int, Field(ge=1, le=65_536)] = 512
    transcriber: AnyPath | None = None


class ListeningSettings(_Section):
    """A blind listening test of two folders of clips, at /listen."""

    folder_a: AnyPath | None = None
    folder_b: AnyPath | None = None
    verdicts: AnyPath | None = None

    @model_validator(mode="after")
    def _all_or_none(self) -> Self:
        given = [self.folder_a, self.folder_b, self.verdicts]
        if any(given) and not all(given):
            raise ValueError("a listening test wants all three: folder_a, folder_b and verdicts")
        return self


class LoggingSettings(_Section):
    """What is logged, and how. The text of a request is never logged at INFO."""

    level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)] = "INFO"
    json_lines: bool = False


class KeySettings(_Section):
    """One `[[auth.keys]]` entry: who holds the key, its SHA-256, what it opens and how urgent its work may be."""

    name: Annotated[str, Field(pattern=KEY_NAME)]
    sha256: str
    scopes: Annotated[list[KeyScope], Field(min_length=1, max_length=5)]
    priority: Priority = "normal"

    @model_validator(mode="before")
    @classmethod
    def _no_plain_key(cls, value: object) -> object:
        """Before any check that would show the value."""
        if isinstance(value, str) or (
            isinstance(value, dict)
            and (value.keys() & {"key", "token", "secret"} or any(_is_plain(x) for x in value.values()))
        ):
            raise ValueError(
                "a key must not stand here as it is: put its SHA-256, as `ishowtts key NAME` prints it, in `sha256`"
            )
        return value

    @field_validator("sha256", mode="before")
    @classmethod
    def _digest(cls, value: object) -> object:
        if not isinstance(value, str) or not _SHA256.fullmatch(value.strip()):
            raise ValueError("expected a SHA-256: 64 hexadecimal digits, as `ishowtts key NAME` prints it")
        return value.strip().lower()


class AuthSettings(_Section):
    """Who may do what. Without keys, whoever reaches the server may do everything."""

    keys: Annotated[list[KeySettings], Field(max_length=1000)] = []
    open_metrics: bool = False

    @field_validator("keys")
    @classmethod
    def _distinct(cls, value: list[KeySettings]) -> list[KeySettings]:
        _refuse_twins("name", [key.name for key in value])
        _refuse_twins("SHA-256", [key.sha256 for key in value])
        return value


class MetricsSettings(_Section):
    """What `/metrics` tells."""

    enabled: bool = True
    gpu_seconds: Annotated[float, Field(ge=1, le=3600)] = 5.0


class TracingSettings(_Section):
    """Traces for OpenTelemetry."""

    endpoint: Annotated[str, Field(pattern=r"^(https?://[^\s]+)?$")] = ""
    sample_ratio: Annotated[float, Field(ge=0, le=1)] = 1.0


class DanmakuSettings(_Section):
    """Reading chat aloud."""

    state_file: AnyPath | None = Path("data/read-aloud.sqlite")
    rooms: Annotated[dict[Annotated[str, Field(pattern=ROOM)], dict[str, Any]], Field(max_length=32)] = {}
    """Policies, which `danmaku` checks."""
    sources: Annotated[list[ChatSource], Field(max_length=16)] = []

    @field_validator("sources", mode="before")
    @classmethod
    def _blocks(cls, value: object) -> object:
        """Before any check that would show the value."""
        if not isinstance(value, list):
            raise ValueError("expected a list: in a file, [[danmaku.sources]] with two brackets")
        if len(value) > 16:
            raise ValueError("at most 16 sources")
        return value

    @field_validator("sources")
    @classmethod
    def _distinct(cls, value: list[ChatSource]) -> list[ChatSource]:
        ids = [source.id for source in value]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ValueError(f"more than one source has the id {', '.join(twice)}: give each an id of its own")
        return value


class VoiceSettings(_Section):
    """One `[[voices]]` entry: a clip, and what is said in it."""

    id: VoiceId
    audio: AnyPath
    text: Annotated[str, Field(min_length=1, max_length=2000)]
    language: Language = "en"
    name: Text | None = None


class Settings(_Section):
    """All of them, resolved."""

    voices_dir: AnyPath = Path("data/voices")
    server: ServerSettings = ServerSettings()
    model: ModelSettings = ModelSettings()
    synthesis: SynthesisSettings = SynthesisSettings()
    text: TextSettings = TextSettings()
    openai_voices: OpenAIVoiceSettings = OpenAIVoiceSettings()
    queue: QueueSettings = QueueSettings()
    limits: LimitSettings = LimitSettings()
    cache: CacheSettings = CacheSettings()
    wyoming: WyomingSettings = WyomingSettings()
    uploads: UploadSettings = UploadSettings()
    listening: ListeningSettings = ListeningSettings()
    logging: LoggingSettings = LoggingSettings()
    auth: AuthSettings = AuthSettings()
    metrics: MetricsSettings = MetricsSettings()
    tracing: TracingSettings = TracingSettings()
    danmaku: DanmakuSettings = DanmakuSettings()
    voices: Annotated[list[VoiceSettings], Field(max_length=1000)] = []

    @model_validator(mode="after")
    def _any_origin_wants_keys(self) -> Self:
        if "*" in self.server.allowed_origins and not self.auth.keys:
            raise ValueError(
                "server.allowed_origins = ['*'] lets every page on the web speak with this server, so it needs a key: "
                "`ishowtts key NAME` makes one"
            )
        return self

    @field_validator("voices")
    @classmethod
    def _distinct(cls, value: list[VoiceSettings]) -> list[VoiceSettings]:
        ids = [voice.id for voice in value]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ValueError(f"more than one voice has the id {', '.join(twice)}")
        return value
