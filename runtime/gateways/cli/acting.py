"""What `callboard cancel`, `pause`, `resume`, `drain` and `requeue` do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from callboard.runtime.gateways.cli.asking import operation
from callboard.runtime.gateways.cli.complaints import DONE
from callboard.runtime.gateways.cli.doors import writing
from callboard.runtime.gateways.cli.text import one_line
from callboard.runtime.gateways.cli.where import ALL, check_target

if TYPE_CHECKING:
    from argparse import Namespace

    from callboard.runtime.gateways.cli.screen import Screen

_SAID = {
    "cancel": "is cancelled",
    "pause": "is paused",
    "resume": "goes on",
    "drain": "ends with what runs",
    "requeue": "is tried again",
}
_ENDS = ("completed", "failed")
_EVERYTHING = "the runtime"


def act(verb: str, options: Namespace, screen: Screen) -> int:
    """Do it to what is named; the exit status.

    Raises:
        Complaint: It is not said to what, or cannot be done.
    """
    check_target(options)
    kind = "runtime" if options.kind == ALL else options.kind
    known = operation(f"{verb}_{kind}")
    given = {name: vars(options).get(name) for name in ("reason", "interrupt")}
    asked = {name: value for name, value in given.items() if value}
    if options.id:
        asked[known.places[0]] = options.id
    with writing(options) as door:
        answer = door.call(known.name, **asked)
    if options.json:
        screen.json(msgspec.to_builtins(answer))
        return DONE
    what = f"{options.kind} {options.id}" if options.id else _EVERYTHING
    screen.out.line(one_line(f"{what} {_over(answer, options.kind) or _SAID[verb]}"))
    return DONE


def _over(answer: object, kind: str) -> str:
    """That it had ended before, so that nothing came of it; "" where something did."""
    status = getattr(getattr(answer, kind, None), "status", "")
    return f"has ended before: {status}" if status in _ENDS else ""
