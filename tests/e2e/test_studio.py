"""The studio in a real browser: a room is run with it, and it comes back after the server was gone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.api.server import listening
from tests.e2e.browser import CHROMIUM, Page, browsing, wait
from tests.e2e.conftest import Server
from tests.e2e.test_overlay import FLAGS, HOSTILE, post

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Page]]:
    with browsing(tmp_path_factory.mktemp("studio"), *FLAGS) as tab:
        yield tab


def test_a_room_is_run(server: Server, tab: Callable[[], Page]) -> None:
    page = tab()
    page.size(1440, 900)
    page.open(f"{server.url}/studio")
    page.until("document.querySelector('#air').dataset.state === 'alone'")
    assert sum(page.sizes.values()) < 300_000
    post(server, "/danmaku", [*HOSTILE, {"user": "Bob", "text": "!drop 7"}])
    page.until("document.querySelectorAll('#queue .line').length > 1")
    page.until("document.querySelector('#log').textContent.includes('a command')")
    assert page.run("document.querySelectorAll('#queue img, #log img, #queue script').length") == 0
    for width in (390, 1440):
        page.size(width, 900)
        assert page.script("audit.js") == []

    # Read earlier,
    order = "[...document.querySelectorAll('#queue .line')].map((line) => line.dataset.id).join()"
    first, second, *others = page.run(order).split(",")
    page.click("#queue .line:nth-child(2) button")
    page.until(f"{order} === {json.dumps(','.join([second, first, *others]))}")

    # taken out of the queue, heard here, and silenced by the shortcut.
    waiting = page.run("document.querySelectorAll('#queue .line').length")
    page.click("#queue .line:first-child button")
    page.until(f"document.querySelectorAll('#queue .line').length === {waiting - 1}")
    page.click("#controls button:nth-of-type(4)")
    page.until("document.querySelector('#now progress')")
    page.call("Input.dispatchKeyEvent", type="keyDown", key=".", code="Period", windowsVirtualKeyCode=190, modifiers=2)
    page.until("document.querySelector('#air').dataset.state === 'silenced'")
    page.until("!document.querySelector('#now progress') && !document.querySelector('#queue .line')")
    page.click("#controls .panic")
    page.until("document.querySelector('#air').dataset.state === 'on'")
    page.click("#controls button:nth-of-type(4)")
    # Sound that was taken back while it was made, or before it was asked for.
    page.errors = [error for error in page.errors if "499" not in error and "404" not in error]
    page.is_clean(server.url)


def test_its_tools(server: Server, tab: Callable[[], Page]) -> None:
    page = tab()
    page.size(1440, 900)
    page.open(f"{server.url}/studio")
    page.until("document.querySelector('#air').dataset.state !== 'lost'")
    page.click("#tab-test")
    page.fill("#test-text", "!drop 7")
    page.click("#panel button.primary")
    page.until("document.querySelector('.step[data-said=drop]')")
    page.click("#tab-obs")
    page.click("#panel input[value=bubble]")
    assert page.run("document.querySelector('#obs-url').value") == f"{server.url}/overlay?room=main&theme=bubble"
    page.click("#tab-users")
    page.fill("#users-new", "twitch:@loud")
    page.click("#panel form button")
    page.until("document.querySelector('#panel bdi')?.textContent === 'twitch:@loud'")
    assert server.get("/danmaku/users")[0]["muted"] is True
    page.click("#panel .line-actions button")
    page.until("!document.querySelector('#panel bdi')")
    page.click("#tab-settings")
    page.until("document.querySelector('#panel details')")
    page.click("#panel details summary")
    page.fill("#template-chat-en", "{user}: {text}")
    page.run("document.querySelector('#setting-emotes').value = 'name'")
    page.run("document.querySelector('#setting-emotes').dispatchEvent(new Event('change'))")
    page.click("#panel .actions .primary")
    page.until("document.querySelector('#panel .note.good:not([hidden])')")
    kept = server.get("/danmaku/config")["config"]
    assert kept["templates"] == {"chat": {"en": "{user}: {text}"}}
    assert kept["emotes"] == "name"
    page.click("#panel details summary")
    page.fill("#template-chat-en", "{nobody}")
    page.click("#panel .actions .primary")
    page.until("document.querySelector('#panel .note.bad')")
    page.click("#panel .actions button:nth-of-type(2)")
    wait(lambda: server.get("/danmaku/config")["config"]["templates"] == {}, "the settings of the file")
    for key in ("test", "obs", "sources", "users", "settings"):
        page.click(f"#tab-{key}")
        assert page.script("audit.js") == []
    page.errors = [error for error in page.errors if "422" not in error]  # the template that was refused
    page.is_clean(server.url)


@pytest.mark.anyio
async def test_pages_come_back_after_the_server_was_gone(tmp_path: Path, tab: Callable[[], Page]) -> None:
    states = "document.querySelector('#air')?.dataset.state ?? document.documentElement.dataset.connection"
    there = "['on', 'alone', 'connected']"
    pages: list[Page] = []

    def open_pages(origin: str) -> None:
        for path in ("/studio", "/overlay"):
            pages.append(tab())
            pages[-1].open(origin + path)
        for page in pages:
            page.until(f"{there}.includes({states})")

    def until(state: str) -> None:
        for page in pages:
            page.until(f"{state}.includes({states})")

    async with listening(tmp_path) as served:
        port = served.port
        await asyncio.to_thread(open_pages, f"http://127.0.0.1:{port}")
    await asyncio.to_thread(until, "['lost']")
    async with listening(tmp_path, port=port) as served:
        await asyncio.to_thread(until, there)
        sent = await served.client.post("/danmaku", json={"user": "Ann", "text": "Hello again."})
        id = sent.json()["items"][0]["id"]
        caption = f"document.querySelector('[data-id=\"{id}\"] .caption')?.textContent === 'Hello again.'"
        await asyncio.to_thread(pages[1].until, caption)
