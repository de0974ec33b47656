r"""A rule's steps as the plan of one goal: filled in, and repeated for what is listed.

>>> pages = Step(template=Subtask(uuid="", name="Draw {item}"), each=Each(), after=())
>>> bind = Step(template=Subtask(uuid="", name="Bind"))
>>> goal, ids = Goal(id="g", text="a book", context="- cover\n- text"), iter("abc")
>>> made = expand(Rule(name="book", steps=(pages, bind)), goal, ids.__next__)
>>> [(s.name, s.dependencies) for s in made.plan.subtasks]
[('Draw cover', ()), ('Draw text', ()), ('Bind', ('a', 'b'))]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from callboard.actors.logic.rules import Each, Rule, Step
from callboard.actors.logic.templates import fill, fill_all, names_in
from callboard.messages.base import SubtaskId
from callboard.messages.errors.goals import PlanTooLarge, TooManyItems
from callboard.messages.values import Goal, Payload, Plan, Subtask, unpack

LONGEST_ITEM = 60
"""Characters of an item, or of a goal, that a name shows at the most."""

MOST_EDGES = 100_000
"""Dependencies of a plan that is made from steps."""

MOST_TEXT = 16 * 1024 * 1024
"""Characters of all descriptions of such a plan."""


class Expanded(NamedTuple):
    """A plan, and what each of its subtasks is made of.

    Attributes:
        steps: Step, and what its places were filled with, by the subtasks' uuids.
    """

    plan: Plan
    steps: dict[SubtaskId, tuple[Step, Mapping[str, str]]]


class _Copy(NamedTuple):
    """One subtask that a step becomes."""

    uuid: SubtaskId
    places: Mapping[str, str]


def expand(
    rule: Rule, goal: Goal, new_id: Callable[[], SubtaskId], *, carried: bool = False
) -> Expanded:
    """The rule's steps as the plan of that goal.

    Args:
        rule: The chosen one.
        goal: Its text and context go into the subtasks, as they are.
        new_id: Gives each subtask its uuid.
        carried: The goal's text has the context in it already.

    Raises:
        TooManyItems: A step is repeated for fewer items than are listed.
        PlanTooLarge: It would have too many dependencies, or too much text.
    """
    copies = {step.name: _copies(step, rule, goal, new_id) for step in rule.steps}
    needed = [_needed(rule.steps, n, copies) for n in range(len(rule.steps))]
    _check_size(rule, needed, copies, goal)
    names: dict[str, int] = {}
    subtasks: list[Subtask] = []
    steps: dict[SubtaskId, tuple[Step, Mapping[str, str]]] = {}
    for step, needs in zip(rule.steps, needed, strict=True):
        for copy, dependencies in zip(copies[step.name], needs, strict=True):
            made = _filled(step, goal, copy, carried=carried)
            name = _unique(made.name, names)
            subtasks.append(_replace(made, name=name, dependencies=dependencies))
            steps[copy.uuid] = (step, copy.places)
    return Expanded(Plan(subtasks=tuple(subtasks), source=rule.name), steps)


def describe(template: str, goal: Goal) -> str:
    """The description of a step for that goal.

    >>> describe("Execute goal: {goal}", Goal(id="g", text="use {context}", context="Q4"))
    'Execute goal: use {context} (context: Q4)'
    """
    return _described(template, goal, {"goal": goal.text, "context": goal.context})


def has_context(step: Step) -> bool:
    """Whether its description has a place for the context, or for an item of its list."""
    each = step.each
    listed = each is not None and each.source == "context"
    return listed or "context" in names_in(step.template.description)


_replace = msgspec.structs.replace


def _described(template: str, goal: Goal, places: Mapping[str, str]) -> str:
    text = fill(template, places)
    placed = "context" in names_in(template) or not goal.context.strip()
    return text if placed else f"{text} (context: {goal.context})"


def _copies(step: Step, rule: Rule, goal: Goal, new_id: Callable[[], SubtaskId]) -> list[_Copy]:
    places = {"goal": goal.text, "context": goal.context}
    if step.each is None:
        return [_Copy(new_id(), places)]
    items = step.each.items(goal)
    if len(items) > step.each.most:
        raise TooManyItems(rule.name, step.name, len(items), step.each.most)
    return [
        _Copy(new_id(), {**places, "item": item, "number": str(number)})
        for number, item in enumerate(items, 1)
    ]


def _needed(
    steps: Sequence[Step], number: int, copies: Mapping[str, Sequence[_Copy]]
) -> list[tuple[SubtaskId, ...]]:
    """The dependencies of each copy of a step."""
    step = steps[number]
    before = (steps[number - 1].name,) if number else ()
    by_name = {s.name: s for s in steps}
    found: list[list[SubtaskId]] = [[] for _ in copies[step.name]]
    for name in before if step.after is None else step.after:
        every = tuple(copy.uuid for copy in copies[name])
        pairs = not step.barrier and _pairs(step.each, by_name[name].each)
        for n, needs in enumerate(found):
            needs.extend(every[n : n + 1] if pairs else every)
    return [tuple(needs) for needs in found]


def _pairs(one: Each | None, other: Each | None) -> bool:
    return one is not None and one.same_list(other)


def _check_size(
    rule: Rule,
    needed: Sequence[Sequence[tuple[SubtaskId, ...]]],
    copies: Mapping[str, Sequence[_Copy]],
    goal: Goal,
) -> None:
    edges = sum(len(needs) for of_step in needed for needs in of_step)
    if edges > MOST_EDGES:
        raise PlanTooLarge(edges, MOST_EDGES, "dependencies")
    places = {"goal": len(goal.text), "context": len(goal.context)}
    size = sum(
        len(copies[step.name]) * (len(goal.context) + sum(places.get(n, 0) for n in names))
        for step in rule.steps
        for names in [names_in(step.template.description)]
    )
    if size > MOST_TEXT:
        raise PlanTooLarge(size, MOST_TEXT, "characters")


def _filled(step: Step, goal: Goal, copy: _Copy, *, carried: bool) -> Subtask:
    template, places = step.template, copy.places
    whole = carried or has_context(step)
    short = {name: _short(text) for name, text in places.items()}
    given = template.description
    changes: dict[str, Any] = {
        "uuid": copy.uuid,
        "name": fill(template.name, short).strip() or template.name,
        "description": fill(given, places) if whole else _described(given, goal, places),
        "parent_task_uuid": goal.parent.subtask if goal.parent else "",
        "kind": fill(template.kind, short) or _kind(template.name),
        "keys": tuple(dict.fromkeys(fill(key, short) for key in template.keys)),
    }
    if template.data is not None:
        data = fill_all(unpack(template.data), places)
        changes["data"] = Payload(data=msgspec.msgpack.encode(data))
    return _replace(template, **changes)


def _kind(name: str) -> str:
    """What is filled in makes no other kind of work."""
    return name if names_in(name) else ""


def _short(text: str) -> str:
    """A text for a name: one line, not too long."""
    line = " ".join(text[: 10 * LONGEST_ITEM].split())
    return line if len(line) <= LONGEST_ITEM else line[: LONGEST_ITEM - 1] + "\u2026"


def _unique(name: str, names: dict[str, int]) -> str:
    """The name, with a number behind it where it is taken: dependents find results by it."""
    found = name
    while found in names:
        names[name] += 1
        found = f"{name} ({names[name]})"
    names[found] = 1
    return found
