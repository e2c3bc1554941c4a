from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ishowtts.settings import Settings
from tests.api.server import client_of, error_of, make

pytestmark = pytest.mark.anyio


def folders(folder: Path) -> dict[str, Any]:
    for side in ("one", "two"):
        (folder / side).mkdir()
        (folder / side / "x.wav").write_bytes(side.encode())
    return {"folder_a": folder / "one", "folder_b": folder / "two", "verdicts": folder / "verdicts.jsonl"}


async def test_a_session(tmp_path: Path) -> None:
    app, _ = make(tmp_path, listening=folders(tmp_path))
    async with client_of(app) as client:
        told = (await client.get("/listen/trials")).json()
        session = told["session"]
        assert told["trials"] == [{"id": 0, "text": ""}]
        sounds = [await client.get(f"/listen/sound/{session}/0/{side}") for side in (1, 2)]
        assert sorted(sound.text for sound in sounds) == ["one", "two"]
        assert sounds[0].headers["content-type"] == "audio/wav"
        better = 1 + [sound.text for sound in sounds].index("two")
        kept = await client.post("/listen/verdicts", json={"session": session, "trial": 0, "better": better})
        assert kept.status_code == 204
        results = (await client.get("/listen/results")).json()
    assert results == {"sessions": 1, "a": 0, "b": 1, "same": 0, "p": 1.0}
    assert json.loads((tmp_path / "verdicts.jsonl").read_text())["better"] == "b"


@pytest.mark.parametrize(
    "path",
    [f"/listen/sound/{'a' * 32}/1/1", "/listen/sound/../0/1", f"/listen/sound/{'a' * 32}/0/3", "/listen/sound/x/0/1"],
)
async def test_nothing_else_is_sent(tmp_path: Path, path: str) -> None:
    app, _ = make(tmp_path, listening=folders(tmp_path))
    async with client_of(app) as client:
        assert (await client.get(path)).status_code in (404, 422)
        wrong = {"session": "../x", "trial": 0, "better": 1}
        assert error_of(await client.post("/listen/verdicts", json=wrong))["param"] == "session"
    assert not (tmp_path / "verdicts.jsonl").exists()


async def test_without_settings_there_is_none(tmp_path: Path) -> None:
    app, _ = make(tmp_path)
    async with client_of(app) as client:
        assert error_of(await client.get("/listen/trials"))["code"] == "not_found"
        assert (await client.get("/listen")).status_code == 200


def test_all_three_settings_or_none() -> None:
    with pytest.raises(ValueError, match="all three"):
        Settings.model_validate({"listening": {"folder_a": Path("a")}})
