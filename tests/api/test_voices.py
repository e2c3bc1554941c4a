from __future__ import annotations

import asyncio
import hashlib
import io
import json
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

from ishowtts.api.voice_form import MAX_BODY_BYTES
from ishowtts.voices import intake
from ishowtts.voices.library import VoiceLibrary
from tests.api.server import client_of, error_of, listening, make, serving
from tests.serving.running import PATIENCE
from tests.voices.clips import RATE, clip, clipped, encoded, melody, noisy, speech

pytestmark = pytest.mark.anyio

GOOD, OTHER = clip("bella"), clip("george")
BELLA = "I read the chat between games, so write whatever comes to your mind."
FORM = {"text": "What the clip says, more or less.", "consent": "true"}


def form(data: bytes = GOOD, filename: str = "clip.flac", **fields: str) -> dict[str, Any]:
    return {"files": {"audio": (filename, data)}, "data": {**FORM, **fields}}


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """No model is needed to keep voices."""
    app, _ = make(tmp_path)
    async with client_of(app) as client:
        yield client


def reread(folder: Path) -> VoiceLibrary:
    """As after a restart."""
    return VoiceLibrary(None, [], folder / "voices", {})


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


async def test_a_clip_becomes_a_voice_that_stays(client: httpx.AsyncClient, tmp_path: Path) -> None:
    response = await client.post("/voices", **form(id="bell", name="Bella", license="Hers", language="en"))
    assert response.status_code == 201, response.text
    told = response.json()
    assert (told["id"], told["name"], told["source"], told["license"]) == ("bell", "Bella", "upload", "Hers")
    assert told["upload"]["warnings"] == []
    assert told["upload"]["loudness_lufs"] == pytest.approx(-23, abs=0.1)
    assert told["upload"]["quality"]["seconds"] == 4.0
    assert response.headers["location"] == "/voices/bell"
    assert (await client.get("/voices/bell")).json() == told
    assert "bell" in [voice["id"] for voice in (await client.get("/voices")).json()["voices"]]
    kept = reread(tmp_path).get("bell")
    assert (kept.text, kept.name, kept.license) == (FORM["text"], "Bella", "Hers")


async def test_an_id_comes_from_the_name_or_from_nowhere(client: httpx.AsyncClient) -> None:
    ids = [
        (await client.post("/voices", **form(name=name))).json()["id"]
        for name in ("Änna  Müller!", "Änna  Müller!", "小美", "../../etc/passwd")
    ]
    assert ids[0] == "anna-muller"
    assert ids[1].startswith("anna-muller-")
    assert ids[2].startswith("voice-")
    assert ids[3] == "etc-passwd"


async def test_the_language_is_that_of_the_text(client: httpx.AsyncClient) -> None:
    assert (await client.post("/voices", **form(text="今天天气很好。"))).json()["language"] == "zh"
    assert (await client.post("/voices", **form(text="今天天气很好。", language="en"))).json()["language"] == "en"


async def test_an_id_is_taken_once(client: httpx.AsyncClient) -> None:
    for id in ("ann", "ann", "new"):
        response = await client.post("/voices", **form(id=id))
        if id == "ann":
            assert response.status_code == 409
            assert error_of(response)["code"] == "voice_exists"
    assert (await client.post("/voices", **form(id="new"))).status_code == 409


async def test_override_and_reset_of_a_configured_voice(client: httpx.AsyncClient, tmp_path: Path) -> None:
    before = (await client.get("/voices/ann")).json()
    assert before["source"] == "config"
    put = await client.put("/voices/ann", **form(text="New words.", name="New Ann"))
    assert put.status_code == 200, put.text
    assert (put.json()["source"], put.json()["overrides"]) == ("upload", "config")
    now = (await client.get("/voices/ann")).json()
    assert (now["text"], now["name"]) == ("New words.", "New Ann")
    reset = await client.delete("/voices/ann")
    assert reset.status_code == 200
    assert reset.json() == {"removed": "ann", "now": before}
    assert (await client.get("/voices/ann")).json() == before
    again = await client.delete("/voices/ann")
    assert again.status_code == 409
    assert error_of(again)["code"] == "voice_not_uploaded"


