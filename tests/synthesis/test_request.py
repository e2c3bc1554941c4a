from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from ishowtts.engine.job import Sampling
from ishowtts.errors import InvalidRequest, NothingToSay, TextTooLong, VoiceNotFound
from ishowtts.settings import ServerSettings, Settings, SynthesisSettings, VoiceSettings
from ishowtts.synthesis.request import prepare, speakable
from ishowtts.voices.library import VoiceLibrary

SETTINGS = Settings(
    server=ServerSettings(max_text_chars=40),
    synthesis=SynthesisSettings(nfe_step=9, speed=1.5, cfg_until=0.7, target_rms=0.2, remove_silence=True),
)


@pytest.fixture
def library(tmp_path: Path) -> VoiceLibrary:
    clip = tmp_path / "clip.wav"
    soundfile.write(clip, np.sin(np.arange(24_000) / 20), 24_000)
    voices = [
        VoiceSettings(id="ann", audio=clip, text="I am Ann."),
        VoiceSettings(id="mei", audio=clip, text="我是小美。", language="zh"),
    ]
    return VoiceLibrary(None, voices, None, {"en": "ann", "zh": "mei"})


def test_what_is_left_open_is_as_in_the_settings(library: VoiceLibrary) -> None:
    made = prepare("Hello.", library, SETTINGS, request_id="r", seed=5)
    assert made.sampling == Sampling(9, 2.0, -1.0, 1.5, None, 5, cfg_until=0.7)
    assert (made.cross_fade_duration, made.target_rms, made.remove_silence) == (0.015, 0.2, True)
    assert (made.text, made.voice.id, made.request_id) == ("Hello.", "ann", "r")


def test_a_wish_wins_even_where_it_is_zero_or_false(library: VoiceLibrary) -> None:
    made = prepare(
        "Hello.", library, SETTINGS, voice="mei", nfe_step=1, cfg_strength=0.0, sway_sampling_coef=0.0, speed=2.0,
        seed=0, fix_duration=3.0, cross_fade_duration=0.0, target_rms=0.0, remove_silence=False,
    )  # fmt: skip
    assert made.sampling == Sampling(1, 0.0, 0.0, 2.0, 3.0, 0, cfg_until=0.7)
    assert (made.cross_fade_duration, made.target_rms, made.remove_silence) == (0.0, 0.0, False)
    assert made.voice.id == "mei"


def test_the_voice_follows_the_language_of_the_text(library: VoiceLibrary) -> None:
    assert prepare("Hello to all of you.", library, SETTINGS).voice.id == "ann"
    assert prepare("欢迎来到直播间。", library, SETTINGS).voice.id == "mei"
    with pytest.raises(VoiceNotFound, match="mei"):
        prepare("Hello.", library, SETTINGS, voice="mai")


def test_an_open_seed_differs_from_request_to_request(library: VoiceLibrary) -> None:
    assert len({prepare("Hello.", library, SETTINGS).sampling.seed for _ in range(8)}) > 1
    assert len({prepare("Hello.", library, SETTINGS).request_id for _ in range(8)}) == 8


@pytest.mark.parametrize("text", ["", "   \n\t ", "...!?…", "。！？", "🎉🎉", "♥ ♥", "\u200b\u200d", "- — _ ~"])
def test_nothing_that_can_be_spoken(text: str) -> None:
    with pytest.raises(NothingToSay):
        speakable(text, 40)


@pytest.mark.parametrize("text", ["a", "7", "你", "é", "...a...", "🎉 hi"])
def test_one_letter_or_digit_is_enough(text: str) -> None:
    assert speakable(text, 40)


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "hello \udfff"])
def test_what_is_not_text_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        speakable(text, 40)
    assert caught.value.param == "text"
    assert "hello" not in caught.value.message


def test_what_is_far_too_long_is_refused_before_it_is_cleaned() -> None:
    with pytest.raises(TextTooLong, match="1000000 characters"):
        speakable(" " * 999_999 + "a", 40)


def test_the_limit_is_of_cleaned_characters() -> None:
    assert len(speakable("字" * 40, 40).text) == 40
    assert speakable("a" + " " * 100 + "b", 40).text == "a b"
    with pytest.raises(TextTooLong, match="41 characters"):
        speakable("字" * 41, 40)
