"""How negotiations go: how long, with how many, and what money is worth."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

Manner: TypeAlias = Literal["never", "asked", "uncertain"]
"""Which subtasks are negotiated: none, those that ask for it, also those where what is
learnt does not tell who would be best."""


class NegotiationOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How negotiations go.

    Attributes:
        seconds: That all answers to one call may take, until the usual rule decides. A
            quarter of a second, so that a subtask which nobody answers for hardly waits.
        invitations: Agents that are asked at once, at the most: those whom the usual rule
            would choose first. Where all of them decline others are asked, as long as
            there is time.
        price: Seconds that one unit of cost is worth; with 0 cost decides nothing.
    """

    seconds: float = 0.25
    invitations: int = 8
    price: float = 0.0
