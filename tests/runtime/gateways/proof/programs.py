"""Servers and workers as programs, to be killed, stopped and started again."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[4]
HAND = Path(__file__).with_name("hand.py")

PORTS = range(10_240, 32_000)
"""Below those that systems give away by themselves: whoever comes back finds it free."""

STARTING = 120.0
"""Seconds for a program's start on a machine that has much else to do."""


def free_port() -> int:
    """A port that will still be free when its server is started once more."""
    while True:
        port = random.choice(PORTS)  # noqa: S311 - no secret
        with contextlib.suppress(OSError), socket.socket() as tried:
            tried.bind(("127.0.0.1", port))
            return port


class Program:
    """A program of ours, in a session of its own; it is killed in the end.

    Args:
        words: What `callboard` is told.
        folder: Where it runs, and its standard error goes.
        name: Of that file.
        environment: What it finds beside ours.
    """

    def __init__(
        self, words: list[str], folder: Path, name: str, environment: Mapping[str, str] = {}
    ) -> None:
        self._said = folder / f"{name}.log"
        with self._said.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "callboard", *words],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
            )

    @property
    def said(self) -> str:
        """Its standard error."""
        return self._said.read_text(errors="replace")

    def line(self) -> str:
        """Its next line on the standard output.

        Raises:
            AssertionError: There was none before it ended, or in time.
        """
        assert self.process.stdout is not None
        watch = threading.Timer(STARTING, self.process.kill)
        watch.start()
        try:
            line = self.process.stdout.readline().decode()
        finally:
            watch.cancel()
        assert line, f"it has ended with {self.process.wait()}: {self.said[-2000:]}"
        return line

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def kill(self) -> None:
        """End it at once, and wait until it has."""
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def __enter__(self) -> Self:
        """It runs since it was made."""
        return self

    def __exit__(self, *_: object) -> None:
        """Kill it."""
        self.kill()


def serve(folder: Path, port: int) -> Program:
    """A server with a journal, which listens when this returns."""
    words = ["serve", "--journal", str(folder / "work.db"), "--port", str(port), "--json"]
    program = Program(words, folder, "server")
    try:
        json.loads(program.line())
    except BaseException:
        program.kill()
        raise
    return program


def work(folder: Path, url: str, name: str, *, holds: bool = False) -> Program:
    """A worker; it is on its way when this returns."""
    environment = {
        "CALLBOARD_PROOF": str(folder),
        "CALLBOARD_PROOF_NAME": name,
        "CALLBOARD_PROOF_HOLDS": "1" if holds else "",
    }
    words = ["worker", str(HAND), "--server", url, "--name", name, "--quiet"]
    return Program(words, folder, name, environment)


def lines(file: Path) -> list[str]:
    """The whole lines of a file; [] where there is none."""
    if not file.exists():
        return []
    text = file.read_text()
    return text[: text.rfind("\n") + 1].splitlines()
