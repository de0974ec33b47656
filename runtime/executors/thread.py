"""Runs users' plain functions, each on a thread that can be given up."""

from __future__ import annotations

import contextvars
import sys
import traceback
from collections.abc import Callable
from threading import Thread
from types import FrameType
from typing import Any

from callboard.runtime.executors.problems import problem_from
from callboard.runtime.executors.runs import Carrier, Raised, Run
from callboard.runtime.executors.threads import Job, WorkerThreads


class _Call(Job, Carrier):
    """A call of a user's function, as a thread of the pool does it."""

    __slots__ = ("_call", "_run", "_threads")

    def __init__(self, run: Run, call: Callable[[], Any], threads: WorkerThreads) -> None:
        self.worker = None
        self._run = run
        self._call = call
        self._threads = threads

    @property
    def what(self) -> str:
        return self._run.what

    def do(self) -> None:
        self._run.begin()
        outcome = contextvars.Context().run(self._run.outcome, self._call)
        self._threads.offer()  # the user's code is over
        self._run.leave(outcome)
        self._run.let_go()

    def abandon(self, run: Run) -> str:
        del run  # there is no other
        thread = self._threads.abandon(self)
        return stack_of(thread) if thread is not None else ""


def run_on_thread(run: Run, call: Callable[[], Any], threads: WorkerThreads) -> None:
    """Have *run* execute the call on a thread, at once; never blocks and never raises.

    It starts with empty context variables: nothing of who registered the agent, and
    nothing of the attempt that used the thread before.
    """
    job = _Call(run, call, threads)
    run.carrier = job
    run.begun = False
    try:
        threads.run(job)
    except Exception as error:  # noqa: BLE001 - the pool is closed, or the system has no thread
        run.leave(Raised(problem_from(error)))


def frame_of(thread: Thread) -> FrameType | None:
    """What a thread does at this moment, the innermost call; None where it does not run."""
    # Documented, in spite of its name.
    frames = sys._current_frames()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return frames.get(thread.ident or 0)


def stack_of(thread: Thread) -> str:
    """What a thread does at this moment, as a traceback."""
    frame = frame_of(thread)
    return "".join(traceback.format_stack(frame)) if frame is not None else ""
