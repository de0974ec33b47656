"""What `callboard plan` shows, and the files that it writes."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from callboard.actors.logic.graph import upward_ranks
from callboard.actors.logic.rules import Tried
from callboard.actors.logic.skills import Equivalences
from callboard.messages.values import Agent, Plan
from callboard.runtime.gateways.cli.complaints import DONE, Complaint
from callboard.runtime.gateways.cli.longest import longest_way
from callboard.runtime.gateways.cli.members import members_of
from callboard.runtime.gateways.cli.mermaid import mermaid
from callboard.runtime.gateways.cli.planning import (
    STDIN,
    equivalences,
    lacking,
    reasoned,
    who_can,
)
from callboard.runtime.gateways.cli.screen import Screen
from callboard.runtime.gateways.cli.svg import svg
from callboard.runtime.gateways.cli.text import fit, one_line
from callboard.runtime.gateways.cli.tree import lines, rows, summary
from callboard.runtime.gateways.operations.stating import stated_again, wholes


def show(options: Namespace, screen: Screen) -> int:
    """Show a plan in the forms that are wanted."""
    with contextlib.redirect_stdout(sys.stderr):  # what a module prints is no answer
        agents = [member.agent for member in members_of(options.agents)]
    (plan, tried, notes), known = reasoned(options, agents), equivalences(options)
    goal = options.goal or plan.source
    if options.save is not None:
        _write(options.save, screen, _document(plan_file(plan)))
    if options.svg is not None:
        _write(options.svg, screen, svg(plan, goal))
    if options.json:
        screen.json({**described(plan, options.goal, agents, known), **_reasons(tried, notes)})
    elif options.mermaid:
        screen.out.line(mermaid(plan))
    elif STDIN not in {options.save, options.svg}:
        _tree(plan, options.goal, agents, known, screen)
        if options.why or options.rules is not None:
            _why(tried, notes, screen)
    return DONE


def described(
    plan: Plan, goal: str | None, agents: Sequence[Agent], known: Equivalences
) -> dict[str, Any]:
    """A plan as data for JSON."""
    ranks = upward_ranks(plan)
    subtasks = [
        {
            **stated_again(subtask),
            **({"agents": who_can(subtask, agents, known)} if agents else {}),
        }
        for subtask in plan.subtasks
    ]
    compounds = wholes(plan.compounds)
    return {
        "goal": goal,
        "source": plan.source,
        "subtasks": subtasks,
        "count": len(subtasks),
        "work_minutes": sum(s.estimated_duration for s in plan.subtasks),
        **({"compounds": compounds} if compounds else {}),
        "longest_way": longest_way(plan),
        "longest_minutes": max(ranks.values()) / 60,
    }


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


def _tree(
    plan: Plan, goal: str | None, agents: Sequence[Agent], known: Equivalences, screen: Screen
) -> None:
    out = screen.out
    columns = out.columns
    for title, style in ((goal, "bold"), (summary(plan), "dim")):
        if title is not None:
            shown = one_line(title)
            out.line(shown if columns is None else fit(shown, columns), style)
    out.line()
    unicode = out.knows("└─├│")
    for line in lines(plan, columns=columns, unicode=unicode):
        out.line(line)
    if agents:
        out.line("\nwho can do it:", "bold")
        for row in rows(plan):
            able = ", ".join(who_can(row.subtask, agents, known))
            said = able or f"{lacking(row.subtask, agents, known)}: it could never start"
            out.line(f"{row.number:>3} {one_line(said)}", "plain" if able else "bad")


def _reasons(tried: Sequence[Tried], notes: Sequence[str]) -> dict[str, Any]:
    """What decided, for JSON; nothing where no rule was asked."""
    if not tried:
        return {}
    return {"rules": [one._asdict() for one in tried], "notes": list(notes)}


def _why(tried: Sequence[Tried], notes: Sequence[str], screen: Screen) -> None:
    screen.out.line("\nwhich rule:", "bold")
    for one in tried:
        taken = "taken" if one.matched else "no"
        style = "plain" if one.matched else "dim"
        screen.out.line(one_line(f"{one.rule}: {taken}, {one.why}"), style)
    for note in notes:
        screen.out.line(one_line(note), "dim")


def _document(data: object) -> str:
    return msgspec.json.format(msgspec.json.encode(data), indent=2).decode() + "\n"


def _write(file: str, screen: Screen, text: str) -> None:
    if file == STDIN:
        screen.out.write(text)
        return
    path = Path(file)
    if path.is_dir():
        raise Complaint(f"{file}: {os.strerror(errno.EISDIR)}")
    path.write_text(text, encoding="utf-8")
    screen.err.line(f"{file} is written")
