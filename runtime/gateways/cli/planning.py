"""The plan that a command line means: of a goal, by rules, or from a file."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from callboard.actors.logic.demands import required
from callboard.actors.logic.outlook import trade_of
from callboard.actors.logic.rules import Tried
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
from callboard.runtime.gateways.cli.text import one_line
from callboard.runtime.planners.plans import make_plan, read_plan
from callboard.runtime.planners.rules import RulesPlanner
from callboard.runtime.planners.skills import load_equivalences

if TYPE_CHECKING:
    from callboard.runtime.planners.llm.planner import LLMPlanner

LARGEST_FILE = 64 * 1024 * 1024
"""Bytes of a plan file that are read."""

_PATIENCE = 120.0
"""Seconds that a plan may take for which somebody waits."""

STDIN = "-"


class Reasoned(NamedTuple):
    """A plan, and how it came about.

    Attributes:
        tried: The rules that were looked at, up to the one that was taken.
        notes: Of what is too large, why it was not decomposed.
    """

    plan: Plan
    tried: Sequence[Tried] = ()
    notes: Sequence[str] = ()


def planned(options: Namespace, agents: Sequence[Agent] = ()) -> Plan:
    """As `reasoned`, the plan alone."""
    return reasoned(options, agents).plan


def reasoned(options: Namespace, agents: Sequence[Agent] = ()) -> Reasoned:
    """The plan, checked: every subtask has a uuid, dependencies are uuids.

    Args:
        options: Of the command line.
        agents: That there will be, if it is said.

    Raises:
        Complaint: The plan file cannot be used.
        InvalidGoal: The goal cannot be taken.
        MalformedRules: The rules cannot be used.
        PlanningError: The planner failed.
    """
    if options.plan is not None:
        return Reasoned(_from_file(options.plan))
    goal = Goal(id="", text=_checked(options.goal, options.context), context=options.context)
    maker = planner(options, agents)
    if isinstance(maker, RulesPlanner):
        found = maker.explained(goal)
        return Reasoned(found.plan, maker.tried(goal), found.notes)
    from callboard.runtime.planners.llm.alone import Alone  # noqa: PLC0415 - few need it

    return Reasoned(maker.plan_at(goal, Alone(_PATIENCE, _tell)))


def _tell(problem: str, then: str) -> None:
    sys.stderr.write(f"callboard: planning: {one_line(problem)}; it {then}\n")


def planner(options: Namespace, agents: Sequence[Agent] | None = None) -> RulesPlanner | LLMPlanner:
    """What makes plans of goals.

    Args:
        options: Of the command line.
        agents: Those that there will be; None where the runtime knows.

    Raises:
        Complaint: It is not said which model.
        OSError: The file of rules cannot be read.
        MalformedRules: The rules cannot be used.
        InvalidOption: The model's address is none.
        ExtraMissing: The extra `llm` is not installed.
    """
    if options.rules is not None:
        Path(options.rules).open("rb").close()
    rules, ids = RulesPlanner(RandomIds(), options.rules), RandomIds()
    if options.planner == "rules":
        if options.llm_url is not None or options.llm_model is not None:
            raise Complaint("--llm-url and --llm-model are for --planner llm")
        return rules
    if options.llm_url is None or options.llm_model is None:
        raise Complaint("--planner llm needs --llm-url URL and --llm-model NAME")
    from callboard.runtime.planners.llm.planner import LLMPlanner  # noqa: PLC0415 - an extra

    company = None if not agents else [agent.skills for agent in agents]
    return LLMPlanner(options.llm_url, options.llm_model, fallback=rules, company=company, ids=ids)


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
