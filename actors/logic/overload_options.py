"""When an agent is overloaded, by what it or its machine reports."""

from __future__ import annotations

import msgspec


class OverloadOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Above which figures an agent gets nothing new, and from when on it does again.

    Attributes:
        cpu: Busy part of the processors, in [0, 1], above which it is overloaded; None
            for never. Agents that compute keep their processors busy, so this is for
            machines that others use too.
        memory: Part of the memory that is taken, in [0, 1], likewise. Work that begins
            where there is no memory left takes down all that runs there.
        margin: So far below the limit each figure must fall before it gets work again,
            so that it does not change with every figure.
        every: Seconds between two looks at the machine on which the runtime runs.
    """

    cpu: float | None = None
    memory: float | None = 0.95
    margin: float = 0.05
    every: float = 2.0
