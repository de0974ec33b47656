"""A plan as a Mermaid flow chart, which many pages and editors draw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from callboard.actors.logic.graph import in_order
from callboard.messages.base import SubtaskId
from callboard.messages.values import Plan, Subtask
from callboard.runtime.gateways.cli.longest import longest_way
from callboard.runtime.gateways.cli.text import duration, one_line

_HARMLESS = frozenset(" .,-_/+")


def mermaid(plan: Plan) -> str:
    """The chart; the longest way through the plan stands out.

    >>> print(mermaid(Plan(subtasks=(Subtask(uuid="a", name='say "A"'),))))
    flowchart TD
        n1["say #34;A#34;<br/>MEDIUM, 1 h"]
        classDef longest stroke-width:3px
        class n1 longest
    """
    names = {s.uuid: f"n{number}" for number, s in enumerate(in_order(plan), 1)}
    boxes = list(_boxes(plan, names))
    arrows = [
        f"{names[uuid]} {'-.->' if s.optional else '-->'} {names[s.uuid]}"
        for s in in_order(plan)
        for uuid in s.dependencies
    ]
    longest = ",".join(names[uuid] for uuid in longest_way(plan))
    styles = ["classDef longest stroke-width:3px", f"class {longest} longest"]
    return "\n    ".join(["flowchart TD", *boxes, *arrows, *styles])


def _boxes(plan: Plan, names: Mapping[SubtaskId, str]) -> Iterator[str]:
    """The subtasks; what was decomposed is a frame around its parts."""
    frames = {c.subtask.uuid: f"g{number}" for number, c in enumerate(plan.compounds, 1)}
    first = _first(plan)
    within: dict[SubtaskId, list[Subtask]] = {}
    for one in sorted(
        (*plan.subtasks, *(c.subtask for c in plan.compounds)),
        key=lambda one: first[one.uuid],
        reverse=True,
    ):
        whole = one.parent_task_uuid
        within.setdefault(whole if whole in frames else "", []).append(one)
    waiting: list[Subtask | None] = [*within.get("", [])]
    while waiting:
        one_or_end = waiting.pop()
        if one_or_end is None:
            yield "end"
        elif one_or_end.uuid in frames:
            yield f'subgraph {frames[one_or_end.uuid]}["{_escaped(one_line(one_or_end.name))}"]'
            waiting += [None, *within[one_or_end.uuid]]
        else:
            yield f'{names[one_or_end.uuid]}["{_label(one_or_end)}"]'


def _first(plan: Plan) -> dict[SubtaskId, int]:
    """Where each subtask stands, and of each compound the first of its parts."""
    found = {s.uuid: number for number, s in enumerate(in_order(plan))}
    above = {c.subtask.uuid: c.subtask.parent_task_uuid for c in plan.compounds}
    for subtask in plan.subtasks:
        whole = subtask.parent_task_uuid
        while whole in above:
            found[whole] = min(found[subtask.uuid], found.get(whole, len(found)))
            whole = above[whole]
    return found


def _label(subtask: Subtask) -> str:
    times = f"{subtask.priority.name}, {duration(subtask.seconds)}"
    return f"{_escaped(one_line(subtask.name))}<br/>{times}"


def _escaped(text: str) -> str:
    """Every sign that could mean something to Mermaid, as the number of its character."""
    return "".join(c if c.isalnum() or c in _HARMLESS else f"#{ord(c)};" for c in text)
