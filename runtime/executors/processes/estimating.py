"""A worker process works out bids, each on a thread of its own, beside what else it does."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any

from callboard.messages.base import AgentId
from callboard.runtime.executors.bidding import DECLINED, bidding
from callboard.runtime.executors.handlers import Bidder, Handlers, bidder_of
from callboard.runtime.executors.problems import problem_from
from callboard.runtime.executors.processes import wire
from callboard.runtime.executors.processes.place import found


class Estimating:
    """Calls the agent's function for bids.

    Args:
        agent: Whose it is.
        say: Tells the runtime.
    """

    def __init__(self, agent: AgentId, say: Callable[[wire.Frame], None]) -> None:
        self._agent = agent
        self._say = say
        self._lock = threading.Lock()
        self._found: dict[wire.Place, Bidder] = {}

    def ask(self, frame: wire.AskBid, handlers: Handlers | None) -> None:
        """Work it out, soon."""
        threading.Thread(
            target=self._work_out,
            args=(frame, handlers),
            name=f"callboard-bid-{frame.number}",
            daemon=True,
        ).start()

    def _work_out(self, frame: wire.AskBid, handlers: Handlers | None) -> None:
        number = frame.number
        try:
            bid = self._called(frame, handlers)
            made = wire.BidMade(number=number, bid=bid, why="" if bid else DECLINED)
        except BaseException as error:  # noqa: BLE001 - the user's, and the runtime is told
            made = wire.BidMade(number=number, why=problem_from(error).text)
        with contextlib.suppress(OSError):  # nobody is there any more
            self._say(made)

    def _called(self, frame: wire.AskBid, handlers: Handlers | None) -> Any:  # noqa: ANN401
        if frame.place is not None:
            bidder: Bidder | None = self._bidder(frame.place)
        else:
            bidder = None if handlers is None else handlers.bid
        if bidder is None:
            raise RuntimeError("it has no function for bids")
        call = bidding(bidder, self._agent, frame.call)
        if not bidder.is_async:
            return call()
        import asyncio  # noqa: PLC0415 - 50 ms that only coroutines need

        return asyncio.run(call())

    def _bidder(self, place: wire.Place) -> Bidder:
        with self._lock:  # its module is run once
            if place not in self._found:
                self._found[place] = bidder_of(found(place))
            return self._found[place]
