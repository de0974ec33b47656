"""A plan as a tree of text: each subtask below the one that it can last do without.

A plan is a graph; its tree is that of the immediate dominators: a subtask stands below
the nearest one that lies on every way to it. What comes together again stands beside
what it waits for, and says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from callboard.actors.logic.graph import in_order, upward_ranks
from callboard.actors.logic.skills import stated
from callboard.messages.base import SubtaskId
from callboard.messages.values import Plan, Subtask
from callboard.runtime.gateways.cli.text import (
    counted,
    duration,
    fit,
    one_line,
    pad,
    ranges,
    width,
)

DEEPEST = 8
"""Levels of indentation; what is deeper stands at the last one."""

_LINES = {True: ("├─ ", "└─ ", "│  "), False: ("|- ", "`- ", "|  ")}
_GAP = "  "


class Row(NamedTuple):
    """A subtask's line.

    Attributes:
        number: Counts from 1, in the order of the lines.
        place: Where it hangs in the tree, drawn.
        after: Numbers of its dependencies, unless that is the one it hangs from.
        whole: Name of what it is a part of, or "".
    """

    number: int
    place: str
    subtask: Subtask
    after: tuple[int, ...]
    whole: str = ""


def summary(plan: Plan) -> str:
    """How much there is to do, in a line.

    >>> summary(Plan(subtasks=(Subtask(uuid="a", name="A"),), source="generic"))
    'generic: 1 subtask, 1 h of work'
    """
    work = sum(subtask.seconds for subtask in plan.subtasks)
    longest = max(upward_ranks(plan).values(), default=0.0)
    side_by_side = f", {duration(longest)} at the least" if longest < work else ""
    subtasks = counted(len(plan.subtasks), "subtask")
    return f"{one_line(plan.source)}: {subtasks}, {duration(work)} of work{side_by_side}"


def lines(plan: Plan, *, columns: int | None, unicode: bool) -> Iterator[str]:
    """The tree.

    Args:
        plan: A checked one.
        columns: That a line may take; None for as many as it wants.
        unicode: There are characters to draw lines with.
    """
    drawn = rows(plan, unicode=unicode)
    digits = len(str(len(drawn)))
    names = [row.place + one_line(row.subtask.name) for row in drawn]
    room = max(map(width, names))
    if columns is not None:
        room = min(room, max(16, columns - digits - 42))
    for row, name in zip(drawn, names, strict=True):
        times = f"{row.subtask.priority.name:8}{_GAP}{duration(row.subtask.seconds):>10}"
        head = f"{row.number:{digits}} {pad(fit(name, room), room)}{_GAP}{times}"
        line = f"{head}{_GAP}{_rest(row)}".rstrip()
        yield line if columns is None else fit(line, columns)


def rows(plan: Plan, *, unicode: bool = True) -> list[Row]:
    """The lines' content, each subtask after all that it depends on."""
    parents = dominators(plan)
    wholes = {c.subtask.uuid: c.subtask.name for c in plan.compounds}
    children: dict[SubtaskId | None, list[Subtask]] = {}
    for subtask in in_order(plan):
        children.setdefault(parents[subtask.uuid], []).append(subtask)
    numbers: dict[SubtaskId, int] = {}
    found: list[Row] = []
    branch, last, through = _LINES[unicode]
    # Neither recursion nor a deep indentation: a plan may be a chain of 100,000.
    waiting = [(s, 0, "", n == 0) for n, s in enumerate(reversed(children.get(None, [])))]
    while waiting:
        subtask, depth, indent, is_last = waiting.pop()
        numbers[subtask.uuid] = len(numbers) + 1
        after = () if subtask.dependencies == (parents[subtask.uuid],) else subtask.dependencies
        place = indent + (last if is_last else branch)
        known = tuple(sorted(numbers.get(uuid, 0) for uuid in after))
        whole = wholes.get(subtask.parent_task_uuid, "")
        found.append(Row(len(numbers), place, subtask, known, whole))
        deeper = indent + ("   " if is_last else through) if depth < DEEPEST else indent
        below = children.get(subtask.uuid, [])
        waiting += [(s, depth + 1, deeper, n == 0) for n, s in enumerate(reversed(below))]
    return found


def dominators(plan: Plan) -> Mapping[SubtaskId, SubtaskId | None]:
    """The nearest subtask on every way to each one; None where there is none.

    Source: Cooper, Harvey, Kennedy, A simple, fast dominance algorithm, 2001; of a graph
    without cycles, one pass in topological order is enough.

    >>> a, b = Subtask(uuid="a", name="A"), Subtask(uuid="b", name="B", dependencies=("a",))
    >>> c = Subtask(uuid="c", name="C", dependencies=("a", "b"))
    >>> dict(dominators(Plan(subtasks=(a, b, c))))
    {'a': None, 'b': 'a', 'c': 'a'}
    """
    found: dict[SubtaskId, SubtaskId | None] = {}
    depth: dict[SubtaskId | None, int] = {None: 0}
    for subtask in in_order(plan):
        common: SubtaskId | None = subtask.dependencies[0] if subtask.dependencies else None
        for other in subtask.dependencies[1:]:
            common = _common(common, other, found, depth)
        found[subtask.uuid] = common
        depth[subtask.uuid] = depth[common] + 1
    return found


def _common(
    one: SubtaskId | None,
    other: SubtaskId | None,
    above: Mapping[SubtaskId, SubtaskId | None],
    depth: Mapping[SubtaskId | None, int],
) -> SubtaskId | None:
    while one != other:
        if one is not None and depth[one] >= depth[other]:
            one = above[one]
        elif other is not None:
            other = above[other]
    return one


def _rest(row: Row) -> str:
    skills = ", ".join(stated(skill) for skill in row.subtask.required_skills)
    after = f"after {ranges(row.after)}" if row.after else ""
    optional = "optional" if row.subtask.optional else ""
    whole = f"part of {row.whole}" if row.whole else ""
    return one_line("; ".join(part for part in (skills, after, optional, whole) if part))
