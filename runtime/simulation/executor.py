"""Runs no code: an attempt takes virtual time, and ends as its fate says."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from callboard.actors.logic.effects import (
    AskForBid,
    HandleMessage,
    ResumeWork,
    RunHook,
    StartWork,
    StopWork,
    TakeBack,
)
from callboard.messages.errors.base import problem_of
from callboard.messages.errors.endings import ActorDied, AgentLost
from callboard.messages.execution import (
    Handled,
    HookDone,
    WorkAbandoned,
    WorkBegan,
    WorkCrashed,
    WorkDone,
    WorkFailed,
    WorkProgressed,
    WorkStopped,
    WorkTakenBack,
    WorkWaiting,
    WorkWaitOver,
)
from callboard.messages.resources import Amount
from callboard.messages.user import pack
from callboard.messages.values import Payload, Problem
from callboard.runtime.executors.standby import Standby
from callboard.runtime.simulation.bidding import as_estimated, said

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.actors.logic.effects import Effect
    from callboard.messages.bids import CallForBids
    from callboard.messages.unions import AgentMessage
    from callboard.messages.values import Agent, Lease, Token
    from callboard.runtime.simulation.bidding import Answering
    from callboard.runtime.simulation.world import Stepper
    from callboard.runtime.world import Report


Effects: TypeAlias = "Callable[[Lease, Callable[[bool], None]], None]"

_BEFORE = 0.75
"""Part of its time after which an attempt has its side effect."""

_PATIENCE = 30.0
"""Seconds after which it asks again whether it may."""

ON_PURPOSE = "as the simulation would have it"
"""What crashes say that were wanted."""


class Fate(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """How an attempt goes.

    Attributes:
        seconds: How long it takes until it ends; of no account where it hangs.
        ends: "done", "failed" (it raises), "crashed" (it takes its agent down), "crashed
            before" (the same, before it does anything), "crashed after" (its agent dies
            when the completion is sent and not acknowledged yet), or "hangs" (it never
            ends by itself, nor when it is told to).
        result: What it returns.
        signs: Signs of life while it runs, evenly spread.
        saves: Each of them leaves a checkpoint.
        waits: Seconds in the middle for which it waits for something else, as for a
            sub-goal: it lends its slot, and goes on when it gets one back. One that
            hangs waits for nothing.
        once: Has a side effect before it ends, and asks right before whether it may, as
            `ctx.once` does. One that waits has none.
        spends: What it says in the middle that it has used up.
        problem: What it fails with, or takes its agent down with; None for one that says
            that it was on purpose.
    """

    seconds: float
    ends: Literal["done", "failed", "crashed before", "crashed", "crashed after", "hangs"] = "done"
    result: Payload = Payload()
    signs: int = 0
    saves: bool = False
    waits: float = 0.0
    once: bool = False
    spends: tuple[Amount, ...] = ()
    problem: Problem | None = None


class SimulatedExecutor:
    """The executor of one incarnation of a simulated agent.

    Args:
        stepper: Lets time pass.
        agent: Whose work it runs.
        report: Where it says what happens.
        decide: The fate of an attempt.
        grace: Seconds after which an attempt that hangs is given up.
        lent: Is told which attempts wait and hold no slot meanwhile.
        doomed: Is told after which attempts the agent is to die.
        effect: Does the side effect of an attempt if its lease stands, and tells whether
            it does; None where there are no side effects.
        answer: What its function for bids comes to.
    """

    def __init__(  # noqa: PLR0913 - what it stands on, and what its agent is
        self,
        stepper: Stepper,
        agent: Agent,
        report: Report,
        *,
        decide: Callable[[Agent, StartWork], Fate],
        grace: float,
        lent: set[Token],
        doomed: set[Token],
        effect: Effects | None = None,
        answer: Answering = as_estimated,
    ) -> None:
        self._stepper = stepper
        self._agent = agent
        self._report = report
        self._decide = decide
        self._grace = grace
        self._lent = lent
        self._doomed = doomed
        self._effect = effect
        self._answer = answer
        self._running: dict[Token, Fate] = {}
        self._signs: dict[Token, float] = {}
        self._standby = Standby(_nothing)
        self._closed = False

    def __len__(self) -> int:
        """How many attempts run, those that hang included."""
        return 0 if self._closed else len(self._running)

    @property
    def running(self) -> list[Token]:
        """Those attempts."""
        return [] if self._closed else list(self._running)

    def look(self, token: Token | None, answer: Callable[[float | None], None]) -> None:
        """Tell for how long the attempt, or the liveliest of all, has given no sign."""
        self._signs = {t: at for t, at in self._signs.items() if t in self._running}
        signs = [at for t, at in self._signs.items() if token in (None, t)]
        answer(self._stepper.now() - max(signs) if signs else None)

    def perform(self, effect: Effect) -> None:
        """Carry out one of the effects for agents."""
        match effect:
            case StartWork():
                self._begin(effect)
            case StopWork():
                self._stop(effect.token)
            case TakeBack():
                self._report(WorkTakenBack(tokens=self._standby.clear()))
            case ResumeWork():
                self._go_on(effect.token)
            case RunHook():
                self._report(HookDone(hook=effect.hook))
            case HandleMessage():
                self._report(Handled(tag=effect.delivery.tag))
            case AskForBid():
                self._bid(effect.call)
            case _:
                raise TypeError(effect)

    def close(self, seconds: float) -> int:  # noqa: ARG002 - as in the real world
        """End everything; how many attempts were given up."""
        self._closed = True
        return len(self._running)

    def _start(self, effect: StartWork) -> None:
        token = effect.lease.token
        fate = self._running[token] = self._decide(self._agent, effect)
        if fate.ends == "crashed before":
            self._end(token, fate)
            return
        self._signs[token] = self._stepper.now()
        for number in range(1, fate.signs + 1):
            part = number / (fate.signs + 1)
            sign = partial(self._sign, token, part, saves=fate.saves)
            self._later(part * fate.seconds, token, sign)
        if fate.spends:
            spent = WorkProgressed(token=token, spent=fate.spends)
            self._later(fate.seconds / 2, token, lambda: self._report(spent))
        if fate.once and self._effect is not None:
            self._stepper.after(_BEFORE * fate.seconds, partial(self._want, effect.lease, fate))
            return
        if fate.ends == "hangs":
            return
        if fate.waits:
            self._later(fate.seconds / 2, token, partial(self._wait, token, fate))
        else:
            self._later(fate.seconds, token, partial(self._end, token, fate))

    def _bid(self, call: CallForBids) -> None:
        answer = self._answer(self._agent, call)
        word = said(self._agent, call, answer)

        def say() -> None:
            if not self._closed:
                self._report(word)

        self._stepper.after(answer.after, say)

    def _want(self, lease: Lease, fate: Fate) -> None:
        """Ask before the side effect, again and again; also when nobody hears us any more."""
        token = lease.token
        if self._effect is None or self._running.get(token) is not fate:
            return
        answers = [False]

        def told(may: bool) -> None:  # noqa: FBT001 - the answer
            if not answers[0]:
                answers[0] = True
                self._may(token, fate, may=may)

        def ask_again() -> None:
            if not answers[0]:
                self._want(lease, fate)

        self._effect(lease, told)
        self._stepper.after(_PATIENCE, ask_again)

    def _may(self, token: Token, fate: Fate, *, may: bool) -> None:
        if self._closed or self._running.get(token) is not fate or fate.ends == "hangs":
            return
        if may:
            rest = (1 - _BEFORE) * fate.seconds
            self._later(rest, token, partial(self._end, token, fate))
        else:  # it is told that it is not wanted any more
            self._stopped(token)

    def _wait(self, token: Token, fate: Fate) -> None:
        self._lent.add(token)
        self._report(WorkWaiting(token=token))
        over = WorkWaitOver(token=token)
        self._later(fate.waits, token, lambda: self._report(over))

    def _go_on(self, token: Token) -> None:
        fate = self._running.get(token)
        if fate is not None and token in self._lent:
            self._lent.discard(token)
            self._signs[token] = self._stepper.now()
            self._later(fate.seconds / 2, token, partial(self._end, token, fate))

    def _later(self, seconds: float, token: Token, then: Callable[[], None]) -> None:
        def happen() -> None:
            if not self._closed and token in self._running:
                then()

        self._stepper.after(seconds, happen)

    def _sign(self, token: Token, part: float, *, saves: bool) -> None:
        saved = pack(part, what="a checkpoint") if saves else None
        self._signs[token] = self._stepper.now()
        self._report(WorkProgressed(token=token, fraction=part, checkpoint=saved))

    def _begin(self, effect: StartWork) -> None:
        if not self._standby.begin(effect):
            return
        if effect.room:
            self._report(WorkBegan(token=effect.lease.token))
        self._start(effect)

    def _leave(
        self,
        token: Token,
        told: Callable[[Token | None], AgentMessage],
        result: Payload | None = None,
        *,
        goes_on: bool = True,
    ) -> None:
        """It runs no more; say so, with what has begun in its place."""
        del self._running[token]
        follower = self._standby.ended(token, result, goes_on=goes_on and not self._closed)
        began = None if follower is None else follower.lease.token
        message = told(began)
        self._report(message)
        if follower is None:
            return
        if not isinstance(message, WorkDone | WorkFailed | WorkStopped):
            self._report(WorkBegan(token=follower.lease.token))
        self._start(follower)

    def _stopped(self, token: Token) -> None:
        self._leave(token, lambda began: WorkStopped(token=token, began=began))

    def _end(self, token: Token, fate: Fate) -> None:
        if fate.ends == "crashed after":
            self._doomed.add(token)
        goes_on = fate.ends not in {"crashed", "crashed before"}
        result = fate.result if fate.ends in {"done", "crashed after"} else None
        self._leave(token, partial(self._told, token, fate), result, goes_on=goes_on)

    def _told(self, token: Token, fate: Fate, began: Token | None) -> AgentMessage:
        seconds = fate.seconds
        match fate.ends:
            case "done" | "crashed after":
                return WorkDone(token=token, result=fate.result, seconds=seconds, began=began)
            case "failed":
                problem = fate.problem or problem_of(ValueError(ON_PURPOSE))
                return WorkFailed(token=token, problem=problem, seconds=seconds, began=began)
            case _:
                problem = fate.problem or problem_of(ActorDied(self._agent.id, ON_PURPOSE))
                return WorkCrashed(token=token, problem=problem)

    def _stop(self, token: Token) -> None:
        if self._standby.leave(token):
            self._report(WorkStopped(token=token))
            return
        fate = self._running.get(token)
        if fate is None:
            return
        if fate.ends == "hangs":
            self._later(self._grace, token, lambda: self._abandon(token))
        else:
            self._stopped(token)

    def _abandon(self, token: Token) -> None:
        problem = problem_of(AgentLost(self._agent.id, "would not stop"))
        self._leave(token, lambda _: WorkAbandoned(token=token, problem=problem))


def _nothing(effect: StartWork) -> None:
    """It begins when its turn has come."""
