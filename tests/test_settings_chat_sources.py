from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from ishowtts.errors import InvalidRequest
from ishowtts.settings.chat_sources import (
    AnyChat,
    BilibiliChat,
    BilibiliWebChat,
    ChatSource,
    TwitchChat,
    YouTubeChat,
    source_of_request,
)
from ishowtts.settings.explain import explain
from tests.danmaku.sources.test_bilibili_events import anything

from_file: TypeAdapter[AnyChat] = TypeAdapter(ChatSource)
TWITCH = {"type": "twitch", "channel": "somebody"}
BILIBILI = {"type": "bilibili", "access_key_id": "KEYID", "access_key_secret": "HUSH", "app_id": 5, "code": "MYCODE"}
WEB = {"type": "bilibili_web", "room_id": 123, "token": "HUSH"}
YOUTUBE = {"type": "youtube", "video": "abcdefghijk", "api_key": "HUSH"}


@pytest.mark.parametrize(
    ("value", "kind", "name", "place"),
    [
        (TWITCH, TwitchChat, "twitch-somebody", "somebody"),
        (BILIBILI, BilibiliChat, "bilibili", "app 5"),
        (WEB, BilibiliWebChat, "bilibili-123", "123"),
        (YOUTUBE, YouTubeChat, "youtube-abcdefghijk", "abcdefghijk"),
    ],
)
def test_each_type_and_its_usual_id(value: dict[str, Any], kind: type, name: str, place: str) -> None:
    source = source_of_request(value)
    assert type(source) is kind
    assert (source.id, source.place, source.room, source.enabled) == (name, place, "main", True)
    assert source_of_request({**value, "id": "Mine-1", "room": "other", "enabled": False}).id == "Mine-1"


@pytest.mark.parametrize("value", [BILIBILI, WEB, YOUTUBE])
def test_secrets_show_nowhere(value: dict[str, Any]) -> None:
    source = source_of_request(value)
    for shown in (
        repr(source),
        str(source),
        f"{source}",
        source.model_dump_json(),
        json.dumps(str(source.model_dump())),
    ):
        assert "HUSH" not in shown
        assert "MYCODE" not in shown


@pytest.mark.parametrize(
    "channel",
    ["Some_Body", "#some_body", "@Some_Body", "https://www.twitch.tv/Some_Body", "twitch.tv/some_body/videos?x=1"],
)
def test_a_channel_by_name_or_address(channel: str) -> None:
    source = source_of_request({"type": "twitch", "channel": channel})
    assert isinstance(source, TwitchChat)
    assert source.channel == "some_body"


@pytest.mark.parametrize(
    "video",
    [
        "abcdefghijk",
        "https://www.youtube.com/watch?v=abcdefghijk&t=5",
        "https://youtu.be/abcdefghijk?si=x",
        "https://www.youtube.com/live/abcdefghijk",
        "m.youtube.com/live/abcdefghijk?feature=share",
    ],
)
def test_a_video_by_id_or_address(video: str) -> None:
    source = source_of_request({**YOUTUBE, "video": video})
    assert isinstance(source, YouTubeChat)
    assert source.video == "abcdefghijk"


@pytest.mark.parametrize("room", [123, "123", "https://live.bilibili.com/123?x=1", "live.bilibili.com/blanc/123"])
def test_a_room_by_number_or_address(room: object) -> None:
    source = source_of_request({**WEB, "room_id": room})
    assert isinstance(source, BilibiliWebChat)
    assert source.room_id == 123


