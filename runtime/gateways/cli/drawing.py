"""A plan drawn as a tree, as `callboard plan` shows it, wherever it comes from."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from callboard.runtime.gateways.cli.complaints import Complaint
from callboard.runtime.gateways.cli.screen import STDOUT
from callboard.runtime.gateways.cli.text import fit, one_line
from callboard.runtime.gateways.cli.tree import lines, summary
from callboard.runtime.gateways.operations.stating import stated_again, wholes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callboard.messages.values import Plan
    from callboard.runtime.gateways.cli.screen import Screen, Stream


def draw(plan: Plan, goal: str | None, out: Stream) -> None:
    """Its title, how much there is to do, and the tree."""
    columns = out.columns
    for title, style in ((goal, "bold"), (summary(plan), "dim")):
        if title is not None:
            shown = one_line(title)
            out.line(shown if columns is None else fit(shown, columns), style)
    out.line()
    for line in lines(plan, columns=columns, unicode=out.knows("└─├│")):
        out.line(line)


def draw_corrected(said: Iterable[str], out: Stream) -> None:
    """What of it is not as its planner said."""
    for one in said:
        out.line(one_line(f"corrected: {one}"), "dim")


def plan_file(plan: Plan) -> dict[str, Any]:
    """A plan as a file for `--plan`: people write names, so where they will do, these stand."""
    names = {s.uuid: s.name for s in plan.subtasks}
    told = [stated_again(s) for s in plan.subtasks]
    if plan.compounds:  # parts name these by their uuids
        return {"subtasks": told, "compounds": wholes(plan.compounds)}
    if len(set(names.values()) | names.keys()) == 2 * len(names):
        for one in told:
            del one["uuid"]
            one["dependencies"] = [names[uuid] for uuid in one["dependencies"]]
    return {"subtasks": told}


def save(plan: Plan, file: str, screen: Screen) -> None:
    """Write it as a plan file; `-` is the standard output."""
    document = msgspec.json.format(msgspec.json.encode(plan_file(plan)), indent=2).decode() + "\n"
    write(file, screen, document)


def write(file: str, screen: Screen, text: str) -> None:
    """Write a file; `-` is the standard output.

    Raises:
        Complaint: It is a folder.
        OSError: It cannot be written.
    """
    if file == STDOUT:
        screen.out.write(text)
        return
    path = Path(file)
    if path.is_dir():
        raise Complaint(f"{file}: {os.strerror(errno.EISDIR)}")
    path.write_text(text, encoding="utf-8")
    screen.err.line(f"{file} is written")
