"""How much brief work an agent is given before it has a slot for it."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace


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
        chain: Subtasks that an agent may go on with by itself, each of which waits for the one
            before it alone; all of them are expected to take no longer than *brief* together.
    """

    most: int = 8
    brief: float = 0.001
    patience: float = 0.05
    least: int = 8
    chain: int = 32


def beside(options: AheadOptions | None, *, lasting: bool) -> AheadOptions | None:
    """As *options* say, but without chains where the journal is *lasting*.

    What such a journal does not have yet may be done again after a crash, and nothing that
    follows from it is to have begun.
    """
    return replace(options, chain=0) if options is not None and lasting else options
