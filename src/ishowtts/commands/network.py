"""Which address to listen on, and who can reach it."""

from __future__ import annotations

import socket

from ishowtts.errors import ConfigError, SpeechError
from ishowtts.settings import ServerSettings, Settings
from ishowtts.settings.hosts import is_loopback


def check_exposure(settings: Settings) -> None:
    """Raises `ConfigError` for an address that others can reach without a key, unless that was asked for in so many
    words."""
    server = settings.server
    if not (settings.auth.keys or server.insecure or is_loopback(server.host)):
        raise ConfigError(
            f"server.host {server.host!r} can be reached from other machines and nobody is asked for a key: use "
            "127.0.0.1; or make a key (ishowtts key NAME --scope synthesise) and put it in [auth]; or say --insecure "
            "(server.insecure = true) if that is what you want"
        )


def check_wyoming(settings: Settings) -> None:
    """The same for the Wyoming port, which no key protects. Raises `ConfigError`."""
    wyoming = settings.wyoming
    if wyoming.enabled and not settings.server.insecure and not is_loopback(wyoming.host):
        raise ConfigError(
            f"wyoming.host {wyoming.host!r} can be reached from other machines and its protocol knows no keys: "
            "use 127.0.0.1, or say --insecure (server.insecure = true) if that is what you want"
        )


def listen(server: ServerSettings) -> socket.socket:
    """A bound socket, before anything slow is started. Raises `SpeechError` where the port is taken."""
    try:
        [family, kind, protocol, _, address] = socket.getaddrinfo(
            server.host, server.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError) as error:
        raise SpeechError(f"server.host {server.host!r} is no address of this machine: {error}") from error
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise SpeechError(
            f"cannot listen on {server.host} port {server.port}: {error.strerror or error}. Choose another with "
            "--port, or 0 for any free one"
        ) from error
    return listener


def others_url(listener: socket.socket) -> str | None:
    """What to type on another machine, where the address is a wildcard; None where there is nothing to say."""
    host, port = listener.getsockname()[:2]
    if host not in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        return None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # of no machine (RFC 5737): nothing is sent, an address of ours is chosen
            own = probe.getsockname()[0]
        except OSError:  # no network
            own = socket.gethostname()
    return f"http://{own}:{port}"


def url_of(listener: socket.socket) -> str:
    """What to type on this machine: a wildcard address becomes the loopback."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
