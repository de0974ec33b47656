"""Handlers that die, raise, fall silent and compute; processes find them here by name."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callboard import Context, Task

FOREVER = 60.0


def waits_once(task: Task, ctx: Context) -> float:
    """In its first try it waits to be killed; in the next one it tells when it began."""
    began = time.monotonic()
    if ctx.agent == task.data:
        ctx.progress(0.0, str(os.getpid()))
        ctx.sleep(FOREVER)
    return began


def raises_once(task: Task) -> tuple[float, float]:
    """When it raised, and when it was tried again."""
    began = time.monotonic()
    if task.attempt == 1:
        _marks[task.uuid] = time.monotonic()
        raise ValueError("on purpose")
    return _marks.pop(task.uuid), began


def falls_silent(task: Task, ctx: Context) -> tuple[float, float]:
    """When it gave its last sign of life, and when it was tried again."""
    began = time.monotonic()
    if task.attempt == 1:
        ctx.heartbeat()
        _marks[task.uuid] = time.monotonic()
        time.sleep(task.data)
    return _marks.pop(task.uuid), began


def hangs_in_python(task: Task) -> tuple[float, float]:
    """When a loop began that listens to nothing, and when it was tried again."""
    began = time.monotonic()
    if task.attempt == 1:
        _marks[task.uuid] = began
        while time.monotonic() < began + task.data:
            pass
    return _marks.pop(task.uuid, began), began


def hangs_in_c(task: Task) -> tuple[float, float]:
    """The same in a call of C."""
    began = time.monotonic()
    if task.attempt == 1:
        _marks[task.uuid] = began
        time.sleep(task.data)
    return _marks.pop(task.uuid, began), began


def computes(task: Task, ctx: Context) -> int:
    """Computes for so many seconds, in pure Python, and looks up now and then."""
    end, rounds = time.monotonic() + task.data, 0
    ctx.progress(0.0, "begun")
    while time.monotonic() < end:
        rounds += sum(n * n for n in range(2000))
        ctx.raise_if_cancelled()
    return rounds


def now(_: object = None) -> float:
    """For the baseline's pools."""
    return time.monotonic()


def waits(_: object) -> None:
    """The same: until its process is killed."""
    time.sleep(FOREVER)


_marks: dict[str, float] = {}
