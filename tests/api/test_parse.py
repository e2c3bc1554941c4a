from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from ishowtts.api.parse import FIELDS, from_json, from_query, stream_of_query
from ishowtts.errors import BadJson, InvalidRequest, SpeechError

NAMES = st.sampled_from(FIELDS) | st.text(max_size=5)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


def with_field(name: str, value: str) -> bytes:
    return f'{{"text": "a", "{name}": {value}}}'.encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"text=hello",
        b'{"text": "a",}',
        b"\xff\xfe\x00",
        b'{"text": "\xed\xa0\x80"}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        with_field("speed", "NaN"),
        with_field("speed", "-Infinity"),
        with_field("seed", "9" * 5000),
    ],
    ids=lambda data: repr(data[:24]),
)
def test_what_is_not_json(data: bytes) -> None:
    with pytest.raises(BadJson) as caught:
        from_json(data)
    assert caught.value.status == 400


@pytest.mark.parametrize("data", [b"[]", b"null", b"7", b'"hello"', b"true"])
def test_json_that_is_not_an_object(data: bytes) -> None:
    with pytest.raises(InvalidRequest, match="object"):
        from_json(data)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", "7"),
        ("text", "null"),
        ("text", '["a"]'),
        ("voice", "7"),
        ("nfe_step", "0"),
        ("nfe_step", "65"),
        ("nfe_step", "1000000000"),
        ("nfe_step", "9" * 400),
        ("nfe_step", '"7"'),
        ("nfe_step", "7.0"),
        ("nfe_step", "true"),
        ("cfg_strength", "-0.1"),
        ("cfg_strength", "10.1"),
        ("sway_sampling_coef", "-1.1"),
        ("sway_sampling_coef", "1.1"),
        ("speed", "0"),
        ("speed", "-1"),
        ("speed", "4.01"),
        ("speed", "1e999"),
        ("speed", "9" * 400),
        ("speed", '"fast"'),
        ("speed", "true"),
        ("speed", "{}"),
        ("seed", "-1"),
        ("seed", "4294967296"),
        ("seed", "1.5"),
        ("cross_fade_duration", "0.51"),
        ("target_rms", "0.6"),
        ("fix_duration", "0.5"),
        ("fix_duration", "31"),
        ("remove_silence", "1"),
        ("remove_silence", '"yes"'),
        ("format", '"mp4"'),
        ("format", "[]"),
        ("stream", '"never"'),
        ("stream", '"yes"'),
        ("stream", '"true"'),
        ("stream", '""'),
        ("stream", "5"),
        ("stream", "{}"),
    ],
)
def test_a_field_that_is_wrong_is_named(name: str, value: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        from_json(with_field(name, value))
    assert (caught.value.status, caught.value.param) == (422, name)
    assert f"`{name}`" in caught.value.message


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("stream", '"yes"', '`stream` should be false, "sse" or "audio".'),
        ("room", json.dumps("x" * 65), "`room` is too long: at most 64 characters."),
        ("user", '""', "`user` should not be empty."),
        ("speed", "5", "`speed` should be less than or equal to 4."),
    ],
)
def test_what_is_wrong_is_told_in_words_of_the_api(name: str, value: str, told: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        from_json(with_field(name, value))
    assert caught.value.message == told


def test_null_is_as_left_out_and_limits_are_included() -> None:
    empty = from_json(json.dumps({"text": "a"} | {name: None for name in FIELDS if name != "text"}).encode())
    assert set(empty.wishes().values()) == {None}
    limits = {"nfe_step": 64, "cfg_strength": 0, "sway_sampling_coef": 1, "speed": 0.25, "seed": 2**32 - 1}
    body = from_json(json.dumps({"text": "a", **limits}).encode())
    assert limits.items() <= body.wishes().items()


@pytest.mark.parametrize(
    ("given_name", "near"),
    [("txt", "text"), ("sped", "speed"), ("voice_id", "voice"), ("NFE_STEP", "nfe_step")],
)
def test_an_unknown_field_is_told_with_the_nearest(given_name: str, near: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        from_json(json.dumps({given_name: "a"}).encode())
    assert caught.value.param == given_name
    assert f"`{near}`" in caught.value.message


@pytest.mark.parametrize("name", ["\ud800", "a b", "x" * 1000, "\n", ""])
def test_a_field_name_that_could_be_anything_is_not_repeated(name: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        from_json(json.dumps({"text": "a", name: 1}).encode())
    assert caught.value.param is None
    assert name == "" or name not in caught.value.message


@given(st.binary(max_size=60) | JSON_VALUES.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_a_body_or_one_of_our_errors(data: bytes) -> None:
    try:
        body = from_json(data)
    except SpeechError as error:
        json.dumps(error.body()).encode()
    else:
        assert isinstance(body.text, str)


def test_a_query_is_parsed_from_text() -> None:
    body = from_query(QueryParams("text=a+b&nfe_step=5&speed=1.5&remove_silence=true&seed=&voice=&format=pcm&stream"))
    assert (body.text, body.nfe_step, body.speed, body.remove_silence) == ("a b", 5, 1.5, True)
    assert (body.seed, body.voice, body.format, body.stream) == (None, None, "pcm", "sse")


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("", "text"),
        ("text=a&speed=nan", "speed"),
        ("text=a&speed=inf", "speed"),
        ("text=a&nfe_step=x", "nfe_step"),
        ("text=a&nfe_step=7.5", "nfe_step"),
        ("text=a&text=b", "text"),
        ("text=a&txet=b", "txet"),
        ("text=a&stream=maybe", "stream"),
        ("text=a&stream=yes", "stream"),
    ],
)
def test_a_wrong_query_is_told(query: str, param: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        from_query(QueryParams(query))
    assert caught.value.param == param


@pytest.mark.parametrize(
    ("query", "stream"),
    [("", None), ("stream", "sse"), ("stream=true", "sse"), ("stream=audio", "audio"), ("stream=0", False)],
)
def test_the_query_of_a_post_may_ask_for_a_stream(query: str, stream: str | bool | None) -> None:
    assert stream_of_query(QueryParams(query)).stream == stream


@pytest.mark.parametrize("query", ["speed=2", "text=a", "foo=1", "stream=sometimes"])
def test_and_for_nothing_else(query: str) -> None:
    with pytest.raises(InvalidRequest):
        stream_of_query(QueryParams(query))
