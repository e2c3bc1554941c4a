"""The overlay in a real browser: two of them in step, hostile chat, deletions, panic, and the end of a connection."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.e2e.browser import CHROMIUM, Page, browsing, wait
from tests.e2e.conftest import Server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
]

# As OBS runs its browser sources: they may sound without a click, and are never in the background.
FLAGS = (
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
)
TOGETHER_MS = 150
ZALGO = "h" + "\u0315\u0300\u0301" * 40 + "i"
HOSTILE = [
    {"user": "<img src=x onerror=alert(1)>", "text": "one <script>alert(1)</script> word"},
    {"user": "\u202eevil\u202c ابن", "text": "مرحبا hello again"},
    {"user": "x" * 10_000, "text": "a name that does not end"},
    {"user": ZALGO, "text": "letters that climb"},
]


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Page]]:
    with browsing(tmp_path_factory.mktemp("obs"), *FLAGS) as tab:
        yield tab


def post(server: Server, path: str, body: Any = None) -> Any:
    data = json.dumps(body).encode() if body is not None else b""
    request = urllib.request.Request(server.url + path, data, {"content-type": "application/json"}, method="POST")
    with urllib.request.urlopen(request, timeout=30) as response:
        text = response.read()
    return json.loads(text) if text else None


def overlay(server: Server, tab: Callable[[], Page], query: str = "") -> Page:
    page = tab()
    page.size(1280, 720)
    page.open(f"{server.url}/overlay?lang=en{query}")
    page.until("document.documentElement.dataset.connection === 'connected'")
    return page


def test_two_overlays_say_the_same_at_the_same_time(server: Server, tab: Callable[[], Page]) -> None:
    pages = [overlay(server, tab), overlay(server, tab, "&theme=subtitle")]
    said = {"user": "Ann", "text": "Hello to everyone out there.", "color": "#ff8800"}
    [item] = post(server, "/danmaku", said)["items"]
    selector = f"document.querySelector('[data-id=\"{item['id']}\"]')"
    begun = []
    for page in pages:
        page.until(f"{selector}?.dataset.begun")
        assert page.run(f"{selector}.querySelector('.caption').textContent") == "Hello to everyone out there."
        begun.append(int(page.run(f"{selector}.dataset.begun")))
    print(f"apart by {abs(begun[0] - begun[1])} ms")
    assert abs(begun[0] - begun[1]) < TOGETHER_MS
    for page in pages:
        page.until(f"!{selector}")
        page.is_clean(server.url)
        page.call("Page.close")


def test_what_strangers_write_stays_text_in_its_box(server: Server, tab: Callable[[], Page]) -> None:
    page = overlay(server, tab, "&theme=bubble")
    for item in HOSTILE:
        # What is shown does not depend on what the filters let through.
        body = {"id": "1", "kind": "chat", "user": item["user"], "caption": item["text"] * 200, "amount": None}
        page.run(f"globalThis.shown = {json.dumps(body)}")
        page.script("show.js", body)
        box = page.run(
            "(({x, y, right, bottom}) => [x, y, innerWidth - right, innerHeight - bottom])"
            "(document.querySelector('.message').getBoundingClientRect())"
        )
        assert min(box) >= 0, box
        assert page.run("document.querySelectorAll('#captions img, #captions script').length") == 0
        assert page.run("document.querySelector('.user').scrollHeight") <= 120
    page.is_clean(server.url)
    page.call("Page.close")


def test_what_is_taken_back_is_neither_heard_nor_shown(server: Server, tab: Callable[[], Page]) -> None:
    page = overlay(server, tab)
    said = {
        "source": "test",
        "message_id": "gone",
        "user": {"id": "7", "name": "Bob"},
        "text": "This is a rather long sentence, so that there is enough time to take it back while it is being heard.",
    }
    [item] = post(server, "/danmaku", said)["items"]
    selector = f"document.querySelector('[data-id=\"{item['id']}\"]')"
    page.until(f"{selector}?.dataset.begun")
    assert post(server, "/danmaku/retract", {"source": "test", "message_id": "gone"})["count"] == 1
    page.until(f"!{selector}")
    post(server, "/danmaku/panic")
    [dropped] = post(server, "/danmaku", {"user": "Cleo", "text": "Nobody hears this one."})["items"]
    assert dropped["status"] == "dropped"
    post(server, "/danmaku/resume")
    wait(lambda: not server.get("/danmaku/state")["silenced"], "resumed")
    # Sound that is taken back is cut off in the middle, or gone when it is asked for: a browser says so.
    page.errors = [e for e in page.errors if not any(cut in e for cut in ("404", "499", "ERR_INCOMPLETE_CHUNKED"))]
    page.is_clean(server.url)
    page.call("Page.close")
