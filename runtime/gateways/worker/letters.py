"""Letters and bids of a worker's agent: each is answered once, however often it is asked."""

from __future__ import annotations

from collections import OrderedDict
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


ANSWERS = 1_000
"""That can be given again where the server has not heard them."""


class Letters:
    """What the server has sent for the agent's handlers, and asked it to bid for.

    Those that it has handlers for come one after the other.

    Args:
        handles: Tags that the agent has handlers for.
    """

    def __init__(self, handles: Sequence[str]) -> None:
        self._handles = frozenset(handles)
        self._open: dict[int, str] = {}  # their tags by number, in order
        self._answers: OrderedDict[int, frames.Handled] = OrderedDict()
        self._bids: dict[Token, int] = {}

    def came(self, letter: frames.Letter) -> list[Action]:
        """One has come; perhaps not for the first time."""
        answer = self._answers.get(letter.number)
        if answer is not None:
            return [Say(answer)]
        if letter.number in self._open:
            return []
        tag = self._open[letter.number] = letter.delivery.tag
        actions: list[Action] = [Do(HandleMessage(letter.delivery))]
        if tag not in self._handles:
            actions.append(Settle(letter.number))
        return actions

    def lies(self, number: int) -> list[Action]:
        """One that nobody handles lies in the inbox, unless that was reported otherwise."""
        return self._settle(frames.Handled(number=number)) if number in self._open else []

    def handled(self, message: Handled) -> list[Action]:
        """Its handler has ended, or there was no room for it."""
        number = next((n for n, tag in self._open.items() if tag == message.tag), None)
        if number is None:
            return []
        reply = frames.NOTHING if message.reply is None else CODEC.raw(message.reply)
        return self._settle(frames.Handled(number=number, reply=reply, problem=message.problem))

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
        self._open.clear()
        self._answers.clear()
        self._bids.clear()

    def _settle(self, handled: frames.Handled) -> list[Action]:
        self._open.pop(handled.number, None)
        self._answers[handled.number] = handled
        if len(self._answers) > ANSWERS:
            self._answers.popitem(last=False)
        return [Say(handled)]
