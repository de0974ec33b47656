"""A goal in the hands of whoever submitted it: wait for it, watch it, cancel it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol

from callboard.messages.base import ORCHESTRATOR
from callboard.messages.commands import CancelGoal, DrainGoal, PauseGoal, ResumeGoal
from callboard.messages.errors.lookups import UnknownSubtask
from callboard.messages.facts import PlanProposed
from callboard.messages.values import Input
from callboard.runtime.deciding import Deciding
from callboard.runtime.executors.inputs import Results
from callboard.runtime.executors.waiting import not_negative, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from concurrent.futures import Future

    from callboard.actors.logic.records import GoalRecord, GoalStatus, SubtaskRecord
    from callboard.messages.base import GoalId, SubtaskId
    from callboard.messages.reasons import Explanation
    from callboard.messages.values import Plan
    from callboard.runtime.calls import Call, Calls
    from callboard.runtime.forecaster import Forecaster
    from callboard.runtime.hub import Hub
    from callboard.runtime.planners.plans import GivenPlan
    from callboard.runtime.subscription import Subscription
    from callboard.runtime.timetables.eta import Eta
    from callboard.runtime.timetables.prospect import Prospect


class Explainer(Protocol):
    """Who can say why a subtask stands as it does: a runtime."""

    def explain(self, subtask: SubtaskId) -> Explanation:
        """Why it does, by its uuid."""
        ...

    async def aexplain(self, subtask: SubtaskId) -> Explanation:
        """The twin of `explain`."""
        ...


class GoalHandle(Deciding):
    """A goal that was accepted.

    It can be awaited: `results = await goal`.

    Attributes:
        id: Names the goal.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - all that it asks
        self,
        goal: GoalId,
        hub: Hub,
        calls: Calls,
        forecaster: Forecaster,
        explainer: Explainer,
        make_plan: Callable[[GivenPlan], Plan],
    ) -> None:
        super().__init__(goal, hub, calls, make_plan)
        self._forecaster = forecaster
        self._explainer = explainer
        self._ending: Future[None] | None = None

    def __repr__(self) -> str:
        return f"<goal {self.id} {self.text!r} {self.status}>"

    @property
    def ending(self) -> Future[None]:
        """Done when the goal has ended, and raises as `result` does.

        It can be waited for in any way, and not be cancelled.
        """
        ending = self._ending
        if ending is None:  # handles are made in the orchestrator's turn: what can wait does
            ending = self._ending = self._hub.outcome_of(self._record)
        return ending

    @property
    def text(self) -> str:
        """The goal in words."""
        return self._record.goal.text

    @property
    def record(self) -> GoalRecord:
        """All that is known of it now; live and read-only."""
        return self._record

    @property
    def status(self) -> GoalStatus:
        """How far it is."""
        return self._record.status

    @property
    def paused(self) -> bool:
        """Whether somebody has paused it; a pause of what it serves does not count here."""
        return self._record.paused

    @property
    def subtasks(self) -> tuple[SubtaskRecord, ...]:
        """Its subtasks in the order of the plan, as they stand now; () before the plan."""
        return tuple(self._record.subtasks.values())

    @property
    def results(self) -> Results:
        """Results so far, by name and by uuid; also of a goal that has failed."""
        found: list[Input] = []
        for record in self.subtasks:
            latest = record.latest
            if latest is not None and latest.result is not None:
                subtask = record.subtask
                found.append(Input(subtask=subtask.uuid, name=subtask.name, result=latest.result))
        return Results(found)

    @property
    def done(self) -> bool:
        """Whether it has ended, however."""
        return self.ending.done()

    def result(self, timeout: float | None = None) -> Results:
        """The results of its subtasks, once it has ended well.

        Args:
            timeout: Seconds; None waits until the goal ends, and every goal does.

        Raises:
            GoalFailed: It has failed; every reason is there.
            GoalCancelled: Somebody has cancelled it.
            CallTimedOut: It has not ended in time; it goes on.
            RuntimeClosed: The runtime was closed before it ended.
            RuntimeBroken: The runtime has failed before it ended.
        """
        self._end(timeout).now()
        return self.results

    async def aresult(self, timeout: float | None = None) -> Results:  # noqa: ASYNC109 - the twin of `result`
        """The same as `result`, without blocking the event loop."""
        await self._end(timeout)
        return self.results

    def __await__(self) -> Generator[Any, None, Results]:
        """The same as `aresult()`."""
        return self.aresult().__await__()

    def events(self) -> Subscription:
        """Everything that happens to it, from its acceptance to its end, as it happens.

        To be iterated, plainly or asynchronously.
        """
        return self._hub.subscribe(self.id)

    def explain(self, subtask: str) -> Explanation:
        """Why one of its subtasks does not run, who has it and why, or how it ended.

        See `Runtime.explain`.

        Args:
            subtask: Its name, or its uuid; of several with that name the first of the plan.

        Raises:
            UnknownSubtask: The goal has none that is called so, or has no plan yet.
        """
        return self._explainer.explain(self._called(subtask))

    async def aexplain(self, subtask: str) -> Explanation:
        """The same as `explain`, without blocking the event loop."""
        return await self._explainer.aexplain(self._called(subtask))

    def eta(self, *, plays: int | None = None, seed: int = 0) -> Eta:
        """When it should end, with an interval that should hold nine goals of ten.

        Worked out on the caller's thread, from what is open now, who is there, and what
        is learnt of how long attempts take. What is paused counts as if it were resumed
        now; nothing is known of failures and of goals to come.

        Args:
            plays: How often it is played through; None for 40 to 200, by its size.
            seed: The same one gives the same answer, if nothing has changed.

        Raises:
            InvalidCall: *plays* is no whole number above 0.
        """
        return self._forecaster.eta(self.id, plays=plays, seed=seed)

    async def aeta(self, *, plays: int | None = None, seed: int = 0) -> Eta:
        """The same as `eta`, on a thread beside the event loop."""
        return await asyncio.to_thread(self.eta, plays=plays, seed=seed)

    def prospect(self) -> Prospect:
        """How soon it could be done at best if it were alone, and what decides that."""
        return self._forecaster.prospect(self.id)

    def cancel(self, reason: str = "", timeout: float | None = None) -> None:
        """End it, its queued and its running work, and its sub-goals.

        Harmless where it has ended already.

        Args:
            reason: For people.
            timeout: Seconds; None for the runtime's `call_timeout`.

        Raises:
            UnknownGoal: It has been forgotten.
            CallTimedOut: The runtime did not answer in time.
        """
        self._cancelling(reason, timeout).now()

    async def acancel(self, reason: str = "", timeout: float | None = None) -> None:  # noqa: ASYNC109 - the twin of `cancel`
        """The same as `cancel`, without blocking the event loop."""
        await self._cancelling(reason, timeout)

    def pause(
        self, reason: str = "", *, interrupt: bool = False, timeout: float | None = None
    ) -> None:
        """Start no new attempt at it, nor at its sub-goals, until `resume`.

        What runs goes on to its end. Limits of waiting stand still meanwhile
        (`Timeouts.queue` and `total`), its deadline does not. Harmless where it is paused
        already.

        Args:
            reason: For people.
            interrupt: What runs is taken back at once and goes to the front, with its
                checkpoint; no attempt is lost by that.
            timeout: Seconds; None for the runtime's `call_timeout`.

        Raises:
            UnknownGoal: It has been forgotten.
            GoalAlreadyEnded: It has ended.
            CallTimedOut: The runtime did not answer in time.
        """
        self._pausing(reason, timeout, interrupt=interrupt).now()

    async def apause(
        self,
        reason: str = "",
        *,
        interrupt: bool = False,
        timeout: float | None = None,  # noqa: ASYNC109 - the twin of `pause`
    ) -> None:
        """The same as `pause`, without blocking the event loop."""
        await self._pausing(reason, timeout, interrupt=interrupt)

    def resume(self, timeout: float | None = None) -> None:
        """Let it go on, unless what it serves, or the runtime, is paused too.

        Harmless where it is not paused.

        Args:
            timeout: Seconds; None for the runtime's `call_timeout`.

        Raises:
            UnknownGoal: It has been forgotten.
            CallTimedOut: The runtime did not answer in time.
        """
        self._resuming(timeout).now()

    async def aresume(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - the twin of `resume`
        """The same as `resume`, without blocking the event loop."""
        await self._resuming(timeout)

    def drain(self, reason: str = "", timeout: float | None = None) -> None:
        """Let what runs end, and cancel the rest; to be waited for with `result`.

        If nothing of it had to be cancelled it ends as usual, else as cancelled; what was
        done by then is in `results`. Sub-goals of what runs go on. It cannot be undone.
        Harmless where it has ended.

        Args:
            reason: For people.
            timeout: Seconds until the runtime has answered, not until it has ended;
                None for the runtime's `call_timeout`.

        Raises:
            UnknownGoal: It has been forgotten.
            CallTimedOut: The runtime did not answer in time.
        """
        self._draining(reason, timeout).now()

    async def adrain(self, reason: str = "", timeout: float | None = None) -> None:  # noqa: ASYNC109 - the twin of `drain`
        """The same as `drain`, without blocking the event loop."""
        await self._draining(reason, timeout)

    def _called(self, subtask: str) -> SubtaskId:
        wanted, known = text_of("subtask", subtask), self._record.subtasks
        if wanted in known:
            return wanted
        proposal = self._record.proposal
        stated = [one.subtask for one in list(known.values())]
        stated += proposal.plan.subtasks if isinstance(proposal, PlanProposed) else ()
        uuid = next((one.uuid for one in stated if wanted in (one.uuid, one.name)), None)
        if uuid is None:
            raise UnknownSubtask(wanted)
        return uuid

    def _end(self, timeout: float | None) -> Call[None]:
        seconds = None if timeout is None else not_negative("timeout", timeout)
        return self._calls.call(self.ending, f"goal {self.id}", seconds)

    def _cancelling(self, reason: str, timeout: float | None) -> Call[None]:
        said = text_of("reason", reason)
        return self._calls.command(
            "cancel",
            ORCHESTRATOR,
            lambda here: CancelGoal(goal=self.id, reason=said, reply_to=here),
            self._calls.limit(timeout),
        )

    def _pausing(self, reason: str, timeout: float | None, *, interrupt: bool) -> Call[None]:
        said = text_of("reason", reason)
        return self._calls.command(
            "pause",
            ORCHESTRATOR,
            lambda here: PauseGoal(goal=self.id, reason=said, interrupt=interrupt, reply_to=here),
            self._calls.limit(timeout),
        )

    def _resuming(self, timeout: float | None) -> Call[None]:
        return self._calls.command(
            "resume",
            ORCHESTRATOR,
            lambda here: ResumeGoal(goal=self.id, reply_to=here),
            self._calls.limit(timeout),
        )

    def _draining(self, reason: str, timeout: float | None) -> Call[None]:
        said = text_of("reason", reason)
        return self._calls.command(
            "drain",
            ORCHESTRATOR,
            lambda here: DrainGoal(goal=self.id, reason=said, reply_to=here),
            self._calls.limit(timeout),
        )
