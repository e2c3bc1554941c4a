"""/docs and /redoc: their scripts come from a CDN, which these two pages alone may load from."""

from __future__ import annotations

import base64
import hashlib
import re

from fastapi import APIRouter
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from starlette.requests import Request
from starlette.responses import HTMLResponse

from ishowtts.api.caller import needs

router = APIRouter(include_in_schema=False)

_SWAGGER = "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5/"
_REDOC = "https://cdn.jsdelivr.net/npm/redoc@2/bundles/redoc.standalone.js"
_NO_ICON = "data:,"
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_POLICY = (
    "default-src 'none'; script-src {scripts}; style-src {styles} 'unsafe-inline'; img-src 'self' data:; "
    "media-src 'self' blob:; connect-src 'self'; worker-src blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@router.get("/docs")
@needs(None)
async def swagger(request: Request) -> HTMLResponse:
    page = get_swagger_ui_html(
        openapi_url=_schema_url(request),
        title="iShowTTS",
        swagger_js_url=f"{_SWAGGER}swagger-ui-bundle.js",
        swagger_css_url=f"{_SWAGGER}swagger-ui.css",
        swagger_favicon_url=_NO_ICON,
    )
    return _with_policy(page, scripts=_SWAGGER, styles=_SWAGGER)


@router.get("/redoc")
@needs(None)
async def redoc(request: Request) -> HTMLResponse:
    page = get_redoc_html(
        openapi_url=_schema_url(request),
        title="iShowTTS",
        redoc_js_url=_REDOC,
        redoc_favicon_url=_NO_ICON,
        with_google_fonts=False,
    )
    return _with_policy(page, scripts=_REDOC, styles="")


def _schema_url(request: Request) -> str:
    return str(request.scope.get("root_path", "")).rstrip("/") + "/openapi.json"


def _with_policy(page: HTMLResponse, scripts: str, styles: str) -> HTMLResponse:
    """Allow the page's own inline scripts by their hashes, and what it loads by its address."""
    digests = [hashlib.sha256(script.encode()).digest() for script in _INLINE.findall(bytes(page.body).decode())]
    hashes = [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]
    page.headers["Content-Security-Policy"] = _POLICY.format(scripts=" ".join([scripts, *hashes]), styles=styles)
    return page
