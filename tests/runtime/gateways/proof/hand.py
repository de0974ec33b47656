"""An agent of a worker under trial: says in a file what it begins and what it has done."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from callboard import Task, agent

if TYPE_CHECKING:
    from callboard import Context

FOLDER = Path(os.environ["CALLBOARD_PROOF"])
NAME = os.environ["CALLBOARD_PROOF_NAME"]
HOLDS = os.environ.get("CALLBOARD_PROOF_HOLDS") == "1"
"""What it has begun it never ends."""

SECONDS = 0.002


@agent(skills=["general"])
def hand(task: Task, ctx: Context) -> str:
    """Take a moment."""
    note("begun", f"{task.uuid} {NAME}")
    while HOLDS and not ctx.cancelled:
        time.sleep(0.01)
    time.sleep(SECONDS)
    note("done", task.uuid)
    return task.uuid


def note(file: str, line: str) -> None:
    """One more line, which is whole or not there even where the process is killed."""
    descriptor = os.open(FOLDER / file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, f"{line}\n".encode())
    finally:
        os.close(descriptor)
