from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ishowtts.app import create_app, make_library, make_worker
from ishowtts.errors import ConfigError
from ishowtts.settings import Settings, VoiceSettings


def test_the_server_process_never_pays_for_torch() -> None:
    code = (
        "import sys; from ishowtts.app import create_app; from ishowtts.settings import Settings; "
        "create_app(Settings()); "
        "print([m for m in ('torch', 'torchaudio', 'f5_tts', 'vocos', 'transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_the_voices_that_ship_are_there_and_both_languages_have_a_default(tmp_path: Path) -> None:
    settings = Settings(voices_dir=tmp_path)
    library = make_library(settings)
    assert {voice.source for voice in library.list()} == {"built-in"}
    for language, id in settings.synthesis.default_voice.items():
        assert library.get(id).language == language
    make_worker(settings, library)


def test_a_voice_that_cannot_be_used_is_told_at_the_start(tmp_path: Path) -> None:
    voice = VoiceSettings(id="ann", audio=tmp_path / "none.wav", text="I am Ann.")
    with pytest.raises(ConfigError, match="ann"):
        create_app(Settings(voices_dir=tmp_path, voices=[voice]))
