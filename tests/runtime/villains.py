"""Handlers that raise, hang, exit and kill their process, each in its first tries only.

What they do to the world goes through `ctx.once` into a sink that takes each key once.
Worker processes import this module, so it imports little.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callboard import Context, Permit, Task

TABLES = """
CREATE TABLE tries (subtask TEXT);
CREATE TABLE offers (key TEXT, fence TEXT);
CREATE TABLE effects (key TEXT PRIMARY KEY, fence TEXT);
"""
FATES = {
    "raise": 8,
    "effect, raise": 6,
    "hang": 5,
    "exit": 3,
    "effect, exit": 3,
    "fine": 75,
}
"""How often each comes up, in percent; who is in a process of its own is killed for exit."""

HANG = 1.5
"""Seconds after which those that hang wake up, and want to have their effect at last."""


class Chaos(Exception):
    """Raised on purpose."""


def sink(path: str) -> sqlite3.Connection:
    """The sink; a connection of its own for each use, from any thread or process."""
    opened = sqlite3.connect(path, timeout=60, isolation_level=None)
    opened.execute("PRAGMA synchronous = OFF")
    return opened


def in_a_process(task: Task, ctx: Context) -> str:
    """Its process is killed where others exit, and where it hangs."""
    fate = fate_of(task)
    if fate == "hang":
        while True:
            sum(range(1000))
    if fate.startswith("effect"):
        put(task, ctx.once("effect"))
    if fate.endswith("exit"):
        os.kill(os.getpid(), signal.SIGKILL)
    return finish(task, fate, ctx.once("effect"))


def on_a_thread(task: Task, ctx: Context) -> str:
    """Where it hangs, it hears nothing, and goes on when it is not wanted any more."""
    fate = fate_of(task)
    if fate == "hang":
        time.sleep(HANG)
        put(task, ctx.once("effect"))
    if fate.startswith("effect"):
        put(task, ctx.once("effect"))
    if fate.endswith("exit"):
        sys.exit(3)
    return finish(task, fate, ctx.once("effect"))


async def as_a_coroutine(task: Task, ctx: Context) -> str:
    """Where it hangs, it will not be cancelled."""
    fate = fate_of(task)
    if fate == "hang":
        await stubborn()
        put(task, await ctx.aonce("effect"))
    if fate.startswith("effect"):
        put(task, await ctx.aonce("effect"))
    if fate.endswith("exit"):
        sys.exit(3)
    return finish(task, fate, await ctx.aonce("effect"))


async def stubborn() -> None:
    """Wait, also after a cancellation."""
    try:
        await asyncio.sleep(HANG)
    except asyncio.CancelledError:
        await asyncio.sleep(HANG / 2)


def fate_of(task: Task) -> str:
    """What is to happen in this try; drawn by the subtask, not by who tries."""
    with closing(sink(task.data["sink"])) as opened:
        opened.execute("INSERT INTO tries VALUES (?)", (task.uuid,))
        [(tries,)] = opened.execute("SELECT count(*) FROM tries WHERE subtask = ?", (task.uuid,))
    if tries == 1 and task.data["first"]:
        return str(task.data["first"])
    draw = random.Random(f"{task.data['seed']}/{tries}")  # noqa: S311 - reproducible
    return draw.choices(list(FATES), list(FATES.values()))[0] if tries <= 2 else "fine"


def finish(task: Task, fate: str, permit: Permit) -> str:
    """Have the effect, and return or raise."""
    if fate == "raise":
        raise Chaos("before its effect")
    put(task, permit)
    if fate.endswith("raise"):
        raise Chaos("after its effect")
    return fate


def put(task: Task, permit: Permit) -> None:
    """The effect."""
    row = (permit.key, permit.fence)
    with closing(sink(task.data["sink"])) as opened:
        opened.execute("INSERT INTO offers VALUES (?, ?)", row)
        opened.execute("INSERT OR IGNORE INTO effects VALUES (?, ?)", row)
