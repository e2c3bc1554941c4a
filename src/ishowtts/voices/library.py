"""The voices this server can speak in: those that ship with it, those of the config file, and the user's folders,
and those uploaded while it runs."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ishowtts.errors import ConfigError, VoiceNotFound
from ishowtts.settings.model import Language, VoiceSettings
from ishowtts.text.language import dominant_language
from ishowtts.voices.folder import FILE, UPLOADS, read_voice
from ishowtts.voices.voice import Source, UnusableVoice, Voice, audio_digest, is_voice_id

log = logging.getLogger(__name__)
MAX_VOICES = 1000


class VoiceLibrary:
    """Voices by id. A later source replaces a voice of the same id: built-in < config < folder < upload.

    A broken folder is left out with a warning; a broken `[[voices]]` entry is a `ConfigError`. `reload` swaps the
    whole table at once, so other threads see either the old voices or the new.
    """

    def __init__(
        self,
        built_in: Path | None,
        configured: Sequence[VoiceSettings],
        folder: Path | None,
        default_voice: Mapping[str, str] | Mapping[Language, str],
    ) -> None:
        self._built_in = built_in
        self._configured = tuple(configured)
        self._folder = folder
        self._uploads = folder / UPLOADS if folder else None
        self._default_voice: dict[str, str] = {language: id for language, id in default_voice.items()}
        self._given: dict[str, Voice] = {}
        self._uploaded: dict[str, Voice] = {}
        self._voices: dict[str, Voice] = {}
        self.left_out: Sequence[tuple[Path, str]] = ()
        """Folders that are no voices, and why; of the last `reload`."""
        self.reload()

    def reload(self) -> None:
        """Read every source again. On an error the voices stay as they were."""
        left_out: list[tuple[Path, str]] = []
        voices = _read_folders(self._built_in, "built-in", left_out)
        voices |= _read_configured(self._configured)
        voices |= _read_folders(self._folder, "folder", left_out)
        uploaded = _read_folders(self._uploads, "upload", left_out)
        self.left_out = left_out
        for language, id in self._default_voice.items():
            if id not in voices and id not in uploaded:
                log.warning("the default voice for %s, %r, does not exist", language, id)
        self._given = voices
        self._show(uploaded)

    def refresh(self, id: str) -> None:
        """Read one uploaded voice again, after it was changed or removed. One thread at a time."""
        others = {other: voice for other, voice in self._uploaded.items() if other != id}
        self._show(others | _read_folders(self._uploads, "upload", [], only=id))

    def _show(self, uploaded: dict[str, Voice]) -> None:
        self._uploaded = uploaded
        self._voices = dict(sorted((self._given | uploaded).items()))

    def beneath(self, id: str) -> Voice | None:
        """The voice of this id that is not an upload: what a reset would bring back."""
        return self._given.get(id)

    @property
    def defaults(self) -> frozenset[str]:
        """Ids of the voices used when none is asked for."""
        return frozenset(self._default_voice.values())

    def list(self) -> list[Voice]:
        """Every voice, by id."""
        return [*self._voices.values()]

    def get(self, id: str) -> Voice:
        """Raises `VoiceNotFound`, with the nearest id."""
        voice = self._voices.get(id)
        if voice is not None:
            return voice
        asked = f"no voice has the id {id!r}" if is_voice_id(id) else "what `voice` says is not a voice id"
        near = difflib.get_close_matches(id[:64], self._voices, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else "."
        raise VoiceNotFound(f"{asked}{hint} GET /voices or `ishowtts voices` lists them", param="voice")

    def choose(self, text: str, voice: str | None = None) -> Voice:
        """The voice asked for, else the default for the language that most of `text` is in. Raises `VoiceNotFound`."""
        if voice is not None:
            return self.get(voice)
        language = dominant_language(text)
        id = self._default_voice.get(language)
        if id in self._voices:
            return self._voices[id]
        raise VoiceNotFound(
            f"no default voice for {language!r}: name a voice in the request, or set synthesis.default_voice",
            param="voice",
        )


def _read_configured(entries: Iterable[VoiceSettings]) -> dict[str, Voice]:
    voices = {}
    for entry in entries:
        text = " ".join(entry.text.split())
        try:
            if not text:
                raise UnusableVoice("text is empty: it must say what is spoken in the clip")
            digest = audio_digest(entry.audio, known_good=False)
        except UnusableVoice as error:
            raise ConfigError(f"[[voices]] {entry.id}: {error}") from error
        voices[entry.id] = Voice(entry.id, entry.name or entry.id, entry.language, entry.audio, text, digest, "config")
    return voices


def _read_folders(
    root: Path | None, source: Source, left_out: list[tuple[Path, str]], only: str | None = None
) -> dict[str, Voice]:
    voices: dict[str, Voice] = {}
    if root is None or not root.is_dir():
        return voices
    for path in [root / only] if only else sorted(root.iterdir()):
        if path.name.startswith((".", "_")) or not path.is_dir():
            continue
        if source == "upload" and not (path / FILE).exists():
            continue  # removed; its clip may still be in use
        if len(voices) == MAX_VOICES:
            log.warning("%s has more than %d voices; the rest is left out", root, MAX_VOICES)
            break
        try:
            voices[path.name] = read_voice(path, source)
        except UnusableVoice as error:
            log.warning("voice %s is left out: %s", path, error)
            left_out.append((path, str(error)))
    return voices
