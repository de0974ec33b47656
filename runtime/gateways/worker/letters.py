"""Letters and bids of a worker's agent: each is answered once, however often it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.effects import AskForBid, HandleMessage
from callboard.messages.bids import BidDeclined, BidSent
from callboard.runtime.executors.processes.wire import BidMade
from callboard.runtime.gateways.link import frames
from callboard.runtime.gateways.worker.actions import Action, Do, Say, Settle
from callboard.runtime.gateways.worker.translation import CODEC

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callboard.messages.execution import Handled
    from callboard.messages.values import Token


class Letters:
    """What the server has sent for the agent's handlers, and asked it to bid for.

    Args:
        handles: Tags that the agent has handlers for.
    """

    def __init__(self, handles: Sequence[str]) -> None:
        self._handles = frozenset(handles)
        self._current: int | None = None  # the letter that is being handled
        self._last: frames.Handled | None = None  # the answer to the one before
        self._bids: dict[Token, int] = {}

    def came(self, letter: frames.Letter) -> list[Action]:
        """One has come; perhaps not for the first time."""
        if self._last is not None and letter.number == self._last.number:
            return [Say(self._last)]
        if letter.number == self._current:
            return []
        self._current = letter.number
        actions: list[Action] = [Do(HandleMessage(letter.delivery))]
        if letter.delivery.tag not in self._handles:
            actions.append(Settle(letter.number))
        return actions

    def lies(self, number: int) -> list[Action]:
        """One that nobody handles lies in the inbox, unless that was reported otherwise."""
        return self._settle(frames.Handled(number=number)) if number == self._current else []

    def handled(self, message: Handled) -> list[Action]:
        """Its handler has ended."""
        if self._current is None:
            return []
        reply = frames.NOTHING if message.reply is None else CODEC.raw(message.reply)
        return self._settle(
            frames.Handled(number=self._current, reply=reply, problem=message.problem)
        )

    def ask_bid(self, asked: frames.AskBid) -> list[Action]:
        """The agent is asked for a bid."""
        self._bids[asked.call.call] = asked.number
        return [Do(AskForBid(asked.call))]

    def bid_made(self, message: BidSent | BidDeclined) -> list[Action]:
        """It has made up its mind."""
        number = self._bids.pop(message.call, None)
        if number is None:
            return []
        if isinstance(message, BidSent):
            return [Say(BidMade(number=number, bid=message.bid))]
        return [Say(BidMade(number=number, why=message.reason))]

    def forget(self) -> None:
        """The server knows nothing of them any more, and will count anew."""
        self._current = self._last = None
        self._bids.clear()

    def _settle(self, handled: frames.Handled) -> list[Action]:
        self._current, self._last = None, handled
        return [Say(handled)]
