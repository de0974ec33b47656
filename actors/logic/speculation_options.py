"""When an attempt that takes long gets a copy beside it, and how many there may be."""

from __future__ import annotations

import msgspec


class SpeculationOptions(msgspec.Struct, frozen=True, kw_only=True):
    """When an attempt that takes long gets a copy beside it, and how many there may be.

    Attributes:
        default: Whether subtasks and agents that say nothing of it allow copies. They do
            not, because two attempts at the same time have all their side effects twice
            that do not go by `ctx.once`; whoever wrote the handler knows of them.
        copies: That one subtask may have at once, beside its first attempt.
        share: Part of all slots, in [0, 1], that copies may take, one copy at the least: a
            tenth, so that a fleet that is slow as a whole does not do everything twice.
        least: Attempts of a kind that must have been completed before it is known how
            long one takes; until then nothing of that kind gets a copy.
    """

    default: bool = False
    copies: int = 1
    share: float = 0.1
    least: int = 5
