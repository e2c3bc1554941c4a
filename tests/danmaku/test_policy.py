from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
from pydantic import ValidationError

from ishowtts.danmaku.policy import Policy

TOML = """
links = "host"
[words]
action = "remove"
blocked = ["bad"]
patterns = ['sp+am']
[templates.chat]
zh = ["{user}说：{text}", "{user}：{text}"]
en = ""
[voices.random]
zh = ["xiaobei", "yunxi"]
[[replace]]
text = "GG"
by = "good game"
[[replace]]
pattern = '(\\d+)x(\\d+)'
by = '\\1 by \\2'
"""


def test_the_same_from_a_file_and_over_the_api() -> None:
    from_file = Policy.model_validate(tomllib.loads(TOML))
    assert Policy.model_validate_json(from_file.model_dump_json()) == from_file
    assert Policy.model_validate_json(Policy().model_dump_json()) == Policy()
    json.dumps(Policy.model_json_schema())


@pytest.mark.parametrize(
    "wrong",
    [
        {"unknown": 1},
        {"words": {"patterns": ["(?=a)"]}},
        {"words": {"patterns": ["a"] * 51}},
        {"words": {"blocked": [""]}},
        {"words": {"blocked": ["x" * 65]}},
        {"words": {"blocked": ["x"] * 5001}},
        {"templates": {"chat": {"en": "{user.__class__}"}}},
        {"templates": {"chat": {"en": "{0}"}}},
        {"templates": {"chat": {"en": "{user"}}},
        {"templates": {"chat": {"en": []}}},
        {"templates": {"chat": {"fr": "x"}}},
        {"templates": {"other": {"en": "x"}}},
        {"replace": [{"by": "x"}]},
        {"replace": [{"text": "a", "pattern": "a"}]},
        {"replace": [{"pattern": "(a)", "by": "\\2"}]},
        {"replace": [{"pattern": "a", "by": "\\"}]},
        {"replace": [{"pattern": "a"}] * 51},
        {"voices": {"default": {"en": "../etc"}}},
        {"pace": {"sample": 1.5}},
        {"pace": {"user_per_minute": float("nan")}},
        {"length": {"max_seconds": 0}},
        {"people": {"read_from": "nobody"}},
        {"sources": {"kinds": ["chat", "other"]}},
    ],
)
def test_what_cannot_be_a_policy(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Policy.model_validate(wrong)


def test_a_policy_does_not_change() -> None:
    with pytest.raises(ValidationError):
        Policy().links = "drop"
