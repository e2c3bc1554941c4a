from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.routing import iter_route_contexts

from ishowtts.api.caller import caller, declared, needs
from tests.api.server import client_of, error_of, make, serving

pytestmark = pytest.mark.anyio

SPEAK, VOICES, OVERLAY, ADMIN = "ishowtts_speak", "ishowtts_voices", "ishowtts_overlay", "ishowtts_admin"
HOLDERS = {
    "speak": (SPEAK, "synthesise"),
    "vic": (VOICES, "voices"),
    "obs": (OVERLAY, "overlay"),
    "root": (ADMIN, "admin"),
}


def entry(name: str, key: str, *scopes: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "sha256": hashlib.sha256(key.encode()).hexdigest(), "scopes": list(scopes), **more}


KEYS = [entry(name, *what) for name, what in HOLDERS.items()]


@asynccontextmanager
async def guarded(folder: Path, **auth: Any) -> AsyncIterator[tuple[httpx.AsyncClient, FastAPI]]:
    """An app with keys, its worker not started, and routes that tell who called."""
    app, _ = make(folder, auth={"keys": KEYS, **auth})

    async def who(request: Request) -> dict[str, Any]:
        found = caller(request.scope)
        return {
            "name": found.name,
            "scopes": sorted(found.scopes),
            "priority": found.priority,
            "query": request.url.query,
        }

    for path, scope in (("/synthesise", "synthesise"), ("/managed", "voices"), ("/listening", "overlay")):

        async def asked(request: Request) -> dict[str, Any]:
            return await who(request)

        app.add_api_route(path, needs(scope)(asked), methods=["GET", "POST"], include_in_schema=False)
    app.add_api_route("/undeclared", who)
    async with client_of(app) as client:
        yield client, app


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


async def test_without_a_key_there_are_only_probes_and_docs(tmp_path: Path) -> None:
    async with guarded(tmp_path) as (client, _):
        for path in ("/healthz", "/version", "/docs", "/openapi.json"):
            assert (await client.get(path)).status_code == 200
        assert (await client.get("/readyz")).status_code == 503
        assert (await client.head("/healthz")).status_code == 200
        assert (await client.post("/healthz")).status_code == 405
        assert (await client.head("/tts?text=a")).status_code == 401
        for method, path in (
            ("POST", "/tts"),
            ("GET", "/tts?text=a"),
            ("GET", "/voices"),
            ("GET", "/undeclared"),
            ("DELETE", "/voices"),
            ("GET", "/nothing"),
            ("GET", "/healthz/../voices"),
        ):
            response = await client.request(method, path)
            assert response.status_code == 401, path
            error = error_of(response)
            assert (error["code"], error["type"]) == ("missing_api_key", "authentication_error")
            assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "headers",
    [
        bearer(SPEAK),
        {"authorization": f"bearer  {SPEAK} "},
        {"xi-api-key": SPEAK},
        {"X-API-Key": SPEAK},
        {"authorization": "Basic YTpi", "x-api-key": SPEAK},
    ],
)
async def test_every_way_to_present_a_key(tmp_path: Path, headers: dict[str, str]) -> None:
    async with guarded(tmp_path) as (client, _):
        response = await client.get("/synthesise", headers=headers)
        assert response.json()["name"] == "speak"
        assert response.json()["priority"] == "normal"


