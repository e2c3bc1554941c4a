"""Whose voice reads a message."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal

from ishowtts.danmaku.event import Author, ChatEvent
from ishowtts.danmaku.person import NOBODY, Person, at_least
from ishowtts.danmaku.policy import VoicePolicy
from ishowtts.text.language import Language

RANDOM = "random"
Refusal = Literal["not_allowed", "unknown_voice"]


def voice_for(
    event: ChatEvent, policy: VoicePolicy, language: Language, person: Person = NOBODY, server_default: str = ""
) -> str:
    """An id of a voice; `server_default` where the room has none for this language."""
    for wanted in (
        event.voice,
        person.voice or _of_user(event, policy),
        _chosen(person.chosen_voice, policy),
        policy.kinds.get(event.kind, ""),
        policy.sources.get(event.source, ""),
        policy.default.get(language, ""),
    ):
        if wanted == RANDOM:
            wanted = sticky(event.user, policy.random.get(language, ()))
        if wanted:
            return wanted
    return server_default


def asked_voice(argument: str, author: Author, policy: VoicePolicy) -> tuple[str, Refusal | None]:
    """What `!voice ARGUMENT` asks for: the voice to remember for its user, or why not."""
    if not at_least(author, policy.commands_from):
        return "", "not_allowed"
    wanted = argument.strip().casefold()
    found = next((voice for name, voice in policy.commands.items() if name.casefold() == wanted), "")
    return found, None if found else "unknown_voice"


def sticky(user: str, voices: Sequence[str]) -> str:
    """The same for the same user, over restarts; a voice more or less changes only who had or has that one."""
    return max(voices, key=lambda voice: _draw(user, voice), default="")


def _draw(user: str, voice: str) -> bytes:
    return hashlib.blake2b(f"{user}\0{voice}".encode(), digest_size=8).digest()


def _chosen(voice: str, policy: VoicePolicy) -> str:
    """What was allowed once may not be now."""
    return voice if voice in policy.commands.values() else ""


def _of_user(event: ChatEvent, policy: VoicePolicy) -> str:
    wanted = {event.user.casefold(), event.author.name.casefold(), f"{event.source}:@{event.author.name.casefold()}"}
    return next((voice for name, voice in policy.users.items() if name.casefold() in wanted), "")
