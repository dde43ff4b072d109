"""A headless Chromium, told what to do over its own protocol: no Node, and no driver."""

import base64
import itertools
import json
import os
import re
import shutil
import subprocess
import threading
import time
from pathlib import Path
from queue import Queue
from typing import Any, Self

import pytest
from websockets.sync.client import connect

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_SECONDS = 30.0
_KEYS = {"Enter": (13, "\r"), "Escape": (27, ""), "Tab": (9, "")}
# What the pictures of the shop would be: a drawing of its own for each SKU.
_PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 150">
<rect width="120" height="150" fill="{paper}"/><path d="{path}" fill="{ink}"/></svg>"""
_DRAWINGS = {
    "1": ("#e8edf1", "#34618f", "M48 22q12 10 24 0l6 4-4 40 22 66H24l22-66-4-40z"),
    "2": ("#f4ebe2", "#a86b3c", "M18 96q30-6 46-34l12 6q-2 22 24 26l4 12H18z"),
    "3": (
        "#f3efe0",
        "#b89348",
        "M38 66q0-34 22-34t22 34h14l6 56H18l6-56zm8 0h28q0-24-14-24T46 66z",
    ),
    "5": ("#efece6", "#9c8a70", "M42 22h36l16 110H68l-8-70-8 70H26z"),
}

# Texts whose contrast with what is behind them is below 4.5 (WCAG AA), or 3 where they are large.
_FAINT = """(() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => numbers(colour).slice(0, 3).map((part) => part / 255)
    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = (node) => {
    for (let one = node; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if ((numbers(colour)[3] ?? 1) > 0.5) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const faint = [];
  for (const node of document.body.querySelectorAll('*')) {
    const texts = [...node.childNodes].filter((one) => one.nodeType === 3 && one.data.trim());
    if (!texts.length || !node.checkVisibility()) continue;
    const style = getComputedStyle(node);
    const [one, other] = [light(style.color), light(behind(node))].sort((a, b) => b - a);
    const size = parseFloat(style.fontSize);
    const enough = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
    if ((one + 0.05) / (other + 0.05) < enough) faint.push(texts[0].data.trim());
  }
  return faint;
})()"""


def require_chromium() -> str:
    """Find the browser, or skip."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    return found


class Browser:
    """One browser with one window; leave the context to end it."""

    def __init__(self, folder: Path) -> None:
        words = [
            require_chromium(), "--headless=new", "--remote-debugging-port=0", "--no-first-run",
            "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
            "--disable-component-update", "--hide-scrollbars", "--lang=pt-BR",
            f"--user-data-dir={folder}", "about:blank",
        ]  # fmt: skip
        if os.geteuid() == 0:
            words.insert(1, "--no-sandbox")  # Chromium has no sandbox for root.
        self._process = subprocess.Popen(
            words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        assert self._process.stderr
        address = next(
            (found[1] for line in self._process.stderr
             if (found := re.search(r"listening on (ws://\S+)", line))), None,
        )  # fmt: skip
        assert address, "Chromium did not start"
        # What it still has to say must not fill the pipe.
        threading.Thread(target=self._process.stderr.read, daemon=True).start()
        self._socket = connect(address, max_size=None)
        self._ids = itertools.count(1)
        self._answers: dict[int, Queue[dict[str, Any]]] = {}
        self._session: str | None = None
        # Addresses that were asked for, and what the page complained about.
        self.urls: list[str] = []
        self.complaints: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.call("Fetch.enable", patterns=[{"urlPattern": "https://*"}])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._process.terminate()
        self._process.wait(_SECONDS)
        self._reader.join()

    def _read(self) -> None:
        for text in self._socket:
            message = json.loads(text)
            if "id" in message:
                self._answers.pop(message["id"]).put(message)
            else:
                self._hear(message["method"], message["params"])

    def _hear(self, method: str, event: dict[str, Any]) -> None:
        if method == "Network.requestWillBeSent":
            self.urls.append(event["request"]["url"])
        elif method == "Fetch.requestPaused":
            self._draw(event)
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(event["exceptionDetails"]["text"])
        elif method == "Log.entryAdded" and event["entry"]["source"] == "security":
            self.complaints.append(event["entry"]["text"])

    def _draw(self, event: dict[str, Any]) -> None:
        """Answer for the shop's pictures, which nobody else does here."""
        sku = re.search(r"/ids/(\d)", event["request"]["url"])
        paper, ink, path = _DRAWINGS[sku[1] if sku else "1"]
        body = _PICTURE.format(paper=paper, ink=ink, path=path)
        self._send(
            "Fetch.fulfillRequest",
            requestId=event["requestId"],
            responseCode=200,
            responseHeaders=[{"name": "content-type", "value": "image/svg+xml"}],
            body=base64.b64encode(body.encode()).decode(),
        )

    def _send(self, method: str, **parameters: Any) -> "Queue[dict[str, Any]]":
        """Ask for something; the answer will be in the queue."""
        number = next(self._ids)
        queue = self._answers[number] = Queue()
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._socket.send(json.dumps(message))
        return queue

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Ask for something and wait for the answer."""
        answer = self._send(method, **parameters).get(timeout=_SECONDS)
        assert "error" not in answer, (method, answer.get("error"))
        result: dict[str, Any] = answer["result"]
        return result

    def resize(self, width: int, height: int, *, is_phone: bool = False) -> None:
        """Be a window of this size, or a phone."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=is_phone,
        )  # fmt: skip
        self.call("Emulation.setTouchEmulationEnabled", enabled=is_phone)

    def open(self, url: str, *, is_focused: bool = True) -> None:
        """Go to a page, and wait until it is there and what it gives the focus to has it."""
        # So that the page that was there is not taken for the new one.
        self.call("Page.navigate", url="about:blank")
        self.wait_for("location.href === 'about:blank'")
        self.call("Page.navigate", url=url)
        self.wait_for(
            f"location.href === {json.dumps(url)} && document.readyState === 'complete'"
            + " && document.activeElement !== document.body" * is_focused
        )

    def value(self, expression: str) -> Any:
        """Evaluate JavaScript."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait_for(self, expression: str, seconds: float = _SECONDS) -> float:
        """Wait until it is true; gives how long that took."""
        started = time.monotonic()
        while not self.value(f"Boolean({expression})"):
            assert time.monotonic() - started < seconds, (expression, self.text)
            time.sleep(0.03)
        return time.monotonic() - started

    @property
    def text(self) -> str:
        """What is to be read on the page."""
        return str(self.value("document.body?.innerText ?? ''"))

    @property
    def focus(self) -> str:
        """The id of what has the focus."""
        return str(self.value("document.activeElement.id"))

    def type(self, text: str) -> None:
        """Type as a keyboard or a scanner does, a key at a time."""
        for character in text:
            self.call("Input.dispatchKeyEvent", type="keyDown", key=character, text=character)
            self.call("Input.dispatchKeyEvent", type="keyUp", key=character)

    def press(self, key: str) -> None:
        code, text = _KEYS[key]
        named = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **named)
        self.call("Input.dispatchKeyEvent", type="keyUp", **named)

    def faint_texts(self) -> list[str]:
        """List the texts that can hardly be told from what is behind them."""
        found: list[str] = self.value(_FAINT)
        return found

    def picture(self, path: Path, *, is_whole: bool = False) -> None:
        """Take a picture of the window, or of the whole page."""
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=is_whole)
        path.write_bytes(base64.b64decode(shot["data"]))
