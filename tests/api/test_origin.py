from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from ishowtts.api.security_headers import PAGE_POLICY
from ishowtts.settings.hosts import is_loopback, is_private, place_of, same_origin
from tests.api.server import client_of, error_of, make
from tests.api.test_auth import ADMIN, KEYS, bearer

pytestmark = pytest.mark.anyio

FRIEND = "https://friend.example"
EVIL = "https://evil.example"


def app_of(folder: Path, keys: bool = False, **server: Any) -> FastAPI:
    return make(folder, server=server, auth={"keys": KEYS if keys else []})[0]


async def status(client: httpx.AsyncClient, host: str | None, path: str = "/healthz") -> int:
    headers = [] if host is None else [(b"host", host.encode("latin-1"))]
    request = client.build_request("GET", path)
    request.headers = httpx.Headers(headers)
    response = await client.send(request)
    if response.status_code == 421:
        assert error_of(response)["code"] == "wrong_host"
        assert host is None or len(host) < 4 or host not in response.text
    return response.status_code


# ── Host ──

REBOUND = [
    "evil.example",
    "evil.example:27121",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "10.0.0.1",
    "0.0.0.0",
]
BROKEN = ["", " ", "a b", "localhost:port", "localhost:1:2", "user@localhost", "localhost/x", "[::1", "é", None]


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:27121", "127.0.0.1:1", "127.9.9.9", "[::1]", "[::1]:80", "localhost."]
)
async def test_names_of_this_machine_are_served(tmp_path: Path, host: str) -> None:
    async with client_of(app_of(tmp_path, allowed_hosts=[])) as client:
        assert await status(client, host) == 200


@pytest.mark.parametrize("host", [*REBOUND, *BROKEN, "test"])
async def test_other_names_are_not(tmp_path: Path, host: str | None) -> None:
    async with client_of(app_of(tmp_path, allowed_hosts=[])) as client:
        assert await status(client, host) == 421


async def test_two_host_headers_are_not_one(tmp_path: Path) -> None:
    async with client_of(app_of(tmp_path)) as client:
        request = client.build_request("GET", "/healthz")
        request.headers = httpx.Headers([("host", "localhost"), ("host", "localhost")])
        assert (await client.send(request)).status_code == 421


async def test_names_of_the_settings_are_served_too(tmp_path: Path) -> None:
    async with client_of(app_of(tmp_path, allowed_hosts=["TTS.example.", "fd00::7"])) as client:
        assert await status(client, "tts.example:443") == 200
        assert await status(client, "[fd00::7]") == 200
        assert await status(client, "localhost") == 200
        assert await status(client, "x.tts.example") == 421


@pytest.mark.parametrize(
    ("host", "open_to_all", "with_keys", "with_names"),
    [
        ("10.0.0.1:27121", 200, 200, 200),
        ("localhost", 200, 200, 200),
        ("tts.example", 421, 200, 200),
        ("gpu-box", 200, 200, 421),
        ("gpu-box.local", 200, 200, 421),
        ("evil.example", 421, 200, 421),
    ],
)
async def test_a_server_for_other_machines(
    tmp_path: Path, host: str, open_to_all: int, with_keys: int, with_names: int
) -> None:
    wide: dict[str, Any] = {"host": "0.0.0.0", "insecure": True, "allowed_hosts": []}
    named = {**wide, "allowed_hosts": ["tts.example"]}
    for app, expected in (
        (app_of(tmp_path, **wide), open_to_all),
        (app_of(tmp_path, keys=True, **wide), with_keys),
        (app_of(tmp_path, keys=True, **named), with_names),
    ):
        async with client_of(app) as client:
            assert await status(client, host) == expected


async def test_the_name_that_the_server_listens_on_is_its_own(tmp_path: Path) -> None:
    async with client_of(
        app_of(tmp_path, host="Box.example.org", insecure=True, allowed_hosts=["tts.example"])
    ) as client:
        assert await status(client, "box.example.org:27121") == 200
        assert await status(client, "other.example.org:27121") == 421


# ── Origin ──

