"""What `callboard story` shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import msgspec

from callboard.runtime.gateways.cli.complaints import DONE
from callboard.runtime.gateways.cli.data import data_of, when
from callboard.runtime.gateways.cli.doors import reading
from callboard.runtime.gateways.cli.naming import subtask_of
from callboard.runtime.gateways.cli.text import one_line

if TYPE_CHECKING:
    from argparse import Namespace

    from callboard.runtime.gateways.cli.screen import Screen

_LEFT = frozenset({"kind", "at", "goal", "subtask", "lease"})
"""What stands elsewhere on the line, or goes without saying."""


def show(options: Namespace, screen: Screen) -> int:
    """Tell it; the exit status.

    Raises:
        Complaint: Nobody can be asked, or it is not said of which one.
        UnknownSubtask: There is no such subtask.
    """
    with reading(options) as door:
        answer = door.call("subtask_story", subtask_id=subtask_of(options, door))
    if options.json:
        screen.json(data_of(answer))
        return DONE
    for event in answer.events:
        screen.out.line(f"{when(event['at'])}  {one_line(told(event))}")
    return DONE


def told(event: dict[str, Any]) -> str:
    """An event in a line: its kind, the attempt, and what else it says.

    >>> told({"kind": "SubtaskFailed", "at": 1.0, "problem": {"text": "no such page"}})
    'SubtaskFailed  problem no such page'
    """
    parts = [str(event["kind"])]
    lease = event.get("lease")
    if lease:
        parts.append(f"{lease['agent']}, attempt {lease['attempt']}")
    parts += [f"{name} {_said(value)}" for name, value in event.items() if _worth(name, value)]
    return "  ".join(parts)


def _worth(name: str, value: object) -> bool:
    return name not in _LEFT and value not in (None, "", [], {})


def _said(value: object) -> str:
    if isinstance(value, dict) and "text" in value:
        return str(cast("dict[str, object]", value)["text"])
    if isinstance(value, float):
        return f"{value:.3g}"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
