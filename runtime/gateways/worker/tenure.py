"""What an agent of a worker says to its server, and does for it: pure, without a clock.

One of these outlives all links. What runs goes on when a link is lost; on the next one the
server hears what there is, and all that it has not answered is said again. Where the agent
goes down, or the server starts it anew, its code begins again: the link stays. It answers
with actions, which `life.py` carries out.

| phase | meaning |
|---|---|
| AWAY | there is no link |
| GREETING | there is one; the server has not said that the agent is welcome |
| HERE | it gets work |
| LEFT | it has gone, for good |
"""

from __future__ import annotations

import enum
from collections import deque
from typing import TYPE_CHECKING

from callboard.actors.logic.effects import ResumeWork, StartWork, StopWork
from callboard.messages.bids import BidDeclined, BidSent
from callboard.messages.errors.base import CallboardError, problem_of
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
from callboard.runtime.executors.processes.wire import Answered, Called
from callboard.runtime.gateways.link import frames
from callboard.runtime.gateways.link.assignments import lease_of, ready_of, token_of
from callboard.runtime.gateways.worker import news
from callboard.runtime.gateways.worker.actions import (
    Action,
    Answer,
    Do,
    Leave,
    LookAt,
    Renew,
    Say,
    Tell,
)
from callboard.runtime.gateways.worker.ledger import Ledger
from callboard.runtime.gateways.worker.letters import Letters
from callboard.runtime.gateways.worker.room import Room
from callboard.runtime.gateways.worker.translation import (
    CODEC,
    cause_of,
    end_of,
    merged,
    progress_of,
    size_of,
    worker_of,
)
from callboard.runtime.gateways.worker.work import (
    Work,
    broken_off,
    how_of,
    waits_of,
    why_of,
)

