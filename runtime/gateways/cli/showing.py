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
from callboard.actors.logic.skills import Equivalences, stated
from callboard.messages.values import Agent, Plan, Subtask, Timeouts, Verification
from callboard.runtime.gateways.cli.complaints import DONE, Complaint
from callboard.runtime.gateways.cli.longest import longest_way
from callboard.runtime.gateways.cli.members import members_of
from callboard.runtime.gateways.cli.mermaid import mermaid
from callboard.runtime.gateways.cli.plain import plain
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
    compounds = _wholes(plan)
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


def stated_again(subtask: Subtask) -> dict[str, Any]:
    """A subtask as a plan file states it; what was left open is left out."""
    said: dict[str, Any] = {
        "uuid": subtask.uuid,
        "name": subtask.name,
        "description": subtask.description,
        "priority": subtask.priority.name,
        "estimated_duration": subtask.estimated_duration,
        "required_skills": [stated(skill) for skill in subtask.required_skills],
        "dependencies": list(subtask.dependencies),
    }
    if subtask.optional:
        said["optional"] = True
    if subtask.data is not None:
        said["data"] = plain(subtask.data)
    if subtask.timeouts != Timeouts():
        said["timeouts"] = {k: v for k, v in msgspec.to_builtins(subtask.timeouts).items() if v}
    if subtask.retry is not None:
        said["retry"] = msgspec.to_builtins(subtask.retry)
    if subtask.speculate is not None:
        said["speculate"] = subtask.speculate
    if subtask.parent_task_uuid:
        said["parent_task_uuid"] = subtask.parent_task_uuid
    if subtask.demands:
        said["demands"] = {demand.resource: demand.amount for demand in subtask.demands}
    if subtask.keys:
        said["keys"] = list(subtask.keys)
    if subtask.kind:
        said["kind"] = subtask.kind
    if subtask.negotiate is not None:
        said["negotiate"] = subtask.negotiate
    if subtask.result_schema is not None:
        said["result_schema"] = plain(subtask.result_schema)
    if subtask.verify is not None:
        said["verify"] = _verification(subtask.verify)
    return said


def _verification(wanted: Verification) -> dict[str, Any]:
    said: dict[str, Any] = {"estimated_duration": wanted.estimated_duration}
    if wanted.by:
        said["by"] = wanted.by
    if wanted.skills:
        said["skills"] = [stated(skill) for skill in wanted.skills]
    if wanted.instructions:
        said["instructions"] = wanted.instructions
    if wanted.timeouts != Timeouts():
        said["timeouts"] = {k: v for k, v in msgspec.to_builtins(wanted.timeouts).items() if v}
    if wanted.retry is not None:
        said["retry"] = msgspec.to_builtins(wanted.retry)
    return said


def plan_file(plan: Plan) -> dict[str, Any]:
    """A plan as a file for `--plan`: people write names, so where they will do, these stand."""
    names = {s.uuid: s.name for s in plan.subtasks}
    told = [stated_again(s) for s in plan.subtasks]
    if plan.compounds:  # parts name these by their uuids
        return {"subtasks": told, "compounds": _wholes(plan)}
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


def _wholes(plan: Plan) -> list[dict[str, Any]]:
    return [{**stated_again(c.subtask), "source": c.source} for c in plan.compounds]


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
