"""What `callboard explain` shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.runtime.gateways.cli.complaints import DONE
from callboard.runtime.gateways.cli.data import data_of
from callboard.runtime.gateways.cli.doors import reading
from callboard.runtime.gateways.cli.naming import subtask_of
from callboard.runtime.gateways.cli.text import one_line

if TYPE_CHECKING:
    from argparse import Namespace

    from callboard.runtime.gateways.cli.screen import Screen


def show(options: Namespace, screen: Screen) -> int:
    """Tell why, as of now or as of an instant; the exit status.

    Raises:
        Complaint: Nobody can be asked, or it is not said of which one.
        UnknownSubtask: There was no such subtask.
    """
    with reading(options) as door:
        answer = door.call("explain_subtask", subtask_id=subtask_of(options, door))
    if options.json:
        screen.json(data_of(answer))
        return DONE
    headline, *reasons = answer.text.split("\n")
    screen.out.line(one_line(headline), "bold")
    for reason in reasons:
        screen.out.line(one_line(reason))
    return DONE