if TYPE_CHECKING:
    from callboard.messages.unions import AgentMessage
    from callboard.messages.values import Agent, Problem, Token
    from callboard.runtime.executors.processes.wire import Frame
    from callboard.runtime.gateways.worker.translation import End, Ending


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
        ledger: Ledger[End] | None = None,
    ) -> None:
        self.phase = Phase.AWAY
        self.welcomed = False
        self.draining: float | None = None
        self._agent = agent
        self._life = life
        self._server = server
        self._grace = grace
        self._ledger: Ledger[End] = Ledger() if ledger is None else ledger
        self._work: dict[Token, Work] = {}
        self._later: deque[Token] = deque()  # which begin when more is acknowledged
        self._calls: dict[int, Called] = {}
        self._letters = Letters(agent.handles)
        self._up = True  # its code can work
        self._fresh = True  # and has not since it began
        self._asked: int | None = None  # the question of which its answer waits until then
        self._room = Room(agent.id)

    # What there is

    @property
    def running(self) -> tuple[str, ...]:
        """Names of the subtasks that it is at."""
        return tuple(work.ready.subtask.name for work in self._work.values())

    @property
    def busy(self) -> bool:
        """Whether it is at any."""
        return bool(self._work)

    @property
    def untold(self) -> int:
        """How many ends the server has not acknowledged."""
        return self._ledger.waiting

    @property
    def idle(self) -> bool:
        """Whether nothing runs, and nothing is left to be told."""
        return not self._work and not self.untold

    # Links

    def greet(self) -> frames.Hello:
        """There is a link: what to say first."""
        self.phase = Phase.GREETING
        return frames.Hello(
            worker=worker_of(self._agent),
            life=self._life,
            protocol=frames.PROTOCOL,
            held=self._held(),
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
                return self._acknowledged(frame, now)
            case frames.Stop():
                return self._stop(frame, now)
            case frames.Granted():
                return self._granted(frame)
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
                return self._welcome(frame, now)
            case frames.Bye():
                return self._leave(frame.reason)
            case frames.Refused():
                return []  # the link's own affair

    def too_big(self) -> list[Action]:
        """The server took no message as long as the last one was: it takes less than it said.

        Else the next link would end in the same way, and so on for ever.
        """
        self._room.less_than(self._lines())
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
        actions: list[Action] = []
        for work in list(self._work.values()):
            actions += self._stop_work(work, reason, now)
        return actions

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
        for token in self._work:
            self._ledger.drop(token)
        self._work.clear()
        self._later.clear()
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
        return self._heard([Say(frames.Running(epoch=epoch, held=self._held()))])

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
                return self._progressed(message)
            case WorkKilled() | WorkCrashed():
                if message.token is not None:
                    return self._ended(message.token, message, now)
                return self._fallen(message.problem) if isinstance(message, WorkCrashed) else []
            case WorkWaiting() | WorkWaitOver():
                return self._waits(message.token, wants=isinstance(message, WorkWaitOver))
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
        refused = self._room.refused(called)
        if called.call and not refused:  # else nobody waits for an answer
            self._calls[called.call] = called
        return refused or self._heard([Say(called)])

    def _heard(self, actions: list[Action]) -> list[Action]:
        """The same where the server hears it now; what is not said it will ask for again."""
        return actions if self.phase is Phase.HERE else []

    # How it gets work

    def _assigned(self, assign: frames.Assign, now: float) -> list[Action]:
        token = token_of(assign.token)
        told = self._ledger.known(token)
        if told is not None:
            return [Say(told)]
        lease = lease_of(assign, self._agent.id)
        if self.phase is not Phase.HERE or not self._up or not self._ledger.begin(lease):
            return []
        self._fresh = False
        try:
            work = self._work[token] = Work(lease, ready_of(assign, CODEC))
        except (CallboardError, ValueError) as error:
            return self._say_end(
                token, frames.Failed(token=assign.token, problem=problem_of(error)), now
            )
        if self._ledger.full:
            self._later.append(token)
            return []
        return self._begin(work, now)

    def _begin(self, work: Work, now: float) -> list[Action]:
        work.began = now
        subtask, lease = work.ready.subtask, work.lease
        begun = news.Begun(agent=self._agent.id, subtask=subtask.name, attempt=lease.attempt)
        return [Tell(begun), Do(StartWork(lease, work.ready))]

    def _stop(self, stop: frames.Stop, now: float) -> list[Action]:
        token = token_of(stop.token)
        work = self._work.get(token)
        if work is not None:
            return self._stop_work(work, stop.reason, now)
        told = self._ledger.known(token)
        return [Say(frames.Stopped(token=stop.token) if told is None else told)]

    def _stop_work(self, work: Work, reason: str, now: float) -> list[Action]:
        token = work.lease.token
        if work.began is not None:
            return [Do(StopWork(token, reason))]
        self._later.remove(token)
        return self._ended(token, WorkStopped(token=token), now)

    def _granted(self, granted: frames.Granted) -> list[Action]:
        token = token_of(granted.token)
        work = self._work.get(token)
        if work is None or not work.wants or granted.number != work.waits:
            return []
        work.wants = None
        return [Do(ResumeWork(token))]

    # How it ends

    def _ended(self, token: Token, ending: Ending, now: float) -> list[Action]:
        work = self._work.get(token)
        if work is None:
            return []
        began = now if work.began is None else work.began
        ended = news.Ended(
            agent=self._agent.id,
            subtask=work.ready.subtask.name,
            how=how_of(ending),
            seconds=now - began,
            why=why_of(ending),
        )
        actions = [Tell(ended), *self._say_end(token, end_of(ending, str(token)), now)]
        if isinstance(ending, WorkCrashed):
            actions += self._renew(why_of(ending))
        return actions

    def _say_end(self, token: Token, end: End, now: float) -> list[Action]:
        self._work.pop(token, None)
        fitting = self._room.fitting(end)
        self._ledger.end(token, fitting, size_of(fitting), now)
        return self._heard([Say(fitting)])

    def _acknowledged(self, ack: frames.Ack, now: float) -> list[Action]:
        token = token_of(ack.token)
        end = self._ledger.known(token)
        self._ledger.acknowledged(token)
        actions: list[Action] = []
        if ack.refused and isinstance(end, frames.Done):
            why = f"in vain: {ack.refused}"
            actions.append(Tell(news.InVain(agent=self._agent.id, token=ack.token, why=why)))
        while self._later and not self._ledger.full:
            actions += self._begin(self._work[self._later.popleft()], now)
        return actions

    def _fallen(self, problem: Problem) -> list[Action]:
        cause = cause_of(problem)
        return [*self._heard([Say(frames.Fallen(problem=cause))]), *self._renew(cause.text)]

    # What it says meanwhile

    def _progressed(self, said: WorkProgressed) -> list[Action]:
        work = self._work.get(said.token)
        if work is None:
            return []
        progress, told = self._room.shortened(progress_of(said), work)
        work.progress = merged(work.progress, progress)  # for the next link, should this one break
        return [*told, *self._heard([Say(progress)])]

    def _waits(self, token: Token, *, wants: bool) -> list[Action]:
        work = self._work.get(token)
        if work is None:
            return []
        if not wants:
            work.waits += 1
        work.wants = wants
        return self._heard([Say(waits_of(work)[-1])])

    def _answered(self, answered: Answered) -> list[Action]:
        if self._calls.pop(answered.call, None) is None:
            return []
        return [Answer(answered)]

    # What is too long

    def _lines(self) -> list[Frame]:
        """All that is said again on the next link, and could be long."""
        ends = [end for _, end in self._ledger.ends]
        progress = [work.progress for work in self._work.values() if work.progress]
        return [*ends, *progress, *self._calls.values()]

    def _leave_out(self) -> list[Action]:
        """Of what is said again, all that the server would not take."""
        actions: list[Action] = []
        for lease, end in self._ledger.ends:
            fitting = self._room.fitting(end)
            if fitting is not end:
                self._ledger.amend(lease.token, fitting, size_of(fitting))
        for work in self._work.values():
            if work.progress is not None:
                work.progress, told = self._room.shortened(work.progress, work)
                actions += told
        for number, called in list(self._calls.items()):
            refused = self._room.refused(called)
            if refused:
                del self._calls[number]
                actions += refused
        return actions

    # A new link

    def _welcome(self, welcome: frames.Welcome, now: float) -> list[Action]:
        again, self.welcomed = self.welcomed, True
        self.phase, self._asked = Phase.HERE, None
        for token in welcome.acknowledged:
            self._ledger.acknowledged(token_of(token))
        self._room.longest = welcome.longest
        linked = news.Linked(agent=self._agent.id, server=self._server, again=again)
        actions: list[Action] = [Tell(linked), *self._leave_out(), *self._say_again(now)]
        if welcome.resumed:
            actions += map(Say, self._calls.values())
        else:  # it knows nothing of what was asked before, nor of letters
            self._letters.forget()
            actions += self._give_up_calls()
        if self.draining is not None:
            actions.append(Say(frames.Drain(seconds=self.draining)))
        return actions

    def _say_again(self, now: float) -> list[Action]:
        """All that the server may not have heard, in the order in which it matters."""
        works = list(self._work.values())
        said: list[Frame] = [*self._ledger.again(now)]
        said += [work.progress for work in works if work.progress is not None]
        for work in works:
            if work.wants is not None:
                said += waits_of(work)
        return [Say(frame) for frame in said]

    def _give_up_calls(self) -> list[Action]:
        """Nobody knows any more what was asked of the server."""
        problem, calls = broken_off(self._server), list(self._calls)
        self._calls.clear()
        return [Answer(Answered(call=number, problem=problem)) for number in calls]

    def _held(self) -> tuple[frames.Held, ...]:
        running = (
            frames.Held(token=str(token), subtask=work.lease.subtask)
            for token, work in self._work.items()
        )
        ended = (
            frames.Held(token=end.token, subtask=lease.subtask, ended=True)
            for lease, end in self._ledger.ends
        )
        return (*running, *ended)
