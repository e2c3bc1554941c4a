from __future__ import annotations

import re
from pathlib import Path

import pytest

from ishowtts.api.pages import files
from tests.api.server import client_of, error_of, make

pytestmark = pytest.mark.anyio
_NOWHERE = r"https?://(localhost|example\.org)\b"
PAGES = ("/", "/library", "/listen", "/overlay", "/studio")


async def test_pages_load_what_is_there_and_may_load_nothing_else(tmp_path: Path) -> None:
    app, _ = make(tmp_path)
    async with client_of(app) as client:
        for path in PAGES:
            page = await client.get(path)
            assert page.headers["content-type"] == "text/html; charset=utf-8"
            assert page.headers["x-frame-options"] == "DENY"
            policy = page.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert "require-trusted-types-for 'script'" in policy
            assert not re.search(r"<script>|<style|\son\w+=|\sstyle=", page.text), "nothing inline would run"
            for source in re.findall(r'(?:src|href)="([^"]+)"', page.text):
                assert (await client.get(f"/{source}")).status_code == 200, source


async def test_pages_need_no_key_and_what_they_ask_for_does(tmp_path: Path) -> None:
    key = {"name": "a", "sha256": "0" * 64, "scopes": ["synthesise"]}
    app, _ = make(tmp_path, auth={"keys": [key]})
    async with client_of(app) as client:
        for path in (*PAGES, "/web/player.js"):
            assert (await client.get(path)).status_code == 200
        assert (await client.get("/voices")).status_code == 401


async def test_a_file_is_sent_again_only_where_it_changed(tmp_path: Path) -> None:
    app, _ = make(tmp_path)
    async with client_of(app) as client:
        first = await client.get("/web/player.js")
        assert first.headers["content-type"] == "text/javascript; charset=utf-8"
        assert first.headers["cache-control"] == "no-cache"
        again = await client.get("/web/player.js", headers={"If-None-Match": first.headers["etag"]})
        assert again.status_code == 304
        assert again.content == b""


@pytest.mark.parametrize(
    "name", ["", "home.html", "none.js", "../app.py", "..%2fapp.py", "%2e%2e/app.py", "player.js/"]
)
async def test_no_path_is_opened(tmp_path: Path, name: str) -> None:
    app, _ = make(tmp_path)
    async with client_of(app) as client:
        response = await client.get(f"/web/{name}")
    assert response.status_code == 404
    assert error_of(response)["code"] == "not_found"


def test_every_word_is_there_in_both_languages() -> None:
    entries = re.findall(
        r'^  "?([\w.]+)"?: \[(.*?)\],$', files()["strings.js"].content.decode(), re.MULTILINE | re.DOTALL
    )
    for key, words in entries:
        said = re.findall(r'"((?:[^"\\]|\\.)*)"', words)
        assert len(said) == 2, key
        assert set(re.findall(r"{\w+}", said[0])) == set(re.findall(r"{\w+}", said[1])), key
    used: set[str] = set()
    for name, file in files().items():
        if name.endswith((".js", ".html")) and name != "strings.js":
            told = re.findall(r'i18n(?:=|: )"([\w.]+)"|\bt\("([\w.]+)"|=([a-z]+\.[a-z.]+)"', file.content.decode())
            used |= {key for keys in told for key in keys if key}
    assert len(used) > 25
    assert used <= {key for key, _ in entries}


def test_nothing_is_loaded_from_elsewhere() -> None:
    for name, file in files().items():
        text = file.content.decode()
        links = {link for link in re.findall(r"https?://[^\s\"'`)<]+", text) if not re.match(_NOWHERE, link)}
        assert links <= {"http://www.w3.org/2000/svg"}, name
        if name.endswith(".js"):
            assert not re.search(r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval)\b", text), name
