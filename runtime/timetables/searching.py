"""What runs in a process beside the runtime: takes jobs, searches, answers.

It has the lowest priority that the system gives, so that it only takes what nobody else
needs, and no lock of the interpreter is shared with anybody. It ends with its input.
"""

from __future__ import annotations

import contextlib
import os
import signal
import struct
import sys
import time
from typing import BinaryIO

import msgspec

from callboard.runtime.timetables.job import Answer, Job, answer_of, project_of, solve
from callboard.runtime.timetables.rollouts import Found, until

_HEAD = struct.Struct("<I")
_NICE = 10
_ROLLOUTS = 0.3
"""Part of its time that an optimal search spends on rollouts, to have something to begin with."""


def main() -> None:
    """Answer jobs until there is no input any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the runtime says when to stop
    _step_back()
    # Whatever else is printed must not come between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while (data := read(sys.stdin.buffer)) is not None:
        write(answers, msgspec.msgpack.encode(_answered(data)))


def _answered(data: bytes) -> Answer:
    try:
        return search(msgspec.msgpack.decode(data, type=Job))
    except Exception as error:  # noqa: BLE001 - whoever asked wants to know
        return Answer(problem=f"{type(error).__name__}: {error}")


def search(job: Job) -> Answer:
    """The best that is found in time.

    Raises:
        OptimalMissing: It should be optimal, and OR-Tools is not installed.
    """
    part = _ROLLOUTS if job.method == "optimal" else 1.0
    started = time.monotonic()
    found = solve(job, until(started + part * job.seconds, time.monotonic))
    if job.method == "rollout":
        return found
    from callboard.runtime.timetables.optimal import optimal  # noqa: PLC0415 - may be missing

    left = started + job.seconds - time.monotonic()
    begin = Found(found.table, found.weights, found.first, found.bound, 0)
    return answer_of(optimal(project_of(job), begin, left, seed=job.seed))


def read(pipe: BinaryIO) -> bytes | None:
    """The next frame; None at the end."""
    head = pipe.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    [size] = _HEAD.unpack(head)
    data = pipe.read(size)
    return data if len(data) == size else None


def write(pipe: BinaryIO, data: bytes) -> None:
    """Say one frame."""
    pipe.write(_HEAD.pack(len(data)) + data)
    pipe.flush()


def _step_back() -> None:
    with contextlib.suppress(AttributeError, OSError):  # Windows has none
        os.nice(_NICE)
