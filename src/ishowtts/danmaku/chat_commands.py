"""What people may ask for in the chat itself: `!voice NAME`, and for moderators `!ttsskip` and the like."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from ishowtts.danmaku.commands import Command
from ishowtts.danmaku.event import ChatEvent
from ishowtts.danmaku.people import People
from ishowtts.danmaku.person import at_least
from ishowtts.danmaku.policy import Policy
from ishowtts.danmaku.stage import Scope, Stage
from ishowtts.danmaku.voices import asked_voice


class Controls(Protocol):
    """What a command may do to a room."""

    @property
    def policy(self) -> Policy: ...

    @property
    def people(self) -> People: ...

    @property
    def stage(self) -> Stage: ...

    def pause(self, paused: bool) -> None: ...

    def resume(self) -> None: ...

    def panic(self) -> None: ...

    def clear(self, scope: Scope) -> int: ...

    def mute(self, user: str, muted: bool = True) -> None: ...


def obey(room: Controls, event: ChatEvent, command: Command) -> bool:
    """Do what the chat asks for; False if it is no command of ours, or nobody may ask for it here."""
    if command.name == "voice":
        return _choose_voice(room, event, command.argument)
    if not at_least(event.author, "moderators"):
        return False
    match command.name:
        case "ttsskip":
            room.stage.skip()
        case "ttspause":
            room.pause(True)
        case "ttsresume":
            room.resume()
        case "ttsclear":
            room.clear("chat")
        case "ttspanic":
            room.panic()
        case "ttsban" | "ttsunban":
            user = room.people.named(event.source, command.argument)
            if user is None:
                return False
            room.mute(user, command.name == "ttsban")
        case _:
            return False
    return True


def _choose_voice(room: Controls, event: ChatEvent, argument: str) -> bool:
    voice, refusal = asked_voice(argument, event.author, room.policy.voices)
    if refusal is None:
        room.people.put(event.user, replace(room.people.get(event.user), chosen_voice=voice))
    return refusal is None
