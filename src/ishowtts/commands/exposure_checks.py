"""What `ishowtts doctor` says about who can reach the server, and what they may do there."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

from ishowtts.commands.checks import Line
from ishowtts.commands.network import check_exposure, check_wyoming
from ishowtts.errors import SpeechError
from ishowtts.settings import Loaded, Settings
from ishowtts.settings.hosts import is_loopback

_SPARE_FILES = 128  # beside connections: the model's, the worker's, the log's


def exposure(loaded: Loaded) -> Iterator[Line]:
    """Everything, one line or a few for each thing."""
    for part in (_address, _keys, _names, _pages, _metrics, _wyoming, _files):
        yield from part(loaded.settings)
    if loaded.config is not None:
        yield from _config_file(loaded.config, loaded.settings)


def _wide(settings: Settings) -> bool:
    return not is_loopback(settings.server.host)


def _address(settings: Settings) -> Iterator[Line]:
    host = settings.server.host
    try:
        check_exposure(settings)
    except SpeechError as error:
        yield Line("fail", "exposed", error.message, "`ishowtts serve` will not start like this")
        return
    if not _wide(settings):
        yield Line("ok", "exposed", "to this machine only")
    elif settings.auth.keys:
        found = f"{host}: to every machine that can reach this one, with a key"
        yield Line("warn", "exposed", found, "keys travel in clear text: put a proxy that speaks TLS in front")
    else:
        todo = "make a key (ishowtts key NAME --scope synthesise), or keep it behind a firewall"
        yield Line("warn", "exposed", f"{host}: to every machine that can reach this one, without a key", todo)


def _keys(settings: Settings) -> Iterator[Line]:
    keys = settings.auth.keys
    if not keys:
        yield Line("ok", "keys", "none: whoever reaches the server may do everything")
    for key in keys:
        yield Line("ok", "keys", f"{key.name}: {', '.join(key.scopes)}; priority up to {key.priority}")


def _names(settings: Settings) -> Iterator[Line]:
    names = settings.server.allowed_hosts
    if names:
        yield Line("ok", "names", f"localhost, {'addresses, ' if _wide(settings) else ''}{', '.join(names)}")
    elif not _wide(settings):
        yield Line("ok", "names", "localhost and loopback addresses")
    elif settings.auth.keys:
        yield Line("ok", "names", "any: a page under a name of its own has no key")
    else:
        yield Line("ok", "names", "addresses, and names that no public DNS knows (one word, .local, .lan, …)")


def _pages(settings: Settings) -> Iterator[Line]:
    origins = settings.server.allowed_origins
    if "*" in origins:
        yield Line("warn", "pages", "of every origin may use the server, with a key", "list the origins that should")
    elif "null" in origins:
        todo = "any page can make itself of origin null: serve the page from an address instead"
        yield Line("warn", "pages", f"of these origins may use the server: {', '.join(origins)}", todo)
    else:
        yield Line("ok", "pages", f"of these origins may use the server: {', '.join(['its own', *origins])}")


def _metrics(settings: Settings) -> Iterator[Line]:
    if not settings.auth.keys:
        yield Line("ok", "metrics", "open to whoever reaches the server")
    elif not settings.auth.open_metrics:
        yield Line("ok", "metrics", "for keys with the scope admin")
    elif _wide(settings):
        todo = "fine in a network of your own; else set auth.open_metrics = false"
        yield Line("warn", "metrics", "open to every machine that can reach this one", todo)
    else:
        yield Line("ok", "metrics", "open to this machine")


def _wyoming(settings: Settings) -> Iterator[Line]:
    wyoming = settings.wyoming
    if not wyoming.enabled:
        return
    where = f"{wyoming.host} port {wyoming.port}"
    try:
        check_wyoming(settings)
    except SpeechError as error:
        yield Line("fail", "wyoming", error.message, "`ishowtts serve` will not start like this")
        return
    if is_loopback(wyoming.host):
        yield Line("ok", "wyoming", f"{where}: to this machine only")
    else:
        todo = "its protocol knows no keys: let only Home Assistant through the firewall"
        yield Line("warn", "wyoming", f"{where}: to every machine that can reach this one", todo)


def _files(settings: Settings) -> Iterator[Line]:
    try:
        import resource
    except ImportError:  # not a Unix
        return
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = settings.server.max_connections + _SPARE_FILES
    if most != resource.RLIM_INFINITY and most < wanted:
        found = f"{most} may be open at once, fewer than server.max_connections and {_SPARE_FILES} more"
        yield Line("warn", "files", found, f"ulimit -n {wanted}, or a lower server.max_connections")


def _config_file(path: Path, settings: Settings) -> Iterator[Line]:
    try:
        mode = path.stat().st_mode
    except OSError:
        return
    inside = ["names, scopes and digests of keys"] if settings.auth.keys else []
    if any(source.has_secrets for source in settings.danmaku.sources):
        inside.append("secrets of chat sources")
    if mode & stat.S_IWOTH:
        yield Line("warn", "config", f"{path} can be changed by every user of this machine", f"chmod o-w {path}")
    elif inside and mode & stat.S_IROTH:
        found = f"{path} can be read by every user of this machine: {', and '.join(inside)}"
        yield Line("warn", "config", found, f"chmod o-r {path}")
    else:
        yield Line("ok", "config", f"{path} is not open to other users" if inside else f"{path} holds no keys")
