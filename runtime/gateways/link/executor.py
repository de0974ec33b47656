"""Runs the work of an agent elsewhere: the executor of one incarnation of its actor.

For the actor it is one like any other. What an agent does, it does over the agent's
station, which may have a link or be waiting for one.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from callboard.actors.logic.effects import (
    AskForBid,
    Effect,
    ForgetWork,
    HandleMessage,
    ResumeWork,
    RunHook,
    StartWork,
    StopWork,
)
from callboard.actors.logic.given_bid import flaw
from callboard.runtime.executors import bidding
from callboard.runtime.gateways.link import frames

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.messages.bids import CallForBids
    from callboard.messages.unions import AgentMessage
    from callboard.messages.values import Agent, Token
    from callboard.runtime.executors.processes.wire import BidMade
    from callboard.runtime.executors.runs import Answer
    from callboard.runtime.executors.services import Equipment
    from callboard.runtime.gateways.link.station import Station

PATIENCE = 0.5
"""Seconds that a worker has to say how quiet a handler is."""

STOP_MARGIN = 2.0
"""Seconds beyond the grace after which a worker that was told to stop is not waited for."""


class RemoteExecutor:
    """The executor of one incarnation of an agent elsewhere.

    Args:
        station: Of the agent.
        agent: What is known of it.
        report: Tells its actor.
        equipment: What all executors of the runtime share.
    """

    def __init__(
        self,
        station: Station,
        agent: Agent,
        report: Callable[[AgentMessage], None],
        equipment: Equipment,
    ) -> None:
        self._station = station
        self._agent = agent
        self._report = report
        self._equipment = equipment
        self._numbers = itertools.count(1)
        self._looks: dict[int, Answer] = {}
        self._bids: dict[int, CallForBids] = {}

    def perform(self, effect: Effect) -> None:
        """Carry out one of the effects for agents; never blocks."""
        station = self._station
        with station.lock:
            if not station.is_current(self):  # pyright: ignore[reportArgumentType]
                return
            session = station.session
            match effect:
                case StartWork():
                    now = self._equipment.clock.now()
                    session.assign(effect.lease, effect.ready, now=now)
                case ForgetWork():
                    session.forget(effect.tokens, effect.refused)
                case StopWork():
                    session.stop(effect.token, effect.reason)
                    self._give_up_later(effect.token)
                case ResumeWork():
                    session.grant(effect.token)
                case HandleMessage():
                    session.deliver(effect.delivery)
                case AskForBid():
                    self._ask_bid(effect.call)
                case RunHook(hook="on_start"):
                    session.start()
                case RunHook():
                    session.finish("it was let go")
                case _:
                    raise TypeError(effect)

    def close(self, seconds: float) -> int:  # noqa: ARG002 - as every executor's
        """Its worker is told to stop everything; nobody is waited for."""
        self._station.ended(self)  # pyright: ignore[reportArgumentType]
        return 0

    def _give_up_later(self, token: Token) -> None:
        grace = self._equipment.grace + STOP_MARGIN

        def overdue() -> None:
            with self._station.lock:
                if self._station.is_current(self):  # pyright: ignore[reportArgumentType]
                    why = f"nothing was heard of it {grace:g} s after it was told to stop"
                    self._station.session.give_up(token, why)

        self._equipment.timers.after(grace, overdue)

    # Signs of life

    def look(self, token: Token | None, answer: Answer) -> None:
        """See `callboard.actors.ports.Executor.look`; the worker is asked."""
        station, now = self._station, self._equipment.clock.now()
        with station.lock:
            job = None if token is None else station.session.jobs.get(str(token))
            seen = station.session.seen
            number = self._ask(token, answer) if job is not None else None
        if token is None:
            answer(max(0.0, now - seen))
        elif job is None:
            answer(None)
        elif number is None:
            answer(max(0.0, now - job.heard))
        else:
            heard = job.heard
            self._equipment.timers.after(PATIENCE, lambda: self._guess(number, heard))

    def _ask(self, token: Token | None, answer: Answer) -> int | None:
        """Its worker how quiet a handler is; None where there is no link to ask over."""
        session = self._station.session
        if not session.ready:
            return None
        number = next(self._numbers)
        self._looks[number] = answer
        session.say(frames.Look(look=number, token=str(token)))
        return number

    def looked(self, looked: frames.Looked) -> None:
        """The worker has answered."""
        answer = self._looks.pop(looked.look, None)
        if answer is not None:
            answer(looked.quiet)

    def _guess(self, number: int, heard: float) -> None:
        """It has not: what was heard of the attempt must do."""
        with self._station.lock:
            answer = self._looks.pop(number, None)
        if answer is not None:
            answer(max(0.0, self._equipment.clock.now() - heard))

    # Bids

    def _ask_bid(self, call: CallForBids) -> None:
        session = self._station.session
        if not session.ready:
            self._report(bidding.declined(self._agent.id, call, "it has no link just now"))
            return
        number = next(self._numbers)
        self._bids[number] = call
        session.say(frames.AskBid(number=number, call=call))
        self._equipment.timers.after(call.seconds, lambda: self._too_late(number))

    def bid_made(self, made: BidMade) -> None:
        """The worker bids, or declines."""
        call = self._bids.pop(made.number, None)
        if call is None:  # it was declined when its time was over
            return
        us = self._agent.id
        if made.bid is None:
            self._report(bidding.declined(us, call, made.why))
            return
        wrong = flaw(made.bid)
        bid = bidding.declined(us, call, wrong) if wrong else bidding.sent(us, call, made.bid)
        self._report(bid)

    def _too_late(self, number: int) -> None:
        with self._station.lock:
            call = self._bids.pop(number, None)
        if call is not None:
            why = bidding.too_slow(call.seconds)
            self._report(bidding.declined(self._agent.id, call, why))
