"""What `callboard agents` shows."""

from __future__ import annotations

import contextlib
import sys
import textwrap
from argparse import Namespace
from typing import Any

import msgspec

from callboard.actors.logic.skills import stated
from callboard.runtime.gateways.cli.complaints import DONE
from callboard.runtime.gateways.cli.members import Member, members_of
from callboard.runtime.gateways.cli.screen import Screen, Stream
from callboard.runtime.gateways.cli.text import counted, duration, one_line, pad, width

_TITLES = ("id", "kind", "load")


def show(options: Namespace, screen: Screen) -> int:
    """List the agents of some modules."""
    with contextlib.redirect_stdout(sys.stderr):  # what the module prints is no answer
        members = members_of(options.agents)
    if options.json:
        screen.json({"agents": [described(member) for member in members], "count": len(members)})
    else:
        _table(members, screen.out)
    return DONE


def described(member: Member) -> dict[str, Any]:
    """An agent as data for JSON."""
    agent = member.agent
    return {
        "id": agent.id,
        "module": member.module,
        "name": member.name,
        "kind": member.kind,
        "skills": [{"name": s.name, "level": s.level} for s in agent.skills],
        "max_load": agent.max_load,
        "handles": list(agent.handles),
        "timeouts": msgspec.to_builtins(agent.timeouts),
        "retry": msgspec.to_builtins(agent.retry),
        "speculate": agent.speculate,
    }


def _table(members: list[Member], out: Stream) -> None:
    rows = [(one_line(m.agent.id), m.kind, str(m.agent.max_load)) for m in members]
    widths = [max(map(width, column)) for column in zip(_TITLES, *rows, strict=True)]
    head = "  ".join(map(pad, _TITLES, widths))
    out.line(f"{head}  skills", "bold")
    for row, member in zip(rows, members, strict=True):
        said = _said(member)
        room = max(20, (out.columns or 80) - width(head) - 2)
        first, *more = textwrap.wrap(said, room) or [""]
        out.line(f"{'  '.join(map(pad, row, widths))}  {first}".rstrip())
        for line in more:
            out.line(f"{' ' * width(head)}  {line}")
    out.line(counted(len(members), "agent"), "dim")


def _said(member: Member) -> str:
    """Skills, and what else was declared."""
    agent = member.agent
    parts = [", ".join(stated(skill) for skill in agent.skills) or "none"]
    if agent.timeouts.run is not None:
        parts.append(f"at most {duration(agent.timeouts.run)} an attempt")
    if agent.timeouts.silence is not None:
        parts.append(f"never silent for {duration(agent.timeouts.silence)}")
    if agent.timeouts.stall is not None:
        parts.append(f"never without progress for {duration(agent.timeouts.stall)}")
    if agent.retry is not None:
        parts.append(counted(agent.retry.attempts, "attempt"))
    if agent.handles:
        parts.append(f"handles {', '.join(agent.handles)}")
    return one_line("; ".join(parts))
