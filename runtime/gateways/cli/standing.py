"""What `callboard status` shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from callboard.runtime.gateways.cli.complaints import DONE
from callboard.runtime.gateways.cli.data import data_of
from callboard.runtime.gateways.cli.doors import reading
from callboard.runtime.gateways.cli.text import counted, duration, one_line

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator

    from callboard.runtime.gateways.cli.screen import Screen

Figures: TypeAlias = dict[str, Any]

_WIDTH = 11


def show(options: Namespace, screen: Screen) -> int:
    """Show it; the exit status.

    Raises:
        Complaint: Nobody can be asked.
    """
    with reading(options) as door:
        data = data_of(door.call("status"))
    if options.json:
        screen.json(data)
        return DONE
    for name, said, style in _lines(data["status"]):
        screen.out.line(f"{name:{_WIDTH}}{one_line(said)}", style)
    return DONE


def _lines(figures: Figures) -> Iterator[tuple[str, str, str]]:
    """What each line is about, what it says, and how."""
    yield from _troubles(figures)
    yield "goals", _counts(figures["goals"]), "plain"
    yield "subtasks", _subtasks(figures), "plain"
    yield "agents", _agents(figures["agent_status"].values()), "plain"
    if figures["bounds"] and figures["bounds"]["subtasks"]:
        yield "open", _open(figures["bounds"]), "plain"
    for name, resource in figures["resources"].items():
        yield "resource", f"{name}: {_resource(resource)}", "plain"
    for skill, rest in figures["resting_skills"].items():
        until = f" until {rest['until']}" if rest["until"] else ""
        failures = counted(rest["failures"], "failure")
        yield "at rest", f"{skill}{until}, after {failures}: {rest['problem']}", "bad"


def _troubles(figures: Figures) -> Iterator[tuple[str, str, str]]:
    waiting = figures["goals"].get("proposed", 0)
    if waiting:
        said = f"{counted(waiting, 'goal')}: callboard goals --state proposed"
        yield "to approve", said, "bad"
    if figures["failure"]:
        yield "FAILED", figures["failure"], "bad"
    if figures["paused"]:
        yield "paused", "nothing new is started until `callboard resume all`", "bad"
    if figures["draining"]:
        yield "draining", "no goal is taken until `callboard resume all`", "bad"


def _counts(counts: dict[str, int]) -> str:
    """Those that there are.

    >>> _counts({"running": 2, "failed": 0, "completed": 1200})
    '2 running, 1,200 completed'
    """
    return ", ".join(f"{count:,} {name}" for name, count in counts.items() if count) or "none"


def _subtasks(figures: Figures) -> str:
    names = ("ready", "running", "completed", "failed", "cancelled", "parked")
    counts = {name: figures[f"{name}_subtasks"] for name in names}
    waiting = figures["pending_subtasks"] - counts["ready"] - counts["parked"]
    return _counts({"pending": waiting, **counts})


def _agents(agents: Any) -> str:  # noqa: ANN401 - JSON
    """How many there are, how they are, and how much they have to do."""
    listed = list(agents)
    if not listed:
        return "none"
    kinds: dict[str, int] = {}
    for agent in listed:
        state = standing(agent)
        kinds[state] = kinds.get(state, 0) + 1
    load, most = (sum(agent[name] for agent in listed) for name in ("current_load", "max_load"))
    return f"{_counts(kinds)}; they run {load:,} of {most:,}"


def standing(agent: Figures) -> str:
    """How an agent is, in a word.

    >>> standing({"status": "up", "health": "slow", "paused": False, "overloaded": False})
    'slow'
    """
    if agent["status"] != "up":
        return str(agent["status"])
    if agent["health"] != "well":
        return str(agent["health"])
    if agent["paused"]:
        return "paused"
    return "overloaded" if agent["overloaded"] else "up"


def _open(bounds: Figures) -> str:
    what = counted(bounds["subtasks"], "subtask")
    said = f"{what}, at least {duration(bounds['bound'])} more"
    if bounds["bottleneck"]:
        said += f"; short of {bounds['bottleneck']} ({', '.join(bounds['bottleneck_agents'])})"
    if bounds["saving"] > 0:
        said += f": one agent more would save {duration(bounds['saving'])}"
    return said


def _resource(resource: Figures) -> str:
    amount = f"{resource['amount']:g}"
    if resource["kind"] == "rate":
        return f"{amount} in {duration(resource['per'])}"
    if resource["kind"] == "pool":
        return f"{resource['reserved']:g} of {amount} taken"
    return f"{resource['used']:g} of {amount} used up, {resource['reserved']:g} reserved"
