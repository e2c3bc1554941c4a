from __future__ import annotations

import hashlib
import logging
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ishowtts.engine.catalog import F5_MINI
from ishowtts.engine.job import Reference
from ishowtts.errors import ConfigError, VoiceNotFound
from ishowtts.settings import Settings, VoiceSettings
from ishowtts.voices.folder import read_voice
from ishowtts.voices.library import VoiceLibrary
from ishowtts.voices.voice import MAX_AUDIO_BYTES, UnusableVoice, is_voice_id

DEFAULTS = {"en": "ann", "zh": "lu"}


def make(root: Path, id: str, extra: str = "", *, language: str = "en", audio: str = "ref.flac") -> Path:
    """A voice folder with a real clip, a second of a tone that depends on the id."""
    folder = root / id
    folder.mkdir(parents=True)
    tone = 0.3 * np.sin(np.arange(24_000) * 0.01 * (1 + len(id)))
    soundfile.write(folder / "ref.flac", tone, 24_000)
    (folder / "voice.toml").write_text(
        f'text = "What  {id}\\nsays."\naudio = "{audio}"\nlanguage = "{language}"\n{extra}\n', encoding="utf-8"
    )
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    make(tmp_path / "voices", "ann", 'name = "Ann"\ndescription = "calm"\nlicense = "CC0"\nsynthetic = true')
    make(tmp_path / "voices", "lu", language="zh")
    return tmp_path / "voices"


def test_a_folder_becomes_a_voice_with_the_hash_of_its_audio(root: Path) -> None:
    voice = VoiceLibrary(None, [], root, DEFAULTS).get("ann")
    audio = root / "ann/ref.flac"
    digest = hashlib.sha256(audio.read_bytes()).hexdigest()
    assert (voice.name, voice.language, voice.source, voice.license, voice.synthetic) == (
        "Ann", "en", "folder", "CC0", True,
    )  # fmt: skip
    assert voice.text == "What ann says."
    assert voice.reference() == Reference("ann", audio, digest, "What ann says.", "en", None)


def test_an_alignment_is_kept_in_order(tmp_path: Path) -> None:
    folder = make(tmp_path, "ann", '[alignment]\nsymbols = ["a", " ", "b"]\nframes = [3, 0, 5]')
    assert read_voice(folder, "folder").reference().alignment == (("a", 3), (" ", 0), ("b", 5))


def test_later_sources_replace_earlier_ones(root: Path, tmp_path: Path) -> None:
    make(tmp_path / "own", "lu", 'name = "Mine"', language="zh")
    clip = root / "lu/ref.flac"
    configured = [VoiceSettings(id=id, audio=clip, text="Hi.", language="en") for id in ("ann", "lu")]
    library = VoiceLibrary(root, configured, tmp_path / "own", DEFAULTS)
    assert [(v.id, v.source, v.name) for v in library.list()] == [("ann", "config", "ann"), ("lu", "folder", "Mine")]
    assert VoiceLibrary(root, [], None, DEFAULTS).get("ann").source == "built-in"


def test_the_voice_is_chosen_by_the_language_of_the_text(root: Path) -> None:
    library = VoiceLibrary(None, [], root, DEFAULTS)
    assert library.choose("Hello there.").id == "ann"
    assert library.choose("欢迎来到直播间。").id == "lu"
    assert library.choose("欢迎来到直播间。", "ann").id == "ann"


