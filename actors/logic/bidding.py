"""The bids that an agent is asked for: its own function makes them, beside its mailbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.effects import AskForBid, Effect, Tell
from callboard.messages.base import SCHEDULER
from callboard.messages.bids import BidDeclined

if TYPE_CHECKING:
    from callboard.messages.base import AgentId
    from callboard.messages.bids import BidSent, CallForBids
    from callboard.messages.values import Token

AT_ONCE = 16
"""Bids that an agent's function works out at a time; more calls are declined."""


class Bidding:
    """Which calls wait for the agent's function; each is answered once.

    Args:
        agent: Whose function it is.
    """

    def __init__(self, agent: AgentId) -> None:
        self._agent = agent
        self._open: dict[Token, None] = {}

    def called(self, call: CallForBids, why_not: str) -> list[Effect]:
        """What is it to bid for? Nothing, where there is a reason *why_not*."""
        if call.call in self._open:
            return []  # it is worked out already
        if not why_not and len(self._open) >= AT_ONCE:
            why_not = f"{AT_ONCE} other bids are worked out just now"
        if why_not:
            subtask = call.ready.subtask.uuid
            declined = BidDeclined(
                call=call.call,
                goal=call.ready.goal,
                subtask=subtask,
                agent=self._agent,
                reason=why_not,
            )
            return [Tell(SCHEDULER, declined)]
        self._open[call.call] = None
        return [AskForBid(call)]

    def answered(self, answer: BidSent | BidDeclined) -> list[Effect]:
        """The function has answered, or failed; a predecessor's answer counts as well."""
        self._open.pop(answer.call, None)
        return [Tell(SCHEDULER, answer)]