async def test_new_audio_never_keeps_the_old_words(client: httpx.AsyncClient) -> None:
    await client.post("/voices", **form(id="bell", license="Old rights", description="warm"))
    bare = await client.put("/voices/bell", files={"audio": ("x", OTHER)}, data={"consent": "true"})
    assert bare.status_code == 422
    assert error_of(bare)["code"] == "transcript_required"
    assert "uploads.transcriber" in error_of(bare)["message"]
    new = (await client.put("/voices/bell", **form(OTHER, text="Other words."))).json()
    assert (new["text"], new["license"], new["description"]) == ("Other words.", "", "warm")


async def test_words_alone_are_changed_of_an_upload_only(client: httpx.AsyncClient, tmp_path: Path) -> None:
    await client.post("/voices", **form(id="bell"))
    changed = await client.put("/voices/bell", files={"name": (None, "Belle"), "text": (None, "Right words.")})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["name"], changed.json()["text"]) == ("Belle", "Right words.")
    assert reread(tmp_path).get("bell").text == "Right words."
    refused = await client.put("/voices/ann", files={"text": (None, "Words.")})
    assert (refused.status_code, error_of(refused)["code"]) == (409, "voice_not_uploaded")
    assert (await client.put("/voices/bell", files={"consent": (None, "true")})).status_code == 422


async def test_a_removed_voice_is_gone(client: httpx.AsyncClient, tmp_path: Path) -> None:
    await client.post("/voices", **form(id="bell"))
    assert (await client.delete("/voices/bell")).json() == {"removed": "bell", "now": None}
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/audio"), ("GET", "/preview")):
        response = await client.request(method, f"/voices/bell{path}")
        assert (response.status_code, error_of(response)["code"]) == (404, "voice_not_found")
    assert (await client.put("/voices/bell", **form())).status_code == 404
    assert reread(tmp_path).list() == []


async def test_the_clip_comes_back_levelled_as_flac(client: httpx.AsyncClient) -> None:
    await client.post("/voices", **form(encoded(0.1 * speech(), "WAV"), "a.wav", id="bell"))
    response = await client.get("/voices/bell/audio")
    assert response.headers["content-type"] == "audio/flac"
    assert response.headers["content-disposition"] == 'attachment; filename="bell.flac"'
    assert response.headers["x-content-type-options"] == "nosniff"
    pcm, rate = soundfile.read(io.BytesIO(response.content))
    assert rate == RATE
    assert 0.05 < np.sqrt(np.mean(pcm**2)) < 0.12
    assert (await client.get("/voices/ann/audio")).headers["content-type"] == "audio/wav"


