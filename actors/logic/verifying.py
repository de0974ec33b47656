"""The verification of a result: a goal of its own, that serves the subtask and ends in a verdict.

So whoever verifies is an agent like any other, watched, retried and timed like them, and
what it says is a result like any other, with a schema. It receives the result as its only
input, and answers with `{"accepted": true}` or with the reasons why not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from callboard.actors.logic.conforming import refusals
from callboard.actors.logic.skills import VERIFICATION, itself, others
from callboard.messages.errors.base import problem_of
from callboard.messages.errors.endings import NotVerified, ResultRejected
from callboard.messages.values import (
    Goal,
    Parent,
    Payload,
    Plan,
    Skill,
    Subtask,
    Verification,
    unpack,
)

if TYPE_CHECKING:
    from callboard.actors.logic.goal_states import GoalState, SubtaskState
    from callboard.actors.logic.goals import Goals
    from callboard.messages.values import Problem

SOURCE = "verification"
"""Who makes these plans."""

_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["accepted"],
    "properties": {
        "accepted": {"type": "boolean"},
        "reasons": {
            "type": "array",
            "items": {"type": "string", "minLength": 1, "maxLength": 2000},
            "maxItems": 20,
        },
    },
    "additionalProperties": False,
    # Who has nothing against it cannot reject it: the next attempt would not know why.
    "if": {"properties": {"accepted": {"const": False}}},
    "then": {"required": ["reasons"], "properties": {"reasons": {"minItems": 1}}},
}

VERDICT = Payload(data=msgspec.msgpack.encode(_SCHEMA))
"""What a verdict has to be like."""


def goal_for(goals: Goals, state: SubtaskState) -> Goal:
    """The goal of finding out whether the result of that subtask is good."""
    superior = goals.by_id[state.goal].goal
    return Goal(
        id=_name(goals, state),
        text=f"Verify {state.spec.name}",
        context=superior.text,
        deadline=superior.deadline,
        parent=Parent(goal=superior.id, subtask=state.spec.uuid),
        verifies=state.submissions,
    )


def plan_for(goal: Goal, state: SubtaskState) -> Plan:
    """The plan of that goal: one subtask, for whoever may verify it."""
    wanted, spec = state.spec.verify or Verification(), state.spec
    asked = f"Say whether the result of {spec.name!r} is what it should be."
    step = Subtask(
        uuid=goal.id,
        name=goal.text,
        description=wanted.instructions or asked,
        priority=spec.priority,
        estimated_duration=wanted.estimated_duration,
        required_skills=_skills(state, wanted),
        parent_task_uuid=spec.uuid,
        data=_told(state),
        timeouts=wanted.timeouts,
        retry=wanted.retry,
        result_schema=VERDICT,
    )
    return Plan(subtasks=(step,), source=SOURCE)


def verdict(goal: GoalState, state: SubtaskState) -> Problem | None:
    """What is wrong with the result; None where it was found good.

    Args:
        goal: The verification, which has ended.
        state: The subtask that the result is of.
    """
    said = next((one.result for one in goal.subtasks.values()), None)
    if said is None:
        why = "; ".join(problem.text for problem in goal.problems.values()) or "nobody did"
        return problem_of(NotVerified(state.spec.name, why))
    faults = refusals(VERDICT, said)
    if faults:
        return problem_of(NotVerified(state.spec.name, f"that is no verdict: {faults[0]}"))
    found = unpack(said)
    if found["accepted"]:
        return None
    return problem_of(ResultRejected(state.spec.name, found["reasons"]))


def is_rejection(problem: Problem) -> bool:
    """Whether somebody has said that the result is not good."""
    return problem.error == ResultRejected.__name__


def _skills(state: SubtaskState, wanted: Verification) -> tuple[Skill, ...]:
    lease = None if state.submitted is None else state.submitted.lease
    found = [Skill(name=VERIFICATION), *wanted.skills]
    found += [] if not wanted.by else [itself(wanted.by)]
    return (*found, others("" if lease is None else lease.agent))


def _told(state: SubtaskState) -> Payload:
    spec, lease = state.spec, None if state.submitted is None else state.submitted.lease
    told = {
        "name": spec.name,
        "description": spec.description,
        "data": unpack(spec.data),
        "result_schema": unpack(spec.result_schema),
        "agent": "" if lease is None else lease.agent,
        "attempt": 0 if lease is None else lease.attempt,
    }
    return Payload(data=msgspec.msgpack.encode(told))


def _name(goals: Goals, state: SubtaskState) -> str:
    """Of its own, whatever others are called: the same in each replay."""
    name = f"{state.spec.uuid}.verify-{state.submissions}"
    while name in goals.by_id or name in goals.subtasks:
        name += "'"
    return name
