"""What an agent's actor decides: which work runs, which waits, and what is said of it.

An attempt, as the agent sees it:

    assigned -> queued -> running -> done: kept until it is acknowledged
                            |  ^
                            v  |         a wait for a sub-goal holds no slot
                          waiting -> wants its slot back
    revoked: queued is dropped; running and waiting stop, and hold a slot until
    they have stopped or are given up.

A failure is not kept as a completion is: the scheduler settles it alone, and a
scheduler that lost it finds at `Reconcile` that nobody runs the subtask any more.
"""

from __future__ import annotations

import enum
from typing import TypeAlias, assert_never

import msgspec

from callboard.actors.logic.attempts import Attempt, Attempts, State
from callboard.actors.logic.correspondence import Correspondence
from callboard.actors.logic.effects import (
    Effect,
    Exit,
    ResumeWork,
    RunHook,
    Show,
    StartWork,
    StopWork,
    Tell,
)
from callboard.messages.base import SCHEDULER, SUPERVISOR, agent_address
from callboard.messages.commands import Ping, Pong, ResizeAgent
from callboard.messages.errors.base import problem_of
from callboard.messages.errors.endings import AttemptCancelled
from callboard.messages.execution import (
    Deliver,
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
from callboard.messages.notices import (
    AgentRecovered,
    DeadLetter,
    HandlerFailed,
    ProcessLost,
    StaleRefused,
    ThreadAbandoned,
)
from callboard.messages.supervision import ActorStarted, AgentStuck, Shutdown, Wake
from callboard.messages.unions import AgentMessage
from callboard.messages.values import Agent, Lease, Problem, Token, replace
from callboard.messages.work import (
    Accepted,
    Acknowledged,
    Assign,
    Cancelled,
    CheckpointLeft,
    Completed,
    Declined,
    Failed,
    Progress,
    Reconcile,
    Resume,
    Revoke,
    Running,
    Started,
    Waiting,
    WaitOver,
)


class _Life(enum.Enum):
    STARTING = enum.auto()
    UP = enum.auto()
    STOPPING = enum.auto()
    LEAVING = enum.auto()  # on_stop runs, or the actor has been told to end


_End: TypeAlias = WorkDone | WorkFailed | WorkStopped | WorkAbandoned
_STARTS = "the agent has not started yet"
_STOPS = "the agent is stopping"
_BY_ITSELF = msgspec.structs.replace(
    problem_of(AttemptCancelled("its handler gave up by itself")), lasting=False
)


class AgencyLogic:
    """The decisions of one agent's actor.

    Args:
        agent: What it can do and how it wants to be treated.
        incarnation: Of its actor.
    """

    def __init__(self, agent: Agent, incarnation: int) -> None:
        self._agent = agent
        self._incarnation = incarnation
        self._address = agent_address(agent.id)
        self._life = _Life.STARTING
        self._hook_runs = False
        self._tainted = False  # a handler that was given up may still change its state
        self._queued: dict[Token, Assign] = {}
        self._attempts = Attempts()
        self._abandoned: dict[Token, Lease] = {}
        self._kept: dict[Token, Completed] = {}
        self._latest: Token | None = None
        self._revoked_early: set[Token] = set()
        self._letters = Correspondence(agent)

    def start(self, now: float) -> list[Effect]:  # noqa: ARG002 - as every logic's
        """What to do first."""
        self._hook_runs = self._agent.hooks
        return [RunHook("on_start")] if self._agent.hooks else self._up()

    def handle(self, message: AgentMessage, now: float) -> list[Effect]:
        """What follows from *message*."""
        return [*self._decide(message, now), *self._letters.arm(now)]

    def _decide(self, message: AgentMessage, now: float) -> list[Effect]:
        match message:
            case Assign():
                return self._assign(message, now)
            case Revoke():
                return self._revoke(message)
            case Reconcile():
                return self._reconcile()
            case Resume():
                return self._resume(message, now)
            case Acknowledged():
                self._kept.pop(message.token, None)
                return []
            case WorkProgressed():
                return self._progress(message, now)
            case WorkDone() | WorkFailed() | WorkStopped() | WorkAbandoned():
                return self._ended(message, now)
            case WorkKilled():
                return self._killed(message, now)
            case WorkReturned():
                return self._returned(message, now)
            case WorkCrashed():
                return self._crash(message, now)
            case WorkWaiting():
                return self._wait(message, now)
            case WorkWaitOver():
                return self._wait_over(message, now)
            case HookDone():
                return self._hook_ended(message.hook, None, now)
            case HookFailed():
                return self._hook_ended(message.hook, message.problem, now)
            case Deliver():
                return self._deliver(message, now)
            case Handled():
                answered = self._letters.handled(message, now)
                return [*answered, *self._go_on(now, work_first=True)]
            case ResizeAgent():
                self._agent = replace(self._agent, max_load=message.max_load)
                return self._go_on(now)
            case Ping():
                return [Tell(message.reply_to, self._pong())]
            case Shutdown():
                return self._shut_down(now)
            case Wake():
                return [*self._letters.look(now), *self._go_on(now)]
            case _:
                assert_never(message)

    # Life

    def _up(self) -> list[Effect]:
        self._life = _Life.UP
        started = ActorStarted(address=self._address, incarnation=self._incarnation)
        return [Tell(SUPERVISOR, started)]

    def _hook_ended(self, hook: str, problem: Problem | None, now: float) -> list[Effect]:
        if not self._hook_runs:  # a predecessor's
            return []
        self._hook_runs = False
        if self._life is _Life.LEAVING:
            return [*self._bad_end(hook, problem, now), *self._leave(None, now)]
        if problem is not None:
            return self._leave(problem, now)
        started = self._up() if self._life is _Life.STARTING else []
        return [*started, *self._go_on(now)]

    def _bad_end(self, hook: str, problem: Problem | None, now: float) -> list[Effect]:
        if problem is None:  # and one that failed is no crash: we end anyway
            return []
        return [Show(HandlerFailed(at=now, agent=self._agent.id, tag=hook, problem=problem))]

    def _shut_down(self, now: float) -> list[Effect]:
        if self._life in (_Life.STOPPING, _Life.LEAVING):
            return []
        self._life = _Life.STOPPING
        queued, self._queued = self._queued, {}
        declined = [_decline(assign.lease, _STOPS) for assign in queued.values()]
        stopped = [e for a in self._attempts.all() for e in self._stop(a, _STOPS)]
        return [*declined, *stopped, *self._letters.close(now), *self._go_on(now)]

    def _finish(self, now: float) -> list[Effect]:
        if self._hook_runs or self._attempts or self._letters.handling:
            return []
        if not self._agent.hooks:
            return self._leave(None, now)
        self._life = _Life.LEAVING
        self._hook_runs = True
        return [RunHook("on_stop")]

    def _crash(self, crash: WorkCrashed, now: float) -> list[Effect]:
        if crash.token is None:
            ours = self._hook_runs or self._letters.handling
        else:
            ours = crash.token in self._attempts
        # What a predecessor ran is no reason to end: its reports come to the same mailbox.
        if not ours:
            return [self._stale(None, crash, now)]
        return [*self._left(), *self._leave(crash.problem, now)]

    def _left(self) -> list[Effect]:
        """What the attempts had saved; of their progress some may be under way yet."""
        return [
            Tell(SCHEDULER, CheckpointLeft(lease=attempt.lease, checkpoint=attempt.checkpoint))
            for attempt in self._attempts.all()
            if attempt.checkpoint is not None and not attempt.stopping
        ]

    def _leave(self, problem: Problem | None, now: float) -> list[Effect]:
        self._life = _Life.LEAVING
        return [*self._letters.close(now, problem), Exit(problem)]

    # Assignments

    def _assign(self, assign: Assign, now: float) -> list[Effect]:
        token = assign.lease.token
        if token in self._queued or token in self._attempts:
            return [self._dead(assign, "it came twice", now)]
        if token in self._kept:
            return [Tell(SCHEDULER, self._kept[token])]
        if self._latest is not None and token <= self._latest:
            return [_decline(assign.lease, "it came after a later one")]
        if self._was_revoked(token):
            return [Tell(SCHEDULER, Cancelled(lease=assign.lease))]
        if self._life is not _Life.UP:
            return [_decline(assign.lease, _STARTS if self._life is _Life.STARTING else _STOPS)]
        self._queued[token] = assign
        effects = self._go_on(now)
        if token in self._queued:
            return [Tell(SCHEDULER, Accepted(lease=assign.lease)), *effects]
        return effects

    def _was_revoked(self, token: Token) -> bool:
        """Whether the revocation of *token* came first; older ones are forgotten."""
        revoked = token in self._revoked_early
        self._latest = token
        self._revoked_early = {t for t in self._revoked_early if t > token}
        return revoked

    def _revoke(self, revoke: Revoke) -> list[Effect]:
        token = revoke.token
        if token in self._queued:
            return [Tell(SCHEDULER, Cancelled(lease=self._queued.pop(token).lease))]
        attempt = self._attempts.get(token)
        if attempt is not None:
            return self._stop(attempt, revoke.reason)
        if self._latest is None or token > self._latest:
            self._revoked_early.add(token)
        self._kept.pop(token, None)
        return []

    def _stop(self, attempt: Attempt, reason: str) -> list[Effect]:
        if attempt.stopping:
            return []
        self._attempts.enter(attempt, State.STOPPING)
        return [StopWork(attempt.lease.token, reason)]

    def _reconcile(self) -> list[Effect]:
        # With those that are done: their completion follows, so they must not be requeued.
        held = [assign.lease for assign in self._queued.values()]
        held += [a.lease for a in self._attempts.all() if not a.stopping]
        held += [completed.lease for completed in self._kept.values()]
        running = Running(agent=self._agent.id, leases=tuple(held))
        slots = [word for a in self._attempts.all() for word in a.about_its_slot()]
        return [Tell(SCHEDULER, said) for said in (running, *self._kept.values(), *slots)]

    # Attempts

    def _progress(self, progress: WorkProgressed, now: float) -> list[Effect]:
        attempt = self._attempts.get(progress.token)
        if attempt is None or attempt.stopping:
            return [self._stale(attempt, progress, now)]
        if progress.checkpoint is not None:
            attempt.checkpoint = progress.checkpoint
        said = Progress(
            lease=attempt.lease,
            fraction=progress.fraction,
            note=progress.note,
            checkpoint=progress.checkpoint,
        )
        return [Tell(SCHEDULER, said)]

    def _ended(self, end: _End, now: float) -> list[Effect]:
        attempt = self._attempts.get(end.token)
        if attempt is None:
            return [self._stale(None, end, now)]
        stopping = attempt.stopping
        self._attempts.end(attempt)
        effects = self._given_up(attempt.lease, end, now) if type(end) is WorkAbandoned else []
        if not stopping:
            return [*effects, self._settle(attempt.lease, end), *self._go_on(now)]
        if isinstance(end, WorkDone | WorkFailed):
            effects.append(self._stale(attempt, end, now))
        given_up = type(end) is WorkAbandoned
        cancelled = Cancelled(lease=attempt.lease, given_up=given_up)
        return [*effects, Tell(SCHEDULER, cancelled), *self._go_on(now)]

    def _settle(self, lease: Lease, end: _End) -> Effect:
        if isinstance(end, WorkDone):
            completed = Completed(lease=lease, result=end.result, seconds=end.seconds)
            self._kept[lease.token] = completed
            return Tell(SCHEDULER, completed)
        problem = _BY_ITSELF if isinstance(end, WorkStopped) else end.problem
        seconds = end.seconds if isinstance(end, WorkFailed) else 0.0
        return Tell(SCHEDULER, Failed(lease=lease, problem=problem, seconds=seconds))

    def _given_up(self, lease: Lease, end: WorkAbandoned, now: float) -> list[Effect]:
        self._abandoned[lease.token] = lease
        shown = Show(ThreadAbandoned(at=now, lease=lease, problem=end.problem))
        if not self._agent.stateful or self._life is not _Life.UP:
            return [shown]
        self._tainted = True
        return [shown, Tell(SUPERVISOR, AgentStuck(agent=self._agent.id, problem=end.problem))]

    def _killed(self, killed: WorkKilled, now: float) -> list[Effect]:
        attempt = None if killed.token is None else self._attempts.get(killed.token)
        lease = None if attempt is None else attempt.lease
        lost = ProcessLost(at=now, agent=self._agent.id, lease=lease, problem=killed.problem)
        ended = [] if killed.token is None else self._ended(WorkStopped(token=killed.token), now)
        return [Show(lost), *ended]

    def _returned(self, end: WorkReturned, now: float) -> list[Effect]:
        lease = self._abandoned.pop(end.token, None)
        if lease is None:
            return [self._stale(None, end, now)]
        return [Show(AgentRecovered(at=now, lease=lease, was="stuck"))]

    def _wait(self, wait: WorkWaiting, now: float) -> list[Effect]:
        attempt = self._attempts.get(wait.token)
        if attempt is None or attempt.state is not State.RUNNING:
            return [self._stale(attempt, wait, now)]
        self._attempts.enter(attempt, State.WAITING)
        return [Tell(SCHEDULER, Waiting(lease=attempt.lease)), *self._go_on(now)]

    def _wait_over(self, over: WorkWaitOver, now: float) -> list[Effect]:
        attempt = self._attempts.get(over.token)
        if attempt is None or attempt.state is not State.WAITING:
            return [self._stale(attempt, over, now)]
        attempt.wants_slot = True
        return [Tell(SCHEDULER, WaitOver(lease=attempt.lease))]

    def _resume(self, resume: Resume, now: float) -> list[Effect]:
        attempt = self._attempts.get(resume.token)
        if attempt is None or attempt.state is not State.WAITING:
            return [self._stale(attempt, resume, now)]
        self._attempts.enter(attempt, State.RESUMING)
        return self._go_on(now)

    # What comes next

    def _go_on(self, now: float, *, work_first: bool = False) -> list[Effect]:
        """Start what may run now.

        Where messages and work exclude each other they take turns: a message that waits
        holds back work that could start, and work goes first after a message.
        """
        if self._life is _Life.STOPPING:
            return self._finish(now)
        if self._life is not _Life.UP:
            return []
        if self._agent.concurrent_messages:
            return [*self._letters.handle_next(now), *self._start_work()]
        if self._letters.handling:
            return []
        effects = self._start_work() if work_first or not self._letters else []
        return effects if self._attempts.occupied else [*effects, *self._letters.handle_next(now)]

    def _start_work(self) -> list[Effect]:
        effects: list[Effect] = []
        while self._attempts.occupied < self._agent.max_load and not self._tainted:
            resumed = self._attempts.resume_next()
            if resumed is not None:
                effects.append(ResumeWork(resumed))
            elif self._queued:
                effects += self._start_next()
            else:
                break
        return effects

    def _start_next(self) -> list[Effect]:
        assign = self._queued.pop(next(iter(self._queued)))
        lease = assign.lease
        self._attempts.begin(lease)
        return [StartWork(lease, assign.ready), Tell(SCHEDULER, Started(lease=lease))]

    # Messages and figures

    def _deliver(self, delivery: Deliver, now: float) -> list[Effect]:
        if self._life in (_Life.STOPPING, _Life.LEAVING):
            return self._letters.refuse(delivery, now)
        return [*self._letters.take(delivery, now), *self._go_on(now)]

    def _pong(self) -> Pong:
        state = {
            "running": self._attempts.occupied,
            "waiting": len(self._attempts) - self._attempts.occupied,
            "queued": len(self._queued),
            "messages": len(self._letters),
            "unacknowledged": len(self._kept),
        }
        return Pong(address=self._address, state=state)

    def _stale(self, attempt: Attempt | None, message: AgentMessage, now: float) -> Effect:
        if attempt is None:
            return self._dead(message, "no such attempt is under way", now)
        return Show(StaleRefused(at=now, lease=attempt.lease, what=type(message).__name__))

    def _dead(self, message: AgentMessage, reason: str, now: float) -> Effect:
        what = type(message).__name__
        return Show(DeadLetter(at=now, to=self._address, what=what, reason=reason))


def _decline(lease: Lease, reason: str) -> Effect:
    return Tell(SCHEDULER, Declined(lease=lease, reason=reason))
