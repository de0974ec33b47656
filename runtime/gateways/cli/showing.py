"""What `callboard plan` shows, and the files that it writes."""

from __future__ import annotations

import contextlib
import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from callboard.actors.logic.correcting import Records, corrected, corrections, said
from callboard.actors.logic.graph import upward_ranks
from callboard.actors.logic.lessons import taught
from callboard.actors.logic.rules import Tried
from callboard.actors.logic.skills import Equivalences
from callboard.messages.values import Agent, Plan
from callboard.runtime.gateways.cli.complaints import DONE
from callboard.runtime.gateways.cli.drawing import draw, draw_corrected, save, write
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
from callboard.runtime.gateways.cli.text import one_line
from callboard.runtime.gateways.cli.tree import rows
from callboard.runtime.gateways.operations.stating import stated_again, wholes
from callboard.runtime.journal.store import Store


def show(options: Namespace, screen: Screen) -> int:
    """Show a plan in the forms that are wanted."""
    with contextlib.redirect_stdout(sys.stderr):  # what a module prints is no answer
        agents = [member.agent for member in members_of(options.agents)]
    (plan, tried, notes), known = reasoned(options, agents), equivalences(options)
    if options.journal is not None:
        plan = _corrected(plan, options.journal, agents, known)
    goal = options.goal or plan.source
    if options.save is not None:
        save(plan, options.save, screen)
    if options.svg is not None:
        write(options.svg, screen, svg(plan, goal))
    if options.json:
        screen.json({**described(plan, options.goal, agents, known), **_reasons(tried, notes)})
    elif options.mermaid:
        screen.out.line(mermaid(plan))
    elif STDIN not in {options.save, options.svg}:
        _tree(plan, options.goal, agents, known, screen)
        if options.why or options.rules is not None:
            _why(tried, notes, screen)
    return DONE


def _corrected(plan: Plan, journal: str, agents: Sequence[Agent], known: Equivalences) -> Plan:
    """As a runtime with that journal and these agents would correct it.

    Raises:
        JournalError: The file is none, or cannot be read.
    """
    with contextlib.closing(Store(journal, reading=True)) as store:
        records = Records(taught(store.facts()), {agent.id: agent for agent in agents}, known)
    return corrected(plan, corrections(plan, records))


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
        **({"corrected": said(plan.subtasks)} if any(s.correction for s in plan.subtasks) else {}),
        "longest_way": longest_way(plan),
        "longest_minutes": max(ranks.values()) / 60,
    }


def _tree(
    plan: Plan, goal: str | None, agents: Sequence[Agent], known: Equivalences, screen: Screen
) -> None:
    out = screen.out
    draw(plan, goal, out)
    draw_corrected(said(plan.subtasks), out)
    if agents:
        out.line("\nwho can do it:", "bold")
        for row in rows(plan):
            able = ", ".join(who_can(row.subtask, agents, known))
            line = able or f"{lacking(row.subtask, agents, known)}: it could never start"
            out.line(f"{row.number:>3} {one_line(line)}", "plain" if able else "bad")


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
