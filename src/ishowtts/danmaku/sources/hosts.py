"""The only hosts that a source connects to, unless the configuration file names another."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from ishowtts.settings.hosts import place_of

TWITCH = "wss://irc-ws.chat.twitch.tv"
BILIBILI_OPEN = "https://live-open.biliapi.com"
BILIBILI_CHAT = "wss://broadcastlv.chat.bilibili.com/sub"
YOUTUBE = "https://www.googleapis.com"
_BILIBILI_ENDS = (".bilibili.com", ".biliapi.com", ".biliapi.net", ".bilivideo.com")


@dataclass(frozen=True, slots=True)
class Hosts:
    """Which WebSocket addresses that a platform's answer names are followed."""

    ends: tuple[str, ...] = _BILIBILI_ENDS
    also: str = ""
    """The host of the base URL in the configuration file, whose addresses need no TLS."""

    @classmethod
    def of_base(cls, url: str | None) -> Hosts:
        return cls(also=_host(url)) if url else cls()

    def allows(self, url: str) -> bool:
        scheme, host = url.partition("://")[0].lower(), _host(url)
        if self.also and host == self.also:
            return scheme in ("ws", "wss")
        return scheme == "wss" and host.endswith(self.ends)


def _host(url: str) -> str:
    """Empty for what is no plain URL: with a name and password in it, or a host in more than one reading."""
    try:
        parts = urlsplit(url)
        place = place_of(parts.netloc)
        good = place is not None and parts.port != 0 and "\\" not in url and url.isprintable() and " " not in url
    except ValueError:
        return ""
    return place.name if place is not None and good else ""
