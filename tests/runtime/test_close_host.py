"""A runtime touches nothing of the process that it runs in, and does not keep it from ending."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tests.live import LONG

ROOT = Path(__file__).parents[2]

TOUCHED = """
import asyncio, atexit, logging, signal, sys, threading
import pykka

def state():
    handlers = {s: signal.getsignal(s) for s in signal.valid_signals()}
    root = logging.getLogger()
    return (
        handlers, atexit._ncallbacks(), root.level, list(root.handlers), logging.lastResort,
        logging.getLogger("callboard").handlers, logging.getLogger("callboard").level,
        sys.excepthook, threading.excepthook, asyncio.get_event_loop_policy(),
        pykka.ActorRegistry.get_all(), logging.raiseExceptions,
        threading.stack_size(), sys.getswitchinterval(), sys.getrecursionlimit(),
    )

import concurrent.futures.thread, msgspec, numpy, structlog  # not ours to answer for
import warnings
warnings.simplefilter("ignore")
before = state()
from callboard import Runtime, agent

@agent(skills=["general"])
def helper(task):
    return task.name

@agent(skills=["other"])
async def co(task):
    return task.name

with Runtime() as runtime:
    runtime.register(helper)
    runtime.register(co)
    plan = [{"name": "A"}, {"name": "B", "required_skills": ["other"]}]
    goal = runtime.submit("do it", plan=plan)
    assert len(goal.result(20)) == 2
    during = state()
after = state()
assert before == during == after, [pair for pair in zip(before, after) if pair[0] != pair[1]]
"""

FORGOTTEN = """
import threading, time
from callboard import Runtime, agent

reached = threading.Event()

@agent(skills=["general"])
def endless(task):
    reached.set()
    threading.Event().wait()

@agent(skills=["other>=1"])
async def co(task):
    import asyncio
    await asyncio.sleep(3600)

runtime = Runtime()
runtime.register(endless)
runtime.register(co)
goal = runtime.submit("x", plan=[{"name": "A"}, {"name": "B", "required_skills": ["other>=1"]}])
assert reached.wait(20)
print("the end")
"""


def script(text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", text],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LONG,
        check=False,
    )


def test_it_touches_nothing_of_its_host() -> None:
    run = script(TOUCHED)

    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_a_script_that_forgets_to_close_ends_all_the_same() -> None:
    began = time.monotonic()
    run = script(FORGOTTEN)

    assert (run.returncode, run.stdout, run.stderr) == (0, "the end\n", "")
    assert time.monotonic() - began < LONG / 2
