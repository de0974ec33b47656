"""What `callboard agents` shows of those that are registered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callboard.runtime.gateways.cli.columns import table
from callboard.runtime.gateways.cli.complaints import DONE
from callboard.runtime.gateways.cli.data import data_of
from callboard.runtime.gateways.cli.doors import reading
from callboard.runtime.gateways.cli.standing import standing
from callboard.runtime.gateways.cli.text import counted

if TYPE_CHECKING:
    from argparse import Namespace

    from callboard.runtime.gateways.cli.screen import Screen

_TITLES = ("id", "state", "load", "skills")


def show(options: Namespace, screen: Screen) -> int:
    """List them; the exit status.

    Raises:
        Complaint: Nobody can be asked.
    """
    with reading(options) as door:
        data = data_of(door.call("list_agents"))
    if options.json:
        screen.json(data)
        return DONE
    if data["agents"]:
        table(screen.out, _TITLES, [_row(agent) for agent in data["agents"]], wrap=True)
    screen.out.line(counted(data["count"], "agent"), "dim")
    return DONE


def _row(agent: dict[str, Any]) -> tuple[str, str, str, str]:
    load = f"{agent['current_load']} of {agent['max_load']}"
    skills = ", ".join(agent["skills"]) or "none"
    trouble = f"; {agent['problem']['text']}" if agent["problem"] else ""
    return agent["id"], standing(agent), load, f"{skills}{trouble}"