async def test_a_key_in_the_url_is_for_getting_speech_only_and_leaves_no_trace(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    async with guarded(tmp_path) as (client, _):
        heard = await client.get(f"/synthesise?a=1&token={SPEAK}&b=%20")
        assert heard.json() == {"name": "speak", "scopes": ["synthesise"], "priority": "normal", "query": "a=1&b=%20"}
        assert (await client.get(f"/listening?%74oken={OVERLAY}")).json()["name"] == "obs"
        for method, path in (("POST", "/synthesise"), ("GET", "/managed"), ("GET", "/undeclared")):
            response = await client.request(method, f"{path}?token={ADMIN}")
            assert response.status_code == 401
            assert "URL" in error_of(response)["message"]
        missing = await client.get(f"/nothing?token={SPEAK}")
        assert missing.status_code == 404
        assert error_of(await client.get("/synthesise?token=wrong"))["code"] == "invalid_api_key"
        said = await client.get(f"/tts?text=Hello.&token={SPEAK}&nonsense={SPEAK}")
        assert said.status_code == 422
        assert SPEAK not in said.text
    assert not [r for r in caplog.records if r.name.startswith("ishowtts") and SPEAK in r.getMessage()]


async def test_wrong_keys(tmp_path: Path) -> None:
    async with guarded(tmp_path) as (client, _):
        for wrong in ("x", SPEAK + "x", SPEAK[:-1], SPEAK.upper(), KEYS[0]["sha256"], "a" * 20_000):
            response = await client.get("/synthesise", headers=bearer(wrong))
            assert response.status_code == 401
            assert error_of(response)["code"] == "invalid_api_key"
            assert wrong not in response.text or wrong == "x"
            assert response.headers["www-authenticate"] == "Bearer"
        binary = await client.get("/synthesise", headers=[(b"x-api-key", b"\xff\xfe")])
        assert error_of(binary)["code"] == "invalid_api_key"
        assert (
            error_of(await client.get("/synthesise", headers={"authorization": "Bearer "}))["code"] == "missing_api_key"
        )


async def test_scopes(tmp_path: Path) -> None:
    allowed = {
        "/synthesise": {SPEAK, ADMIN},
        "/voices": {SPEAK, ADMIN},
        "/managed": {VOICES, ADMIN},
        "/listening": {OVERLAY, ADMIN},
        "/undeclared": {ADMIN},
    }
    async with guarded(tmp_path) as (client, _):
        for path, good in allowed.items():
            for key in (SPEAK, VOICES, OVERLAY, ADMIN):
                response = await client.get(path, headers=bearer(key))
                assert response.status_code == (200 if key in good else 403), (path, key)
                if key not in good:
                    error = error_of(response)
                    assert (error["code"], error["type"]) == ("missing_scope", "permission_error")
        assert "`admin`" in error_of(await client.get("/undeclared", headers=bearer(SPEAK)))["message"]
        # A path or method that nobody answers is told as such to any holder of a key.
        assert (await client.get("/nothing", headers=bearer(OVERLAY))).status_code == 404
        assert (await client.put("/tts", headers=bearer(OVERLAY))).status_code == 405


async def test_without_configured_keys_everyone_may_do_everything(tmp_path: Path) -> None:
    async with guarded(tmp_path, keys=[]) as (client, _):
        for headers in ({}, bearer("sk-anything"), {"xi-api-key": "x"}):
            told = (await client.get("/undeclared", headers=headers)).json()
            assert (told["name"], told["priority"]) == ("local", "high")
            assert len(told["scopes"]) == 5
        assert (await client.get("/tts?text=&token=x")).status_code == 422  # the token is no unknown field
    app, _ = make(tmp_path)

    async def who(request: Request) -> dict[str, str]:
        return {"name": caller(request.scope).name}

    app.add_api_route("/where", who)
    for address, name in (("10.1.2.3", "10.1.2.3"), ("::1", "local"), ("fe80::1", "fe80::1"), ("127.8.8.8", "local")):
        transport = httpx.ASGITransport(app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            assert (await client.get("/where")).json() == {"name": name}


async def test_metrics_can_be_left_open(tmp_path: Path) -> None:
    for open_metrics, statuses in ((False, {401}), (True, {200, 404})):
        async with guarded(tmp_path, open_metrics=open_metrics) as (client, _):
            assert (await client.get("/metrics")).status_code in statuses


async def test_the_documentation_says_which_key_each_route_wants(tmp_path: Path) -> None:
    async with guarded(tmp_path) as (client, _):
        schema = (await client.get("/openapi.json")).json()
        assert set(schema["components"]["securitySchemes"]) == {"bearer", "x_api_key", "xi_api_key", "token"}
        for path, methods in schema["paths"].items():
            for method, operation in methods.items():
                if "security" in operation:
                    assert {"401", "403"} <= set(operation["responses"]), path
                else:
                    status = (await client.request(method, path)).status_code
                    assert status not in (401, 403), path
        ways = [*schema["paths"]["/tts"]["get"]["security"]]
        assert {"token": []} in ways
        assert {"token": []} not in schema["paths"]["/tts"]["post"]["security"]
        assert "`synthesise`" in schema["paths"]["/tts"]["post"]["description"]
    async with guarded(tmp_path, keys=[]) as (client, _):
        assert "securitySchemes" not in (await client.get("/openapi.json")).json()["components"]


async def test_a_key_speaks(tmp_path: Path) -> None:
    async with serving(tmp_path, auth={"keys": KEYS}) as served:
        said = await served.client.post("/tts", json={"text": "Hello there."}, headers=bearer(SPEAK))
        assert said.status_code == 200
        heard = await served.client.get("/tts", params={"text": "Hello there.", "token": SPEAK})
        assert heard.status_code == 200


def test_every_route_says_what_it_needs(tmp_path: Path) -> None:
    """Forgetting is safe (it means admin), but should be meant."""
    app, _ = make(tmp_path)
    ours = {"/openapi.json", "/metrics"}
    undeclared = {route.path for route in iter_route_contexts(app.routes) if not declared(route.endpoint)} - ours
    assert undeclared == set()
