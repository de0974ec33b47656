"""What an agent of a worker says to its server, and does for it: pure, without a clock.

One of these outlives all links. What runs goes on when a link is lost; on the next one the
server hears what there is, and all that it has not answered is said again. Where the agent
goes down, or the server starts it anew, its code begins again: the link stays. It answers
with actions, which `life.py` carries out. What it is at is in `works.py`.

| phase | meaning |
|---|---|
| AWAY | there is no link |
| GREETING | there is one; the server has not said that the agent is welcome |
| HERE | it gets work |
| LEFT | it has gone, for good |
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from msgspec import Raw

from callboard.messages.bids import BidDeclined, BidSent
from callboard.messages.execution import (
    Handled,
    HookDone,
    HookFailed,
    WorkAbandoned,
    WorkCrashed,
    WorkDone,
    WorkFailed,
    WorkKilled,
    WorkProgressed,
    WorkReturned,
    WorkStopped,
    WorkWaiting,
    WorkWaitOver,
)
from callboard.runtime.executors.processes.wire import Answered
from callboard.runtime.gateways.link import frames
from callboard.runtime.gateways.link.assignments import token_of
from callboard.runtime.gateways.worker import news
from callboard.runtime.gateways.worker.actions import (
    Action,
    Answer,
    Leave,
    LookAt,
    Renew,
    Say,
    Tell,
)
from callboard.runtime.gateways.worker.ledger import Ledger
from callboard.runtime.gateways.worker.letters import Letters
from callboard.runtime.gateways.worker.room import Room
from callboard.runtime.gateways.worker.translation import CODEC, cause_of, worker_of
from callboard.runtime.gateways.worker.work import broken_off, why_of
from callboard.runtime.gateways.worker.works import Works

if TYPE_CHECKING:
    from callboard.messages.unions import AgentMessage
    from callboard.messages.values import Agent, Problem, Token
    from callboard.runtime.executors.processes.wire import Called
    from callboard.runtime.gateways.worker.translation import Ending


class Phase(enum.Enum):
    """See above."""

    AWAY = enum.auto()
    GREETING = enum.auto()
    HERE = enum.auto()
    LEFT = enum.auto()


class Tenure:
    """One life of an agent, on whatever links.

    Args:
        agent: What is known of it.
        life: Names this life.
        server: As people know it.
        grace: Seconds within which it wants to be able to come back; None for the server's.
        ledger: Its books.

    Attributes:
        phase: See above.
        welcomed: Whether it was ever.
        draining: Seconds within which it is to leave; None where it is to stay.
    """

    def __init__(
        self,
        agent: Agent,
        life: str,
        server: str,
        *,
        grace: float | None = None,
        ledger: Ledger[frames.End] | None = None,
    ) -> None:
        self.phase = Phase.AWAY
        self.welcomed = False
        self.draining: float | None = None
        self._agent = agent
        self._life = life
        self._server = server
        self._grace = grace
        self._ledger: Ledger[frames.End] = Ledger() if ledger is None else ledger
        self._calls: dict[int, Raw] = {}  # as they were written
        self._letters = Letters(agent.handles)
        self._up = True  # its code can work
        self._fresh = True  # and has not since it began
        self._asked: int | None = None  # the question of which its answer waits until then
        self._room = Room(agent.id)
        self._works = Works(agent.id, self._ledger, self._room, self._heard)

    # What there is

    @property
    def running(self) -> tuple[str, ...]:
        """Names of the subtasks that it is at."""
        return self._works.running

    @property
    def busy(self) -> bool:
        """Whether it is at any."""
        return self._works.busy

    @property
    def untold(self) -> int:
        """How many ends the server has not acknowledged."""
        return self._ledger.waiting

    @property
    def idle(self) -> bool:
        """Whether nothing runs, and nothing is left to be told."""
        return not self.busy and not self.untold

    # Links

    def greet(self) -> frames.Hello:
        """There is a link: what to say first."""
        self.phase = Phase.GREETING
        return frames.Hello(
            worker=worker_of(self._agent),
            life=self._life,
            protocol=frames.PROTOCOL,
            held=self._works.held(),
            grace=self._grace,
        )

    def lost(self) -> None:
        """The link is lost."""
        if self.phase is not Phase.LEFT:
            self.phase = Phase.AWAY

    def hear(self, frame: frames.ToWorker, now: float) -> list[Action]:
        """What follows from what the server says.

        Args:
            frame: It.
            now: By any clock that does not go back, in seconds.
        """
        match frame:
            case frames.Assign():
                return self._assigned(frame, now)
            case frames.Ack():
                return self._works.acknowledged(frame, now)
            case frames.Stop():
                return self._works.stop(frame, now)
            case frames.Granted():
                return self._works.granted(frame)
            case Answered():
                return self._answered(frame)
            case frames.Letter():
                self._fresh = False
                return self._letters.came(frame) if self._up else []
            case frames.Look():
                return [LookAt(frame.look, token_of(frame.token))]
            case frames.AskBid():
                return self._letters.ask_bid(frame)
            case frames.Reconcile():
                return self._reconcile(frame.epoch)
            case frames.Welcome():
                return self._welcome(frame)
            case frames.Bye():
                return self._leave(frame.reason)
            case frames.Refused():
                return []  # the link's own affair

    def too_big(self) -> list[Action]:
        """The server took no message as long as the last one was: it takes less than it said.

        Else the next link would end in the same way, and so on for ever.
        """
        self._room.less_than([*self._works.lines(), *self._calls.values()])
        return self._leave_out()

    def drain(self, seconds: float) -> list[Action]:
        """It is to leave, within so many seconds; what runs may end before."""
        self.draining = seconds
        if self.phase is Phase.HERE:
            return [Say(frames.Drain(seconds=seconds))]
        if self.idle and self.phase is Phase.AWAY:  # nobody would miss anything
            return self._leave("")
        return []

    def leave(self, reason: str) -> list[Action]:
        """It leaves now; what it runs is anybody's."""
        heard = self._heard([Say(frames.Bye(reason=reason))])
        return [*heard, *self._leave("")]

    def _leave(self, why: str) -> list[Action]:
        self.phase = Phase.LEFT
        return [Leave(why)]

    def stop_all(self, reason: str, now: float) -> list[Action]:
        """Whatever runs is to stop."""
        return self._works.stop_all(reason, now)

    # Beginning anew

    def _reconcile(self, epoch: int) -> list[Action]:
        """The server has started the agent anew; whatever it had is in vain."""
        self._asked = epoch
        if not self._up:
            return []
        if self._fresh:
            return self._answer()
        return self._renew("the server started it anew")

    def _renew(self, why: str) -> list[Action]:
        self._up = False
        return [Renew(why)]

    def begin_anew(self) -> list[Action]:
        """The code that ran has been ended, whatever it was at."""
        self._works.drop()
        self._letters.forget()
        return self._give_up_calls()

    def renewed(self) -> list[Action]:
        """New code is ready to work."""
        self._up = self._fresh = True
        return self._answer()

    def _answer(self) -> list[Action]:
        epoch, self._asked = self._asked, None
        if epoch is None:
            return []
        return self._heard([Say(frames.Running(epoch=epoch, held=self._works.held()))])

    # Reports

    def report(self, message: AgentMessage, now: float) -> list[Action]:
        """What follows from what an executor reports.

        Args:
            message: It.
            now: As for `hear`.
        """
        match message:
            case WorkDone() | WorkFailed() | WorkStopped() | WorkAbandoned():
                return self._ended(message.token, message, now)
            case WorkProgressed():
                return self._works.progressed(message)
            case WorkKilled() | WorkCrashed():
                if message.token is not None:
                    return self._ended(message.token, message, now)
                return self._fallen(message.problem) if isinstance(message, WorkCrashed) else []
            case WorkWaiting() | WorkWaitOver():
                return self._works.waits(message.token, wants=isinstance(message, WorkWaitOver))
            case Handled():
                return self._heard(self._letters.handled(message))
            case BidSent() | BidDeclined():
                return self._heard(self._letters.bid_made(message))
            case WorkReturned() | HookDone() | HookFailed():
                return []
            case _:
                raise TypeError(message)

    def letter_lies(self, number: int) -> list[Action]:
        """See `Settle`."""
        return self._heard(self._letters.lies(number))

    def call(self, called: Called) -> list[Action]:
        """A handler asks something of the server."""
        written = Raw(CODEC.write([called]))
        refused = self._room.refused(called.call, written)
        if called.call and not refused:  # else nobody waits for an answer
            self._calls[called.call] = written
        return refused or self._heard([Say(written)])

    def _heard(self, actions: list[Action]) -> list[Action]:
        """The same where the server hears it now; what is not said it will ask for again."""
        return actions if self.phase is Phase.HERE else []

    # How it gets work, and how that ends

    def _assigned(self, assign: frames.Assign, now: float) -> list[Action]:
        told = self._ledger.known(token_of(assign.token))
        if told is not None:
            return [Say(told)]
        if self.phase is not Phase.HERE or not self._up:
            return []
        actions = self._works.assigned(assign, now)
        if actions is None:
            return []
        self._fresh = False
        return actions

    def _ended(self, token: Token, ending: Ending, now: float) -> list[Action]:
        actions = self._works.ended(token, ending, now)
        if actions and isinstance(ending, WorkCrashed):
            actions += self._renew(why_of(ending))
        return actions

    def _fallen(self, problem: Problem) -> list[Action]:
        cause = cause_of(problem)
        return [*self._heard([Say(frames.Fallen(problem=cause))]), *self._renew(cause.text)]

    # What it says meanwhile

    def _answered(self, answered: Answered) -> list[Action]:
        if self._calls.pop(answered.call, None) is None:
            return []
        return [Answer(answered)]

    def _leave_out(self) -> list[Action]:
        """Of what is said again, all that the server would not take."""
        actions = self._works.leave_out()
        for number, written in list(self._calls.items()):
            refused = self._room.refused(number, written)
            if refused:
                del self._calls[number]
                actions += refused
        return actions

    # A new link

    def _welcome(self, welcome: frames.Welcome) -> list[Action]:
        again, self.welcomed = self.welcomed, True
        self.phase, self._asked = Phase.HERE, None
        for token in welcome.acknowledged:
            self._ledger.acknowledged(token_of(token))
        self._room.longest = welcome.longest
        linked = news.Linked(agent=self._agent.id, server=self._server, again=again)
        actions: list[Action] = [Tell(linked), *self._leave_out(), *self._works.again()]
        if welcome.resumed:
            actions += map(Say, self._calls.values())
        else:  # it knows nothing of what was asked before, nor of letters
            self._letters.forget()
            actions += self._give_up_calls()
        if self.draining is not None:
            actions.append(Say(frames.Drain(seconds=self.draining)))
        return actions

    def _give_up_calls(self) -> list[Action]:
        """Nobody knows any more what was asked of the server."""
        problem, calls = broken_off(self._server), list(self._calls)
        self._calls.clear()
        return [Answer(Answered(call=number, problem=problem)) for number in calls]
