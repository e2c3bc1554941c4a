"""docs/pages.md says what is true of the pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import tomli

from ishowtts.api.pages import files
from ishowtts.app import create_app
from ishowtts.settings import Settings
from tests.api.server import client_of
from tests.e2e.conftest import ROOT

DOCS = (ROOT / "docs/pages.md").read_text(encoding="utf-8")


def web(name: str) -> str:
    return files()[name].content.decode()


@pytest.mark.anyio
async def test_every_page_is_there(tmp_path: Path) -> None:
    app = create_app(Settings(voices_dir=tmp_path))
    async with client_of(app) as client:
        for path in re.findall(r"^\| \[?`(/\w*)`", DOCS, re.MULTILINE):
            page = await client.get(path, headers={"Host": "127.0.0.1"})
            assert page.headers["content-type"].startswith("text/html"), path


def test_links_and_pictures_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", DOCS):
        assert (ROOT / "docs" / target).exists(), target
    for picture in (ROOT / "docs/images").glob("*.png"):
        assert picture.stat().st_size < 150_000, picture


def test_the_overlay_knows_what_may_stand_in_its_address_and_in_custom_css() -> None:
    table = DOCS.split("## Overlay")[1].split("Under *Custom CSS*")[0]
    named = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    assert named == set(re.findall(r'query\.get\("(\w+)"\)', web("overlay.js")))
    for variable in re.findall(r"(--\w+):", DOCS):
        assert f"\n  {variable}:" in web("overlay.css"), variable


def test_the_listening_test_is_set_up_so() -> None:
    [block] = re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)
    said = tomli.loads(block)["listening"]
    assert set(said) == set(Settings.model_validate({"listening": said}).listening.model_dump())


def test_the_player_has_what_is_promised() -> None:
    player = web("player.js")
    [events] = re.findall(r"^\| events \| (.*) \|$", DOCS, re.MULTILINE)
    told = set(re.findall(r'#tell\("(\w+)"', player)) | set(re.findall(r'event === "(meta|done)"', player))
    assert set(re.findall(r"`(\w+)`", events)) == told
    for name in re.findall(r"`(\w+)\(", DOCS.split("## The player")[1]):
        assert re.search(rf"^  (async )?{name}\(", player, re.MULTILINE), name
    assert not re.search(r"^import ", player, re.MULTILINE), "it can be copied alone"
