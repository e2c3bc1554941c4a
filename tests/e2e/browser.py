"""Chromium without a window, driven over its DevTools protocol: what a page does, says and asks for."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
KEYS = {"Escape": 27, "Home": 36, "ArrowRight": 39, "Enter": 13, " ": 32}
SCRIPTS = Path(__file__).parent / "scripts"
PATIENCE = 60.0  # seconds; machines that run tests are busy


class Page:
    """One tab. `errors` has all it complained of, `requests` every URL it asked for."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._number = 0
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.sizes: dict[str, int] = {}
        self._urls: dict[str, str] = {}
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        number = self._number
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            told = json.loads(self._socket.recv(timeout=PATIENCE))
            if told.get("id") == number:
                if "error" in told:
                    raise RuntimeError(f"{method}: {told['error']['message']}")
                return dict(told["result"])
            self._note(told.get("method", ""), told.get("params", {}))

    def _note(self, method: str, params: dict[str, Any]) -> None:
        if method == "Runtime.exceptionThrown":
            self.errors.append(params["exceptionDetails"].get("exception", {}).get("description", str(params)))
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
            self.errors.append(" ".join(str(arg.get("value", arg.get("description"))) for arg in params["args"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.errors.append(params["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
            self._urls[params["requestId"]] = params["request"]["url"]
        elif method == "Network.loadingFinished":
            self.sizes[self._urls.get(params["requestId"], "")] = int(params["encodedDataLength"])

    def open(self, url: str) -> None:
        self.call("Page.navigate", url=url)
        self.until("document.readyState === 'complete' && 'ready' in document.documentElement.dataset")

    def run(self, code: str, *, gesture: bool = False) -> Any:
        """The value of an expression, awaited; raises what it throws."""
        result = self.call(
            "Runtime.evaluate", expression=code, awaitPromise=True, returnByValue=True, userGesture=gesture
        )
        if "exceptionDetails" in result:
            raise AssertionError(result["exceptionDetails"].get("exception", {}).get("description", str(result)))
        return result["result"].get("value")

    def script(self, name: str, *arguments: Any) -> Any:
        """What the function in a file of `scripts/` returns, as if it was called in a click."""
        code = (SCRIPTS / name).read_text(encoding="utf-8")
        return self.run(f"({code}\n)({', '.join(json.dumps(argument) for argument in arguments)})", gesture=True)

    def until(self, code: str) -> None:
        """Wait for an expression to be true."""
        try:
            wait(lambda: self.run(f"Boolean({code})"), code)
        except TimeoutError as error:
            raise TimeoutError(f"{error}; the page complains of {self.errors}") from None

    def click(self, selector: str) -> None:
        """With the mouse, where the element is: what covers it would take the click."""
        spot = self.script("middle.js", selector)
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **spot)

    def fill(self, selector: str, text: str) -> None:
        self.run(f"(e => (e.focus(), e.select()))(document.querySelector({json.dumps(selector)}))")
        self.call("Input.insertText", text=text)

    def press(self, key: str) -> None:
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=KEYS[key])

    def is_clean(self, origin: str) -> None:
        """Nothing was complained of, and nothing was asked of anybody else."""
        assert self.errors == [], self.errors
        for url in self.requests:
            assert url.startswith((f"{origin}/", "data:", "blob:")), url

    def size(self, width: int, height: int) -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    def scheme(self, name: str) -> None:
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def picture(self, path: Path, *, whole: bool = False) -> None:
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))


def wait(look: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {PATIENCE:.0f} s: {what}")
        time.sleep(0.05)
    return found


@contextmanager
def browsing(folder: Path, *flags: str, language: str = "en-US") -> Iterator[Callable[[], Page]]:
    """A browser with a profile of its own in `folder`; call it for a new tab."""
    assert CHROMIUM is not None
    process = subprocess.Popen(
        [
            CHROMIUM,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            f"--lang={language}",
            f"--accept-lang={language}",
            f"--user-data-dir={folder}",
            "--remote-debugging-port=0",
            "--remote-allow-origins=*",
            *flags,
            "about:blank",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    tabs: list[ClientConnection] = []
    try:
        port_file = folder / "DevToolsActivePort"
        text = wait(lambda: port_file.exists() and port_file.read_text().split("\n"), "Chromium")
        main = connect(f"ws://127.0.0.1:{text[0]}{text[1]}", max_size=2**26, ping_interval=None)
        tabs.append(main)

        def tab() -> Page:
            main.send(json.dumps({"id": 1, "method": "Target.createTarget", "params": {"url": "about:blank"}}))
            while "id" not in (told := json.loads(main.recv(timeout=PATIENCE))):
                pass
            target = told["result"]["targetId"]
            tabs.append(connect(f"ws://127.0.0.1:{text[0]}/devtools/page/{target}", max_size=2**26, ping_interval=None))
            return Page(tabs[-1])

        yield tab
    finally:
        for socket in tabs:
            socket.close()
        process.kill()
        process.wait()
