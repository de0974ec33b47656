"""The runtime of a simulation: the real one, with a clock that can be moved."""

from __future__ import annotations

from functools import cache, partial
from operator import attrgetter
from typing import TYPE_CHECKING

from callboard.messages.base import ORCHESTRATOR, SCHEDULER
from callboard.messages.commands import (
    Approve,
    CancelGoal,
    PauseGoal,
    Ping,
    Pong,
    Proposed,
    ProposePlan,
    Reject,
    ResumeGoal,
)
from callboard.runtime.executors.waiting import not_negative
from callboard.runtime.planners.skills import load_equivalences
from callboard.runtime.runtime import Runtime
from callboard.runtime.simulation.world import EPOCH

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from typing import Unpack

    from callboard.actors.logic.learning import Learning
    from callboard.actors.logic.paces import Paces
    from callboard.actors.logic.skills import Equivalences
    from callboard.actors.ports import Planner
    from callboard.messages.base import Address, AgentId, GoalId, SubtaskId
    from callboard.messages.facts import Fact
    from callboard.messages.notices import Notice
    from callboard.messages.values import Agent, Lease, Parent, Plan
    from callboard.messages.work import Advise
    from callboard.runtime.config import Config
    from callboard.runtime.editing import SubtaskChanges
    from callboard.runtime.handle import GoalHandle
    from callboard.runtime.simulation.world import Stepper
    from callboard.runtime.submission import GoalOptions
    from callboard.runtime.timetables.scene import Scene
    from callboard.runtime.world import World

_SECONDS = {"days": 86_400.0, "hours": 3600.0, "minutes": 60.0, "seconds": 1.0}


@cache
def _equivalences() -> Equivalences:
    return load_equivalences()


