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
from callboard.runtime.executors.runs import Raised, Run
from callboard.runtime.executors.threads import WorkerThreads


def run_on_thread(run: Run, call: Callable[[], Any], threads: WorkerThreads) -> None:
    """Have *run* execute the call on a thread, at once; never blocks and never raises.

    It starts with empty context variables: nothing of who registered the agent, and
    nothing of the attempt that used the thread before.
    """

    def work() -> None:
        contextvars.Context().run(run.execute, call)

    try:
        worker = threads.run(work, run.what)
    except Exception as error:  # noqa: BLE001 - the pool is closed, or the system has no thread
        run.leave(Raised(problem_from(error)))
        return

    def abandon() -> str:
        return stack_of(worker.thread) if threads.abandon(worker, work) else ""

    run.abandon = abandon


def frame_of(thread: Thread) -> FrameType | None:
    """What a thread does at this moment, the innermost call; None where it does not run."""
    # Documented, in spite of its name.
    frames = sys._current_frames()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return frames.get(thread.ident or 0)


def stack_of(thread: Thread) -> str:
    """What a thread does at this moment, as a traceback."""
    frame = frame_of(thread)
    return "".join(traceback.format_stack(frame)) if frame is not None else ""