@pytest.mark.parametrize(
    ("value", "param"),
    [
        ({**TWITCH, "channel": "two words"}, "channel"),
        ({**TWITCH, "channel": "a\r\nQUIT"}, "channel"),
        ({**TWITCH, "channel": "a,#b"}, "channel"),
        ({**TWITCH, "channel": "https://evil.example/a"}, "channel"),
        ({**TWITCH, "channel": "https://twitch.tv.evil.example/a"}, "channel"),
        ({**TWITCH, "channel": ""}, "channel"),
        ({**TWITCH, "channel": "x" * 26}, "channel"),
        ({**TWITCH, "channel": 5}, "channel"),
        ({**TWITCH, "channel": "http://[::1/a"}, "channel"),
        ({"type": "twitch"}, "channel"),
        ({**TWITCH, "id": "../x"}, "id"),
        ({**TWITCH, "room": "UPPER"}, "room"),
        ({**TWITCH, "shared_chat": "yes"}, "shared_chat"),
        ({**YOUTUBE, "video": "short"}, "video"),
        ({**YOUTUBE, "video": "https://evil.example/abcdefghijk"}, "video"),
        ({**YOUTUBE, "api_key": "two words"}, "api_key"),
        ({**YOUTUBE, "api_key": "line\nHost: x"}, "api_key"),
        ({**YOUTUBE, "api_key": ""}, "api_key"),
        ({**YOUTUBE, "api_key": "x" * 5000}, "api_key"),
        ({**YOUTUBE, "least_wait": 0}, "least_wait"),
        ({**WEB, "room_id": 0}, "room_id"),
        ({**WEB, "room_id": True}, "room_id"),
        ({**WEB, "room_id": "9" * 400}, "room_id"),
        ({**WEB, "user_agent": "a\r\nCookie: x"}, "user_agent"),
        ({**BILIBILI, "app_id": "5"}, "app_id"),
        ({**BILIBILI, "access_key_secret": None}, "access_key_secret"),
        ({"type": "irc"}, "type"),
        ({}, "type"),
        ([], "type"),
        ("twitch", "type"),
        (None, "type"),
        ({**TWITCH, "what": 1}, None),
    ],
)
def test_what_is_wrong_is_named(value: object, param: str | None) -> None:
    with pytest.raises(InvalidRequest) as error:
        source_of_request(value)
    assert error.value.param == param
    with pytest.raises(ValidationError):
        from_file.validate_python(value)


@pytest.mark.parametrize("value", [TWITCH, BILIBILI, WEB, YOUTUBE])
@pytest.mark.parametrize("url", ["ws://127.0.0.1:1", "http://127.0.0.1:1", "http://169.254.169.254/", None])
def test_a_request_names_no_hosts(value: dict[str, Any], url: object) -> None:
    with pytest.raises(InvalidRequest) as error:
        source_of_request({**value, "base_url": url})
    assert error.value.param == "base_url"


def test_the_file_may_name_a_host() -> None:
    source = from_file.validate_python({**TWITCH, "base_url": "ws://127.0.0.1:8080"})
    assert source.base_url == "ws://127.0.0.1:8080"
    for bad in ("http://127.0.0.1", "ws://", "ws://user:x@host/", "ws://a b/", "file:///etc/passwd", "ws://h/?q=1"):
        with pytest.raises(ValidationError, match="base_url"):
            from_file.validate_python({**TWITCH, "base_url": bad})


class _Section(BaseModel):
    sources: list[ChatSource]


SECRET = "verysecretvalue"
KEYS = "type channel video api_key room_id token access_key_id access_key_secret app_id code id"
keys = st.sampled_from(KEYS.split())
types = st.sampled_from(["twitch", "bilibili", "bilibili_web", "youtube", SECRET])
secretly = st.sampled_from([SECRET, [SECRET], {SECRET: SECRET}, f"{SECRET} {SECRET}", f"https://{SECRET}/{SECRET} "])


@given(types, st.dictionaries(keys | st.just(SECRET), secretly | anything, max_size=6))
def test_what_is_said_of_a_wrong_entry_holds_nothing_of_it(kind: str, fields: dict[str, Any]) -> None:
    value = {"type": kind, **fields}
    try:
        shown = repr(source_of_request(value).__class__)
    except InvalidRequest as error:
        shown = f"{error} {error.param}"
    try:
        _Section(sources=[value])  # type: ignore[list-item]
    except ValidationError as error:
        problems = list(explain(error, _Section))
        assert [problem.key for problem in problems] == ["sources[0]:"]
        shown += problems[0].what
    assert SECRET not in shown
