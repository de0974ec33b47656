"""Settings for runtimes under test, and agents that many tests use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec

from callboard import Config, Retry, Runtime, Task, agent
from callboard.actors.logic.supervision_options import SupervisionOptions
from callboard.messages.facts import SubtaskCompleted

T = TypeVar("T")

QUICK = Config(
    retry=Retry(attempts=3, first=0.005, longest=0.02),
    supervision=SupervisionOptions(first=0.005, longest=0.02, stop_seconds=2.0),
    stop_grace=0.05,
    close_timeout=8.0,
)
"""Whatever fails is tried again at once."""


def with_settings(config: Config, **changes: Any) -> Config:
    """The settings with some of them changed."""
    changed: Config = msgspec.structs.replace(config, **changes)
    return changed


def says(answer: T) -> Callable[[Task], T]:
    """A handler that answers always the same."""

    def handler(_: Task) -> T:
        return answer

    return handler


@agent(skills=["general"])
def helper(task: Task) -> str:
    """Does anything, and says what it was."""
    return f"did {task.name}"


def count(runtime: Runtime, kind: type) -> int:
    """How many events of that kind there were."""
    return runtime.hub.counts().get(kind.__name__, 0)


def completions(runtime: Runtime) -> Counter[str]:
    """How often each subtask was completed, by the journal."""
    kept = runtime.journal.replay()
    return Counter(f.subtask for f in kept if isinstance(f, SubtaskCompleted))


def kinds(events: Iterable[object]) -> list[str]:
    """What kinds of events these are."""
    return [type(event).__name__ for event in events]
