"""What `describe` is answered with: this server as one speech program, and its voices."""

from __future__ import annotations

from wyoming.info import Attribution, Info, TtsProgram, TtsVoice

from ishowtts import __version__
from ishowtts.voices.library import VoiceLibrary
from ishowtts.voices.voice import Voice

NAME = "iShowTTS"


def describe(library: VoiceLibrary, model: str, license: str) -> Info:
    """`model` and `license` are those of the weights; empty while they are not known."""
    return Info(
        tts=[
            TtsProgram(
                name=NAME,
                attribution=Attribution(name=" ".join(filter(None, (model, license and f"({license})"))), url=""),
                installed=True,
                description="Speech in cloned voices",
                version=__version__,
                voices=[_voice(voice) for voice in library.list()],
                supports_synthesize_streaming=True,
            )
        ]
    )


def _voice(voice: Voice) -> TtsVoice:
    return TtsVoice(
        name=voice.id,
        attribution=Attribution(name=voice.license, url=""),
        installed=True,
        description=f"{voice.name}: {voice.description}" if voice.description else voice.name,
        version=None,
        languages=[voice.language],
    )