SPENDING = [("POST", "/tts"), ("GET", "/tts?text="), ("PUT", "/voices"), ("DELETE", "/voices"), ("POST", "/nothing")]


def allowed(response: httpx.Response) -> bool:
    if response.status_code == 403:
        assert error_of(response)["code"] == "wrong_origin"
    return response.status_code != 403


@pytest.mark.parametrize(("method", "path"), SPENDING)
async def test_pages_of_others_spend_and_change_nothing(tmp_path: Path, method: str, path: str) -> None:
    async with client_of(app_of(tmp_path, allowed_origins=[FRIEND])) as client:

        async def may(**headers: str) -> bool:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return allowed(await client.request(method, path, headers=named))

        assert await may()
        assert await may(origin=FRIEND)
        assert await may(origin=FRIEND, sec_fetch_site="cross-site")
        assert await may(origin="http://test")
        assert await may(origin="http://test:80")
        assert await may(sec_fetch_site="same-origin")
        assert await may(sec_fetch_site="none")
        for origin in (
            EVIL,
            "null",
            "",
            "http://test:81",
            "https://test:80",
            "http://test.evil.example",
            "file://",
            FRIEND + ":444",
            "http://friend.example",
            "*",
        ):
            assert not await may(origin=origin), origin
        assert not await may(sec_fetch_site="cross-site")
        assert not await may(sec_fetch_site="same-site")


async def test_probes_and_docs_can_be_opened_from_anywhere(tmp_path: Path) -> None:
    async with client_of(app_of(tmp_path)) as client:
        for path in ("/healthz", "/version", "/docs", "/redoc", "/openapi.json"):
            assert (await client.get(path, headers={"sec-fetch-site": "cross-site"})).status_code == 200
            assert (await client.get(path, headers={"origin": EVIL})).status_code == 200


async def test_null_is_an_origin_that_can_be_listed(tmp_path: Path) -> None:
    async with client_of(app_of(tmp_path, allowed_origins=["null"])) as client:
        assert allowed(await client.post("/tts", headers={"origin": "null"}))
        assert not allowed(await client.post("/tts", headers={"origin": EVIL}))


# ── CORS ──


def preflight(
    origin: str, method: str = "POST", headers: str = "authorization,content-type,x-request-id"
) -> dict[str, str]:
    return {"origin": origin, "access-control-request-method": method, "access-control-request-headers": headers}


async def test_a_browser_is_told_what_an_allowed_page_may(tmp_path: Path) -> None:
    async with client_of(app_of(tmp_path, keys=True, allowed_origins=["HTTPS://Friend.example:443"])) as client:
        for wished in (
            "authorization,content-type,x-request-id,xi-api-key,x-api-key",
            "last-event-id",
            "x-stainless-os",
        ):
            asked = await client.options("/tts", headers=preflight(FRIEND, headers=wished))
            assert asked.status_code == 200
            assert asked.headers["access-control-allow-origin"] == FRIEND
            assert asked.headers["access-control-allow-headers"] == wished
            assert "access-control-allow-credentials" not in asked.headers
            assert "Origin" in asked.headers["vary"]
        for response in (
            await client.post("/tts", json={}, headers={"origin": FRIEND, **bearer(ADMIN)}),  # 422
            await client.post("/tts", json={}, headers={"origin": FRIEND}),  # 401
            await client.post("/tts", content=b"a" * 1_000_000, headers={"origin": FRIEND, **bearer(ADMIN)}),  # 413
        ):
            assert response.status_code in (401, 413, 422)
            assert response.headers["access-control-allow-origin"] == FRIEND
            assert response.headers["access-control-expose-headers"] == "*"
            assert response.headers["cross-origin-resource-policy"] == "cross-origin"
            assert "access-control-allow-credentials" not in response.headers


async def test_a_page_that_is_not_allowed_gets_no_permission(tmp_path: Path) -> None:
    async with client_of(app_of(tmp_path, allowed_origins=[FRIEND])) as client:
        for request in (preflight(EVIL), preflight("null"), preflight(FRIEND, method="TRACE")):
            asked = await client.options("/tts", headers=request)
            assert asked.status_code == 403
            assert error_of(asked)["code"] == "wrong_origin"
            assert "access-control-allow-origin" not in asked.headers
        answer = await client.get("/healthz", headers={"origin": EVIL})
        assert "access-control-allow-origin" not in answer.headers
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "Origin" in answer.headers["vary"]


