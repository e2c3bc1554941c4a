"""/docs and /redoc, with scripts of our own: they work without the internet, and nobody else's script runs in them."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Literal

import fastapi_offline
from fastapi import APIRouter
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse

from ishowtts.api.caller import needs

router = APIRouter(include_in_schema=False)

_FILES = Path(fastapi_offline.__file__).parent / "static"
_SWAGGER, _STYLE, _REDOC = "swagger-ui-bundle.js", "swagger-ui.css", "redoc.standalone.js"
_NO_ICON = "data:,"
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_POLICY = (
    "default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "media-src 'self' blob:; connect-src 'self'; worker-src blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@router.get("/docs")
@needs(None)
async def swagger(request: Request) -> HTMLResponse:
    page = get_swagger_ui_html(
        openapi_url=_schema_url(request),
        title="iShowTTS",
        swagger_js_url=_url(request, _SWAGGER),
        swagger_css_url=_url(request, _STYLE),
        swagger_favicon_url=_NO_ICON,
    )
    return _with_policy(page)


@router.get("/redoc")
@needs(None)
async def redoc(request: Request) -> HTMLResponse:
    page = get_redoc_html(
        openapi_url=_schema_url(request),
        title="iShowTTS",
        redoc_js_url=_url(request, _REDOC),
        redoc_favicon_url=_NO_ICON,
        with_google_fonts=False,
    )
    return _with_policy(page)


@router.get("/docs/assets/{name}")
@needs(None)
async def asset(name: Literal["swagger-ui-bundle.js", "swagger-ui.css", "redoc.standalone.js"]) -> FileResponse:
    return FileResponse(_FILES / name, headers={"Cache-Control": "public, max-age=3600"})


def _schema_url(request: Request) -> str:
    return _root(request) + "/openapi.json"


def _url(request: Request, name: str) -> str:
    return f"{_root(request)}/docs/assets/{name}"


def _root(request: Request) -> str:
    return str(request.scope.get("root_path", "")).rstrip("/")


def _with_policy(page: HTMLResponse) -> HTMLResponse:
    """Allow the page's own inline scripts by their hashes, and our files."""
    digests = [hashlib.sha256(script.encode()).digest() for script in _INLINE.findall(bytes(page.body).decode())]
    hashes = [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]
    page.headers["Content-Security-Policy"] = _POLICY.format(scripts=" ".join(["'self'", *hashes]))
    return page
