"""Drives a Chromium that is installed, over a pipe, with nothing but the standard library.

The browser speaks its DevTools protocol on file descriptors 3 and 4: JSON messages that
end with a zero byte. `python -m tests.demo.browser PAGE.html FOLDER` takes the pictures
that a person should look at.
"""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any, NamedTuple

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
PATIENCE = 30.0
# Puts the pipes where the browser looks for them; first out of the way, as they may be there.
LAUNCH = """
import fcntl, os, sys
pipes = [fcntl.fcntl(int(pipe), fcntl.F_DUPFD, 10) for pipe in sys.argv[1:3]]
for number, pipe in enumerate(pipes, start=3):
    os.dup2(pipe, number)
    os.close(pipe)
os.execv(sys.argv[3], sys.argv[3:])
"""


class View(NamedTuple):
    """How a page is looked at."""

    name: str
    width: int
    height: int
    dark: bool = False
    phone: bool = False


VIEWS = (
    View("desktop", 1280, 900),
    View("phone", 390, 844, phone=True),
    View("dark", 1280, 900, dark=True),
    View("phone-dark", 390, 844, dark=True, phone=True),
)

SIZES = """
(() => {
  const wide = document.documentElement.clientWidth;
  const over = [...document.querySelectorAll("body *")].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.width && box.right > wide + 1 && !element.closest(".scroll, svg, .tip");
  });
  return {
    scrolls: document.documentElement.scrollWidth - wide,
    over: over.slice(0, 5).map((e) => `${e.tagName}.${e.className} ${e.textContent.slice(0, 40)}`),
    links: document.querySelectorAll("[src], link, [href]").length,
    shapes: document.querySelectorAll("svg path").length,
  };
})()
"""


def found() -> str | None:
    """Where a Chromium is; None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """A running browser with one page.

    Attributes:
        complaints: What the page wrote to its console, and errors of it.
        requests: The addresses that the page asked for, itself not included.
    """

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._to = to_browser
        self._from = from_browser
        self._rest = b""
        self._numbers = itertools.count(1)
        self._session = ""
        self.complaints: list[str] = []
        self.requests: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """What the browser answers."""
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result

    def open(self, page: Path, view: View) -> None:
        """Show a page; wait until it is there."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=view.width,
            height=view.height,
            deviceScaleFactor=2 if view.phone else 1,
            mobile=view.phone,
        )
        scheme = "dark" if view.dark else "light"
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.call("Emulation.setEmulatedMedia", media="", features=[feature])
        self.call("Page.navigate", url=page.resolve().as_uri())
        deadline = time.monotonic() + PATIENCE
        while self.ask("document.readyState + location.protocol") != "completefile:":
            if time.monotonic() > deadline:
                raise TimeoutError(page)

    def ask(self, expression: str) -> Any:
        """What an expression is on the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"].get("value")

    def picture(self, path: Path) -> None:
        """The whole page, as PNG."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        shot = self.call(
            "Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip
        )
        path.write_bytes(base64.b64decode(shot["data"]))

    def pdf(self, path: Path) -> None:
        """The page as it is printed."""
        printed = self.call("Page.printToPDF", printBackground=True, preferCSSPageSize=True)
        path.write_bytes(base64.b64decode(printed["data"]))

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            more = os.read(self._from, 1 << 20)
            if not more:
                raise EOFError("the browser has gone")
            self._rest += more
        text, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        self._note(message.get("method"), message.get("params", {}))
        return message

    def _note(self, method: str | None, about: dict[str, Any]) -> None:
        match method:
            case "Runtime.exceptionThrown" | "Runtime.consoleAPICalled":
                self.complaints.append(json.dumps(about)[:500])
            case "Log.entryAdded":
                self.complaints.append(str(about["entry"].get("text")))
            case "Network.requestWillBeSent" if about.get("type") != "Document":
                self.requests.append(about["request"]["url"])
            case _:
                pass


@contextlib.contextmanager
def browser() -> Generator[Browser]:
    """A browser of its own, with a profile that is gone afterwards."""
    binary = found()
    if binary is None:
        raise FileNotFoundError("no Chromium")
    their_in, our_out = os.pipe()
    our_in, their_out = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            (
                sys.executable,
                "-c",
                LAUNCH,
                str(their_in),
                str(their_out),
                binary,
                *SWITCHES,
                f"--user-data-dir={profile}",
                "about:blank",
            ),
            pass_fds=(their_in, their_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(their_in)
        os.close(their_out)
        try:
            one = Browser(our_out, our_in)
            yield one
            with contextlib.suppress(OSError, EOFError, RuntimeError):
                one.call("Browser.close")
        finally:
            os.close(our_out)
            os.close(our_in)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def main(page: str, folder: str) -> None:
    """Take all pictures of a page."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    name = Path(page).stem
    with browser() as one:
        for view in VIEWS:
            one.open(Path(page), view)
            one.picture(target / f"{name}-{view.name}.png")
            print(view.name, one.ask(SIZES))
        one.pdf(target / f"{name}.pdf")
        print("complaints:", one.complaints, "requests:", one.requests)


if __name__ == "__main__":
    main(*sys.argv[1:])