@pytest.mark.parametrize(
    ("pcm", "code"),
    [
        (noisy(speech(), 5), "noisy"),
        (clipped(speech(), 12), "clipped"),
        (melody(), "no_speech"),
        (speech()[:RATE], "too_short"),
        (4e-3 * speech(), "quiet"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_bad_clip_is_refused_with_reasons(client: httpx.AsyncClient, pcm: np.ndarray, code: str) -> None:
    response = await client.post("/voices", **form(encoded(pcm, "WAV", subtype="FLOAT")))
    assert response.status_code == 422
    error = response.json()["error"]
    assert (error["code"], error["param"]) == ("unusable_reference", "audio")
    assert code in [reason["code"] for reason in error["reasons"]]
    for reason in error["reasons"]:
        assert reason["message"] in error["message"]


async def test_a_weak_clip_is_taken_with_a_warning(client: httpx.AsyncClient) -> None:
    told = (await client.post("/voices", **form(encoded(noisy(speech(), 15))))).json()
    assert "noisy" in [warning["code"] for warning in told["upload"]["warnings"]]


async def test_a_text_that_hardly_fits_is_told_of(client: httpx.AsyncClient) -> None:
    told = (await client.post("/voices", **form(id="bell"))).json()
    for text, codes in (
        ("Right words.", ["text_may_not_fit"]),
        (FORM["text"], []),
        ("a b c " * 40, ["text_may_not_fit"]),
    ):
        told = (await client.put("/voices/bell", files={"text": (None, text)})).json()
        assert [warning["code"] for warning in told["upload"]["warnings"]] == codes
    assert (await client.get("/voices/bell")).json() == told
    half = await client.post("/voices", **form(encoded(speech()[: 2 * RATE]), text=BELLA))
    assert "text_may_not_fit" in [warning["code"] for warning in half.json()["upload"]["warnings"]]


@pytest.mark.parametrize("text", ["Hi", "word " * 300, "长" * 500], ids=["too short", "too long", "too long, Chinese"])
async def test_a_text_that_cannot_be_of_the_clip_is_refused(client: httpx.AsyncClient, text: str) -> None:
    await client.post("/voices", **form(id="bell"))
    for response in (
        await client.post("/voices", **form(text=text, id="new")),
        await client.put("/voices/bell", **form(text=text)),
        await client.put("/voices/bell", files={"text": (None, text)}),
    ):
        assert response.status_code == 422
        error = response.json()["error"]
        assert (error["code"], error["param"]) == ("unusable_reference", "text")
        assert [reason["code"] for reason in error["reasons"]] == ["text_does_not_fit"]
        assert text not in error["message"]
    assert (await client.get("/voices/bell")).json()["text"] == FORM["text"]
    assert (await client.get("/voices/new")).status_code == 404
    named = await client.put("/voices/bell", files={"name": (None, "Bell")})
    assert named.status_code == 200
    both = await client.post("/voices", **form(encoded(noisy(speech(), 5)), text=text))
    assert {reason["code"] for reason in both.json()["error"]["reasons"]} == {"noisy", "text_does_not_fit"}
    assert both.json()["error"]["param"] == "audio"


@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"consent": ""}, "consent_required", "consent"),
        ({"consent": "no"}, "consent_required", "consent"),
        ({"consent": "maybe"}, "invalid_value", "consent"),
        ({"text": ""}, "invalid_value", "text"),
        ({"text": "?!"}, "invalid_value", "text"),
        ({"text": "a" * 2001}, "invalid_value", "text"),
        ({"text": "a\0b"}, "invalid_value", "text"),
        ({"name": "a" * 201}, "invalid_value", "name"),
        ({"language": "fr"}, "invalid_value", "language"),
        ({"txet": "x"}, "invalid_value", "txet"),
        ({"id": ""}, "invalid_value", "id"),
        ({"id": "../../etc"}, "invalid_value", "id"),
        ({"id": "a\n"}, "invalid_value", "id"),
        ({"id": "a" * 65}, "invalid_value", "id"),
        ({"id": "A"}, "invalid_value", "id"),
        ({"id": "_uploads"}, "invalid_value", "id"),
        ({"id": ".lock"}, "invalid_value", "id"),
    ],
    ids=lambda value: repr(value)[:30],
)
async def test_a_wrong_field_is_named(
    client: httpx.AsyncClient, tmp_path: Path, fields: dict[str, str], code: str, param: str
) -> None:
    response = await client.post("/voices", **form(**fields))
    assert response.status_code == 422
    error = error_of(response)
    assert (error["code"], error["param"]) == (code, param)
    assert reread(tmp_path).list() == []


@pytest.mark.parametrize(
    "filename",
    ["../../../etc/cron.d/x", "/etc/passwd", "a\0.flac", "con", "x" * 3000, 'a"b.flac', "", "..", "\r\nX: y"],
)
async def test_a_file_name_means_nothing(client: httpx.AsyncClient, tmp_path: Path, filename: str) -> None:
    await client.post("/voices", **form(filename=filename, id="bell"))
    found = names(tmp_path) - {"clip.wav", ".lock", "voice.toml"}
    assert all(name.startswith("ref-") and name.endswith(".flac") for name in found)


BOUNDARY = "x1x"
MULTIPART = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}


def part(name: str, value: str, more: str = "") -> bytes:
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{value}\r\n'.encode()


END = f"--{BOUNDARY}--\r\n".encode()


