"""Where chat comes from: one `[[danmaku.sources]]` entry, or the body that adds a source at run time.

Secrets never show: not in a repr, and not in what is said of an entry that is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from ishowtts.errors import InvalidRequest
from ishowtts.settings.hosts import place_of

_CHANNEL = re.compile(r"[a-z0-9_]{1,25}")
_VIDEO = re.compile(r"[A-Za-z0-9_-]{11}")
_ROOM_PAGE = re.compile(r"/(?:blanc/|h5/)?([0-9]{1,12})/?")
_SECRET = re.compile(r"[\x21-\x7e]{1,4096}")
ROOM = r"^[a-z0-9][a-z0-9_-]{0,63}$"
SOURCE_ID = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"


def _channel(value: str) -> str:
    text = value.strip()
    if "/" in text:
        text = _path_on(text, "twitch.tv").split("/")[1]
    name = text.lstrip("#@").lower()
    if not _CHANNEL.fullmatch(name):
        raise ValueError("expected a channel of Twitch, such as somebody or https://www.twitch.tv/somebody")
    return name


def _video(value: str) -> str:
    text = value.strip()
    if "/" in text:
        text = _video_of(text)
    if not _VIDEO.fullmatch(text):
        raise ValueError("expected a video of YouTube: the 11 characters after watch?v=, or the stream's address")
    return text


def _video_of(address: str) -> str:
    if path := _path_on(address, "youtu.be").strip("/"):
        return path
    path = _path_on(address, "youtube.com")
    if path == "/watch":
        return parse_qs(urlsplit(_with_scheme(address)).query).get("v", [""])[0]
    return path.removeprefix("/live/").strip("/")


def _room_id(value: object) -> object:
    if isinstance(value, str):
        text = value.strip()
        page = _ROOM_PAGE.fullmatch(_path_on(text, "live.bilibili.com")) if "/" in text else None
        text = page[1] if page else text
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else value
    return value


def _with_scheme(address: str) -> str:
    return address if "://" in address else f"https://{address}"


def _path_on(address: str, host: str) -> str:
    """Of an address on `host` or a subdomain; `/` for any other."""
    try:
        parts = urlsplit(_with_scheme(address))
    except ValueError:
        return "/"
    name = (parts.hostname or "").lower()
    return (parts.path or "/") if name == host or name.endswith(f".{host}") else "/"


def _secret(value: SecretStr) -> SecretStr:
    if not _SECRET.fullmatch(value.get_secret_value()):
        raise ValueError("expected 1 to 4096 characters without spaces")
    return value


def _url(*schemes: str) -> AfterValidator:
    def check(value: str) -> str:
        try:
            parts = urlsplit(value)
            good = parts.scheme in schemes and place_of(parts.netloc) is not None and not parts.query + parts.fragment
        except ValueError:
            good = False
        if not good or "\\" in value:
            raise ValueError(f"expected an address that begins with {' or '.join(f'{s}://' for s in schemes)}")
        return value

    return AfterValidator(check)


def _id(data: Mapping[str, Any], prefix: str, key: str | None = None) -> str:
    return f"{prefix}-{data[key]}" if key and key in data else prefix


Room = Annotated[str, Field(pattern=ROOM)]
SourceId = Annotated[str, Field(pattern=SOURCE_ID)]
Secret = Annotated[SecretStr, AfterValidator(_secret)]
SocketUrl = Annotated[str, _url("ws", "wss")]
HttpUrl = Annotated[str, _url("http", "https")]


class _Source(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, validate_default=True, hide_input_in_errors=True
    )

    room: Room = "main"
    enabled: bool = True

    @property
    def has_secrets(self) -> bool:
        return any(isinstance(value, SecretStr) for _, value in self)


class TwitchChat(_Source):
    """A channel of Twitch, read as a guest."""

    type: Literal["twitch"]
    channel: Annotated[str, AfterValidator(_channel)]
    shared_chat: bool = False
    """Also read what was written in the other channels of a shared chat."""
    base_url: SocketUrl | None = None
    id: SourceId = Field(default_factory=lambda data: _id(data, "twitch", "channel"))

    @property
    def place(self) -> str:
        """Which chat it is, for a person."""
        return self.channel


class BilibiliChat(_Source):
    """A room of Bilibili by the Open Live platform."""

    type: Literal["bilibili"]
    access_key_id: Secret
    access_key_secret: Secret
    app_id: Annotated[int, Field(ge=1, le=10**18)]
    code: Secret
    """The streamer's own (身份码); whoever has it can open the room."""
    base_url: HttpUrl | None = None
    id: SourceId = "bilibili"

    @property
    def place(self) -> str:
        return f"app {self.app_id}"


