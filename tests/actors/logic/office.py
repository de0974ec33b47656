"""An orchestrator for tests, and what is said to it and by it in the commonest cases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from callboard.actors.logic.effects import After, Effect, Record, Tell
from callboard.actors.logic.goals import Goals
from callboard.actors.logic.orchestration import OrchestrationLogic
from callboard.messages import facts
from callboard.messages.commands import Ping, Pong, SubmitGoal
from callboard.messages.errors import DependencyFailed, problem_of
from callboard.messages.facts import Fact
from callboard.messages.unions import OrchestratorMessage
from callboard.messages.values import (
    Goal,
    Input,
    Lease,
    Parent,
    Payload,
    Plan,
    Priority,
    Problem,
    Ready,
    Subtask,
    Token,
    replace,
)
from callboard.messages.work import (
    Acknowledged,
    Settled,
    SubtaskDone,
    SubtaskGivenUp,
    SubtasksReady,
    Withdraw,
    Withdrawn,
)

RESULT = Payload(data=b"\x2a")
OTHER = Payload(data=b"\x2b")
WRONG = Problem(error="ValueError", text="ValueError: no data")


def goal(name: str = "g", **more: Any) -> Goal:
    return Goal(id=name, text=f"do {name}", **more)


def child(name: str, of: str, **more: Any) -> Goal:
    """A goal that serves a subtask of goal "g"."""
    return goal(name, parent=Parent(goal="g", subtask=of), **more)


def subtask(uuid: str, *needs: str, **more: Any) -> Subtask:
    stated: dict[str, Any] = {"estimated_duration": 1.0, **more}
    return Subtask(uuid=uuid, name=uuid.upper(), dependencies=needs, **stated)


def plan(*subtasks: Subtask) -> Plan:
    return Plan(subtasks=subtasks)


def lease(uuid: str, number: int = 1, of: str = "g") -> Lease:
    token = Token(boot=1, incarnation=1, counter=number)
    return Lease(goal=of, subtask=uuid, agent="a", token=token)


class Office:
    """An orchestrator, and the journal that it writes.

    Args:
        repairs: How often plans may be mended.

    Attributes:
        facts: What was recorded, in order.
    """

    def __init__(
        self,
        *plans: Plan,
        history: Iterable[Fact] = (),
        keep_goals: int | None = None,
        repairs: int = 0,
    ) -> None:
        self.facts = list(history)
        incarnation = 2 if self.facts else 1
        self.logic = OrchestrationLogic(incarnation, self.facts, keep_goals, repairs)
        self.started = self._noted(self.logic.start(0.0))
        for number, stated in enumerate(plans):
            self.submit(goal("g" if number == 0 else f"g{number}"), stated)

    def say(self, now: float, message: OrchestratorMessage) -> list[Effect]:
        """What follows, without the alarm clock."""
        return self._noted(self.logic.handle(message, now))

    def submit(self, stated: Goal, how: Plan | None = None, now: float = 0.0) -> list[Effect]:
        return self.say(now, SubmitGoal(goal=stated, plan=how, reply_to="caller/1"))

    def state(self) -> dict[str, int]:
        [effect] = self.say(0.0, Ping(reply_to="caller/1"))
        assert isinstance(effect, Tell)
        assert isinstance(effect.message, Pong)
        return effect.message.state

    @property
    def goals(self) -> Goals:
        """All that it knows."""
        return goals_of(self.logic)

    def _noted(self, effects: list[Effect]) -> list[Effect]:
        self.facts += [e.fact for e in effects if isinstance(e, Record)]
        return [e for e in effects if not isinstance(e, After)]


def goals_of(logic: OrchestrationLogic) -> Goals:
    return logic._books.goals  # pyright: ignore[reportPrivateUsage]


def statuses(office: Office) -> dict[str, str]:
    """Of the subtasks of goal "g"."""
    return {uuid: state.status.value for uuid, state in office.goals.by_id["g"].subtasks.items()}


# What is said to it


def done(uuid: str, number: int = 1, *, of: str = "g") -> SubtaskDone:
    return SubtaskDone(subtask=uuid, lease=lease(uuid, number, of), result=RESULT, seconds=2.0)


def outside(uuid: str, result: Payload = RESULT) -> SubtaskDone:
    return SubtaskDone(subtask=uuid, lease=None, result=result, seconds=0.0, reply_to="caller/1")


def given_up(uuid: str, problem: Problem = WRONG) -> SubtaskGivenUp:
    return SubtaskGivenUp(subtask=uuid, problem=problem)


# What it says


def ready(stated: Subtask, *inputs: Input, rank: float = 60.0, **more: Any) -> Ready:
    of = more.pop("of", "g")
    more = {"urgency": Priority.MEDIUM, "since": 0.0, **more}
    return Ready(goal=of, goal_text=f"do {of}", subtask=stated, rank=rank, inputs=inputs, **more)


def result_of(uuid: str, result: Payload | None = RESULT) -> Input:
    return Input(subtask=uuid, name=uuid.upper(), result=result)


def foreseen(stated: Subtask, *, rank: float = 60.0, **more: Any) -> Ready:
    """What is not ready yet: nothing is known of inputs, and nobody asks what it is for."""
    return replace(ready(stated, rank=rank, **more), goal_text="")


def sent(*readies: Ready, now: float = 0.0, ahead: Iterable[Ready] = ()) -> list[Effect]:
    """What becomes ready together, and what will be later on."""
    return [
        *(
            Record(facts.SubtaskQueued(at=now, goal=r.goal, subtask=r.subtask.uuid))
            for r in readies
        ),
        Tell("scheduler", SubtasksReady(subtasks=readies, ahead=tuple(ahead))),
    ]


def settled(uuid: str) -> Effect:
    return Tell("scheduler", Settled(subtasks=(uuid,)))


def unready(uuid: str) -> Effect:
    """It has ended before it was ready."""
    return Tell("scheduler", Settled(subtasks=(uuid,), unready=True))


def acknowledged(uuid: str, number: int = 1) -> list[Effect]:
    token = lease(uuid, number).token
    return [settled(uuid), Tell("agent/a", Acknowledged(tokens=(token,)))]


def completed(uuid: str, now: float, number: int = 1) -> Effect:
    held = lease(uuid, number)
    return Record(
        facts.SubtaskCompleted(
            at=now, goal="g", subtask=uuid, lease=held, result=RESULT, seconds=2.0
        )
    )


def failed(uuid: str, now: float, problem: Problem = WRONG) -> Effect:
    problem = replace(problem, subject=uuid.upper())
    return Record(facts.SubtaskFailed(at=now, goal="g", subtask=uuid, problem=problem))


def wrong(uuid: str) -> Problem:
    """WRONG, as it befell that subtask."""
    return replace(WRONG, subject=uuid.upper())


def needs(uuid: str, dependency: str) -> Problem:
    problem = problem_of(DependencyFailed(uuid.upper(), dependency.upper()))
    return replace(problem, subject=uuid.upper())


def cancelled(uuid: str, reason: str, now: float, of: str = "g") -> Effect:
    return Record(facts.SubtaskCancelled(at=now, goal=of, subtask=uuid, reason=reason))


def withdrawn(*uuids: str, reason: str) -> list[Effect]:
    return [
        Tell("scheduler", Withdraw(subtasks=uuids, reason=reason)),
        Tell("scheduler", Withdrawn(subtasks=uuids)),
    ]


def goal_completed(now: float, name: str = "g") -> Effect:
    return Record(facts.GoalCompleted(at=now, goal=name))


def goal_failed(now: float, *problems: Problem, name: str = "g") -> Effect:
    return Record(facts.GoalFailed(at=now, goal=name, problems=problems))


def goal_cancelled(now: float, reason: str, name: str = "g") -> Effect:
    return Record(facts.GoalCancelled(at=now, goal=name, reason=reason))
