"""The pages and the files they are made of, read once and served from memory: no path of a request is ever opened."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from ishowtts.api.caller import needs
from ishowtts.errors import NotFound

router = APIRouter(include_in_schema=False)

FOLDER = Path(__file__).parent.parent / "web"
MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    # Whoever would write a stranger's text into a page as HTML is stopped by the browser.
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_PERMISSIONS = "camera=(), geolocation=(), microphone=({microphone})"
_KEEP = "no-cache"  # asked for again each time, and then mostly a 304: an update is seen at once


@dataclass(frozen=True, slots=True)
class File:
    content: bytes
    media_type: str
    etag: str


@cache
def files() -> dict[str, File]:
    """All of `web/` by its path in there."""
    found = {}
    for path in sorted(FOLDER.rglob("*")):
        if path.suffix in MEDIA_TYPES:
            content = path.read_bytes()
            etag = f'"{hashlib.sha256(content).hexdigest()[:24]}"'
            found[path.relative_to(FOLDER).as_posix()] = File(content, MEDIA_TYPES[path.suffix], etag)
    return found


@router.get("/")
@needs(None)
async def home(request: Request) -> Response:
    return _page(request, "home.html")


@router.get("/library")
@needs(None)
async def library(request: Request) -> Response:
    return _page(request, "library.html", microphone="self")


@router.get("/listen")
@needs(None)
async def listen(request: Request) -> Response:
    return _page(request, "listen.html")


@router.get("/studio")
@needs(None)
async def studio(request: Request) -> Response:
    return _page(request, "studio.html")


@router.get("/overlay")
@needs(None)
async def overlay(request: Request) -> Response:
    return _page(request, "overlay.html")


@router.get("/web/{name:path}")
@needs(None)
async def file(request: Request, name: str) -> Response:
    found = files().get(name)
    if found is None or name.endswith(".html"):
        raise NotFound("There is no such file.")
    return _answer(request, found)


def _page(request: Request, name: str, *, microphone: str = "") -> Response:
    answer = _answer(request, files()[name])
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["Permissions-Policy"] = _PERMISSIONS.format(microphone=microphone)
    return answer


def _answer(request: Request, found: File) -> Response:
    headers = {"ETag": found.etag, "Cache-Control": _KEEP}
    if found.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(found.content, media_type=found.media_type, headers=headers)