async def test_every_origin_with_keys_and_without_cookies(tmp_path: Path) -> None:
    async with client_of(app_of(tmp_path, keys=True, allowed_origins=["*"])) as client:
        asked = await client.options("/tts", headers=preflight(EVIL))
        assert asked.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in asked.headers
        assert (await client.post("/tts", json={}, headers={"origin": EVIL})).status_code == 401
        assert (await client.post("/tts", json={}, headers={"origin": EVIL, **bearer(ADMIN)})).status_code == 422


# ── headers ──


async def test_every_answer_says_what_not_to_do_with_it(tmp_path: Path) -> None:
    app = app_of(tmp_path)

    @app.get("/broken")
    async def broken() -> None:
        raise ZeroDivisionError

    async with client_of(app) as client:
        for path in ("/healthz", "/nothing", "/tts?text=", "/broken", "/docs"):
            headers = (await client.get(path)).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["cache-control"] == "no-store"
            assert headers["cross-origin-resource-policy"] == "same-origin"
            assert ("content-security-policy" in headers) == headers.get("content-type", "").startswith("text/html")


async def test_the_documentation_may_load_what_it_needs_and_nothing_else(tmp_path: Path) -> None:
    from starlette.responses import HTMLResponse

    app = app_of(tmp_path)

    @app.get("/page")
    async def page() -> HTMLResponse:
        return HTMLResponse("<p>hello")

    async with client_of(app) as client:
        assert (await client.get("/page")).headers["content-security-policy"] == PAGE_POLICY
        for path in ("/docs", "/redoc"):
            shown = await client.get(path)
            assert shown.headers["x-frame-options"] == "DENY"
            policy = dict(
                part.strip().partition(" ")[::2] for part in shown.headers["content-security-policy"].split(";")
            )
            assert policy["default-src"] == "'none'"
            assert "unsafe" not in policy["script-src"]
            scripts = policy["script-src"].split()
            for source, inline in re.findall(r'<script(?: src="([^"]*)")?>(.*?)</script>', shown.text, re.DOTALL):
                if source:
                    assert "'self'" in scripts
                    assert (await client.get(source)).headers["content-type"].startswith("text/javascript")
                else:
                    digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
                    assert f"'sha256-{digest}'" in scripts
            for source in re.findall(r'<link [^>]*stylesheet" href="([^"]*)"', shown.text):
                assert "'self'" in policy["style-src"].split()
                assert (await client.get(source)).headers["content-type"].startswith("text/css")
        for strange in ("", "..%2findex.html", "%2e%2e/__init__.py", "other.js"):
            assert (await client.get(f"/docs/assets/{strange}")).status_code in (404, 422)


# ── names ──


def test_names() -> None:
    assert place_of("TTS.Example.:8080") == ("tts.example", 8080)
    assert place_of("[FD00::1]:1") == ("fd00::1", 1)
    assert place_of("a" * 254) is None
    assert is_loopback("127.1.2.3")
    assert not is_loopback("127.0.0.1.evil.example")
    assert not is_loopback("localhost.evil.example")
    assert is_private("box")
    assert is_private("tts.default.svc.cluster.local")
    assert not is_private("local.example")


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        ("https://tts.example", "tts.example", True),
        ("https://TTS.example", "tts.example:443", True),
        ("http://127.0.0.1:27121", "127.0.0.1:27121", True),
        ("http://[::1]:27121", "[::1]:27121", True),
        ("http://127.0.0.1:27121", "localhost:27121", False),
        ("http://127.0.0.1", "127.0.0.1:27121", False),
        ("ftp://tts.example", "tts.example", False),
        ("null", "null", False),
        ("", "", False),
        ("https://tts.example@evil.example", "tts.example", False),
    ],
)
def test_same_origin(origin: str, host: str, same: bool) -> None:
    assert same_origin(origin, host) is same