@pytest.mark.parametrize(
    ("body", "headers", "statuses"),
    [
        (b"", {"content-type": "multipart/form-data"}, {400}),
        (b"x", {"content-type": "multipart/form-data; boundary=" + "y" * 5000}, {400}),
        (b"x", {"content-type": "application/json"}, {415}),
        (b"x", {}, {415}),
        (b"", MULTIPART, {400}),
        (b"garbage", MULTIPART, {400}),
        (END, MULTIPART, {400, 409, 422}),
        (b"".join(part(f"f{i}", "x") for i in range(1000)) + END, MULTIPART, {400}),
        (part("text", "x" * 20_000) + END, MULTIPART, {400}),
        (part("text", "x") * 3 + END, MULTIPART, {422}),
        (part("audio", "x", '; filename="a"') * 2 + END, MULTIPART, {400}),
        (part("audio", "", '; filename="a"') + END, MULTIPART, {422}),
        (part("audio", "not a file") + END, MULTIPART, {422}),
        (part("text", "x", '; filename="t"') + END, MULTIPART, {422}),
        (part("audio", "x", '; filename="a"'), MULTIPART, {400}),
        (part("name", "x"), MULTIPART, {400}),
        (f"--{BOUNDARY}\r\nContent-Type: text/plain\r\n\r\nx\r\n".encode() + END, MULTIPART, {400}),
        (f"--{BOUNDARY}\r\n".encode() + b"X: y\r\n" * 5000 + b"\r\nx\r\n" + END, MULTIPART, {400}),
        (f"--{BOUNDARY}\r\nX: ".encode() + b"y" * 100_000 + b"\r\n\r\nx\r\n" + END, MULTIPART, {400}),
        (part("text", "x").replace(b"x\r\n", b"\xc4\xe3\xba\xc3\r\n") + END, MULTIPART, {400}),
    ],
    ids=range(20),
)
async def test_a_hostile_form_is_one_clear_error(
    client: httpx.AsyncClient, body: bytes, headers: dict[str, str], statuses: set[int]
) -> None:
    for method, path in (("POST", "/voices"), ("PUT", "/voices/ann")):
        response = await client.request(method, path, content=body, headers=headers)
        assert response.status_code in statuses, response.text
        error_of(response)


async def test_two_gigabytes_are_refused_declared_or_not(client: httpx.AsyncClient) -> None:
    declared = await client.post("/voices", content=b"x", headers={**MULTIPART, "content-length": str(2**31)})
    assert declared.status_code == 413
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield part("audio", "", '; filename="a"')[:-2]
        while True:
            sent += 65_536
            yield b"\0" * 65_536

    chunked = await client.post("/voices", content=endless(), headers=MULTIPART)
    assert chunked.status_code == 413
    assert error_of(chunked)["code"] == "body_too_large"
    assert sent < MAX_BODY_BYTES + 2**20


async def test_other_routes_keep_their_small_limit(client: httpx.AsyncClient) -> None:
    for path in ("/tts", "/voices/ann/audio", "/voicesx"):
        assert (await client.post(path, content=b"x" * 300_000)).status_code in (404, 405, 413)
    assert (await client.post("/tts", content=b" " * 300_000)).status_code == 413


async def test_a_body_that_does_not_come_is_given_up(tmp_path: Path) -> None:
    app, _ = make(tmp_path, server={"request_timeout": 0.2})

    async def slow() -> AsyncIterator[bytes]:
        yield part("text", "x")
        await asyncio.sleep(30)
        yield b""

    async with client_of(app) as client:
        response = await client.post("/voices", content=slow(), headers=MULTIPART)
        assert response.status_code == 504


async def test_no_more_than_eight_at_once(tmp_path: Path) -> None:
    app, _ = make(tmp_path)
    release = asyncio.Event()

    async def held() -> AsyncIterator[bytes]:
        yield part("text", "x")
        await release.wait()
        yield END

    async with client_of(app) as client:
        waiting = [asyncio.create_task(client.post("/voices", content=held(), headers=MULTIPART)) for _ in range(8)]
        await asyncio.sleep(0.2)
        ninth = await client.post("/voices", **form())
        assert ninth.status_code == 429
        assert error_of(ninth)["code"] == "uploads_busy"
        assert ninth.headers["retry-after"] == "5"
        release.set()
        assert {(await task).status_code for task in waiting} == {422}
        assert (await client.post("/voices", **form())).status_code == 201


