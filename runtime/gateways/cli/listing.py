"""What `callboard agents` shows."""

from __future__ import annotations

import contextlib
import sys
from argparse import Namespace
from typing import Any

import msgspec

from callboard.actors.logic.skills import stated
from callboard.runtime.gateways.cli.columns import table
from callboard.runtime.gateways.cli.complaints import DONE
from callboard.runtime.gateways.cli.members import Member, members_of
from callboard.runtime.gateways.cli.screen import Screen, Stream
from callboard.runtime.gateways.cli.text import counted, duration, one_line

_TITLES = ("id", "kind", "load", "skills")


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
    rows = [(m.agent.id, m.kind, str(m.agent.max_load), _said(m)) for m in members]
    table(out, _TITLES, rows, wrap=True)
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
