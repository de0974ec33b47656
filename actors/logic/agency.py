"""What an agent's actor decides: how it lives, which work runs, which waits.

What becomes of an attempt, and what the scheduler is told of it, is in `commitments`; the
states that it can be in are in `attempts`. Messages are handled in `correspondence`.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, assert_never

from callboard.actors.logic.alarms import arm, glance
from callboard.actors.logic.bidding import Bidding
from callboard.actors.logic.commitments import Commitments
from callboard.actors.logic.correspondence import Correspondence
from callboard.actors.logic.effects import Effect, Exit, RunHook, Show, Tell
from callboard.actors.logic.repeats import AUDIT, Repeats
from callboard.messages.base import SUPERVISOR, AgentId, agent_address
from callboard.messages.bids import BidDeclined, BidSent, CallForBids
from callboard.messages.commands import Ping, Pong, ResizeAgent
from callboard.messages.execution import (
    Deliver,
    Handled,
    HookDone,
    HookFailed,
    WorkAbandoned,
    WorkBegan,
    WorkCrashed,
    WorkDone,
    WorkFailed,
    WorkKilled,
    WorkProgressed,
    WorkReturned,
    WorkStopped,
    WorkTakenBack,
    WorkWaiting,
    WorkWaitOver,
)
from callboard.messages.notices import (
    AgentRecovered,
    HandlerFailed,
    ProcessLost,
    ThreadAbandoned,
)
from callboard.messages.supervision import (
    ActorStarted,
    AgentStuck,
    CheckStarted,
    Shutdown,
    Wake,
)
from callboard.messages.unions import AgentMessage
from callboard.messages.values import Agent, Lease, Problem, Token, replace
from callboard.messages.work import (
    Acknowledged,
    Assign,
    Recall,
    Reconcile,
    Resume,
    Revoke,
    WaitNoted,
)

if TYPE_CHECKING:
    from callboard.actors.logic.alarms import Clocked
    from callboard.actors.logic.effects import After


class _Life(enum.Enum):
    STARTING = enum.auto()
    UP = enum.auto()
    STOPPING = enum.auto()
    LEAVING = enum.auto()  # on_stop runs, or the actor has been told to end


_STARTING, _UP, _STOPPING, _LEAVING = _Life  # of the class they take eight times as long

_STARTS = "the agent has not started yet"
_STOPS = "the agent is stopping"
_STUCK = "a handler that was given up may still change the agent's state"


class AgencyLogic:
    """The decisions of one agent's actor.

    Args:
        agent: What it can do and how it wants to be treated.
        incarnation: Of its actor.
        audit: Seconds after which the scheduler is told again what it has not answered.
    """

    def __init__(self, agent: Agent, incarnation: int, audit: float = AUDIT) -> None:
        self._agent = agent
        self._incarnation = incarnation
        self._address = agent_address(agent.id)
        self._life = _STARTING
        self._hook_runs = False
        self._tainted = False  # a handler that was given up may still change its state
        self._abandoned: dict[Token, Lease] = {}
        self._work = Commitments(agent, incarnation, audit)
        self._letters = Correspondence(agent, incarnation, audit)
        self._bidding = Bidding(agent.id)
        self._stuck: Repeats[AgentId] = Repeats(audit, audit)  # until we are ended
        self._assigned: list[Lease] = []  # in this batch
        self._work_first = False  # a message was handled in this batch
        self._shrunk = False  # it was told in this batch to run less at once
        self._alarms: tuple[Clocked, ...] = (
            self._letters.alarms, *self._work.alarms, self._stuck.alarms,
        )  # fmt: skip

    def start(self, now: float) -> list[Effect]:  # noqa: ARG002 - as every logic's
        """What to do first."""
        self._hook_runs = self._agent.hooks
        return [RunHook("on_start")] if self._agent.hooks else self._up()

    def handle(self, message: AgentMessage, now: float) -> list[Effect]:
        """What follows from *message*."""
        return [*self.take(message, now), *self.settle(now)]

    def settle(self, now: float) -> list[Effect]:
        """What follows from a whole batch: what may run now is begun, once for all of it."""
        effects = self._go_on(now)
        if self._assigned or self._shrunk:
            effects = [*self._work.accepted(self._assigned), *effects]
            effects += self._work.waiting() if self._shrunk else ()
            self._assigned, self._shrunk = [], False
        effects += arm(self._alarms, now)
        return effects

    def glance(self, now: float) -> list[After] | None:
        """See `glance` of `alarms`."""
        return glance(self._alarms, now)

    def take(self, message: AgentMessage, now: float) -> list[Effect]:
        """What follows from one message of a batch; the most frequent ones first."""
        match message:
            case Assign():
                return self._assign(message)
            case WorkDone() | WorkFailed() | WorkStopped():
                return self._work.ended(message, now)
            case Acknowledged():
                return self._work.acknowledged(message)
            case WorkBegan():
                return self._work.began(message.token, message, now)
            case WorkProgressed():
                return self._work.progress(message, now)
            case Wake():
                said = [*self._letters.look(now), *self._work.say_again(now)]
                return [*self._stuck.due(now), *said]
            case WorkAbandoned():
                return [*self._given_up(message, now), *self._work.ended(message, now)]
            case Revoke():
                return self._work.revoke(message)
            case Recall():
                return self._work.recall(message)
            case WorkTakenBack():
                return self._work.taken_back(message)
            case Reconcile():
                return self._work.reconcile()
            case Resume():
                return self._work.resume(message, now)
            case WorkKilled():
                return self._killed(message, now)
            case WorkReturned():
                return self._returned(message, now)
            case WorkCrashed():
                return self._crash(message, now)
            case WorkWaiting():
                return self._work.wait(message, now)
            case WorkWaitOver():
                return self._work.wait_over(message, now)
            case WaitNoted():
                return self._work.wait_noted(message, now)
            case HookDone():
                return self._hook_ended(message.hook, None, now)
            case HookFailed():
                return self._hook_ended(message.hook, message.problem, now)
            case Deliver():
                return self._deliver(message, now)
            case Handled():
                self._work_first = True
                return self._letters.handled(message, now)
            case CallForBids():
                return self._bidding.called(message, self._why_no_bid())
            case BidSent() | BidDeclined():
                return self._bidding.answered(message)
            case ResizeAgent():
                return self._resize(message.max_load)
            case Ping():
                return [Tell(message.reply_to, self._pong())]
            case CheckStarted():
                return [] if self._life is _STARTING else [self._started()]
            case Shutdown():
                return self._shut_down(now)
            case _:
                assert_never(message)

    def _resize(self, max_load: int) -> list[Effect]:
        self._shrunk = self._shrunk or max_load < self._agent.max_load
        self._agent = self._work.agent = replace(self._agent, max_load=max_load)
        return []

    # Life

    def _up(self) -> list[Effect]:
        self._life = _UP
        return [self._started()]

    def _started(self) -> Effect:
        started = ActorStarted(address=self._address, incarnation=self._incarnation)
        return Tell(SUPERVISOR, started)

    def _hook_ended(self, hook: str, problem: Problem | None, now: float) -> list[Effect]:
        if not self._hook_runs:  # a predecessor's
            return []
        self._hook_runs = False
        if self._life is _LEAVING:
            return [*self._bad_end(hook, problem, now), *self._leave(None, now)]
        if problem is not None:
            return self._leave(problem, now)
        return self._up() if self._life is _STARTING else []

    def _bad_end(self, hook: str, problem: Problem | None, now: float) -> list[Effect]:
        if problem is None:  # and one that failed is no crash: we end anyway
            return []
        return [Show(HandlerFailed(at=now, agent=self._agent.id, tag=hook, problem=problem))]

    def _shut_down(self, now: float) -> list[Effect]:
        if self._life in (_STOPPING, _LEAVING):
            return []
        self._life = _STOPPING
        self._stuck.answered(self._agent.id)
        stopped = self._work.stop_all(_STOPS)
        return [*stopped, *self._letters.close(now)]

    def _finish(self, now: float) -> list[Effect]:
        if self._hook_runs or self._work.busy or self._letters.handling:
            return []
        if not self._agent.hooks:
            return self._leave(None, now)
        self._life = _LEAVING
        self._hook_runs = True
        return [RunHook("on_stop")]

    def _crash(self, crash: WorkCrashed, now: float) -> list[Effect]:
        if crash.token is None:
            ours = self._hook_runs or self._letters.handling
        else:
            ours = self._work.runs(crash.token)
        # What a predecessor ran is no reason to end: its reports come to the same mailbox.
        if not ours:
            return [self._work.stale(None, crash, now)]
        return [*self._work.left(), *self._leave(crash.problem, now)]

    def _leave(self, problem: Problem | None, now: float) -> list[Effect]:
        self._life = _LEAVING
        return [*self._letters.close(now, problem), Exit(problem)]

    # Assignments

    def _assign(self, assign: Assign) -> list[Effect]:
        why_not = "" if self._life is _UP else self._why_not()
        answer = self._work.assign(assign, why_not)
        if answer is not None:
            return answer
        self._assigned.append(assign.lease)
        return []

    def _why_not(self) -> str:
        """Why no more is taken; "" where it is."""
        if self._life is _UP:
            return ""
        return _STARTS if self._life is _STARTING else _STOPS

    def _why_no_bid(self) -> str:
        """Why it bids for nothing; "" where it does."""
        if not self._agent.bids:
            return "the agent has no function for bids"
        return _STUCK if self._tainted else self._why_not()

    def _given_up(self, end: WorkAbandoned, now: float) -> list[Effect]:
        lease = self._work.lease(end.token)
        if lease is None:
            return []
        self._abandoned[lease.token] = lease
        shown = Show(ThreadAbandoned(at=now, lease=lease, problem=end.problem))
        if not self._agent.stateful or self._life is not _UP:
            return [shown]
        self._tainted = True
        us, number = self._agent.id, self._incarnation
        stuck = AgentStuck(agent=us, problem=end.problem, incarnation=number)
        return [shown, self._stuck.say(us, Tell(SUPERVISOR, stuck), now)]

    def _killed(self, killed: WorkKilled, now: float) -> list[Effect]:
        lease = None if killed.token is None else self._work.lease(killed.token)
        lost = ProcessLost(at=now, agent=self._agent.id, lease=lease, problem=killed.problem)
        if killed.token is None:
            return [Show(lost)]
        return [Show(lost), *self._work.ended(WorkStopped(token=killed.token), now)]

    def _returned(self, end: WorkReturned, now: float) -> list[Effect]:
        lease = self._abandoned.pop(end.token, None)
        if lease is None:
            return [self._work.stale(None, end, now)]
        return [Show(AgentRecovered(at=now, lease=lease, was="stuck"))]

    # What comes next

    def _go_on(self, now: float) -> list[Effect]:
        """Start what may run now.

        Where messages and work exclude each other they take turns: a message that waits
        holds back work that could start, and work goes first after a message.
        """
        work_first, self._work_first = self._work_first, False
        if self._life is not _UP:
            return self._finish(now) if self._life is _STOPPING else []
        if self._agent.concurrent_messages:
            effects = self._letters.handle_next(now) if self._letters.letters else []
            attempts = self._work.attempts
            waits = attempts.queued or attempts.resuming or attempts.ahead
            return effects + self._start_work() if waits else effects
        if self._letters.handling:
            return []
        effects = self._start_work() if work_first or not self._letters.letters else []
        return effects if self._work.occupied else [*effects, *self._letters.handle_next(now)]

    def _start_work(self) -> list[Effect]:
        return [] if self._tainted else self._work.start()

    # Messages and figures

    def _deliver(self, delivery: Deliver, now: float) -> list[Effect]:
        if self._life in (_STOPPING, _LEAVING):
            return self._letters.refuse(delivery, now)
        return self._letters.take(delivery, now)

    def _pong(self) -> Pong:
        state = {**self._work.figures(), "messages": len(self._letters)}
        return Pong(address=self._address, state=state)
