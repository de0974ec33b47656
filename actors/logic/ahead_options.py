"""How much brief work an agent is given before it has a slot for it."""

from __future__ import annotations

import msgspec


class AheadOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How much brief work an agent is given before it has a slot for it.

    Attributes:
        most: Subtasks that may wait at one agent.
        brief: Seconds that all of them may be expected to take together; what takes longer
            alone is never given ahead.
        patience: Seconds after which what has not begun is taken back, so that others may
            do it: those before it take longer than they should.
        least: Attempts of a kind that must have been completed before it is known that one
            is brief.
    """

    most: int = 8
    brief: float = 0.001
    patience: float = 0.05
    least: int = 8
