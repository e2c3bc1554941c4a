"""What is thrown at a server that others can reach: a clear refusal each time, and the next request is served."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from tests.api.raw import get, post, wire
from tests.api.server import Served, client_of, error_of, listening, make
from tests.api.test_auth import KEYS, bearer

pytestmark = pytest.mark.anyio

JSON = {"content-type": "application/json"}


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with listening(tmp_path) as served:
        yield served
        assert (await served.client.post("/tts", json={"text": "Hello there."})).status_code == 200


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    app, _ = make(tmp_path)
    async with client_of(app) as client:
        yield client
        assert (await client.get("/healthz")).status_code == 200


# ── paths and addresses ──

PATHS = [
    "../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "..%252f..%252fetc%252fpasswd",
    "..\\..\\etc\\passwd",
    "..%5c..%5cetc%5cpasswd",
    "%c0%ae%c0%ae%c0%afetc%c0%afpasswd",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "....//....//etc/passwd",
    "ann/../../../etc/passwd",
    "ann%00.wav",
    "ann%0a",
    "~root",
    "$HOME",
    "con",
    "." * 3,
    "a" * 5000,
]
ADDRESSES = [
    "http://169.254.169.254/latest/meta-data/",
    "http://localhost:22/",
    "https://evil.example/voice.wav",
    "file:///etc/passwd",
    "ftp://evil.example/a",
    "gopher://localhost:6379/_INFO",
    "//evil.example/share",
    "\\\\evil.example\\share",
    "hf://evil/repo/file.safetensors",
    "data:audio/wav;base64,AAAA",
    "jar:http://evil.example!/",
]

_seen: list[str] | None = None


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if _seen is None:
        return
    if event in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "urllib.Request"):
        _seen.append(f"{event} {arguments[:2]}")
    elif event == "open" and re.search(r"etc/|passwd|evil|169\.254", str(arguments[0])):
        _seen.append(f"open {arguments[0]}")


@contextmanager
def nothing_is_opened() -> Iterator[None]:
    """No address is looked up or connected to, no process started, and no file of the caller's choice opened."""
    global _seen
    if "audited" not in globals():
        sys.addaudithook(_hook)
        globals()["audited"] = True
    _seen = []
    try:
        yield
        assert _seen == []
    finally:
        _seen = None


def test_the_watch_sees() -> None:
    import socket

    with pytest.raises(AssertionError), nothing_is_opened():
        socket.getaddrinfo("127.0.0.1", 1)
    with pytest.raises(AssertionError), nothing_is_opened():
        Path("/etc/passwd").read_bytes()


async def test_no_value_is_a_path_or_an_address(client: httpx.AsyncClient) -> None:
    with nothing_is_opened():
        for value in [*PATHS, *ADDRESSES]:
            for response in (
                await client.post("/tts", json={"text": "Hello.", "voice": value}),
                await client.get("/tts", params={"text": "Hello.", "voice": value}),
                await client.post("/v1/audio/speech", json={"input": "Hello.", "model": "tts-1", "voice": value}),
                await client.post(
                    "/v1/audio/speech", json={"input": "Hello.", "model": "tts-1", "voice": {"id": value}}
                ),
            ):
                assert response.status_code in (400, 404, 422), (value, response.text)
                error = error_of(response)
                assert value not in error["message"] or len(value) < 4


async def test_no_part_of_a_path_is_a_path(tmp_path: Path) -> None:
    """Every route with something in braces, whoever wrote it."""
    app, _ = make(tmp_path)
    before = files(tmp_path)
    routes = [route for route in iter_route_contexts(app.routes) if "{" in (route.path or "")]
    assert routes
    async with client_of(app) as client:
        with nothing_is_opened():
            for route in routes:
                for value in [*PATHS, *(address.replace("/", "%2f") for address in ADDRESSES)]:
                    path = re.sub(r"\{[^}]*\}", lambda _, value=value: value, route.path or "")
                    for method in route.methods or ():
                        response = await client.send(raw_request(client, method, path))
                        # 503: the model is not there. 200: DELETE of a request that nobody knows takes nothing back.
                        assert response.status_code in (200, 400, 401, 403, 404, 405, 409, 413, 415, 422, 503), path
                        if response.status_code == 200:
                            assert (method, response.headers["content-type"]) == ("DELETE", "application/json")
                        elif method != "HEAD":
                            assert response.json()["error"]["code"]
                        assert "root:" not in response.text
    assert files(tmp_path) == before


def files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


def raw_request(client: httpx.AsyncClient, method: str, path: str) -> httpx.Request:
    """Without httpx's tidying of the path."""
    request = client.build_request(method, "/", json={} if method in ("POST", "PUT", "PATCH") else None)
    target = path.encode("latin-1", "replace")
    request.url = request.url.copy_with(raw_path=target)
    return request


