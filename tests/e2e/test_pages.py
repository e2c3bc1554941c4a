"""The pages in a real browser, against the real server: what is clicked, what is heard, what leaves the page."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import soundfile

from ishowtts.engine.catalog import F5_MINI
from tests.e2e.browser import CHROMIUM, Page, browsing
from tests.e2e.conftest import Server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
]

MOST_BYTES = 300_000
SHORT = "Hello, and welcome to the stream."
LONG = (
    "The first sentence is spoken while the second one is made. Then the second one follows without a gap. And a third."
)


CLIP = F5_MINI / "voices/heart/reference.flac"
WORDS = "New followers get a shout-out at the end of every round, so stay close."


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Page]]:
    folder = tmp_path_factory.mktemp("browser")
    said = folder / "microphone.wav"
    soundfile.write(said, *soundfile.read(CLIP))
    microphone = (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={said}%noloop",
    )
    with browsing(folder / "profile", *microphone) as tab:
        yield tab


def test_home_speaks_and_shows_how_soon(
    server: Server, tab: Callable[[], Page], tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    page = tab()
    page.open(f"{server.url}/")
    page.until("document.querySelectorAll('#voice option').length > 10")
    assert sum(page.sizes.values()) < MOST_BYTES
    page.fill("#text", SHORT)
    page.click("#speak")
    page.until("document.querySelector('#history .words')")
    figures = page.run("document.querySelector('#figures').innerText")
    first = page.run("parseFloat(document.querySelector('#figures dd').innerText)")
    record_property("click_to_first_sound_ms", first)
    print(f"click to first sound scheduled: {first:.0f} ms; {figures.split()}")
    assert first > 0
    assert page.run("document.querySelector('#wave').getAttribute('aria-valuemax')") != "0.0"
    assert page.run("document.querySelector('#caption').textContent") == SHORT
    page.until("document.querySelector('#speak').textContent === 'Speak'")

    # Each snippet, pasted.
    asked = {"curl": ["bash", "-euc"], "python": [sys.executable, "-c"]}
    for which, command in asked.items():
        page.click(f"#tab-{which}")
        code = page.run("document.querySelector('#code').textContent")
        subprocess.run([*command, code], cwd=tmp_path, check=True, capture_output=True, timeout=120)
        sound, rate = soundfile.read(tmp_path / "speech.wav")
        assert 0.5 < len(sound) / rate < 8
        (tmp_path / "speech.wav").unlink()
    page.click("#tab-javascript")
    code = page.run("document.querySelector('#code').textContent").replace("import {", "const {")
    code = code.replace("} from ", "} = await import(").replace('player.js";', 'player.js");')
    body = json.dumps(f"(async () => {{ {code.replace('await player.speak', 'return await player.speak')} }})()")
    assert page.run(f"eval({body}).then((told) => told.outcome)", gesture=True) == "ended"

    # Moving in it, and what was spoken before.
    page.run("document.querySelector('#wave').focus()")
    page.press("Home")
    page.until("document.querySelector('#speak').textContent === 'Stop'")
    page.press("Escape")
    page.until("document.querySelector('#speak').textContent === 'Speak'")
    page.open(f"{server.url}/")
    page.until("document.querySelector('#history .words p')?.textContent === " + json.dumps(SHORT))
    page.is_clean(server.url)


def test_parameters_are_sent_and_errors_are_told(server: Server, tab: Callable[[], Page]) -> None:
    page = tab()
    page.open(f"{server.url}/?text=Hi%20there.")
    page.click("#tune")
    page.until("document.activeElement.closest('#parameters')")
    assert page.script("audit.js") == []
    page.fill("#parameter-speed", "1.5")
    page.fill("#parameter-seed", "7")
    page.run("document.querySelector('#parameter-room').value = \"o'clock\"")
    page.run("document.querySelector('#parameter-room').dispatchEvent(new Event('input'))")
    page.fill("#parameter-nfe_step", "99")
    assert page.run("document.querySelector('#parameter-nfe_step').getAttribute('aria-invalid')") == "true"
    page.press("Escape")
    page.until("!document.querySelector('#parameters').open")
    page.click("#tab-curl")
    code = page.run("document.querySelector('#code').textContent")
    assert '"speed":1.5,"seed":7' in code, code
    assert "nfe_step" not in code
    shown = subprocess.run(
        ["bash", "-euc", code.replace("curl", "echo", 1)], capture_output=True, text=True, check=True
    )
    assert '"room":"o\'clock"' in shown.stdout
    page.fill("#text", "……")
    page.click("#speak")
    page.until("!document.querySelector('#error').hidden")
    assert "nothing in this text" in page.run("document.querySelector('#error').textContent")
    page.click(".tools button.text")
    assert page.run("document.documentElement.lang") == "zh-CN"
    assert page.run("document.querySelector('h1').textContent") == "文字进，声音出。"
    page.click(".tools button.text")


def test_a_voice_is_recorded_heard_and_removed(server: Server, tab: Callable[[], Page]) -> None:
    page = tab()
    page.open(f"{server.url}/library")
    page.until("document.querySelectorAll('.voice').length > 5")
    page.click("#new")
    page.click(".drop button")
    page.until("document.querySelector('.recording')")
    page.until("parseFloat(document.querySelector('.checks strong')?.textContent) > 3.5")
    page.click(".drop button")
    page.until("!document.querySelector('.recording')")
    checks = page.run("[...document.querySelectorAll('.checks li')].map((li) => li.dataset.state)")
    assert set(checks) <= {"good", "warn"}, page.run("document.querySelector('.checks').innerText")
    assert page.script("audit.js") == []
    page.fill("#form-text", WORDS)
    page.fill("#form-name", "Me")
    page.click("#voice-form button.primary")
    assert page.run("document.querySelector('#voice-form').open"), "nothing goes without consent"
    page.click("#voice-form input[type=checkbox]")
    page.click("#voice-form button.primary")
    page.until("document.querySelector('#details').open")
    assert "Sent to this server" in page.run("document.querySelector('#details').innerText")
    for button in ("1", "2"):
        page.click(f".sides button:nth-child({button})")
        page.until(f"document.querySelector('.sides button:nth-child({button})').ariaPressed === 'true'")
    assert page.script("audit.js") == []
    for _ in range(2):
        page.click("#details button.danger")
    page.until("!document.querySelector('#details').open")
    page.until("!document.querySelector('[data-id=me]')")

    # Another clip for a voice that ships; then back.
    page.click("[data-id=emma] .text")
    page.until("document.querySelector('#details').open")
    page.click("#details .actions button")
    page.until("document.querySelector('#voice-form').open")
    node = page.call("Runtime.evaluate", expression="document.querySelector('#form-file')")["result"]["objectId"]
    page.call("DOM.setFileInputFiles", files=[str(CLIP)], objectId=node)
    page.until("document.querySelectorAll('.checks li').length")
    page.fill("#form-text", WORDS)
    page.click("#voice-form input[type=checkbox]")
    page.click("#voice-form button.primary")
    page.until("document.querySelector('#details').open")
    for _ in range(2):
        page.click("#details button.danger")
    page.until("!document.querySelector('#details').open")
    assert server.get("/voices/emma")["source"] == "built-in"
    page.is_clean(server.url)


def test_two_samples_are_judged_blind(server: Server, tab: Callable[[], Page]) -> None:
    page = tab()
    page.open(f"{server.url}/listen")
    page.until("document.querySelector('progress')")
    count = page.run("document.querySelector('progress').max")
    for place in range(count):
        page.until(f"document.querySelector('progress')?.value === {place}")
        page.until("!document.querySelector('.sample button:disabled')")
        assert page.script("audit.js") == []
        assert page.run("document.querySelector('.choices').disabled"), "not before both were heard"
        for key in "12":
            page.run(f"document.dispatchEvent(new KeyboardEvent('keydown', {{key: '{key}'}}))")
            page.until(f"document.querySelectorAll('.sample')[{key} - 1].querySelectorAll('svg').length === 2")
        page.until("!document.querySelector('.choices').disabled")
        page.click(".choices button:nth-of-type(1)")
    page.until("document.querySelector('.split')")
    found = server.get("/listen/results")
    assert found["a"] + found["b"] == count
    page.is_clean(server.url)


@pytest.mark.parametrize("path", ["/", "/library", "/listen"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_can_be_read_by_everybody(server: Server, tab: Callable[[], Page], path: str, scheme: str) -> None:
    page = tab()
    page.scheme(scheme)
    page.open(server.url + path)
    for width in (390, 1440):
        page.size(width, 900)
        found = page.script("audit.js")
        assert found == [], (width, found)
    assert sum(page.sizes.values()) < MOST_BYTES
    page.is_clean(server.url)


def test_between_two_pieces_there_is_no_sample_too_many_or_too_few(server: Server, tab: Callable[[], Page]) -> None:
    page = tab()
    page.open(f"{server.url}/library")
    found = page.script("gapless.js", LONG)
    events, file = found["events"], found["file"]
    assert events["pieces"] >= 2
    assert events["samples"] == file["samples"] == (found["bytes"] - 44) / 2
    for one in (events, file):
        assert one["worst"] == 0, "every sample comes out as it went in, edges of pieces too"
        assert one["rest"] == 0
        assert one["underruns"] == 0
        assert one["outcome"] == "ended"


def test_the_player_in_trouble(server: Server, tab: Callable[[], Page]) -> None:
    page = tab()
    page.open(f"{server.url}/library")
    found = page.script("trouble.js")
    assert found["late"] == [1, True, "ended", pytest.approx(0.7)]
    assert found["stopped"] == ["stopped", False, True]
    assert found["torn"] == "broken_off"
    assert found["refused"] == [404, "voice_not_found"]
