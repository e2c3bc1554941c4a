"""The pages where the server has keys: they open, ask for one, and use it."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from tests.api.server import listening
from tests.e2e.browser import CHROMIUM, browsing

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
]
KEY = "ishowtts_" + "k" * 43
OVERLAY = "ishowtts_" + "o" * 43


def entry(name: str, key: str, *scopes: str) -> dict[str, object]:
    return {"name": name, "sha256": hashlib.sha256(key.encode()).hexdigest(), "scopes": list(scopes)}


def use(origin: str, folder: Path) -> str:
    """What home says in the end; the browser is closed then."""
    with browsing(folder) as tab:
        page = tab()
        page.open(f"{origin}/")
        page.until("document.querySelector('#key-dialog').open")
        page.fill("#key-input", "ishowtts_wrong")
        page.click("#key-dialog .primary")
        page.until("!document.querySelector('#key-dialog .note').hidden")
        page.fill("#key-input", KEY)
        page.click("#key-dialog .primary")
        page.until("!document.querySelector('#key-dialog').open")
        page.until("document.querySelectorAll('#voice option').length > 2")
        assert "ISHOWTTS_KEY" in page.run("document.querySelector('#code').textContent")
        page.fill("#text", "Hello there.")
        page.click("#speak")
        page.until("document.querySelector('#history .words')")
        assert not any(KEY in url for url in page.requests), "a key is never in an address"
        page.open(f"{origin}/studio")
        page.until("document.querySelector('#air').dataset.state === 'alone'")
        page.open(f"{origin}/overlay?token={OVERLAY}")
        page.until("document.documentElement.dataset.connection === 'connected'")
        asked = [url for url in page.requests if OVERLAY in url]
        assert asked == [f"{origin}/overlay?token={OVERLAY}"], "nor the overlay's in any but its own"
        page.open(f"{origin}/overlay?token=wrong")
        page.until("document.documentElement.dataset.connection === 'lost'")
        return str(page.run("document.querySelector('#captions').textContent"))


async def test_a_key_is_asked_for_and_used(tmp_path: Path) -> None:
    keys = [entry("page", KEY, "synthesise", "voices", "danmaku", "overlay"), entry("obs", OVERLAY, "overlay")]
    async with listening(tmp_path, auth={"keys": keys}) as served:
        assert await asyncio.to_thread(use, f"http://127.0.0.1:{served.port}", tmp_path / "browser") == ""
