"""Handlers that worker processes find by their names."""
# ruff: noqa: ARG001, ARG002 - handlers take what they are given

from __future__ import annotations

import ctypes
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from callboard.messages.user import Note
from callboard.runtime.executors.context import Context
from callboard.runtime.executors.decorator import agent
from callboard.runtime.executors.task import Task

MEGABYTE = 1 << 20


def who(task: Task) -> int:
    return os.getpid()


def twice(task: Task) -> dict[str, Any]:
    return {"twice": 2 * task.data}


def size(task: Task) -> tuple[int, bytes]:
    return len(task.data), bytes(5 * MEGABYTE)


def broken(task: Task) -> None:
    raise ValueError("no such column")


def unspeakable(task: Task) -> object:
    return object()


def exits(task: Task) -> None:
    sys.exit(3)


def exits_at_once(task: Task) -> None:
    os._exit(3)


def kills_itself(task: Task) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def first_one_dies(task: Task) -> str:
    mark = Path(tempfile.gettempdir()) / f"callboard-{task.data}"
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        mark.unlink()
        return "survived"
    os.kill(os.getpid(), signal.SIGKILL)
    return "not reached"


def faults(task: Task) -> None:
    ctypes.string_at(0)


def waits(task: Task, ctx: Context) -> None:
    ctx.progress(0.0, "begun")
    ctx.sleep(60)


async def awaits(task: Task, ctx: Context) -> None:
    ctx.progress(0.0, "begun")
    await ctx.asleep(60)


async def naps(task: Task, ctx: Context) -> int:
    await ctx.asleep(0.001)
    return os.getpid()


def deaf(task: Task, ctx: Context) -> int:
    ctx.progress(0.0, str(os.getpid()))
    if task.data is None:
        re.match(r"(a+)+$", "a" * 60 + "b")  # for years, and holds the interpreter's lock
    return os.getpid()


def greedy(task: Task) -> int:
    if task.data is None:
        return len(bytearray(900 * MEGABYTE))
    return os.getpid()


def reports(task: Task, ctx: Context) -> None:
    ctx.progress(0.5, "half", checkpoint={"row": 5})
    ctx.heartbeat()
    ctx.log.info("so far", rows=5)


def asks(task: Task, ctx: Context) -> list[object]:
    permit = ctx.once("mail")
    ctx.send("a2", Note(text="hello"))
    answer = ctx.ask("a2", Note(text="how many?"), 20.0)
    return [permit.key, answer]


def asks_nobody(task: Task, ctx: Context) -> None:
    ctx.send("nobody", Note(text="hello"))


def delegates(task: Task, ctx: Context) -> object:
    return ctx.wait(ctx.submit("more", key="k", deadline=30))["Part"]


def reads(task: Task, ctx: Context) -> list[str]:
    texts: list[str] = []
    while len(texts) < task.data:
        note = ctx.messages.get(20.0)
        assert isinstance(note, Note)
        texts.append(note.text)
    return [*texts, repr(ctx.messages.get_nowait())]


def breeds(task: Task, ctx: Context) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    ctx.progress(0.0, str(child.pid))
    time.sleep(60)


class Counter:
    """Counts what this process has done."""

    def __init__(self) -> None:
        self.done = 0
        self.file: Path | None = None

    def on_start(self) -> None:
        self.done = 100

    def work(self, task: Task) -> int:
        self.done += 1
        if isinstance(task.data, str):
            self.file = Path(task.data)
        return self.done

    def on_stop(self) -> None:
        if self.file is not None:
            self.file.write_text(f"{self.done} done", "utf-8")


class Unready:
    """Cannot start."""

    def on_start(self) -> None:
        raise ValueError("no licence")

    def work(self, task: Task) -> None: ...


class Slow:
    """Takes its time to start."""

    def on_start(self) -> None:
        time.sleep(60)

    def work(self, task: Task) -> None: ...


def by_data(task: Task) -> float | None:
    """Bids what the task says; ends its process where that says so."""
    if task.data == "exit":
        os._exit(3)
    if task.data == "raise":
        raise ValueError("no rates today")
    return task.data if isinstance(task.data, int) else None


@agent(skills=["general"], bid=by_data)
def declared(task: Task) -> int:
    return os.getpid()


class Tender:
    """Bids by a method of its own, a coroutine."""

    def work(self, task: Task) -> int:
        return os.getpid()

    async def bid(self, task: Task) -> float:
        return float(os.getpid())


def late_bid(task: Task) -> float:
    time.sleep(task.data)
    return 1.0


@agent(skills=["general"], bid=late_bid)
def slow_to_bid(task: Task) -> None:
    pass
