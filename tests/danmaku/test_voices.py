from __future__ import annotations

from typing import Any

import pytest

from ishowtts.danmaku.event import Author, bounded
from ishowtts.danmaku.person import Person
from ishowtts.danmaku.policy import VoicePolicy
from ishowtts.danmaku.voices import asked_voice, sticky, voice_for

EVENT = bounded("twitch", "bits", "Ann", user_id="7")


@pytest.mark.parametrize(
    ("person", "policy", "voice"),
    [
        (Person(), {}, "server"),
        (Person(), {"default": {"en": "room"}}, "room"),
        (Person(), {"default": {"zh": "room"}}, "server"),
        (Person(), {"default": {"en": "room"}, "sources": {"twitch": "source"}}, "source"),
        (Person(), {"sources": {"twitch": "source"}, "kinds": {"bits": "kind"}}, "kind"),
        (Person(chosen_voice="heart"), {"kinds": {"bits": "kind"}, "commands": {"heart": "heart"}}, "heart"),
        (Person(chosen_voice="heart"), {"kinds": {"bits": "kind"}}, "kind"),
        (Person(chosen_voice="heart"), {"commands": {"h": "heart"}, "users": {"ANN": "own"}}, "own"),
        (Person(voice="given"), {"users": {"twitch:7": "own"}}, "given"),
        (Person(), {"default": {"en": "random"}, "random": {"en": ["only"]}}, "only"),
        (Person(), {"kinds": {"bits": "random"}, "sources": {"twitch": "source"}}, "source"),
    ],
)
def test_the_first_that_there_is(person: Person, policy: dict[str, Any], voice: str) -> None:
    assert voice_for(EVENT, VoicePolicy.model_validate(policy), "en", person, "server") == voice


def test_a_random_voice_sticks_to_its_user() -> None:
    voices = ["a", "b", "c", "d"]
    had = {user: sticky(user, voices) for user in map(str, range(400))}
    assert all(60 < list(had.values()).count(voice) < 140 for voice in voices)
    for user, voice in had.items():
        assert sticky(user, voices[::-1]) == voice
        if voice != "d":
            assert sticky(user, voices[:3]) == voice
    assert sticky("0", ["heart", "bella", "emma"]) == "bella", "the same after a restart, for all time"


def test_voice_commands_are_allow_listed_and_for_whom_the_room_says() -> None:
    policy = VoicePolicy(commands={"Heart": "heart", "小北": "xiaobei"}, commands_from="subscribers")
    sub, anyone = Author("1", "a", frozenset({"subscriber"})), Author("2", "b")
    assert asked_voice(" heart ", sub, policy) == ("heart", None)
    assert asked_voice("小北", sub, policy) == ("xiaobei", None)
    assert asked_voice("../../etc", sub, policy) == ("", "unknown_voice")
    assert asked_voice("heart", anyone, policy) == ("", "not_allowed")