async def test_uploads_can_be_turned_off_and_bounded(tmp_path: Path) -> None:
    app, _ = make(tmp_path, uploads={"max_voices": 0})
    async with client_of(app) as client:
        response = await client.post("/voices", **form())
        assert (response.status_code, error_of(response)["code"]) == (403, "uploads_off")
    app, _ = make(tmp_path, uploads={"max_voices": 1})
    async with client_of(app) as client:
        assert (await client.post("/voices", **form(id="one"))).status_code == 201
        response = await client.post("/voices", **form(id="two"))
        assert (response.status_code, error_of(response)["code"]) == (409, "library_full")


async def test_a_default_voice_is_not_pulled_away(tmp_path: Path) -> None:
    app, _ = make(tmp_path, synthesis={"default_voice": {"en": "bell", "zh": "mei"}})
    app.state.services.library._default_voice = {"en": "bell", "zh": "mei"}
    async with client_of(app) as client:
        await client.post("/voices", **form(id="bell"))
        response = await client.delete("/voices/bell")
        assert (response.status_code, error_of(response)["code"]) == (409, "voice_in_use")


async def test_changes_of_one_voice_come_one_after_the_other(client: httpx.AsyncClient, tmp_path: Path) -> None:
    await client.post("/voices", **form(id="bell"))
    clips = {"The first words.": GOOD, "The second words.": OTHER}
    changes = [client.put("/voices/bell", **form(data, text=text)) for text, data in clips.items()]
    changes += [client.delete("/voices/bell"), client.put("/voices/bell", files={"name": (None, "N")})]
    answers = await asyncio.gather(*changes)
    assert all(answer.status_code in (200, 404) for answer in answers), [a.text for a in answers]
    now, kept = await client.get("/voices/bell"), {voice.id: voice for voice in reread(tmp_path).list()}
    if now.status_code == 404:
        assert kept == {}
    else:
        assert kept["bell"].text == now.json()["text"]
        one, two = (reread(tmp_path).get("bell").audio.read_bytes(), (await client.get("/voices/bell/audio")).content)
        assert one == two


async def test_a_voice_in_use_is_replaced_without_harm(tmp_path: Path) -> None:
    """The clip of a request that was resolved before the change is still there."""
    app, _ = make(tmp_path)
    library: VoiceLibrary = app.state.services.library
    async with client_of(app) as client:
        await client.post("/voices", **form(id="bell"))
        in_use = library.get("bell").reference()
        data = in_use.audio.read_bytes()
        await client.put("/voices/bell", **form(OTHER, text="Other words."))
        assert library.get("bell").reference().audio != in_use.audio
        assert in_use.audio.read_bytes() == data
        await client.delete("/voices/bell")
        assert in_use.audio.read_bytes() == data