async def test_a_path_is_not_a_way_around_the_key(tmp_path: Path) -> None:
    async with listening(tmp_path, auth={"keys": KEYS}) as served:
        for path in (
            "//voices",
            "/./voices",
            "/healthz/../voices",
            "/healthz/%2e%2e/voices",
            "/VOICES",
            "/voices/",
            "/voices;/healthz",
            "/voices%2f",
            "/%76oices",
            "/voices?/healthz",
            "/voices%00/healthz",
            "http://localhost/voices",
            "/healthz%3f/../voices",
            "/docs/../voices",
            "/openapi.json/../voices",
        ):
            async with wire(served.port) as line:
                await line.send(get(path))
                answer = await line.answer()
                assert answer.status == 401, path
                assert answer.code == "missing_api_key"
        assert (await served.client.get("/voices", headers=bearer("ishowtts_speak"))).status_code == 200


# ── other people's names and pages ──


async def test_a_rebound_name_and_a_drive_by_page_get_nothing(served: Served) -> None:
    attacks = [
        ("GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421, "wrong_host"),
        (f"GET /healthz HTTP/1.1\r\nHost: evil.example:{served.port}\r\n\r\n", 421, "wrong_host"),
        ("GET http://evil.example/healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421, "wrong_host"),
        ("GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", 421, "wrong_host"),
        ("GET /healthz HTTP/1.1\r\n\r\n", 421, "wrong_host"),
        (get("/tts?text=Hello.", "Origin: https://evil.example"), 403, "wrong_origin"),
        (get("/tts?text=Hello.", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"), 403, "wrong_origin"),
        (post(2, "Origin: null") + "{}", 403, "wrong_origin"),
    ]
    for request, status, code in attacks:
        async with wire(served.port) as line:
            await line.send(request)
            answer = await line.answer()
            assert (answer.status, answer.code) == (status, code), request


# ── bombs ──

BOMBS = [
    b"[" * 200_000,
    b'{"a":' * 40_000,
    b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    b'{"seed": ' + b"9" * 200_000 + b"}",
    b'{"speed": 1e999999999}',
    b'{"speed": ' + b"1" * 100_000 + b"." + b"1" * 100_000 + b"}",
    b'{"text": "a", ' + b",".join(b'"k%d": 0' % i for i in range(20_000)) + b"}",
    b'{"text": "a", ' + b",".join([b'"text": "b"'] * 20_000) + b', "nfe_step": 0}',
    b'{"text": "' + b"\\u0000" * 40_000 + b'"}',
    b'{"text": "' + b"\\ud800" * 40_000 + b'"}',
    b'{"text": {"$ref": "http://evil.example"}}',
    b'{"__proto__": {"a": 1}, "constructor": 1, "text": "a"}',
    b'{"' + b"k" * 250_000 + b'": 1}',
    b"\xff\xfe" + "{}".encode("utf-16-le"),
    b"\x1f\x8b\x08\x00" + b"\0" * 1000,
    b"null" * 60_000,
]


async def test_json_bombs(client: httpx.AsyncClient) -> None:
    for path in ("/tts", "/v1/audio/speech"):
        for bomb in BOMBS:
            response = await client.post(path, content=bomb, headers=JSON)
            assert response.status_code in (400, 413, 422), (path, bomb[:40])
            assert len(error_of(response)["message"]) < 2000


async def test_a_packed_body_is_not_unpacked(client: httpx.AsyncClient) -> None:
    import gzip

    packed = gzip.compress(b" " * 100_000_000 + b"{}")
    response = await client.post("/tts", content=packed, headers={**JSON, "content-encoding": "gzip"})
    assert response.status_code == 400
    assert error_of(response)["code"] == "bad_json"


def memory() -> int:
    """Bytes of this process, server included."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.parametrize("path", ["/tts", "/voices", "/v1/audio/speech", "/nothing"])
async def test_two_gigabytes_declared_or_not(served: Served, path: str) -> None:
    before = memory()
    async with wire(served.port) as line:
        await line.send(post(2 * 2**30).replace("/tts", path, 1))
        answer = await line.answer()
        assert answer.status in (404, 413)
        assert answer.code in ("body_too_large", "not_found")
    async with wire(served.port) as line:
        await line.send(post(None, "Transfer-Encoding: chunked").replace("/tts", path, 1))
        chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
        try:
            while line.sent < 2 * 2**30:
                await line.send(chunk)
        except ConnectionError:
            pass
        assert line.sent < 100 * 2**20
    assert memory() - before < 100 * 2**20


# ── two ways to read one request ──

SECOND = get("/voices", "X-Request-ID: smuggled")
TORN = [
    ("both lengths", post(4, "Transfer-Encoding: chunked") + "0\r\n\r\n" + SECOND),
    ("both lengths, other order", post(None, "Transfer-Encoding: chunked", "Content-Length: 4") + "0\r\n\r\n" + SECOND),
    ("two lengths", post(4, "Content-Length: 40") + "{}  " + SECOND),
    ("length list", post(None, "Content-Length: 4, 40") + "{}  " + SECOND),
    ("signed length", post(None, "Content-Length: +4") + "{}  " + SECOND),
    ("negative length", post(None, "Content-Length: -4") + "{}  " + SECOND),
    ("hexadecimal length", post(None, "Content-Length: 0x4") + "{}  " + SECOND),
    ("endless length", post(None, "Content-Length: " + "9" * 40) + SECOND),
    ("chunked twice", post(None, "Transfer-Encoding: chunked", "Transfer-Encoding: identity") + "0\r\n\r\n" + SECOND),
    ("chunked, then more", post(None, "Transfer-Encoding: chunked, identity") + "0\r\n\r\n" + SECOND),
    ("unknown encoding", post(None, "Transfer-Encoding: xchunked") + "0\r\n\r\n" + SECOND),
    ("space before the colon", post(None, "Transfer-Encoding : chunked") + "0\r\n\r\n" + SECOND),
    ("chunk size overflow", post(None, "Transfer-Encoding: chunked") + "FFFFFFFFFFFFFFFFFF\r\n" + SECOND),
    ("chunk size nonsense", post(None, "Transfer-Encoding: chunked") + "0x2\r\n{}\r\n0\r\n\r\n" + SECOND),
    ("100, then nonsense", post(None, "Expect: 100-continue", "Transfer-Encoding: chunked") + "nonsense\r\n" + SECOND),
    ("folded header", "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n c\r\n\r\n"),
    ("NUL in a header", "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: b\0c\r\n\r\n"),
    ("CR in a header", "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: b\rX-C: d\r\n\r\n"),
    ("no colon", "GET /healthz HTTP/1.1\r\nHost: localhost\r\nnonsense\r\n\r\n"),
    ("no name", "GET /healthz HTTP/1.1\r\nHost: localhost\r\n: nonsense\r\n\r\n"),
    ("no version", "GET /healthz\r\n\r\n"),
    ("HTTP/9.9", "GET /healthz HTTP/9.9\r\nHost: localhost\r\n\r\n"),
    ("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ("a made-up method", "SPEAK /tts HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ("a tunnel", "CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ("TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + "a" * 200),
    ("bytes in the path", "GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ("a path that is none", "GET voices HTTP/1.1\r\nHost: localhost\r\n\r\n"),
]


@pytest.mark.parametrize("request_", [torn for _, torn in TORN], ids=[name for name, _ in TORN])
async def test_what_can_be_read_in_two_ways_is_read_in_none(
    torn_server: Served, request_: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with wire(torn_server.port) as line:
        await line.send(request_)
        answer = await line.answer()
        assert 400 <= answer.status < 500
        assert answer.code
        rest = await line.ended()
        assert b"smuggled" not in rest
        assert b"HTTP/1.1 200" not in rest
    assert (await torn_server.client.get("/healthz")).status_code == 200
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def torn_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with listening(tmp_path_factory.mktemp("torn")) as served:
        yield served


async def test_an_upgrade_is_not_followed_where_nothing_is(torn_server: Served) -> None:
    for protocol, status in (("websocket", 404), ("h2c", 200)):
        async with wire(torn_server.port) as line:
            key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
            await line.send(
                get("/healthz", "Connection: Upgrade", f"Upgrade: {protocol}", key, "Sec-WebSocket-Version: 13")
            )
            answer = await line.answer()
            assert answer.status == status
            assert status == 200 or answer.code == "not_found"


async def test_random_bytes(torn_server: Served) -> None:
    import random

    chance = random.Random(5)
    for _ in range(50):
        async with wire(torn_server.port) as line:
            await line.send(chance.randbytes(chance.randrange(1, 400)) + b"\r\n\r\n")
            line.writer.write_eof()
            assert b"HTTP/1.1 5" not in await line.ended()
    assert (await torn_server.client.get("/healthz")).status_code == 200


# ── headers ──


async def test_a_request_id_cannot_become_a_header_or_a_line(
    torn_server: Served, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "ishowtts.access")
    for wished in ("a b", "a\tb", "a" * 129, "é", "", "a\x7f"):
        async with wire(torn_server.port) as line:
            await line.send(get("/voices", f"X-Request-ID: {wished}"))
            answer = await line.answer()
            assert answer.status == 200 or wished == "a\x7f"
            assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])
    async with wire(torn_server.port) as line:
        await line.send(get("/voices", "X-Request-ID: a%0d%0aSet-Cookie:b=c"))
        answer = await line.answer()
        assert answer.headers["x-request-id"] == "a%0d%0aSet-Cookie:b=c"
        assert "set-cookie" not in answer.headers
    assert all(len(record.getMessage().splitlines()) == 1 for record in caplog.records)


async def test_nothing_of_a_request_comes_back_as_a_header(torn_server: Served) -> None:
    evil = "https://evil.example"
    for path in ("/nothing", "/voices/", "/docs/", "//evil.example/%2f.."):
        async with wire(torn_server.port) as line:
            await line.send(get(path, f"X-Forwarded-Host: {evil}", f"Referer: {evil}"))
            answer = await line.answer()
            assert "evil.example" not in answer.headers.get("location", "").replace("//localhost//evil.example", "")
    together: list[asyncio.Task[int]] = [
        asyncio.create_task(_status(torn_server, json.dumps({"text": "", "n": n}))) for n in range(50)
    ]
    assert set(await asyncio.gather(*together)) == {422}


async def _status(served: Served, body: str) -> int:
    return (await served.client.post("/tts", content=body, headers=JSON)).status_code
