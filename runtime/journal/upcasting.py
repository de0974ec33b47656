"""Facts of earlier versions, as those of today.

Whoever changes a fact so that an old one cannot be decoded any more raises `VERSION`,
adds a function to `STEPS` that turns a fact of the version before into one of that
version, and lets the journals in `tests/runtime/journal/recorded/` stay as they are: they
must still open. New kinds of facts are recorded in new ones (`make_recorded` beside it).
A new field with a default needs no step: only the version, so that an older Callboard
refuses what it would not understand. `tests/messages/forms` has the form of each version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Plain = dict[str, Any]

VERSION = 2
"""Of the facts that are written now."""

STEPS: dict[int, Callable[[Plain], Plain]] = {}
"""By the version from which it leads to the next one."""


def upcast(plain: list[Plain], version: int) -> list[Plain]:
    """Facts of *version*, decoded without their types, as those of `VERSION`."""
    for step in range(version, VERSION):
        change = STEPS.get(step)
        if change is not None:
            plain = [change(fact) for fact in plain]
    return plain
