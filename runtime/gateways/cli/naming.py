"""Which subtask is meant by what somebody has typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.messages.errors.lookups import UnknownSubtask
from callboard.runtime.gateways.cli.complaints import Complaint
from callboard.runtime.gateways.cli.doors import Opened
from callboard.runtime.gateways.cli.text import counted, one_line

if TYPE_CHECKING:
    from argparse import Namespace

    from callboard.runtime.gateways.cli.doors import Door

_SHOWN = 5


def subtask_of(options: Namespace, door: Door) -> str:
    """The uuid of the subtask that is meant: itself, or by a name that one alone has.

    Raises:
        Complaint: Several have that name.
        UnknownSubtask: None of those that can be looked through has it.
    """
    wanted: str = options.subtask
    if options.goal:
        told = door.call("get_goal", goal_id=options.goal).subtasks
        names: dict[str, str] = {subtask.uuid: subtask.name for subtask in told}
    elif isinstance(door, Opened):
        names = door.names()
    else:
        return wanted
    if wanted in names:
        return wanted
    named = [uuid for uuid, name in names.items() if name == wanted]
    if not named:
        raise UnknownSubtask(wanted)
    if len(named) > 1:
        which = f"{counted(len(named), 'subtask')} have the name {one_line(wanted)!r}"
        raise Complaint(f"{which}: take a uuid, as {', '.join(named[-_SHOWN:])}")
    return named[0]
