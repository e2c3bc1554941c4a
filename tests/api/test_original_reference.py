from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import soundfile

from ishowtts.app import create_app
from ishowtts.settings import Settings, VoiceSettings
from ishowtts.voices.library import VoiceLibrary
from tests.api.server import client_of, error_of
from tests.voices.clips import clip

pytestmark = pytest.mark.anyio

PATH = "/api/voices/ann/reference"
GOOD, OTHER = clip("bella"), clip("george")


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """`ann` is of the config file and speaks as Bella does; no model is needed to keep voices."""
    audio = tmp_path / "ann.flac"
    audio.write_bytes(GOOD)
    entry = VoiceSettings(id="ann", audio=audio, text="I am Ann.")
    settings = Settings.model_validate({"voices_dir": str(tmp_path / "voices"), "server": {"allowed_hosts": ["test"]}})
    library = VoiceLibrary(None, [entry], settings.voices_dir, {"en": "ann", "zh": "ann"})
    async with client_of(create_app(settings, library=library)) as client:
        yield client


def reference(**changes: Any) -> dict[str, Any]:
    return {
        "voice_id": "ann",
        "engine": "f5",
        "engine_label": "f5",
        "language": "en",
        "active_reference_text": "I am Ann.",
        "baseline_reference_text": "I am Ann.",
        "override_reference_text": None,
        "baseline_audio_available": True,
        "override_audio_available": False,
        "override_updated_at": None,
        **changes,
    }


async def heard(client: httpx.AsyncClient, source: str) -> httpx.Response:
    return await client.get(f"{PATH}/audio", params={"source": source})


def seconds_of(response: httpx.Response) -> float:
    duration: float = soundfile.info(io.BytesIO(response.content)).duration
    return duration


async def test_a_voice_is_overridden_and_reset(client: httpx.AsyncClient) -> None:
    assert (await client.get(PATH)).json() == reference()
    baseline = await heard(client, "baseline")
    assert baseline.content == GOOD
    assert (await heard(client, "override")).status_code == 404

    data = {"text": "I am George now."}
    changed = await client.post(PATH, files={"audio": ("george.flac", OTHER)}, data=data)
    assert changed.status_code == 200, changed.text
    at = changed.json()["override_updated_at"]
    assert at
    expected = reference(
        active_reference_text="I am George now.",
        override_reference_text="I am George now.",
        override_audio_available=True,
        override_updated_at=at,
    )
    assert changed.json() == (await client.get(PATH)).json() == expected
    assert [voice["reference_text"] for voice in (await client.get("/api/voices")).json()] == ["I am George now."]
    override = await heard(client, "override")
    assert override.headers["content-type"] == "audio/flac"
    assert override.headers["cache-control"] == "no-store"
    assert override.headers["x-voice-reference-source"] == "override"
    assert override.headers["content-disposition"].startswith("inline")
    assert seconds_of(override) == pytest.approx(soundfile.info(io.BytesIO(OTHER)).duration, abs=0.3)
    assert (await heard(client, "baseline")).content == GOOD

    again = await client.post(PATH, files={"text": (None, "George, said otherwise.")})
    assert again.json()["active_reference_text"] == "George, said otherwise."
    assert (await heard(client, "override")).content == override.content

    for _ in range(2):  # the second has nothing left to do
        assert (await client.delete(PATH)).json() == reference()
    assert (await heard(client, "override")).status_code == 404


async def test_another_text_alone_is_for_the_clip_there_is(client: httpx.AsyncClient) -> None:
    told = (await client.post(PATH, files={"text": (None, "I am Ann, well heard.")})).json()
    assert (told["active_reference_text"], told["baseline_reference_text"]) == ("I am Ann, well heard.", "I am Ann.")
    before, after = [await heard(client, source) for source in ("baseline", "override")]
    assert seconds_of(after) == pytest.approx(seconds_of(before), abs=0.3)


@pytest.mark.parametrize(
    ("files", "status", "code"),
    [
        ({"text": (None, "")}, 422, "invalid_value"),
        ({"text": (None, " ")}, 422, "invalid_value"),
        ({"audio": ("a.wav", b"no sound")}, 422, "transcript_required"),
        ({"audio": ("a.wav", b"no sound"), "text": (None, "Hi.")}, 422, "unusable_reference"),
        ({"audio": ("a.wav", GOOD), "text": (None, "Hi."), "consent": (None, "false")}, 422, "consent_required"),
        ({"audio": ("a.wav", b"x" * 22_000_000), "text": (None, "Hi.")}, 413, "body_too_large"),
        ({"path": (None, "/etc/passwd")}, 422, "invalid_value"),
    ],
    ids=lambda value: repr(value)[:60],
)
async def test_what_makes_no_voice(client: httpx.AsyncClient, files: dict[str, Any], status: int, code: str) -> None:
    response = await client.post(PATH, files=files)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert (await client.get(PATH)).json() == reference()


async def test_who_and_what_is_not_there(client: httpx.AsyncClient) -> None:
    for method in ("GET", "POST", "DELETE"):
        files = {"text": (None, "Hi.")} if method == "POST" else None
        response = await client.request(method, "/api/voices/nobody/reference", files=files)
        assert (response.status_code, error_of(response)["code"]) == (404, "voice_not_found")
    assert (await heard(client, "other")).status_code == 422
    assert (await client.post(PATH, json={"text": "Hi."})).status_code == 415
    made = await client.post(
        "/voices",
        files={"audio": ("a.flac", OTHER)},
        data={"id": "own", "text": "This one is mine.", "consent": "true"},
    )
    assert made.status_code == 201
    refused = await client.delete("/api/voices/own/reference")
    assert (refused.status_code, error_of(refused)["code"]) == (409, "voice_not_uploaded")
    assert (await client.get("/api/voices/own/reference")).json()["override_audio_available"] is False
