"""The unmodified runtime under a virtual clock.

>>> from callboard.messages.values import Agent, Skill
>>> from callboard.runtime.simulation.simulation import Simulation
>>> with Simulation(seed=7) as simulation:
...     agent = simulation.register(Agent(id="a1", skills=(Skill(name="general"),)))
...     goal = simulation.runtime.submit("do something")
...     results = goal.result(timeout=7200)
>>> goal.status.value, simulation.elapsed
('completed', 3600.0)
"""

from __future__ import annotations

import contextlib
from functools import cache, partial
from operator import attrgetter
from random import Random
from typing import TYPE_CHECKING

from callboard.actors.logic.rules import choose, expand
from callboard.messages.base import ORCHESTRATOR, agent_address
from callboard.messages.commands import CancelGoal, PauseGoal, Ping, Pong, ResumeGoal
from callboard.messages.errors.lookups import UnknownAgent
from callboard.messages.notices import AttemptOver
from callboard.messages.values import Agent
from callboard.runtime.config import Config
from callboard.runtime.planners.rules import load_rules
from callboard.runtime.planners.skills import load_equivalences
from callboard.runtime.runtime import Runtime
from callboard.runtime.simulation.disk import DiskJournal
from callboard.runtime.simulation.executor import ON_PURPOSE, Fate, SimulatedExecutor
from callboard.runtime.simulation.journal import SlowJournal
from callboard.runtime.simulation.world import (
    EPOCH,
    SimulatedTimers,
    Stepper,
    simulated_world,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from typing import Self, Unpack

    from callboard.actors.logic.effects import StartWork
    from callboard.actors.logic.rules import Rule
    from callboard.actors.logic.skills import Equivalences
    from callboard.actors.ports import Ids, Journal, Planner, Route
    from callboard.messages.base import Address, AgentId, GoalId, SubtaskId
    from callboard.messages.facts import Fact
    from callboard.messages.notices import Notice
    from callboard.messages.values import Goal, Plan, Token
    from callboard.runtime.handle import GoalHandle
    from callboard.runtime.simulation.disk import Disk
    from callboard.runtime.submission import GoalOptions
    from callboard.runtime.world import Report, World


def as_estimated(agent: Agent, effect: StartWork) -> Fate:  # noqa: ARG001 - as any fate
    """Every attempt takes exactly as long as was estimated."""
    return Fate(seconds=effect.ready.subtask.seconds)


class SimulatedRuntime(Runtime):
    """A runtime that shows everything that happens to a witness as well."""

    def __init__(
        self,
        config: Config,
        world: World,
        planner: Planner,
        witness: Callable[[Fact | Notice], None] | None,
    ) -> None:
        self._witness = witness
        super().__init__(config, planner=planner, equivalences=_equivalences(), world=world)

    def see(self, event: Fact | Notice) -> None:
        """Take note of what happens, and have it witnessed."""
        super().see(event)
        if self._witness is not None:
            self._witness(event)

    # Calls that do not let time pass; each future has the answer, or the error.

    def submitting(self, goal: str, **options: Unpack[GoalOptions]) -> Future[GoalHandle]:
        """As `submit`."""
        return self._submitting(goal, **options).future

    def registering(self, agent: Agent, *, replace: bool = False) -> Future[AgentId]:
        """As `register_remote`."""
        return self._registering_remote(agent, replace=replace).future

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

    def requeueing(self, subtask: SubtaskId) -> Future[None]:
        """As `requeue`."""
        return self._requeueing(subtask).future

    def pinging(self, address: Address) -> Future[dict[str, int]]:
        """The figures of any actor."""
        ask, figures = self._calls.ask, attrgetter("state")
        return ask("ping", address, lambda me: Ping(reply_to=me), Pong, figures).future


class Simulation:
    """A runtime, a virtual clock, and agents whose work only takes time.

    Args:
        seed: Decides every order and every draw; the same seed gives the same run.
        decide: The fate of an attempt.
        config: Settings of the runtime.
        planner: Makes plans of goals that come without one; None for the rules.
        witness: Shown every fact and notice, right when it happens.
        route: Carries letters between actors, and may lose some; None loses none.
        order: Draws every order; None for what the seed gives.
        journal_lag: Seconds until the journal says that facts are kept.
        past: Facts of earlier runs, in order: it goes on where they end, see `replayed`.
        begin: When the clock begins, seconds since the epoch; None for `EPOCH`.
        disk: Holds the journal, and outlives the process (`kill`, `reopen`); None keeps
            it in memory. It has a lag of its own.

    Attributes:
        disk: The same.
        executors: What ran the work of each agent last.
        lent: Attempts that wait for something else and hold no slot meanwhile.
        random: For whoever decides; drawn from the seed.
        runtime: The runtime itself, another one after `reopen`; its calls let virtual time
            pass until they return.
        stepper: Clock, timers and dispatcher; whoever takes single steps needs it.
        timers: Those of the actors, which can be made to ring late.
    """

    def __init__(  # noqa: PLR0913 - each is optional
        self,
        seed: int = 0,
        *,
        decide: Callable[[Agent, StartWork], Fate] = as_estimated,
        config: Config | None = None,
        planner: Planner | None = None,
        witness: Callable[[Fact | Notice], None] | None = None,
        route: Route | None = None,
        order: Random | None = None,
        journal_lag: float = 0.0,
        past: Sequence[Fact] = (),
        begin: float | None = None,
        disk: Disk | None = None,
    ) -> None:
        self.lent: set[Token] = set()
        self.random = Random(f"{seed}/fates")  # noqa: S311 - reproducible, not secret
        self.stepper = Stepper(
            order or Random(f"{seed}/order"),  # noqa: S311
            EPOCH if begin is None else begin,
        )
        self.timers = SimulatedTimers(self.stepper)
        self.executors: dict[AgentId, SimulatedExecutor] = {}
        self._decide = decide
        self._config = config or Config()
        self._witness = witness
        self._doomed: set[Token] = set()
        self.disk = disk
        self._route = route
        self._lag = journal_lag
        self._past = past
        self._planner = planner
        self.runtime = self._open()

    def _open(self) -> SimulatedRuntime:
        stepper = self.stepper
        journal: Journal
        if self.disk is None:
            journal = SlowJournal(stepper.now, stepper.after, self._lag, self._past)
        else:
            journal = DiskJournal(self.disk, stepper.after)
        world = simulated_world(
            stepper,
            self._hire,
            self._route,
            timers=self.timers,
            journal=journal,
        )
        planner = self._planner or _Rules(world.ids)
        return SimulatedRuntime(self._config, world, planner, self._see)

    @property
    def elapsed(self) -> float:
        """Virtual seconds since the beginning."""
        return self.stepper.now() - self.stepper.begin

    def register(self, agent: Agent) -> AgentId:
        """Take a simulated agent into the company."""
        return self.runtime.register_remote(agent)

    def advance(self, seconds: float) -> None:
        """Let so much virtual time pass."""
        self.stepper.run(seconds)

    def crash(self, address: Address, why: str = ON_PURPOSE) -> None:
        """Let an actor die, as by an error of its own, in its next turn.

        Args:
            address: "orchestrator", "scheduler", "decomposer", "supervisor", or "agent/"
                and an id.
            why: What the error says.

        Raises:
            UnknownAgent: No actor lives there now.
        """
        self.runtime.crash(address, why)

    def kill(self, part: float = 0.0) -> None:
        """Let the whole process die between two deliveries, as by a power cut.

        All that is in memory is gone, nobody is told, and no call returns any more. Until
        `reopen` nothing happens but that time passes. It is for agents whose work only
        takes time: a function of yours could not be made to forget.

        Args:
            part: Of the bytes that were written and not synced, so large a part is there
                all the same, in [0, 1].

        Raises:
            ValueError: There is no disk, so nothing would be left.
        """
        if self.disk is None:
            raise ValueError("without a disk nothing outlives the process")
        self.disk.crash(part)
        self.stepper.close()
        self.timers.lateness = 0.0
        self.executors.clear()
        self.lent.clear()
        self._doomed.clear()

    def reopen(self) -> None:
        """Open the journal in a new process; agents have to be registered again."""
        self.runtime = self._open()

    def close(self) -> None:
        """End the runtime."""
        self.runtime.close()

    def __enter__(self) -> Self:
        """It runs since it was made."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def _hire(self, agent: Agent, incarnation: int, report: Report) -> SimulatedExecutor:
        del incarnation
        executor = self.executors[agent.id] = SimulatedExecutor(
            self.stepper,
            agent,
            report,
            decide=self._decide,
            grace=self._config.stop_grace,
            lent=self.lent,
            doomed=self._doomed,
        )
        return executor

    def _see(self, event: Fact | Notice) -> None:
        if type(event) is AttemptOver and event.lease.token in self._doomed:
            self._doomed.discard(event.lease.token)
            with contextlib.suppress(UnknownAgent):  # it has died already
                self.crash(agent_address(event.lease.agent))
        if self._witness is not None:
            self._witness(event)


class _Rules:
    """The packaged rules, read once for all simulations."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    def plan(self, goal: Goal) -> Plan:
        return expand(choose(_rules(), goal.text), goal, self._ids.new)


@cache
def _rules() -> tuple[Rule, ...]:
    return load_rules()


@cache
def _equivalences() -> Equivalences:
    return load_equivalences()
