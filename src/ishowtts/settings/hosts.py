"""Names of machines as they stand in settings and in Host and Origin headers."""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple

_AUTHORITY = re.compile(r"(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::([0-9]{1,5}))?")
_DEFAULT_PORTS = {"http": 80, "https": 443}
# Ends of names that no public DNS server answers for, so that no stranger can point one at us.
_PRIVATE_ENDS = (".local", ".localhost", ".internal", ".lan", ".home.arpa", ".svc")


class Place(NamedTuple):
    """A host name, lower-case and without brackets or a final dot, and the port that was written, if any."""

    name: str
    port: int | None


def is_loopback(host: str) -> bool:
    """Only programs on this machine reach it. A name other than localhost may mean anything, so it does not count."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


def is_address(name: str) -> bool:
    """Of the form 10.0.0.1 or fe80::1."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_private(name: str) -> bool:
    """A name that only a network of one's own can resolve: of one word, or with an end such as .local."""
    return "." not in name or name.endswith(_PRIVATE_ENDS)


def place_of(authority: str) -> Place | None:
    """`name`, `name:port`, `[v6]:port`; None for anything else."""
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        return None
    return Place(match[1].strip("[]").lower().rstrip("."), int(match[2]) if match[2] else None)


def same_origin(origin: str, host: str) -> bool:
    """Whether a page of `origin` (scheme://name[:port]) was served under this Host header.

    The scheme only says which port is meant by none: behind a proxy we do not know ours.
    """
    scheme, _, authority = origin.lower().partition("://")
    here, there = place_of(host), place_of(authority)
    if here is None or there is None or scheme not in _DEFAULT_PORTS:
        return False
    usual = _DEFAULT_PORTS[scheme]
    return (here.name, here.port or usual) == (there.name, there.port or usual)
