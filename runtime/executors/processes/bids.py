"""Bids that are worked out in an agent's processes, until they are there or too late."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from callboard.actors.logic.given_bid import flaw
from callboard.messages.base import AgentId
from callboard.messages.bids import BidDeclined, BidSent, CallForBids
from callboard.runtime.executors import bidding
from callboard.runtime.executors.processes import wire

if TYPE_CHECKING:
    from callboard.actors.ports import Timers
    from callboard.runtime.executors.processes.mate import Mate

NO_PROCESS = "it has no process just now"


class Bids:
    """Asks processes, each call once, and says what comes of it, once.

    Args:
        agent: Whose processes they are.
        place: Where they find the function; None where what they run says it itself.
        timers: Say when it is too late.
        say: Tells the agent's actor; only enqueues.
    """

    def __init__(
        self,
        agent: AgentId,
        place: wire.Place | None,
        timers: Timers,
        say: Callable[[BidSent | BidDeclined], None],
    ) -> None:
        self._agent = agent
        self._place = place
        self._timers = timers
        self._say = say
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._open: dict[int, tuple[CallForBids, Mate]] = {}
        self._behind: dict[int, Mate] = {}

    def ask(self, mates: list[Mate], call: CallForBids) -> None:
        """Have a process work it out: an idle one, else any that has loaded."""
        mate = min((m for m in mates if m.loaded and not m.over), key=_busy, default=None)
        with self._lock:
            lags = len(self._behind) >= bidding.BEHIND
            number = next(self._numbers)
            if mate is not None and not lags:
                self._open[number] = call, mate
        if mate is None or lags:
            self._say(bidding.declined(self._agent, call, bidding.LAGS if lags else NO_PROCESS))
            return
        mate.worker.say(wire.AskBid(number=number, call=call, place=self._place))
        self._timers.after(call.seconds, lambda: self._too_late(number))

    def heard(self, frame: wire.BidMade) -> None:
        """It is worked out; on the thread of its process."""
        with self._lock:
            self._behind.pop(frame.number, None)
            call, _ = self._open.pop(frame.number, (None, None))
        if call is None:  # it was declined when its time was over
            return
        if frame.bid is not None:
            wrong = flaw(frame.bid)
            made = bidding.sent(self._agent, call, frame.bid)
            self._say(bidding.declined(self._agent, call, wrong) if wrong else made)
        else:
            self._say(bidding.declined(self._agent, call, frame.why))

    def lost(self, mate: Mate, why: str) -> None:
        """That process has ended."""
        with self._lock:
            gone = [call for call, other in self._open.values() if other is mate]
            self._open = {n: one for n, one in self._open.items() if one[1] is not mate}
            self._behind = {n: other for n, other in self._behind.items() if other is not mate}
        for call in gone:
            self._say(bidding.declined(self._agent, call, why))

    def _too_late(self, number: int) -> None:
        with self._lock:
            call, mate = self._open.pop(number, (None, None))
            if mate is not None:
                self._behind[number] = mate
        if call is not None:
            self._say(bidding.declined(self._agent, call, bidding.too_slow(call.seconds)))


def _busy(mate: Mate) -> bool:
    return mate.job is not None
