"""Facts and notices for tests of the read side, short to write; and random legal runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from callboard.messages import facts, notices
from callboard.messages.facts import Fact
from callboard.messages.notices import Notice
from callboard.messages.values import (
    Agent,
    Goal,
    Lease,
    Payload,
    Plan,
    Priority,
    Problem,
    Skill,
    Subtask,
    Token,
)

WRONG = Problem(error="ValueError", text="ValueError: no data")
RESULT = Payload(data=b"\x2a")


def _skills(names: Sequence[str]) -> tuple[Skill, ...]:
    return tuple(Skill(name=name) for name in names)


def goal(name: str = "g1", **more: Any) -> Goal:
    return Goal(id=name, text="analyze sales", **more)


def subtask(uuid: str, *needs: str, skills: Sequence[str] = (), **more: Any) -> Subtask:
    return Subtask(
        uuid=uuid, name=uuid.upper(), dependencies=needs, required_skills=_skills(skills), **more
    )


def plan(*subtasks: Subtask) -> Plan:
    return Plan(subtasks=subtasks)


def agent(name: str, *skills: str, **more: Any) -> Agent:
    return Agent(id=name, skills=_skills(skills), **more)


def lease(uuid: str, holder: str, number: int = 1, of: str = "g1", **more: Any) -> Lease:
    token = Token(boot=1, incarnation=1, counter=number)
    return Lease(goal=of, subtask=uuid, agent=holder, token=token, **more)


def accepted(name: str = "g1", at: float = 1.0, **more: Any) -> Fact:
    return facts.GoalAccepted(at=at, goal=goal(name, **more))


def adopted(*subtasks: Subtask, of: str = "g1", at: float = 2.0) -> Fact:
    return facts.PlanAdopted(at=at, goal=of, plan=plan(*subtasks))


def registered(name: str, *skills: str, at: float = 0.0, **more: Any) -> Fact:
    return facts.AgentRegistered(at=at, agent=agent(name, *skills, **more))


def started_up(name: str, incarnation: int = 1, at: float = 0.5) -> Fact:
    return facts.AgentStarted(at=at, agent=name, incarnation=incarnation)


def queued(uuid: str, at: float = 3.0, of: str = "g1") -> Fact:
    return facts.SubtaskQueued(at=at, goal=of, subtask=uuid)


def assigned(held: Lease, at: float = 4.0) -> Fact:
    return facts.SubtaskAssigned(at=at, lease=held)


def started(held: Lease, at: float = 5.0) -> Fact:
    return facts.SubtaskStarted(at=at, lease=held)


def progressed(held: Lease, fraction: float, note: str = "", at: float = 6.0) -> Notice:
    return notices.ProgressMade(at=at, lease=held, fraction=fraction, note=note)


def over(held: Lease, at: float = 7.0) -> Notice:
    return notices.AttemptOver(at=at, lease=held)


def completed(
    uuid: str, held: Lease | None, at: float = 7.0, of: str = "g1", seconds: float = 2.0
) -> Fact:
    return facts.SubtaskCompleted(
        at=at, goal=of, subtask=uuid, lease=held, result=RESULT, seconds=seconds
    )


def failed(uuid: str, at: float = 7.0, of: str = "g1") -> Fact:
    return facts.SubtaskFailed(at=at, goal=of, subtask=uuid, problem=WRONG)


def cancelled(uuid: str, at: float = 7.0, of: str = "g1") -> Fact:
    return facts.SubtaskCancelled(at=at, goal=of, subtask=uuid, reason="not wanted")


def revoked(held: Lease, at: float = 7.0) -> Fact:
    return facts.LeaseRevoked(at=at, lease=held, reason="doubted")


def retried(held: Lease, delay: float = 0.5, at: float = 7.0) -> Fact:
    return facts.RetryScheduled(at=at, lease=held, problem=WRONG, delay=delay)


def requeued(uuid: str, at: float = 7.0) -> Fact:
    return facts.SubtaskRequeued(at=at, goal="g1", subtask=uuid, reason="its agent died")


def parked(uuid: str, at: float = 7.0) -> Fact:
    return facts.SubtaskParked(at=at, goal="g1", subtask=uuid, problem=WRONG, until=99.0)


def unparked(uuid: str, at: float = 8.0) -> Fact:
    return facts.SubtaskUnparked(at=at, goal="g1", subtask=uuid)


def crashed(name: str, incarnation: int = 1, at: float = 7.0) -> Fact:
    return facts.AgentCrashed(at=at, agent=name, incarnation=incarnation, problem=WRONG)


def removed(name: str, at: float = 7.0) -> Fact:
    return facts.AgentRemoved(at=at, agent=name, reason="unregistered")


def goal_completed(name: str = "g1", at: float = 9.0) -> Fact:
    return facts.GoalCompleted(at=at, goal=name)


def goal_failed(name: str = "g1", at: float = 9.0) -> Fact:
    return facts.GoalFailed(at=at, goal=name, problems=(WRONG,))


def goal_cancelled(name: str = "g1", at: float = 9.0) -> Fact:
    return facts.GoalCancelled(at=at, goal=name, reason="not wanted")


def runtime_failed(at: float = 9.0) -> Notice:
    return notices.RuntimeFailed(at=at, problem=WRONG)


AGENTS = ("a1", "a2", "a3")
GOALS = ("g1", "g2")
SUBTASKS = {"g1": ("s1", "s2", "s3"), "g2": ("t1", "t2")}


@st.composite
def runs(draw: st.DrawFn) -> list[Fact | Notice]:
    """What a scheduler, a supervisor and an orchestrator could record, interleaved.

    Each of them keeps to its own rules; among each other their facts may cross, so an
    assignment may come after the end of its subtask, or after its agent has left.
    """
    events: list[Fact | Notice] = [registered(name, "general") for name in AGENTS]
    for name, uuids in SUBTASKS.items():
        stated = [
            subtask(uuid, *uuids[:i], priority=draw(st.sampled_from(Priority)))
            for i, uuid in enumerate(uuids)
        ]
        events += [accepted(name), adopted(*stated, of=name)]
    return events + draw(_steps())


@st.composite
def _steps(draw: st.DrawFn) -> list[Fact | Notice]:
    events: list[Fact | Notice] = []
    held: dict[tuple[str, int], Lease] = {}
    for number in range(draw(st.integers(0, 40))):
        of = draw(st.sampled_from(GOALS))
        uuid = draw(st.sampled_from(SUBTASKS[of]))
        copy = draw(st.sampled_from((0, 0, 0, 1)))
        who = draw(st.sampled_from(AGENTS))
        current = held.get((uuid, copy))
        if current is None and draw(st.booleans()):
            current = held[uuid, copy] = lease(uuid, who, number, of=of, copy=copy)
            events.append(assigned(current))
        elif current is not None:
            event = draw(st.sampled_from(_next_of(current)))
            events.append(event)
            if not isinstance(event, facts.SubtaskStarted | notices.ProgressMade):
                del held[uuid, copy]
        else:
            events.append(draw(st.sampled_from(_others(of, uuid, who))))
    return events


def _next_of(held: Lease) -> list[Fact | Notice]:
    return [
        started(held),
        progressed(held, 0.5),
        revoked(held),
        retried(held),
        over(held),
        completed(held.subtask, held, of=held.goal),
    ]


def _others(of: str, uuid: str, who: str) -> list[Fact | Notice]:
    return [
        crashed(who),
        started_up(who, 2),
        removed(who),
        registered(who),
        queued(uuid, of=of),
        parked(uuid),
        requeued(uuid),
        failed(uuid, of=of),
        cancelled(uuid, of=of),
        completed(uuid, None, of=of),
        goal_failed(of),
    ]
