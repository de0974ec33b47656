"""Runs one agent's code beside its mailbox, and reports to it.

Plain functions run on threads (`thread.py`), coroutines on the event loop
(`coroutine.py`), whichever mixture of them an agent has. Whatever a handler does, each
`StartWork` is followed by exactly one of `WorkDone`, `WorkFailed`, `WorkStopped`,
`WorkAbandoned` and `WorkCrashed`; and nothing is reported once the executor is closed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from callboard.actors.logic.effects import (
    AskForBid,
    Effect,
    HandleMessage,
    ResumeWork,
    RunHook,
    StartWork,
    StopWork,
    TakeBack,
)
from callboard.actors.logic.lateness import owed, worst
from callboard.messages.bids import CallForBids
from callboard.messages.errors.base import problem_of
from callboard.messages.errors.data import HandlerRaised, InboxFull
from callboard.messages.errors.endings import AgentLost
from callboard.messages.execution import (
    Deliver,
    Handled,
    HookDone,
    HookFailed,
    WorkBegan,
    WorkCrashed,
    WorkReturned,
    WorkStopped,
    WorkTakenBack,
)
from callboard.messages.unions import AgentMessage
from callboard.messages.values import Token
from callboard.runtime.executors import bidding
from callboard.runtime.executors.attempt import Attempt, Desk
from callboard.runtime.executors.context import MessageContext
from callboard.runtime.executors.definition import AgentDefinition
from callboard.runtime.executors.endings import died, told
from callboard.runtime.executors.handlers import Handler, Handlers, Hook
from callboard.runtime.executors.inbox import Inbox
from callboard.runtime.executors.letters import read_letter
from callboard.runtime.executors.packing import packing, settled_value
from callboard.runtime.executors.problems import as_cause
from callboard.runtime.executors.runs import (
    Crashed,
    GivenUp,
    Killed,
    Outcome,
    Raised,
    Returned,
    Run,
    Stopped,
    ToldRun,
)
from callboard.runtime.executors.services import Equipment
from callboard.runtime.executors.standby import Standby
from callboard.runtime.executors.thread import run_on_thread


class LocalExecutor:
    """The executor of one incarnation of an agent.

    Args:
        definition: Makes its handlers.
        report: Tells its actor; only enqueues, and never raises.
        equipment: What all executors of the runtime share.
    """

    def __init__(
        self,
        definition: AgentDefinition,
        report: Callable[[AgentMessage], None],
        equipment: Equipment,
    ) -> None:
        self._agent = definition.agent
        self._make = definition.make
        # With hooks, making them is the user's code and belongs on a worker: `_begin_life`.
        self._handlers = None if self._agent.hooks else definition.make()
        self._tell = report
        self._equipment = equipment
        self._log = equipment.log.bind(agent=self._agent.id)
        self._attempts: dict[Token, Attempt] = {}
        self._others: dict[Run, None] = {}  # of hooks, bids and handlers for messages
        self._behind: list[Run] = []  # bids that were given up
        self._inbox = Inbox(self._agent.mailbox_limit)
        self._desk = Desk(
            agent=self._agent,
            equipment=equipment,
            inbox=self._inbox,
            log=self._log,
            say=self._say,
            ended=self._attempt_ended,
            returned=self._attempt_returned,
        )
        self._standby = Standby(self._take)
        self._closed = False

    @property
    def signs(self) -> dict[Token, float]:
        """When each running attempt gave its last sign of life, by `time.monotonic`."""
        return {token: run.pulse.last for token, run in list(self._attempts.items())}

    @property
    def quiet(self) -> float | None:
        """Seconds since the last sign of life of whatever runs; None where nothing does."""
        return min((run.silence for run in self._runs()), default=None)

    def look(self, token: Token | None, answer: Callable[[float | None], None]) -> None:
        """See `callboard.actors.ports.Executor.look`."""
        if token is None:
            answer(self.quiet)
            return
        attempt = self._attempts.get(token)
        if attempt is None:
            answer(None)
        else:
            attempt.look(answer)

    def perform(self, effect: Effect) -> None:
        """Carry out one of the effects for agents; never blocks."""
        match effect:
            case StartWork():
                self._start(effect)
            case StopWork():
                self._stop(effect.token, effect.reason)
            case TakeBack():
                self._say(WorkTakenBack(tokens=self._standby.clear()))
            case ResumeWork():
                self._resume(effect.token)
            case RunHook():
                self._run_hook(effect.hook)
            case HandleMessage():
                self._handle(effect.delivery)
            case AskForBid():
                self._bid(effect.call)
            case _:
                raise TypeError(effect)

    def close(self, seconds: float) -> int:
        """Stop everything within *seconds*; how many handlers had to be given up."""
        self._closed = True
        runs = self._runs()
        for run in runs:
            run.stop("the agent has ended")
        deadline = time.monotonic() + seconds
        for run in runs:
            run.wait(max(0.0, deadline - time.monotonic()))
        abandoned = [run for run in runs if run.give_up("did not stop when its actor ended")]
        for run in abandoned:
            self._log.error("handler_abandoned", what=run.what)
        if len(self._inbox):
            self._log.warning("messages_unread", count=len(self._inbox))
        return len(abandoned)

    # Work

    def _start(self, effect: StartWork) -> None:
        if not self._standby.begin(effect):
            return
        if effect.room:  # nobody has said that it would begin now
            self._say(WorkBegan(token=effect.lease.token))
        self._go(effect.lease.token)

    def _take(self, effect: StartWork) -> None:
        """It is about to begin: from now on it can be told to stop."""
        work = (self._handlers or self._made()).work
        lease = effect.lease
        self._attempts[lease.token] = Attempt(self._desk, work, lease, effect.ready)

    def _go(self, token: Token) -> None:
        attempt = self._attempts.get(token)
        if attempt is None:  # it was given up meanwhile
            return
        is_async = attempt.is_async
        call = attempt.work_async if is_async else attempt.work
        self._carry(attempt, call, is_async=is_async)

    def _stop(self, token: Token, reason: str) -> None:
        if self._standby.leave(token):
            self._say(WorkStopped(token=token))
            return
        attempt = self._attempts.get(token)
        if attempt is None:  # it has just ended, and its report is on the way
            return
        attempt.stop(reason)
        grace = self._equipment.grace
        why = f"did not stop within {grace:g} s of being told to: {reason}"
        self._give_up_after(attempt, grace, why, time.monotonic() + grace)

    def _resume(self, token: Token) -> None:
        attempt = self._attempts.get(token)
        slot = None if attempt is None else attempt.slot
        if slot is not None:
            slot.grant()

    def _give_up_after(
        self, run: Run, seconds: float, why: str, since: float, before: float = 0.0
    ) -> None:
        due, grace = time.monotonic() + seconds, self._equipment.grace

        def overdue() -> None:
            # A starved handler could no more stop in time than we could look in time.
            now = time.monotonic()
            late = worst(now - due, before, limit=grace)
            more = owed(now - since, late, limit=grace)
            if more > 0 and not run.left:
                self._give_up_after(run, more, why, since, late)
            else:
                run.give_up(why)

        self._equipment.timers.after(seconds, overdue)

    def _attempt_ended(self, attempt: Attempt, outcome: Outcome) -> None:
        token = attempt.lease.token
        self._attempts.pop(token, None)
        seconds = self._equipment.clock.now() - attempt.began
        goes_on = not (self._closed or type(outcome) is Crashed)
        result = outcome.value if type(outcome) is Returned else None
        follower = self._standby.ended(token, result, goes_on=goes_on)
        if follower is None:
            self._say(told(token, self._agent.id, outcome, seconds))
            return
        began = follower.lease.token
        self._say(told(token, self._agent.id, outcome, seconds, began))
        if type(outcome) in (GivenUp, Killed):
            self._say(WorkBegan(token=began))
        self._go(began)

    def _attempt_returned(self, attempt: Attempt) -> None:
        self._say(WorkReturned(token=attempt.lease.token))

    # Hooks

    def _run_hook(self, hook: str) -> None:
        if self._handlers is None and hook == "on_start":
            self._carry_hook(hook, Hook(self._make, is_async=False), self._handlers_made)
            return
        found = self._hook(hook)
        if found is None:
            self._say(HookDone(hook=hook))
        else:
            self._carry_hook(hook, found, self._hook_ended)

    def _hook(self, name: str) -> Hook | None:
        if self._handlers is None:
            return None
        return self._handlers.on_start if name == "on_start" else self._handlers.on_stop

    def _carry_hook(self, name: str, hook: Hook, ended: Callable[[str, Outcome], None]) -> None:
        run = self._new_run(f"{self._agent.id} in {name}", lambda outcome: ended(name, outcome))
        equipment = self._equipment
        why = self._overlong(name)

        def overtime() -> None:
            run.stop(why)
            # A plain function has no way to hear of it.
            equipment.timers.after(
                equipment.grace if hook.is_async else 0.0, lambda: _give_up(run, why)
            )

        call = hook.call if hook.is_async else lambda: settled_value(hook.call(), run.what)
        self._carry(run, call, is_async=hook.is_async)
        equipment.timers.after(equipment.hook_seconds, overtime)

    def _handlers_made(self, hook: str, outcome: Outcome) -> None:
        if isinstance(outcome, Returned):
            self._handlers = outcome.value
            self._run_hook(hook)
        else:
            self._hook_ended(hook, outcome)

    def _hook_ended(self, hook: str, outcome: Outcome) -> None:
        match outcome:
            case Returned():
                self._say(HookDone(hook=hook))
            case Raised() | Crashed() | GivenUp() | Killed():
                self._say(HookFailed(hook=hook, problem=outcome.problem))
            case Stopped():
                late = AgentLost(self._agent.id, self._overlong(hook))
                self._say(HookFailed(hook=hook, problem=problem_of(late)))

    def _overlong(self, hook: str) -> str:
        return f"took more than {self._equipment.hook_seconds:g} s in {hook}"

    # Messages

    def _handle(self, delivery: Deliver) -> None:
        handler = self._handlers.messages.get(delivery.tag) if self._handlers else None
        if handler is not None:
            self._run_handler(handler, delivery)
        elif not self._inbox.put(delivery):
            full = problem_of(InboxFull(self._agent.id, self._inbox.limit))
            self._say(Handled(tag=delivery.tag, problem=full))

    def _run_handler(self, handler: Handler, delivery: Deliver) -> None:
        tag = delivery.tag
        run = self._new_run(
            f"{self._agent.id} on a {tag}", lambda outcome: self._message_ended(tag, outcome)
        )
        context = MessageContext(
            agent=self._agent.id,
            sender=delivery.sender,
            tag=tag,
            equipment=self._equipment,
            cancellation=run.cancellation,
            inbox=self._inbox,
            deadline=delivery.deadline,
        )

        def arguments() -> tuple[object, object]:
            # Its type may run code of the user's when it is made.
            return read_letter(tag, delivery.body), context

        call = packing(handler, arguments, f"the reply to {tag}")
        self._carry(run, call, is_async=handler.is_async)

    def _message_ended(self, tag: str, outcome: Outcome) -> None:
        match outcome:
            case Returned():
                self._say(Handled(tag=tag, reply=outcome.value))
            case Crashed():
                self._say(WorkCrashed(token=None, problem=died(self._agent.id, outcome.problem)))
            case Raised() | GivenUp() | Killed():
                raised = HandlerRaised(self._agent.id, tag, outcome.problem.text)
                self._say(Handled(tag=tag, problem=as_cause(raised, outcome.problem)))
            case Stopped():
                lost = AgentLost(self._agent.id, "has ended")
                self._say(Handled(tag=tag, problem=problem_of(lost)))

    # Bids

    def _bid(self, call: CallForBids) -> None:
        us, bidder = self._agent.id, None if self._handlers is None else self._handlers.bid
        if bidder is None:  # it has not started, or was registered anew without one
            self._say(bidding.declined(us, call, "the agent has no function for bids"))
            return
        self._behind = [run for run in self._behind if not run.left]
        if len(self._behind) >= bidding.BEHIND:
            self._say(bidding.declined(us, call, bidding.LAGS))
            return

        def settle(outcome: Outcome) -> None:
            self._say(bidding.answer(us, call, outcome, run.cancellation.reason))

        run = self._new_run(f"{us} bidding for {call.ready.subtask.name!r}", settle)
        why = bidding.too_slow(call.seconds)

        def overtime() -> None:
            if not run.over:
                self._behind.append(run)
                run.stop(why)
                _give_up(run, why)

        self._equipment.timers.after(call.seconds, overtime)
        self._carry(run, bidding.bidding(bidder, us, call), is_async=bidder.is_async)

    # Within

    def _made(self) -> Handlers:
        if self._handlers is None:
            raise RuntimeError(f"agent {self._agent.id!r} has not started")
        return self._handlers

    def _runs(self) -> list[Run]:
        return [*self._attempts.values(), *self._others]

    def _new_run(self, what: str, settle: Callable[[Outcome], None]) -> Run:
        run: Run

        def settled(outcome: Outcome) -> None:
            self._others.pop(run, None)
            settle(outcome)

        run = ToldRun(agent=self._agent.id, what=what, settle=settled, log=self._log)
        self._others[run] = None
        return run

    def _carry(self, run: Run, call: Callable[[], Any], *, is_async: bool) -> None:
        if self._closed:
            run.leave(Stopped())
        elif is_async:
            self._equipment.loop.run(run, call)
        else:
            run_on_thread(run, call, self._equipment.threads)

    def _say(self, message: AgentMessage) -> None:
        if not self._closed:
            self._tell(message)


def _give_up(run: Run, why: str) -> None:
    run.give_up(why)
