"""For tests with real threads: waiting without sleeping, and who is still there."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

import pytest

T = TypeVar("T")

LONG = 20.0
"""Seconds after which a test gives up; never waited for where all is well."""


def eventually(look: Callable[[], T], what: str = "it", seconds: float = LONG) -> T:
    """The first true answer of *look*, which is asked again and again."""
    end = time.monotonic() + seconds
    pause = threading.Event()
    while not (found := look()):
        assert time.monotonic() < end, f"{what} did not happen within {seconds:g} s"
        pause.wait(0.001)
    return found


def unhandled(monkeypatch: pytest.MonkeyPatch) -> list[BaseException | None]:
    """Errors that end up where Python shows those of threads, from now on."""
    found: list[BaseException | None] = []

    def note(args: threading.ExceptHookArgs) -> None:
        found.append(args.exc_value)

    monkeypatch.setattr(threading, "excepthook", note)
    return found


def our_threads() -> set[threading.Thread]:
    """Threads of this process that Callboard has started and that still run."""
    return {t for t in threading.enumerate() if t.name.startswith("callboard")}


def together(count: int, work: Callable[[int], None]) -> None:
    """Have *work* done by so many threads that begin at once; wait for all of them."""
    gate = threading.Barrier(count)
    errors: list[BaseException] = []

    def run(number: int) -> None:
        try:
            gate.wait(LONG)
            work(number)
        except BaseException as error:  # noqa: BLE001 - for the test to see
            errors.append(error)

    threads = [threading.Thread(target=run, args=(n,), daemon=True) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    assert errors == []
    assert not any(thread.is_alive() for thread in threads)
