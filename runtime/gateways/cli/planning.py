"""The plan that a command line means: of a goal, by rules, or from a file."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from callboard.actors.logic.demands import required
from callboard.actors.logic.outlook import trade_of
from callboard.actors.logic.skills import Equivalences, can_do, missing
from callboard.messages.errors.goals import (
    GoalEmpty,
    GoalNotText,
    GoalTooLarge,
    InvalidPlan,
    MalformedPlan,
)
from callboard.messages.values import Agent, Goal, Plan, Skill, Subtask
from callboard.runtime.clock import RandomIds
from callboard.runtime.config import Config
from callboard.runtime.gateways.cli.complaints import Complaint
from callboard.runtime.planners.plans import make_plan, read_plan
from callboard.runtime.planners.rules import RulesPlanner
from callboard.runtime.planners.skills import load_equivalences

LARGEST_FILE = 64 * 1024 * 1024
"""Bytes of a plan file that are read."""

STDIN = "-"


def planned(options: Namespace) -> Plan:
    """The plan, checked: every subtask has a uuid, dependencies are uuids.

    Raises:
        Complaint: The plan file cannot be used.
        InvalidGoal: The goal cannot be taken.
        MalformedRules: The rules cannot be used.
    """
    if options.plan is not None:
        return _from_file(options.plan)
    goal = Goal(id="", text=_checked(options.goal, options.context), context=options.context)
    return planner(options).plan(goal)


def planner(options: Namespace) -> RulesPlanner:
    """What makes plans of goals.

    Raises:
        OSError: Their file cannot be read.
        MalformedRules: The rules cannot be used.
    """
    if options.rules is not None:
        Path(options.rules).open("rb").close()
    return RulesPlanner(RandomIds(), options.rules)


def equivalences(options: Namespace) -> Equivalences:
    """Which skills stand in for which.

    Raises:
        OSError: Their file cannot be read.
        MalformedRules: It says nothing that could be used.
    """
    if options.skills is not None:
        Path(options.skills).open("rb").close()
    return load_equivalences(options.skills)


def who_can(subtask: Subtask, agents: Iterable[Agent], known: Equivalences) -> list[str]:
    """The ids of the agents that cover all its required skills, and offer what it demands."""
    return [a.id for a in agents if can_do(tuple(trade_of(a)), _required(subtask), known)]


def lacking(subtask: Subtask, agents: Iterable[Agent], known: Equivalences) -> str:
    """Why none of the agents can do it."""
    offered = [skill for agent in agents for skill in trade_of(agent)]
    nobody = missing(offered, _required(subtask), known)
    if nobody:
        return f"nobody has {', '.join(nobody)}"
    wanted = missing((), _required(subtask), known)
    return f"nobody has all of {', '.join(wanted)}"


def _required(subtask: Subtask) -> tuple[Skill, ...]:
    """Its skills, and what an agent must offer: no runtime of a command limits anything."""
    return (*subtask.required_skills, *map(required, subtask.demands))


def check_agents(plan: Plan, agents: Sequence[Agent], known: Equivalences) -> None:
    """Make sure that each subtask can be done by somebody: nobody else will join.

    Raises:
        Complaint: One cannot.
    """
    for subtask in plan.subtasks:
        if not who_can(subtask, agents, known):
            those = ", ".join(agent.id for agent in agents)
            why = lacking(subtask, agents, known)
            raise Complaint(f"no agent can do {subtask.name!r}: {why}; there are {those}")


def _checked(goal: str, context: str) -> str:
    """The goal, if the runtime would take it."""
    limit = Config().largest_goal
    if not goal.strip():
        raise GoalEmpty
    try:
        size = len(goal.encode()) + len(context.encode())
    except UnicodeEncodeError as error:
        raise GoalNotText("a goal", f"bytes that are no UTF-8 ({error.reason})") from None
    if size > limit:
        raise GoalTooLarge(size, limit)
    return goal


def _from_file(file: str) -> Plan:
    name = "the standard input" if file == STDIN else file
    try:
        # A text of several lines is never taken for the name of a file.
        given = read_plan(_text(file) + "\n")
        named = msgspec.structs.replace(given, source=name)
        return make_plan(named, RandomIds(), largest_plan=Config().largest_plan)
    except MalformedPlan as error:
        where = "" if error.where == "$" else f"{error.where}: "
        raise Complaint(f"{name}: {where}{error.what}") from None
    except InvalidPlan as error:
        raise Complaint(f"{name}: {error}") from None


def _text(file: str) -> str:
    with sys.stdin.buffer if file == STDIN else Path(file).open("rb") as opened:
        data = opened.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise Complaint(f"{file}: a plan file has at most {LARGEST_FILE:,} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Complaint(f"{file}: is no UTF-8 text: {error.reason}") from None
