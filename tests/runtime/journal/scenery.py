"""What the scenes of recorded journals share."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, TypedDict, Unpack

from callboard.actors.logic.supervision_options import SupervisionOptions
from callboard.messages.values import Retry, Subtask
from callboard.runtime.config import Config
from callboard.runtime.executors.decorator import agent
from callboard.runtime.journal.sqlite import SqliteJournal
from callboard.runtime.planners.stated import subtask
from tests.live import LONG

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from callboard.runtime.executors.context import Context
    from callboard.runtime.executors.task import Task
    from callboard.runtime.handle import GoalHandle

CONFIG = Config(
    keep_goals=None,
    retry=Retry(attempts=3, first=0.005, longest=0.02),
    supervision=SupervisionOptions(intensity=7, first=0.005, longest=0.02, stop_seconds=2.0),
    stop_grace=0.05,
)


class _More(TypedDict, total=False):
    description: str
    optional: bool


@agent(skills=["general"])
def clerk(task: Task) -> str:
    """Does what is asked of anybody."""
    return f"{task.name} is done"


@agent(skills=["patience>=1"])
def patient(task: Task, ctx: Context) -> None:
    """Saves what it has, and waits to be taken away."""
    if task.checkpoint is None:
        ctx.progress(0.5, "halfway", checkpoint={"rows": 500, "of": task.name})
    ctx.sleep(LONG)


@agent(skills=["luck>=1"])
def gambler(task: Task) -> str:
    """Fails at first, and at the impossible always."""
    if task.attempt == 1 or task.name == "impossible":
        raise ConnectionError(f"attempt {task.attempt}")
    return "won"


def compact(path: Path) -> None:
    """All goals that have ended become summaries."""
    with contextlib.closing(SqliteJournal(path, 0.0)) as journal:
        journal.tidy(before=journal.last + 1.0)
        kept = threading.Event()
        journal.append([], kept.set)
        assert kept.wait(LONG)


def one_of(
    name: str, after: Sequence[str] = (), skill: str = "general", **more: Unpack[_More]
) -> Subtask:
    """A subtask whose uuid is its name; no generalist can do what needs another skill."""
    needed = skill if skill == "general" else f"{skill}>=1"
    return subtask(name, uuid=name, dependencies=after, required_skills=[needed], **more)


def ends_badly(goal: GoalHandle) -> None:
    """Wait for its end."""
    error = goal.ending.exception(LONG)
    assert error is not None
