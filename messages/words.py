"""How messages say durations and numbers to people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_MINUTE, _HOUR = 60, 3600


def duration(seconds: float) -> str:
    """A duration as people say it.

    >>> [duration(s) for s in (0.04, 9, 90, 5400, 7200)]
    ['0.04 s', '9 s', '1.5 min', '1 h 30 min', '2 h']
    """
    if seconds < _MINUTE:
        return f"{seconds:.2g} s" if seconds < 1 else f"{seconds:.3g} s"
    if seconds < _HOUR:
        return f"{seconds / _MINUTE:.3g} min"
    hours, rest = divmod(round(seconds / _MINUTE), 60)
    return f"{hours:,} h {rest} min" if rest else f"{hours:,} h"


def counted(count: int, noun: str) -> str:
    """How many there are of it.

    >>> counted(1, "agent"), counted(1200, "subtask")
    ('1 agent', '1,200 subtasks')
    """
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def listed(names: Sequence[str], count: int | None = None) -> str:
    """Names in a row; where there are more than are named, how many more.

    >>> listed(["ann"]), listed(["ann", "bob", "eve"]), listed(["ann", "bob"], 5)
    ('ann', 'ann, bob and eve', 'ann, bob and 3 more')
    """
    more = 0 if count is None else count - len(names)
    parts = [*names, f"{more:,} more"] if more > 0 else list(names)
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def are(many: Sequence[str]) -> str:
    """The verb of what is `listed`.

    >>> are(["ann"]), are(["ann", "bob"])
    ('is', 'are')
    """
    return "is" if len(many) == 1 else "are"


def ahead(until: float | None, at: float) -> str:
    """How long that is from *at*; both in seconds since the epoch.

    >>> ahead(12.0, 2.0), ahead(2.0, 12.0)
    ('in 10 s', 'at once')
    """
    if until is None or until <= at:
        return "at once"
    return f"in {duration(until - at)}"


def ago(since: float, at: float) -> str:
    """For how long it has been so.

    >>> ago(2.0, 12.0)
    '10 s'
    """
    return duration(max(0.0, at - since))
