"""A plan as a Mermaid flow chart, which many pages and editors draw."""

from __future__ import annotations

from callboard.actors.logic.graph import in_order
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
    boxes = [f'{names[s.uuid]}["{_label(s)}"]' for s in in_order(plan)]
    arrows = [
        f"{names[uuid]} {'-.->' if s.optional else '-->'} {names[s.uuid]}"
        for s in in_order(plan)
        for uuid in s.dependencies
    ]
    longest = ",".join(names[uuid] for uuid in longest_way(plan))
    styles = ["classDef longest stroke-width:3px", f"class {longest} longest"]
    return "\n    ".join(["flowchart TD", *boxes, *arrows, *styles])


def _label(subtask: Subtask) -> str:
    times = f"{subtask.priority.name}, {duration(subtask.seconds)}"
    return f"{_escaped(one_line(subtask.name))}<br/>{times}"


def _escaped(text: str) -> str:
    """Every sign that could mean something to Mermaid, as the number of its character."""
    return "".join(c if c.isalnum() or c in _HARMLESS else f"#{ord(c)};" for c in text)