class BilibiliWebChat(_Source):
    """A room of Bilibili as its web page connects."""

    type: Literal["bilibili_web"]
    room_id: Annotated[int, BeforeValidator(_room_id), Field(ge=1, le=10**12)]
    """The long number of the room, not the short one of its address."""
    token: Secret
    uid: Annotated[int, Field(ge=0, le=10**18)] = 0
    buvid: Secret | None = None
    user_agent: Annotated[str, Field(pattern=r"^[ -~]{1,300}$")] | None = None
    """Of the browser that the token was made for."""
    base_url: SocketUrl | None = None
    id: SourceId = Field(default_factory=lambda data: _id(data, "bilibili", "room_id"))

    @property
    def place(self) -> str:
        return str(self.room_id)


class YouTubeChat(_Source):
    """The live chat of a video by YouTube's official API."""

    type: Literal["youtube"]
    video: Annotated[str, AfterValidator(_video)]
    api_key: Secret
    least_wait: Annotated[float, Field(ge=1, le=600)] = 5.0
    """Seconds between two questions, where YouTube asks for less: each costs of the key's quota."""
    base_url: HttpUrl | None = None
    id: SourceId = Field(default_factory=lambda data: _id(data, "youtube", "video"))

    @property
    def place(self) -> str:
        return self.video


_KINDS: dict[str, type[_Source]] = {
    "twitch": TwitchChat,
    "bilibili": BilibiliChat,
    "bilibili_web": BilibiliWebChat,
    "youtube": YouTubeChat,
}
_TYPES = ", ".join(_KINDS)


def _discreet(value: object, check: ValidatorFunctionWrapHandler) -> Any:
    """The same errors in words that hold nothing of the value."""
    try:
        return check(value)
    except ValidationError as error:
        items = error.errors(include_url=False, include_input=False)
        # The usual id is made of what is wrong already.
        problems = [_problem(dict(item)) for item in items if item["type"] != "default_factory_not_called"]
        raise ValueError("; ".join(list(dict.fromkeys(problems))[:5])) from None


def _problem(item: dict[str, Any]) -> str:
    loc = item["loc"]
    if item["type"] in ("union_tag_invalid", "union_tag_not_found", "model_attributes_type", "dict_type") or not loc:
        return f"type: expected a table whose type is one of {_TYPES}"
    kind, keys = str(loc[0]), ".".join(str(part) for part in loc[1:])
    if item["type"] == "extra_forbidden":
        known = (name for name in _KINDS[kind].model_fields if name != "base_url")
        return f"a source of type {kind} has no such key; it knows {', '.join(known)}"
    if item["type"] == "missing":
        return f"{keys}: is missing"
    if item["type"] == "string_pattern_mismatch":
        if keys == "user_agent":
            return "user_agent: expected 1 to 300 characters of ASCII"
        return f"{keys}: expected 1 to 64 of letters, digits, _ and -, beginning with a letter or digit"
    what = str(item["ctx"]["error"]) if item["type"] == "value_error" else item["msg"].replace("Input should", "should")
    return f"{keys}: {what}"


AnyChat = TwitchChat | BilibiliChat | BilibiliWebChat | YouTubeChat
ChatSource = Annotated[Annotated[AnyChat, Discriminator("type")], WrapValidator(_discreet)]
_adapter: TypeAdapter[AnyChat] = TypeAdapter(ChatSource)


def source_of_request(value: object) -> AnyChat:
    """A source that somebody adds at run time. Raises `InvalidRequest`; a request names no hosts, so `base_url` too."""
    if isinstance(value, dict) and "base_url" in value:
        raise InvalidRequest("`base_url` can only be set in the server's configuration file.", param="base_url")
    try:
        return _adapter.validate_python(value)
    except ValidationError as error:
        text = str(error.errors(include_url=False, include_input=False)[0]["ctx"]["error"])
    name = text.partition(":")[0]
    raise InvalidRequest(f"This is no source of chat: {text}.", param=name if name.isidentifier() else None)
