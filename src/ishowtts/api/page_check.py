"""A GET that does something must not be done because a page says so: any page may make a browser GET any address.

`OriginCheck` has refused what says that it comes from another page. Browsers say so to this machine and over HTTPS;
over plain HTTP in a local network they do not, and old ones never do.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.requests import Request

from ishowtts.api.origin_check import is_allowed
from ishowtts.api.services import services
from ishowtts.errors import WrongOrigin
from ishowtts.settings.hosts import is_loopback, place_of, same_origin


def refuse_pages(request: Request) -> None:
    """Raises `WrongOrigin` for what a browser asks on behalf of a stranger, or ahead of time."""
    headers, settings = request.headers, services(request).settings
    if "prefetch" in (headers.get("sec-purpose", "") + headers.get("purpose", "") + headers.get("x-moz", "")).lower():
        raise WrongOrigin("A browser looks ahead; this address does something, so it waits for the real request.")
    if "origin" in headers or "sec-fetch-site" in headers:
        return
    if (page := headers.get("referer")) is not None:
        if not _is_ours(page, headers, settings.server.allowed_origins):
            raise WrongOrigin("A page of another origin asks: add its origin to server.allowed_origins.")
    elif _is_browser(headers) and not settings.auth.keys and not _is_here(headers):
        raise WrongOrigin(
            "A browser asks without saying for which page, and over plain HTTP in a network that may be any: "
            "make a key (`ishowtts key`) and send it as `token`, or use POST /danmaku."
        )


def _is_ours(page: str, headers: Headers, allowed: list[str]) -> bool:
    origin = "/".join(page.split("/", 3)[:3])
    return is_allowed(origin, allowed) or same_origin(origin, headers.get("host", ""))


def _is_browser(headers: Headers) -> bool:
    return headers.get("user-agent", "").startswith("Mozilla/")


def _is_here(headers: Headers) -> bool:
    place = place_of(headers.get("host", ""))
    return place is not None and is_loopback(place.name)