class SimulatedRuntime(Runtime):
    """A runtime whose time passes when it is told to, or while a call waits.

    Made by `simulated_runtime` or `Simulation`. Every method that waits lets virtual time
    pass until it has its answer; a twin for coroutines is for coroutines of agents: a test
    that is a coroutine itself calls the plain methods, which take no real time.

    Args:
        stepper: Has the time.
        witness: Is shown everything that happens, what one turn brings together.
    """

    def __init__(
        self,
        config: Config,
        world: World,
        planner: Planner,
        stepper: Stepper,
        witness: Callable[[Sequence[Fact | Notice]], None],
    ) -> None:
        self._witness = witness
        self._stepper = stepper
        super().__init__(config, planner=planner, equivalences=_equivalences(), world=world)

    def see_all(self, events: Sequence[Fact | Notice]) -> None:
        """Take note of what one turn brings, then have it witnessed."""
        super().see_all(events)
        witness = self._witness
        witness(events)

    def idling(self) -> list[SubtaskId]:
        """What waits for a resource although there is enough for it: nothing should."""
        return self._cast.idling(self._stepper.now())

    # Time

    @property
    def elapsed(self) -> float:
        """Virtual seconds since the beginning."""
        return self._stepper.now() - EPOCH

    def advance(
        self,
        *,
        days: float = 0.0,
        hours: float = 0.0,
        minutes: float = 0.0,
        seconds: float = 0.0,
    ) -> None:
        """Let so much virtual time pass; all that is due happens meanwhile.

        Raises:
            InvalidCall: A number is none, or below 0.
            BlockingCall: A handler blocks by means that know no virtual time.
        """
        given = {"days": days, "hours": hours, "minutes": minutes, "seconds": seconds}
        total = sum(not_negative(name, n) * _SECONDS[name] for name, n in given.items())
        self._stepper.run(total)

    # Advice, as from who looks for better orders

    def scene(self, *, held: bool = False) -> Scene:
        """All that is open; with *held* without what is paused."""
        return self._forecaster.scene(held=held)

    def advise(self, advice: Advise) -> None:
        """Tell the scheduler what should go first."""
        self._post.tell(SCHEDULER, advice)

    # Calls that do not let time pass; each future has the answer, or the error.

    def submitting(
        self, goal: str, *, parent: Parent | None = None, **options: Unpack[GoalOptions]
    ) -> Future[GoalHandle]:
        """As `submit`; with a *parent* as `ctx.submit` of an attempt at that subtask."""
        return self._submitting(goal, parent=parent, **options).future

    def registering(self, agent: Agent, *, replace: bool = False) -> Future[AgentId]:
        """As `register_remote`."""
        return self._registering_remote(agent, replace=replace).future

    def registering_all(self, agents: Sequence[Agent]) -> Future[tuple[AgentId, ...]]:
        """As `register_all`, of agents that `register_remote` takes."""
        return self._joining_all(agents, self._engage_all(agents)).future

    def unregistering(self, agent: AgentId, *, drain: bool, timeout: float) -> Future[None]:
        """As `unregister`."""
        return self._letting_go(agent, drain=drain, timeout=timeout).future

    def resizing(self, agent: AgentId, max_load: int) -> Future[None]:
        """As `resize`."""
        return self._resizing(agent, max_load).future

    def cancelling(self, goal: GoalId, reason: str) -> Future[None]:
        """As `GoalHandle.cancel`."""
        cancel = partial(CancelGoal, goal=goal, reason=reason)
        return self._calls.command("cancel", ORCHESTRATOR, lambda me: cancel(reply_to=me)).future

    def cancelling_subtask(self, subtask: SubtaskId, reason: str) -> Future[None]:
        """As `cancel_subtask`."""
        return self._cancelling_subtask(subtask, reason).future

    def approving(self, goal: GoalId, number: int) -> Future[None]:
        """As `GoalHandle.approve`."""
        approve = partial(Approve, goal=goal, number=number)
        return self._calls.command("approve", ORCHESTRATOR, lambda me: approve(reply_to=me)).future

    def rejecting(self, goal: GoalId, number: int) -> Future[None]:
        """As `GoalHandle.reject`."""
        reject = partial(Reject, goal=goal, number=number)
        return self._calls.command("reject", ORCHESTRATOR, lambda me: reject(reply_to=me)).future

    def proposing(self, goal: GoalId, number: int, plan: Plan) -> Future[int]:
        """As `GoalHandle.edit`."""
        propose = partial(ProposePlan, goal=goal, number=number, plan=plan)
        ask, read = self._calls.ask, attrgetter("number")
        return ask("edit", ORCHESTRATOR, lambda me: propose(reply_to=me), Proposed, read).future

    def pausing(self, target: str, *, interrupt: bool) -> Future[None]:
        """As the `pause` of what *target* names, see `Blow`."""
        kind, _, name = target.partition("/")
        match kind:
            case "agent":
                return self._pausing_agent(name, "", interrupt=interrupt).future
            case "subtask":
                return self._pausing_subtask(name, "", interrupt=interrupt).future
            case "goal":
                pause = partial(PauseGoal, goal=name, interrupt=interrupt)
                return self._ordering("pause", lambda me: pause(reply_to=me)).future
            case _:
                return self._pausing("", interrupt=interrupt).future

    def resuming(self, target: str) -> Future[None]:
        """As the `resume` of what *target* names, see `Blow`."""
        kind, _, name = target.partition("/")
        match kind:
            case "agent":
                return self._resuming_agent(name).future
            case "subtask":
                return self._resuming_subtask(name).future
            case "goal":
                resume = partial(ResumeGoal, goal=name)
                return self._ordering("resume", lambda me: resume(reply_to=me)).future
            case _:
                return self._resuming().future

    def requeueing(self, subtask: SubtaskId, **changes: Unpack[SubtaskChanges]) -> Future[None]:
        """As `requeue`."""
        return self._requeueing(subtask, changes).future

    def editing(self, subtask: SubtaskId, **changes: Unpack[SubtaskChanges]) -> Future[None]:
        """As `edit`."""
        return self._editing(subtask, changes).future

    def assigning(self) -> Future[tuple[Lease, ...]]:
        """As `assign`."""
        return self._assigning().future

    def completing(self, subtask: SubtaskId, result: object) -> Future[None]:
        """As `complete`."""
        return self._completing(subtask, result).future

    def beating(self, agent: AgentId) -> Future[None]:
        """As `heartbeat`."""
        if self._noted(agent, None, None):
            return self._calls.answered(None).future
        return self._beating(agent).future

    def checking(self, lease: Lease) -> Future[None]:
        """Whether that lease stands, as `ctx.once` asks."""
        return self._checking(lease).future

    @property
    def paces(self) -> Paces:
        """Who is faster than others, as the scheduler sees it."""
        return self._cast.paces

    @property
    def experience(self) -> Learning:
        """All that the scheduler has learnt, figure by figure."""
        return self._cast.learning

    def pinging(self, address: Address) -> Future[dict[str, int]]:
        """The figures of any actor."""
        ask, figures = self._calls.ask, attrgetter("state")
        return ask("ping", address, lambda me: Ping(reply_to=me), Pong, figures).future
