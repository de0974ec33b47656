"""Goals and plans that make no sense, what is raised for each, and its text."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from callboard import Plan, Subtask, subtask
from callboard.messages.errors import (
    AmbiguousDependency,
    CallboardError,
    DuplicateSubtask,
    GoalEmpty,
    GoalNotText,
    GoalTooLarge,
    InvalidDeadline,
    InvalidDuration,
    MalformedPlan,
    PlanEmpty,
    PlanHasCycle,
    UnknownDependency,
    UnknownGoal,
    UnknownPriority,
)
from callboard.messages.errors.running import InvalidCall

Call = Callable[[Any], object]
"""It is told the runtime, as anything: what is wrong on purpose no type checker need know."""

Case = tuple[Call, type[Exception], str]
"""What is done, what it raises, and what stands in its text."""


def plan(*subtasks: Any) -> Call:
    return lambda r: r.submit("a goal", plan=list(subtasks))


def unchecked(**fields: Any) -> Call:
    """A plan whose one subtask was not checked when it was made."""
    return lambda r: r.submit(Plan(subtasks=(Subtask(**fields),)))


PLANS: dict[str, Case] = {
    # Goals
    "empty": (lambda r: r.submit(""), GoalEmpty, "the goal is empty"),
    "blank": (lambda r: r.submit(" \n\t"), GoalEmpty, "the goal is empty"),
    "no text": (lambda r: r.submit(5), GoalNotText, "a goal must be text, not int"),
    "None": (lambda r: r.submit(None), GoalNotText, "a goal must be text, not NoneType"),
    "bytes": (lambda r: r.submit(b"x"), GoalNotText, "a goal must be text, not bytes"),
    "surrogates": (
        lambda r: r.submit("\ud800"),
        GoalNotText,
        "a goal must be text, not text with surrogates not allowed",
    ),
    "context": (
        lambda r: r.submit("x", context={"a": 1}),
        GoalNotText,
        "a context must be text, not dict",
    ),
    "context with a plan": (
        lambda r: r.submit([subtask("A")], context=5),
        GoalNotText,
        "a context must be text, not int",
    ),
    "huge": (
        lambda r: r.submit("x" * 100_001),
        GoalTooLarge,
        "the goal has 100,001 bytes, at most 100,000 are taken",
    ),
    "huge with its context": (
        lambda r: r.submit("x", context="ü" * 50_000),
        GoalTooLarge,
        "the goal has 100,001 bytes, at most 100,000 are taken",
    ),
    "priority": (
        lambda r: r.submit("x", priority="URGENT"),
        UnknownPriority,
        "unknown priority 'URGENT': CRITICAL, HIGH, MEDIUM or LOW",
    ),
    "priority as a number": (
        lambda r: r.submit("x", priority=4),
        UnknownPriority,
        "unknown priority 4",
    ),
    "deadline": (
        lambda r: r.submit("x", deadline=-1),
        InvalidDeadline,
        "a deadline is a positive number of seconds from now, not -1",
    ),
    "deadline at no time": (lambda r: r.submit("x", deadline=math.nan), InvalidDeadline, "not nan"),
    "deadline at the end": (lambda r: r.submit("x", deadline=math.inf), InvalidDeadline, "not inf"),
    "deadline as text": (lambda r: r.submit("x", deadline="1h"), InvalidDeadline, "1h"),
    "deadline out of reach": (lambda r: r.submit("x", deadline=10**400), InvalidDeadline, "beyond"),
    "key": (
        lambda r: r.submit("x", key=7),
        GoalNotText,
        "an idempotency key must be text, not int",
    ),
    "unknown option": (lambda r: r.submit("x", dedline=1), TypeError, "'dedline'"),
    "unknown goal": (lambda r: r.goal("g"), UnknownGoal, "unknown goal 'g'"),
    "goal of a wrong type": (lambda r: r.goal(["g"]), InvalidCall, "goal must be a text"),
    # Plans
    "no subtasks": (plan(), PlanEmpty, "the plan has no subtasks"),
    "no plan": (
        lambda r: r.submit("x", plan=5),
        MalformedPlan,
        "$: expected a list of subtasks, got int",
    ),
    "unknown dependency": (
        plan(subtask("A", dependencies=["B"])),
        UnknownDependency,
        "subtask 'A' depends on 'B', which the plan lacks",
    ),
    "ambiguous dependency": (
        plan(subtask("A"), subtask("A"), subtask("B", dependencies=["A"])),
        AmbiguousDependency,
        "subtask 'B' depends on 'A', a name that several subtasks have",
    ),
    "cycle": (
        plan(subtask("A", dependencies=["B"]), subtask("B", dependencies=["A"])),
        PlanHasCycle,
        "the plan has a cycle: ",
    ),
    "its own dependency": (plan(subtask("A", dependencies=["A"])), PlanHasCycle, "the plan has a"),
    "duplicate uuids": (
        plan(subtask("A", uuid="u"), subtask("B", uuid="u")),
        DuplicateSubtask,
        "there is a subtask with the uuid 'u' already",
    ),
    "uuid of an earlier plan": (
        plan(subtask("A", uuid="first")),
        DuplicateSubtask,
        "there is a subtask with the uuid 'first' already",
    ),
    "negative duration": (
        lambda r: r.submit("x", plan=[{"name": "A", "estimated_duration": -5}]),
        CallboardError,
        "-5",
    ),
    "negative duration of a subtask": (
        unchecked(uuid="u", name="A", estimated_duration=-5.0),
        InvalidDuration,
        "subtask 'A': a duration cannot be -5.0",
    ),
    "endless duration": (
        unchecked(uuid="u", name="A", estimated_duration=math.inf),
        InvalidDuration,
        "subtask 'A': a duration cannot be inf",
    ),
    "duration of a wrong type": (
        unchecked(uuid="u", name="A", estimated_duration="long"),
        CallboardError,
        "estimated_duration",
    ),
    "priority in a plan": (
        lambda r: r.submit("x", plan=[{"name": "A", "priority": "URGENT"}]),
        CallboardError,
        "URGENT",
    ),
    "unknown field": (
        lambda r: r.submit("x", plan=[{"name": "A", "colour": "red"}]),
        MalformedPlan,
        "colour",
    ),
    "skills in a plan": (
        lambda r: r.submit("x", plan=[{"name": "A", "required_skills": 5}]),
        CallboardError,
        "required_skills",
    ),
}
