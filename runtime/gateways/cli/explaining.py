"""What `callboard explain` shows."""

from __future__ import annotations

import contextlib
from argparse import Namespace

from callboard.messages.errors.lookups import UnknownSubtask
from callboard.runtime.gateways.cli.complaints import DONE, Complaint
from callboard.runtime.gateways.cli.journals import instant
from callboard.runtime.gateways.cli.screen import Screen
from callboard.runtime.gateways.cli.text import one_line
from callboard.runtime.journal.store import Store
from callboard.runtime.moment import Moment, instant_of, moment

_SHOWN = 5


def show(options: Namespace, screen: Screen) -> int:
    """Tell why, as of the latest fact or as of an instant.

    Raises:
        JournalError: The file is none, or cannot be used.
        UnknownSubtask: There was no such subtask.
    """
    with contextlib.closing(Store(options.file, reading=True)) as store:
        told = list(store.facts())
    latest = max((fact.at for fact in told), default=0.0)
    at = latest if options.at is None else instant_of(instant(options.at))
    then = moment(told, at)
    found = then.explain(_uuid(then, options.subtask))
    if options.json:
        screen.json(found.data())
        return DONE
    screen.out.line(one_line(found.headline), "bold")
    for sentence in found.sentences:
        screen.out.line(f"- {one_line(sentence)}")
    return DONE


def _uuid(then: Moment, wanted: str) -> str:
    """Of the subtask that has this uuid, or alone has this name."""
    if wanted in then.subtasks:
        return wanted
    named = [uuid for uuid, record in then.subtasks.items() if record.subtask.name == wanted]
    if not named:
        raise UnknownSubtask(wanted)
    if len(named) > 1:
        which = f"{len(named):,} subtasks have the name {one_line(wanted)!r}"
        raise Complaint(f"{which}: take a uuid, as {', '.join(named[-_SHOWN:])}")
    return named[0]
