"""A planner that asks a model, what it is asked for, and the runtime that it sees."""

from __future__ import annotations

from typing import Any

from callboard.actors.logic.given import skills_of
from callboard.messages.errors import CallboardError
from callboard.messages.learnt import UsualDuration
from callboard.messages.values import Goal, Plan, Retry
from callboard.runtime.planners.llm.planner import Limits, LLMPlanner
from callboard.runtime.planners.skills import load_equivalences
from tests.runtime.planners.llm.scripted import Server, plan, step

GOAL = Goal(id="g", text="compare three suppliers", context="of screws")
GOOD = plan(step("Tell", "Ask", skills=["writing"]), step("Ask", skills=["research"]))
"""What a model may answer, the last step first."""

SOON = Retry(attempts=3, first=0.01, longest=0.02)


class Desk:
    """A runtime, as a planner sees it."""

    dropped = False

    def __init__(self, seconds: float = 60.0) -> None:
        self.seconds = seconds
        self.put_in: list[list[str]] = []
        self.parts = 0
        self.known: list[UsualDuration] = []
        self.said: list[tuple[type[CallboardError], str]] = []
        self.texts: list[str] = []

    @property
    def equivalences(self) -> Any:
        return load_equivalences()

    def trades(self) -> Any:
        return [skills_of([one]) for one in ("writing", "research")]

    def usual(self) -> Any:
        return self.known

    def put(self, plan: Plan) -> None:
        self.put_in.append([s.name for s in plan.subtasks])
        self.parts += len(plan.subtasks)

    def on_drop(self, call: Any) -> None:
        self.drop = call

    def stumbled(self, error: CallboardError, then: str) -> None:
        self.said.append((type(error), then))
        self.texts.append(str(error))


def planner(server: Server, **more: Any) -> LLMPlanner:
    """One that asks there, without a stream, and again at once."""
    limits = more.pop("limits", Limits(retry=SOON))
    return LLMPlanner(server.url, "small", limits=limits, stream=more.pop("stream", False), **more)