def test_a_missing_default_is_told_at_start_and_never_replaced_by_another_language(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    library = VoiceLibrary(None, [], root, {"en": "ann", "zh": "gone"})
    assert "'gone'" in caplog.text
    assert library.choose("Hello.").id == "ann"
    with pytest.raises(VoiceNotFound, match="no default voice for 'zh'"):
        library.choose("你好。")


def test_an_unknown_voice_names_the_nearest_and_how_to_list(root: Path) -> None:
    library = VoiceLibrary(None, [], root, DEFAULTS)
    with pytest.raises(VoiceNotFound, match=r"did you mean 'ann'\?.*GET /voices") as caught:
        library.get("anne")
    assert caught.value.param == "voice"


@pytest.mark.parametrize("id", ["", "../ann", "ANN", "ann\n", "a" * 65, "x\x1b[31m", "一"])
def test_what_is_no_id_is_not_repeated(root: Path, id: str) -> None:
    assert not is_voice_id(id)
    with pytest.raises(VoiceNotFound, match="what `voice` says is not a voice id") as caught:
        VoiceLibrary(None, [], root, DEFAULTS).get(id)
    assert not id or id not in caught.value.message.replace("'ann'", "")


def test_reload_sees_new_changed_and_removed_voices(root: Path) -> None:
    library = VoiceLibrary(None, [], root, DEFAULTS)
    before = library.get("ann").sha256
    make(root, "new")
    (root / "ann/ref.flac").write_bytes((root / "new/ref.flac").read_bytes() + b"x")
    (root / "lu/voice.toml").unlink()
    library.reload()
    assert [voice.id for voice in library.list()] == ["ann", "new"]
    assert library.get("ann").sha256 != before


def test_a_folder_that_is_not_there_is_no_voices(tmp_path: Path) -> None:
    assert VoiceLibrary(tmp_path / "none", [], tmp_path / "nothing", {}).list() == []


def test_files_and_hidden_folders_are_not_voices(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    (root / "README.md").write_text("hello")
    (root / ".git").mkdir()
    (root / "_drafts").mkdir()
    assert [v.id for v in VoiceLibrary(None, [], root, DEFAULTS).list()] == ["ann", "lu"]
    assert not caplog.records


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        (None, "voice.toml cannot be read"),
        ("text = [", "not valid TOML"),
        ("text = '" + "x" * 70_000 + "'", "over 64 KB"),
        ("audio = 'ref.flac'", "text is missing"),
        ("text = ' '\naudio = 'ref.flac'", "text is empty"),
        ("text = 'x'\naudio = 'ref.flac'\nlanguage = 'fr'", "language = 'fr': expected one of en, zh"),
        ("text = 'x'\naudio = 'ref.flac'\nlanguge = 'en'", "languge is not a key; did you mean language?"),
        ("text = 'x'\naudio = 'ref.flac'\nsynthetic = 1", "synthetic = 1: expected true or false"),
        ("text = 'x'\naudio = 'gone.flac'", "is not there"),
        ("text = 'x'\naudio = '.'", "is not there"),
        ("text = 'x'\naudio = 'empty.wav'", "is empty"),
        ("text = 'x'\naudio = 'huge.wav'", "over 20 MB"),
        ("text = 'x'\naudio = 'voice.toml'", "The audio cannot be read."),
        ("text = 'x'\naudio = 'silent.wav'", "The audio is empty or silent."),
        ("text = 'x'\naudio = 'short.wav'", "The audio is shorter than 0.5 s."),
        ("text = 'x'\naudio = 'long.wav'", "The audio is longer than 30 seconds."),
        ("text = 'x'\naudio = '/etc/passwd'", "inside the voice's folder"),
        ("text = 'x'\naudio = '../lu/ref.flac'", "inside the voice's folder"),
        ("text = 'x'\naudio = '..\\lu\\ref.flac'", "inside the voice's folder"),
        ("text = 'x'\naudio = 'link.flac'", "a link that leaves"),
        ("text = 'x'\naudio = 'ref.flac'\n[alignment]\nsymbols = ['a']\nframes = [1, 2]", "1 symbols but 2 frames"),
        ("text = 'x'\naudio = 'ref.flac'\n[alignment]\nsymbols = ['a']\nframes = [-1]", "alignment.frames[0] = -1"),
    ],
)
def test_a_broken_folder_is_left_out_and_the_reason_logged(
    root: Path, toml: str | None, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    folder = root / "ann"
    (folder / "voice.toml").unlink()
    if toml is not None:
        (folder / "voice.toml").write_text(toml, encoding="utf-8")
    (folder / "empty.wav").touch()
    for name, sound in (("silent", np.zeros(8000)), ("short", np.ones(3000)), ("long", np.ones(8000 * 31))):
        soundfile.write(folder / f"{name}.wav", 0.1 * sound, 8000)
    with (folder / "huge.wav").open("wb") as file:
        file.truncate(MAX_AUDIO_BYTES + 1)
    (folder / "link.flac").symlink_to(root / "lu/ref.flac")
    with pytest.raises(UnusableVoice) as caught:
        read_voice(folder, "folder")
    assert said in str(caught.value)
    with caplog.at_level(logging.WARNING):
        library = VoiceLibrary(None, [], root, {"zh": "lu"})
    assert [voice.id for voice in library.list()] == ["lu"]
    [record] = caplog.records
    assert said in record.getMessage()


def test_a_folder_name_that_is_no_id(root: Path) -> None:
    with pytest.raises(UnusableVoice, match="folder's name"):
        read_voice(make(root, "Ann B"), "folder")


def test_a_named_pipe_is_not_waited_for(root: Path) -> None:
    (root / "ann/ref.flac").unlink()
    os.mkfifo(root / "ann/ref.flac")
    with pytest.raises(UnusableVoice, match="is not there"):
        read_voice(root / "ann", "folder")


def test_voices_past_the_limit_are_left_out(
    root: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("ishowtts.voices.library.MAX_VOICES", 1)
    assert [voice.id for voice in VoiceLibrary(None, [], root, {}).list()] == ["ann"]
    assert "more than 1 voices" in caplog.text


@pytest.mark.parametrize(("audio", "text"), [("gone.wav", "Hi."), ("ref.flac", "  "), ("voice.toml", "Hi.")])
def test_a_broken_entry_of_the_config_file_stops_the_start(root: Path, audio: str, text: str) -> None:
    entry = VoiceSettings(id="bob", audio=root / "ann" / audio, text=text)
    with pytest.raises(ConfigError, match=r"\[\[voices\]\] bob: "):
        VoiceLibrary(None, [entry], root, DEFAULTS)


def test_a_failed_reload_keeps_the_voices(root: Path) -> None:
    clip = root / "clip.flac"
    clip.write_bytes((root / "ann/ref.flac").read_bytes())
    library = VoiceLibrary(None, [VoiceSettings(id="bob", audio=clip, text="Hi.")], root, DEFAULTS)
    clip.unlink()
    with pytest.raises(ConfigError):
        library.reload()
    assert library.get("bob").text == "Hi."


def test_the_voices_that_ship_are_whole_and_hold_both_defaults() -> None:
    folders = [path.name for path in (F5_MINI / "voices").iterdir() if path.is_dir()]
    library = VoiceLibrary(F5_MINI / "voices", [], None, Settings().synthesis.default_voice)
    assert sorted(folders) == [voice.id for voice in library.list()]
    for voice in library.list():
        seconds = soundfile.info(voice.audio).duration
        assert 3 <= seconds <= 12
        assert voice.license
        if voice.alignment:
            assert sum(frames for _, frames in voice.alignment) == round(seconds * 93.75)
    assert library.choose("Hello.").language == "en"
    assert library.choose("你好。").language == "zh"
