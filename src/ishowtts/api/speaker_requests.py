"""What a client of Speaker.bot may ask a room for, and what it is answered."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ishowtts import __version__
from ishowtts.api.caller import Caller
from ishowtts.api.danmaku import check_voice
from ishowtts.api.danmaku_schemas import Said
from ishowtts.api.parse import checked
from ishowtts.api.services import Services
from ishowtts.danmaku.event import bounded
from ishowtts.danmaku.policy_change import changed
from ishowtts.danmaku.room import Room
from ishowtts.errors import InvalidRequest, MissingScope, SpeechError, VoiceNotFound

SOURCE = "speaker"
QUIET_KINDS = ["chat", "system"]
"""What is still read when events are off."""


COMMANDS = [
    "Speak", "Stop", "Pause", "Resume", "Clear", "Enable", "On", "Disable", "Off", "Events", "Mode", "GetInfo",
    "GetAliases", "Commands", "GetEvents", "Subscribe", "UnSubscribe",
]  # fmt: skip


class _Request(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


class Speak(_Request):
    message: Said
    voice: Annotated[str, Field(max_length=64)] = ""


class Switch(_Request):
    state: Literal["on", "off"]


class Mode(_Request):
    mode: Literal["all", "command"]


class Speaker:
    """One room, for one caller."""

    def __init__(self, room: Room, parts: Services, caller: Caller) -> None:
        self._room, self._parts, self._caller = room, parts, caller
        self._known = {
            "Speak": self._speak,
            "Stop": self._stop,
            "Pause": self._pause,
            "Resume": self._resume,
            "Clear": self._clear,
            "Enable": self._enable,
            "On": self._enable,
            "Disable": self._disable,
            "Off": self._disable,
            "Events": self._events,
            "Mode": self._mode,
            "GetInfo": self._info,
            "GetAliases": self._aliases,
            "Commands": self._commands,
        }

    async def do(self, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The result. Raises `SpeechError`."""
        act = self._known.get(name)
        if act is None:
            raise InvalidRequest(f"This server does {', '.join(COMMANDS)}.", param="request")
        return await act(fields)

    async def _speak(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        wanted = checked(Speak, fields)
        voice = self._voice(wanted.voice)
        receipt = self._room.take(bounded(SOURCE, "system", "", text=wanted.message, voice=voice))
        assert receipt is not None, "no retraction"  # noqa: S101
        return {"speechId": receipt.id, "status": receipt.status, "reason": receipt.reason or None}

    async def _stop(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        return {"stopped": self._room.stage.skip()}

    async def _pause(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        self._room.pause(True)
        return {}

    async def _resume(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        self._room.pause(False)
        return {}

    async def _clear(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        return {"count": self._room.clear("all")}

    async def _enable(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        self._room.resume()
        return {}

    async def _disable(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        self._room.panic()
        return {}

    async def _events(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        on = checked(Switch, fields).state == "on"
        before = self._parts.rooms.configured(self._room).sources.kinds
        await self._change({"sources": {"kinds": before if on else QUIET_KINDS}})
        return {}

    async def _mode(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        await self._change({"commands": {"only": checked(Mode, fields).mode == "command"}})
        return {}

    async def _info(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "instanceId": self._room.broker.epoch,
            "name": "iShowTTS",
            "version": __version__,
            "os": platform.system().lower(),
            "apiVersion": 2,
        }

    async def _aliases(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        names = [voice.id for voice in self._parts.library.list()] + list(self._room.policy.voices.commands)
        return {"aliases": [{"id": name, "name": name, "voiceCount": 1} for name in names]}

    async def _commands(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        return {"commands": COMMANDS}

    def _voice(self, alias: str) -> str:
        """An id of ours, in any case, or a name that the room's `!voice` knows. Raises `VoiceNotFound`."""
        named = {name.casefold(): voice for name, voice in self._room.policy.voices.commands.items()}
        voice = named.get(alias.casefold(), alias.lower())
        try:
            check_voice(self._parts, voice)
        except VoiceNotFound:
            raise VoiceNotFound(
                "There is no voice of this name: use one of GetAliases, or none for the room's own; "
                "voices.commands of the room gives a voice another name.",
                param="voice",
            ) from None
        return voice

    async def _change(self, change: Mapping[str, object]) -> None:
        if not self._caller.may("admin"):
            raise MissingScope("This key is good, but what a room reads is changed with the scope `admin`.")
        policy = changed(self._room.policy, change)
        if policy != self._room.policy:
            await self._parts.rooms.configure(self._room, policy, self._room.version)


def reply(id: object, result: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": id, "status": "ok", "result": dict(result)}


def refusal(id: object, error: SpeechError) -> dict[str, Any]:
    """`error` is what Speaker.bot's clients look for; the rest is as everywhere here."""
    return {"id": id, "status": "error", "error": error.message, "code": error.code, "param": error.param}
