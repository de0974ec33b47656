"""The planner that needs nobody: rules from a TOML file, ours or a user's.

`rules.toml` beside this module shows the form.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NoReturn

import msgspec

from callboard.actors.logic.given import priority_of, skills_of
from callboard.actors.logic.graph import is_duration
from callboard.actors.logic.rules import (
    PLACEHOLDERS,
    Rule,
    Step,
    choose,
    expand,
    inflections,
    words_of,
)
from callboard.actors.ports import Ids
from callboard.messages.errors.base import CallboardError
from callboard.messages.errors.goals import MalformedRules
from callboard.messages.values import Goal, Plan
from callboard.runtime.planners.tables import GivenPath, read_packaged, read_table

_OURS = "rules.toml"
_BRACES = re.compile(r"\{(\w+)\}")


class RulesPlanner:
    """A `Planner` that goes by rules.

    Args:
        ids: Names the subtasks.
        path: A user's rules; None for ours alone.
        extend: Whether ours hold as well; see `load_rules`.

    Raises:
        MalformedRules: The user's file cannot be used.
    """

    def __init__(self, ids: Ids, path: GivenPath | None = None, *, extend: bool = True) -> None:
        self._ids = ids
        self._rules = load_rules(path, extend=extend)

    def plan(self, goal: Goal) -> Plan:
        """The steps of the first rule that matches the goal's text."""
        return expand(choose(self._rules, goal.text), goal, self._ids.new)


def load_rules(path: GivenPath | None = None, *, extend: bool = True) -> tuple[Rule, ...]:
    """The rules, in the order in which they are tried.

    Args:
        path: A user's file; None gives ours.
        extend: The user's rules are tried before ours, except that a rule with the
            name of one of ours takes its place. If false, ours are left out.

    Raises:
        MalformedRules: The file cannot be read, a field is wrong, some goal would match
            no rule, or a rule could never be reached.
    """
    if path is None:
        return _rules(read_packaged(_OURS, _File), _OURS)
    file = str(path)
    rules = _rules(read_table(path, _File), file)
    if extend:
        rules = _merged(rules, load_rules())
    _check_reach(rules, file)
    return rules


class _Step(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    description: str = "{goal}"
    priority: str | int = "MEDIUM"
    minutes: float = 60.0
    skills: list[str] | dict[str, float] = []
    after: list[str] | None = None


class _Rule(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    steps: list[_Step]
    verbs: list[str] = []
    words: list[str] = []


class _File(msgspec.Struct, forbid_unknown_fields=True):
    rules: list[_Rule]


class _Field:
    """A place in a file, for errors."""

    def __init__(self, file: str, path: str = "$") -> None:
        self._file, self._path = file, path

    def at(self, path: str) -> _Field:
        return _Field(self._file, self._path + path)

    def wrong(self, what: str) -> NoReturn:
        raise MalformedRules(self._file, self._path, what)


def _rules(given: _File, file: str) -> tuple[Rule, ...]:
    field = _Field(file)
    names: set[str] = set()
    found: list[Rule] = []
    for n, rule in enumerate(given.rules):
        found.append(_rule(rule, field.at(f".rules[{n}]")))
        if rule.name in names:
            field.at(f".rules[{n}].name").wrong(f"there is a rule {rule.name!r} already")
        names.add(rule.name)
    return tuple(found)


def _rule(given: _Rule, field: _Field) -> Rule:
    if not given.name.strip():
        field.at(".name").wrong("is empty")
    if not given.steps:
        field.at(".steps").wrong("a rule has at least one step")
    words: set[str] = set()
    for key, listed in (("verbs", given.verbs), ("words", given.words)):
        for n, word in enumerate(listed):
            if words_of(word) != frozenset({word.casefold()}):
                field.at(f".{key}[{n}]").wrong(f"{word!r} is not one word")
            words |= inflections(word) if key == "verbs" else {word.casefold()}
    steps = _steps(given.steps, field)
    return Rule(name=given.name, words=frozenset(words), steps=steps)


def _steps(given: Sequence[_Step], field: _Field) -> tuple[Step, ...]:
    names: set[str] = set()
    steps: list[Step] = []
    for n, stated in enumerate(given):
        place = field.at(f".steps[{n}]")
        if not stated.name.strip():
            place.at(".name").wrong("is empty")
        if stated.name in names:
            place.at(".name").wrong(f"there is a step {stated.name!r} already")
        for m, before in enumerate(stated.after or ()):
            if before not in names:
                place.at(f".after[{m}]").wrong(f"no earlier step is called {before!r}")
        steps.append(_step(stated, place))
        names.add(stated.name)
    return tuple(steps)


def _step(given: _Step, field: _Field) -> Step:
    if not is_duration(given.minutes):
        field.at(".minutes").wrong(f"a duration cannot be {given.minutes!r}")
    for name in _BRACES.findall(given.description):
        if name not in PLACEHOLDERS:
            known = " and ".join(f"{{{p}}}" for p in sorted(PLACEHOLDERS))
            field.at(".description").wrong(f"nothing is known as {{{name}}}, only {known}")
    key = ".priority"
    try:
        priority = priority_of(given.priority)
        key = ".skills"
        skills = skills_of(given.skills)
    except CallboardError as error:
        field.at(key).wrong(str(error))
    return Step(
        name=given.name,
        description=given.description,
        priority=priority,
        estimated_duration=given.minutes,
        required_skills=skills,
        after=None if given.after is None else tuple(dict.fromkeys(given.after)),
    )


def _merged(theirs: Sequence[Rule], ours: Sequence[Rule]) -> tuple[Rule, ...]:
    instead = {rule.name: rule for rule in theirs}
    known = {rule.name for rule in ours}
    new = (rule for rule in theirs if rule.name not in known)
    return (*new, *(instead.get(rule.name, rule) for rule in ours))


def _check_reach(rules: Sequence[Rule], file: str) -> None:
    field = _Field(file, "$.rules")
    if not rules or rules[-1].words:
        field.wrong("the last rule must match every goal: it has neither verbs nor words")
    for rule, after in pairwise(rules):
        if not rule.words:
            field.wrong(f"{after.name!r} is never reached: {rule.name!r} matches every goal")
