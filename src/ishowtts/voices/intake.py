"""How a voice gets into the library, is changed and leaves it: the same way over HTTP and from the command line."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import tempfile
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import IO, Any

import numpy as np

from ishowtts.audio.pcm import to_s16le
from ishowtts.audio.resample import resample
from ishowtts.errors import (
    ConsentRequired,
    InvalidRequest,
    LibraryFull,
    PoorReference,
    TranscriptRequired,
    UploadsBusy,
    UploadsOff,
    VoiceExists,
    VoiceInUse,
    VoiceNotUploaded,
)
from ishowtts.settings import Language, Settings
from ishowtts.text.language import dominant_language
from ishowtts.voices import transcribe
from ishowtts.voices.fit import fit
from ishowtts.voices.helper import HelperFailed, Inspected, Inspector, answer_of, run
from ishowtts.voices.inspect import SAMPLE_RATE
from ishowtts.voices.library import VoiceLibrary
from ishowtts.voices.quality import Finding, judge
from ishowtts.voices.store import VoiceStore, flac
from ishowtts.voices.voice import Voice, is_voice_id

log = logging.getLogger(__name__)

AT_ONCE = 8
"""Clips being received, looked at or waiting for it. Each may be 20 MB on disk."""
BUSY_SECONDS = 5.0
TRANSCRIPT_SECONDS = 120.0
GRACE_SECONDS = 60.0
LONGEST = {"text": 2000, "name": 200, "description": 2000, "license": 2000}
"""Characters, as in voice.toml."""
SWEEP_SECONDS = 60.0
"""The most between two looks for clips to remove; no longer than the grace, so that none is found late."""


@dataclass(frozen=True, slots=True)
class Details:
    """What is said of a voice; None is "not said"."""

    text: str | None = None
    name: str | None = None
    language: Language | None = None
    description: str | None = None
    license: str | None = None
    consent: bool = False


class VoiceIntake:
    """Changes are made one after the other. Belongs to one event loop."""

    def __init__(self, library: VoiceLibrary, settings: Settings, inspector: Inspector | None = None) -> None:
        uploads = settings.uploads
        # A job that began with a clip is over when its request is.
        keep = settings.server.request_timeout + GRACE_SECONDS
        self._library = library
        self._settings = uploads
        self._store = VoiceStore(settings.voices_dir, uploads.max_voices, uploads.max_mb * 2**20, keep)
        self._inspector = inspector or Inspector()
        self._transcribing = asyncio.Semaphore(1)
        self._change = asyncio.Lock()
        self._busy = 0
        if uploads.transcriber and (reason := transcribe.why_not(uploads.transcriber)):
            log.warning("clips will need their text: %s", reason)

    def slot(self) -> _Slot:
        """Hold one while a clip is received and taken in: `with intake.slot():`. Raises `UploadsBusy`, `UploadsOff`."""
        return _Slot(self)

    async def add(self, clip: IO[bytes], details: Details, id: str | None = None) -> Voice:
        """A new voice of `clip`, a real file. Raises what `errors` has for voices, clips and forms."""
        self._check(details)
        if id is not None:
            self._check_free(_valid(id))
        seen, said = await self._look(clip, details)
        async with self._change:
            if id is None:
                id = self._free_id(details.name or "")
            self._check_free(id)
            return await self._write(id, seen, {"name": id, "description": "", "license": "", **said})

    async def replace(self, id: str, clip: IO[bytes], details: Details) -> Voice:
        """New audio for a voice of any source; its name outlives the old clip, and the description of an upload.

        Raises what `add` does, and `VoiceNotFound`.
        """
        self._library.get(id)
        self._check(details)
        seen, said = await self._look(clip, details)
        async with self._change:
            old = self._library.get(id)
            # Where the old clip came from says nothing of the new one, nor how another's voice sounds.
            description = old.description if old.source == "upload" else ""
            return await self._write(id, seen, {"name": old.name, "description": description, "license": "", **said})

    async def update(self, id: str, details: Details) -> Voice:
        """Other words on an uploaded voice, its clip as it is. Raises `VoiceNotFound`, `VoiceNotUploaded`."""
        async with self._change:
            old = self._library.get(id)
            if old.upload is None or old.source != "upload":
                raise VoiceNotUploaded(
                    "This voice was not uploaded: send `audio` and its `text` to override it.", param="audio"
                )
            said = _said(details)
            if not said:
                raise InvalidRequest("Nothing to change: send `audio` with its `text`, or `text`, `name`, …")
            if "text" in said:
                _refuse([fit(said["text"], old.upload.quality)])
            upload = _tables(old.upload.quality, old.upload.loudness_lufs, old.upload.true_peak_dbtp)
            upload["upload"] |= {"at": old.upload.at, "transcribed": old.upload.transcribed and "text" not in said}
            before = {key: getattr(old, key) for key in ("name", "text", "language", "description", "license")}
            await self._stored(self._store.update, id, {**before, **said}, upload, old.audio.name)
            return await self._shown(id)

    async def remove(self, id: str) -> Voice | None:
        """Remove an upload; returns the voice that has its id now. Raises `VoiceNotFound`, `VoiceNotUploaded`, …"""
        async with self._change:
            if self._library.get(id).source != "upload":
                raise VoiceNotUploaded(
                    f"{id!r} did not come by an upload: there is nothing to remove or reset. What is built in stays; "
                    "what is in the voices folder or the config file is removed there."
                )
            beneath = self._library.beneath(id)
            if beneath is None and id in self._library.defaults:
                raise VoiceInUse("This voice is a default of this server (setting synthesis.default_voice).")
            await self._stored(self._store.remove, id)
            await asyncio.to_thread(self._library.refresh, id)
            return beneath

    async def sweep(self) -> None:
        """For ever: remove the clips of voices that are gone as soon as nobody can be speaking with them."""
        failed = False
        while True:
            wait = SWEEP_SECONDS
            try:
                wait = min(wait, await asyncio.to_thread(self._store.sweep))
                failed = False
            except Exception as error:
                if not failed:  # told once, till it works again
                    log.warning("removed clips stay in the voices folder (%s); trying on", error)
                failed = True
            await asyncio.sleep(wait)

    def _check(self, details: Details) -> None:
        self._check_on()
        if not details.consent:
            raise ConsentRequired(
                "`consent` must be true: you confirm that the person heard agreed to their voice being cloned.",
                param="consent",
            )
        if details.text is None and (reason := transcribe.why_not(self._settings.transcriber)):
            raise TranscriptRequired(
                f"`text` is needed: exactly what is said in the clip, since {reason}.", param="text"
            )

    def _check_on(self) -> None:
        if self._settings.max_voices == 0:
            raise UploadsOff("This server takes no voices (setting uploads.max_voices).")

    def _check_free(self, id: str) -> None:
        if id in {voice.id for voice in self._library.list()}:
            raise VoiceExists("There is a voice of this id: PUT /voices/{id} overrides it.", param="id")

    def _free_id(self, name: str) -> str:
        folded = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        wish = re.sub(r"[^a-z0-9]+", "-", folded).strip("-")[:48].strip("-")
        taken = {voice.id for voice in self._library.list()}
        return wish if wish and wish not in taken else f"{wish or 'voice'}-{secrets.token_hex(4)}"

    async def _look(self, clip: IO[bytes], details: Details) -> tuple[Inspected, dict[str, Any]]:
        seen = await self._inspector.inspect(clip)
        said = _said(details)
        clip_faults = judge(seen.quality)
        _refuse([*clip_faults, fit(said["text"], seen.quality)] if "text" in said else clip_faults)
        if "text" not in said:
            said["text"] = await self._transcribe(seen, details.language)
            said["transcribed"] = True
            _refuse([fit(said["text"], seen.quality)])
        said.setdefault("language", dominant_language(said["text"]))
        return seen, said

    async def _transcribe(self, seen: Inspected, language: Language | None) -> str:
        model = self._settings.transcriber
        pcm = resample(seen.pcm / np.float32(32768), SAMPLE_RATE, transcribe.SAMPLE_RATE)
        with tempfile.TemporaryFile() as file:
            file.write(to_s16le(pcm))
            file.flush()
            try:
                async with self._transcribing:
                    arguments = [str(model), language or "auto"]
                    line = await run("ishowtts.voices.transcribe", arguments, file, TRANSCRIPT_SECONDS, 65_536)
                text = str(answer_of(line).get("text", ""))[:2000]
            except HelperFailed as error:
                raise TranscriptRequired(f"The clip could not be transcribed ({error}): give its `text`.") from error
        text = " ".join(text.split())
        if not any(c.isalnum() for c in text):
            raise TranscriptRequired("No words were heard in the clip: give its `text`.", param="text")
        return text

    async def _write(self, id: str, seen: Inspected, said: dict[str, Any]) -> Voice:
        tables = _tables(seen.quality, seen.loudness_lufs, seen.true_peak_dbtp)
        tables["upload"] |= {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "transcribed": bool(said.pop("transcribed", False)),
        }
        clip = await asyncio.to_thread(flac, seen.pcm, SAMPLE_RATE)
        await self._stored(self._store.write, id, said, tables, clip)
        return await self._shown(id)

    async def _stored(self, change: Callable[..., None], *arguments: Any) -> None:
        try:
            await asyncio.to_thread(change, *arguments)
        except OSError as error:
            log.error("the voices folder cannot be changed: %s", error)
            raise LibraryFull(f"The voices folder cannot be changed: {error.strerror or 'see the log'}.") from error

    async def _shown(self, id: str) -> Voice:
        await asyncio.to_thread(self._library.refresh, id)
        return self._library.get(id)


class _Slot:
    def __init__(self, intake: VoiceIntake) -> None:
        self._intake = intake

    def __enter__(self) -> None:
        self._intake._check_on()
        if self._intake._busy >= AT_ONCE:
            raise UploadsBusy("Too many voices are being uploaded at once.", retry_after=BUSY_SECONDS)
        self._intake._busy += 1

    def __exit__(self, *_: object) -> None:
        self._intake._busy -= 1


def _valid(id: str) -> str:
    if not is_voice_id(id):
        raise InvalidRequest(
            "`id` must be 1 to 64 of a-z, 0-9, _ and -, starting with a letter or a digit.", param="id"
        )
    return id


def _refuse(findings: Sequence[Finding | None]) -> None:
    """Raise `PoorReference` for those that are refusals, if any."""
    refused = [finding for finding in findings if finding is not None and finding.refused]
    if refused:
        param = "text" if all(finding.code == "text_does_not_fit" for finding in refused) else "audio"
        reasons = [(finding.code, finding.message) for finding in refused]
        raise PoorReference(" ".join(finding.message for finding in refused), param=param, reasons=reasons)


def _said(details: Details) -> dict[str, Any]:
    """What was said of the voice, in one line each."""
    said = {
        key: " ".join(value.split())
        for key in ("text", "name", "language", "description", "license")
        if (value := getattr(details, key)) is not None
    }
    for key, value in said.items():
        if len(value) > LONGEST.get(key, 2000):
            raise InvalidRequest(f"`{key}` may have at most {LONGEST[key]} characters.", param=key)
        if any("\ud800" <= c <= "\udfff" or c == "\0" for c in value):
            raise InvalidRequest(f"`{key}` holds something that is not a character.", param=key)
    if "text" in said and not any(c.isalnum() for c in said["text"]):
        raise InvalidRequest("`text` must say what is spoken in the clip.", param="text")
    return said


def _tables(quality: Any, loudness: float, peak: float) -> dict[str, dict[str, Any]]:
    upload = {"consent": True, "loudness_lufs": loudness, "true_peak_dbtp": peak}
    return {"upload": upload, "quality": asdict(quality)}
