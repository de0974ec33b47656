"""What is said to a scheduler that holds work, and by it."""

from __future__ import annotations

from typing import Any

from callboard.actors.logic.effects import Effect, Tell
from callboard.messages.commands import PauseAgent
from callboard.messages.work import Hold, Release, SubtaskIdle
from tests.actors.logic.desk import agent, requeued, revoked, told

A, B = agent("a"), agent("b")

HOLD = Hold(goals=("g",), ready=("s1",))
RELEASE = Release(goals=("g",), ready=("s1",))
"""The goal of "s1" is held, and let go on."""

KINDS: dict[str, tuple[Hold, Release]] = {
    "goal": (HOLD, RELEASE),
    "subtask": (
        Hold(subtasks=("s1",), ready=("s1",)),
        Release(subtasks=("s1",), ready=("s1",)),
    ),
    "runtime": (Hold(runtime=True), Release(runtime=True)),
}
"""What can be held, "s1" with it, and how it is let go on."""


def idle(uuid: str) -> Tell:
    """Of a subtask that is drained nothing runs any more."""
    return Tell("orchestrator", SubtaskIdle(subtask=uuid))


def interrupted(held: Any, why: str, now: float) -> list[Effect]:
    """Its agent is told to stop, and others may begin with it."""
    return [told(held, why), revoked(held, why, now), requeued(held.subtask, why, now)]


def pause(name: str = "a", **more: Any) -> PauseAgent:
    """A caller wants it, and waits for an answer."""
    return PauseAgent(agent=name, reply_to="caller/1", **more)