async def test_a_preview_speaks(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        await served.client.post("/voices", **form(id="bell"))
        for query, kind in (({}, "audio/wav"), ({"text": "Hello.", "format": "mp3"}, "audio/mpeg")):
            response = await served.client.get("/voices/bell/preview", params=query)
            assert response.status_code == 200, response.text
            assert response.headers["content-type"] == kind
            assert response.headers["x-voice"] == "bell"
        long = await served.client.get("/voices/bell/preview", params={"text": "a" * 201})
        assert (long.status_code, error_of(long)["param"]) == (422, "text")


async def test_what_was_removed_leaves_the_disk_at_the_start(tmp_path: Path) -> None:
    app, _ = make(tmp_path)
    async with client_of(app) as client:
        for id in ("bell", "new"):
            await client.post("/voices", **form(id=id))
        await client.delete("/voices/bell")
    gone, kept = tmp_path / "voices" / "_uploads" / "bell", tmp_path / "voices" / "_uploads" / "new"
    for path in (*gone.iterdir(), *kept.iterdir()):
        os.utime(path, (0, 0))
    async with serving(tmp_path, wait=False):
        await until(lambda: not gone.exists())
    assert reread(tmp_path).get("new").audio.read_bytes()


async def test_what_is_removed_leaves_the_disk_at_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(intake, "GRACE_SECONDS", -119.5)
    monkeypatch.setattr(intake, "SWEEP_SECONDS", 0.2)
    uploads = tmp_path / "voices" / "_uploads"
    async with serving(tmp_path, wait=False) as served:
        await served.client.post("/voices", **form(id="bell"))
        await served.client.put("/voices/bell", **form(OTHER))
        await until(lambda: len(names(uploads / "bell")) == 2)
        stuck = uploads / "bell" / "a-folder"
        stuck.mkdir()
        os.utime(stuck, (0, 0))
        await asyncio.sleep(0.5)
        stuck.rmdir()
        await served.client.delete("/voices/bell")
        assert names(uploads / "bell")
        await until(lambda: not (uploads / "bell").exists())
    assert caplog.text.count("removed clips stay") == 1, "told once, not at every look"


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not done():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_an_uploaded_voice_speaks_at_once(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        await served.client.post("/voices", **form(id="bell"))
        response = await served.client.post("/tts", json={"text": "Hello there.", "voice": "bell"})
        assert response.status_code == 200
        assert response.headers["x-voice"] == "bell"


@pytest.mark.parametrize(
    "id", ["..%2f..%2fetc%2fpasswd", "%2e%2e", "a%00b", "..", "%ff", "a" * 5000, "_uploads", ".lock"]
)
async def test_no_id_is_a_path(client: httpx.AsyncClient, id: str) -> None:
    for method, path in (("GET", ""), ("GET", "/audio"), ("GET", "/preview"), ("PUT", ""), ("DELETE", "")):
        response = await client.request(method, f"/voices/{id}{path}", **(form() if method == "PUT" else {}))
        assert response.status_code in ((200, 307, 404, 405) if id == ".." else (404,))


async def test_the_schema_tells_of_the_form(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    body = paths["/voices"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert set(body["required"]) == {"audio", "consent"}
    assert json.dumps(paths["/voices"]["post"]["responses"]["422"]).count("RefusedClipBody")
    assert (
        "id"
        not in paths["/voices/{id}"]["put"]["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]
    )


async def test_the_loop_is_free_while_clips_are_looked_at(tmp_path: Path) -> None:
    async with listening(tmp_path) as served:
        uploads = [asyncio.create_task(served.client.post("/voices", **form())) for _ in range(4)]
        seen = 0
        while not all(task.done() for task in uploads):
            assert (await served.client.get("/healthz")).status_code == 200
            seen += 1
            await asyncio.sleep(0.02)
        assert {task.result().status_code for task in uploads} == {201}
        assert seen > 3


async def test_what_a_key_must_allow(tmp_path: Path) -> None:
    keys = [
        {"name": name, "sha256": hashlib.sha256(name.encode()).hexdigest(), "scopes": [name]}
        for name in ("synthesise", "voices")
    ]
    app, _ = make(tmp_path, auth={"keys": keys})
    async with client_of(app) as client:
        speak, manage = ({"authorization": f"Bearer {name}"} for name in ("synthesise", "voices"))
        for headers, status in (({}, 401), (speak, 403), (manage, 201)):
            answer = await client.post("/voices", **form(id="bell"), headers=headers)
            assert answer.status_code == status
            assert (await client.get("/voices/bell/audio", headers=headers)).status_code == {201: 200}.get(
                status, status
            )
        assert (await client.get("/voices/bell", headers=speak)).status_code == 200
        assert (await client.delete("/voices/bell", headers=speak)).status_code == 403
        unread = 0

        async def large() -> AsyncIterator[bytes]:
            nonlocal unread
            unread += 1
            yield b"x" * 65_536

        assert (await client.post("/voices", content=large(), headers={**speak, **MULTIPART})).status_code == 403
        assert unread < 3


async def test_a_folder_that_cannot_be_written_is_told(client: httpx.AsyncClient, tmp_path: Path) -> None:
    (tmp_path / "voices").mkdir()
    (tmp_path / "voices" / "_uploads").write_text("in the way")
    response = await client.post("/voices", **form())
    assert (response.status_code, error_of(response)["code"]) == (409, "library_full")
    assert str(tmp_path) not in response.text
