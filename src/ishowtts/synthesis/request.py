"""What is to be said, with every wish resolved: nothing below has to know a default."""

from __future__ import annotations

import secrets
from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import TypeVar
from uuid import uuid4

from ishowtts.engine.job import Sampling
from ishowtts.errors import InvalidRequest, NothingToSay, TextTooLong
from ishowtts.priority import Priority
from ishowtts.serving.claim import LOCAL, Sender
from ishowtts.settings import Settings, TextSettings
from ishowtts.synthesis.written import Written
from ishowtts.text.clean import Cleaned, trace
from ishowtts.text.language import Language
from ishowtts.text.normalize import Normalized, Rules
from ishowtts.text.normalize import normalize as normalize_text
from ishowtts.text.pauses import hide
from ishowtts.voices.library import VoiceLibrary
from ishowtts.voices.voice import Voice

SEEDS = 2**32
PADDING = 4
"""Times the characters that a text may have before it is cleaned: cleaning takes time."""
GROWTH, MOST_SAID = 10, 1000
"""How much longer a text may be as it is said: ten times, and so many characters more."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """One text in one voice. `request_id` is for logs and answers; two requests may carry the same."""

    text: str
    voice: Voice
    sampling: Sampling
    cross_fade_duration: float
    target_rms: float
    remove_silence: bool
    request_id: str
    sender: Sender = LOCAL
    priority: Priority = "normal"
    any_seed: bool = False
    """The seed was not asked for: another one would do."""
    fresh: bool = False
    """Make it anew even where the same was made before."""
    pauses: tuple[float, ...] = ()
    """Seconds of the pauses that stand in the text as signs."""
    written: Written | None = None
    """What the caller wrote, and where `text` is in it; None: just that."""

    @property
    def original(self) -> str:
        """The text as the caller wrote it."""
        return self.written.original if self.written else self.text

    @property
    def characters(self) -> int:
        """That were asked for: of the caller's text, cleaned."""
        return len(self.written.cleaned.text) if self.written else len(self.text)

    @property
    def content(self) -> Hashable:
        """What the sound depends on: equal for requests that one recording can answer."""
        sampling = replace(self.sampling, seed=-1) if self.any_seed else self.sampling
        voice = (self.voice.id, self.voice.sha256, self.voice.text, self.voice.language)
        return self.text, self.pauses, voice, sampling, self.cross_fade_duration, self.target_rms, self.remove_silence

    @property
    def retry_key(self) -> int:
        """Knows this request again when it is refused and comes back."""
        return hash((self.sender, self.content))


def prepare(
    text: str,
    library: VoiceLibrary,
    settings: Settings,
    *,
    voice: str | None = None,
    request_id: str | None = None,
    nfe_step: int | None = None,
    cfg_strength: float | None = None,
    sway_sampling_coef: float | None = None,
    speed: float | None = None,
    seed: int | None = None,
    fix_duration: float | None = None,
    cross_fade_duration: float | None = None,
    target_rms: float | None = None,
    remove_silence: bool | None = None,
    sender: Sender = LOCAL,
    priority: Priority | None = None,
    fresh: bool = False,
    normalize: bool | None = None,
    pauses: bool | None = None,
) -> SpeechRequest:
    """Fill in what was left open; None is "as in the settings", and for `seed` "any".

    `pauses` makes silence of `[pause 0.5s]`: only for a text whose writer is trusted. Otherwise it is read.

    Raises `NothingToSay`, `TextTooLong`, `InvalidRequest`, `VoiceNotFound`.
    """
    cleaned = speakable(text, settings.server.max_text_chars)
    silences: tuple[float, ...] = ()
    if pauses:
        hidden, silences = hide(cleaned.text)
        cleaned = replace(cleaned, text=hidden)
    said = None
    if _or(normalize, settings.text.normalize):
        said = read_aloud(cleaned, settings.text, library.get(voice).language if voice is not None else None)
    spoken = said.text if said else cleaned.text
    defaults = settings.synthesis
    sampling = Sampling(
        nfe_step=_or(nfe_step, defaults.nfe_step),
        cfg_strength=_or(cfg_strength, defaults.cfg_strength),
        sway_sampling_coef=_or(sway_sampling_coef, defaults.sway_sampling_coef),
        speed=_or(speed, defaults.speed),
        fix_duration=fix_duration,
        seed=secrets.randbelow(SEEDS) if seed is None else seed,
        cfg_until=defaults.cfg_until,
    )
    return SpeechRequest(
        text=spoken,
        voice=library.choose(spoken, voice),
        sampling=sampling,
        cross_fade_duration=_or(cross_fade_duration, defaults.cross_fade_duration),
        target_rms=_or(target_rms, defaults.target_rms),
        remove_silence=_or(remove_silence, defaults.remove_silence),
        request_id=request_id or uuid4().hex,
        sender=sender,
        priority=_or(priority, "normal"),
        any_seed=seed is None,
        fresh=fresh,
        pauses=silences,
        written=Written(cleaned, said),
    )


def speakable(text: str, max_chars: int) -> Cleaned:
    """`text` cleaned. Raises `InvalidRequest` for what is not text, `NothingToSay`, `TextTooLong`."""
    cleaned = checked(text, max_chars)
    if not any(c.isalnum() for c in cleaned.text):
        raise NothingToSay("`text` has nothing that can be spoken: give it a letter or a digit.", param="text")
    return cleaned


def checked(text: str, max_chars: int) -> Cleaned:
    """`text` cleaned, be there something to say or not. Raises `InvalidRequest`, `TextTooLong`."""
    if len(text) > PADDING * max_chars:
        raise _too_long(len(text), max_chars)
    if "\0" in text:
        raise InvalidRequest("`text` holds a NUL character.", param="text")
    if any("\ud800" <= c <= "\udfff" for c in text):
        raise InvalidRequest("`text` holds half of a surrogate pair, which is not a character.", param="text")
    cleaned = trace(text)
    if len(cleaned.text) > max_chars:
        raise _too_long(len(cleaned.text), max_chars)
    return cleaned


def read_aloud(cleaned: Cleaned, settings: TextSettings, language: Language | None = None) -> Normalized:
    """How it is said, by the rules of the settings. Raises `NothingToSay`, `TextTooLong`."""
    said = normalize_text(cleaned.lines(), rules_of(settings), language)
    if not any(c.isalnum() for c in said.text):
        raise NothingToSay("`text` has nothing that can be spoken: only what is skipped.", param="text")
    if len(said.text) > MOST_SAID + GROWTH * len(cleaned.text):
        raise TextTooLong("`text` is too long as it is read aloud: send it in parts.", param="text")
    return said


def rules_of(settings: TextSettings) -> Rules:
    return Rules(settings.links, settings.emoji, settings.slang, tuple(settings.lexicon.items()))


def _too_long(length: int, most: int) -> TextTooLong:
    return TextTooLong(f"`text` has {length} characters, this server takes {most}: send it in parts.", param="text")


def _or(wish: T | None, default: T) -> T:
    return default if wish is None else wish
