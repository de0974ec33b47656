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
from functools import cache
from random import Random
from typing import TYPE_CHECKING, cast

from callboard.actors.logic.expansion import expand
from callboard.actors.logic.rules import choose
from callboard.messages.base import agent_address
from callboard.messages.errors.lookups import UnknownAgent
from callboard.messages.errors.running import InvalidCall
from callboard.messages.notices import AttemptOver
from callboard.messages.values import Agent
from callboard.runtime.config import Config
from callboard.runtime.planners.rules import load_rules
from callboard.runtime.simulation.bidding import as_estimated as bid_as_estimated
from callboard.runtime.simulation.disk import DiskJournal
from callboard.runtime.simulation.executor import ON_PURPOSE, Effects, Fate, SimulatedExecutor
from callboard.runtime.simulation.journal import SlowJournal
from callboard.runtime.simulation.simulated import SimulatedRuntime
from callboard.runtime.simulation.world import (
    EPOCH,
    SimulatedTimers,
    Stepper,
    simulated_world,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from typing import Self

    from callboard.actors.logic.effects import StartWork
    from callboard.actors.logic.rules import Rule
    from callboard.actors.ports import Ids, Journal, Planner, Route
    from callboard.messages.base import Address, AgentId
    from callboard.messages.facts import Fact
    from callboard.messages.notices import Notice
    from callboard.messages.values import Goal, Lease, Plan, Token
    from callboard.runtime.simulation.bidding import Answering
    from callboard.runtime.simulation.disk import Disk
    from callboard.runtime.world import Report


def as_estimated(agent: Agent, effect: StartWork) -> Fate:  # noqa: ARG001 - as any fate
    """Every attempt takes exactly as long as was estimated."""
    return Fate(seconds=effect.ready.subtask.seconds)


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
        effect: Does the side effects of attempts, see `SimulatedExecutor`.
        answer: What agents' functions for bids come to; they bid what was estimated.
        lag: Seconds that the planner takes, asked each time; None for at once.

    Attributes:
        disk: The same.
        executors: What ran the work of each agent last.
        lent: Attempts that wait for something else and hold no slot meanwhile.
        random: For whoever decides; drawn from the seed.
        runtime: The runtime itself, another one after `reopen`; its calls let virtual time
            pass until they return.
        stepper: Clock, timers and dispatcher; whoever takes single steps needs it.
        threads: Run the functions of agents that have code.
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
        effect: Effects | None = None,
        answer: Answering = bid_as_estimated,
        lag: Callable[[], float] | None = None,
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
        self._effect = effect
        self._answer = answer
        self._config = config or Config()
        self._witness = witness
        self._doomed: set[Token] = set()
        self.disk = disk
        self._route = route
        self._lag = journal_lag
        self._past = past
        self._planner = planner
        self._planning = lag
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
            background=None if self._planning is None else self._background,
        )
        self.threads = world.threads
        planner = self._planner or _Rules(world.ids)
        return SimulatedRuntime(self._config, world, planner, self.stepper, self._see_all)

    def _background(self, work: Callable[[], None]) -> None:
        """Run it after a while; its process may have died by then, and this with it."""
        self.stepper.after(0.0 if self._planning is None else self._planning(), work)

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
            effect=self._effect,
            answer=self._answer,
        )
        return executor

    def _see_all(self, events: Sequence[Fact | Notice]) -> None:
        doomed, witness = self._doomed, self._witness
        for event in events:
            if doomed and type(event) is AttemptOver and event.lease.token in doomed:
                self._doom(event.lease)
            if witness is not None:
                witness(event)

    def _doom(self, lease: Lease) -> None:
        """An attempt is over that takes its agent with it."""
        self._doomed.discard(lease.token)
        with contextlib.suppress(UnknownAgent):  # it has died already
            self.crash(agent_address(lease.agent))


class _Rules:
    """The packaged rules, read once for all simulations."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    def plan(self, goal: Goal) -> Plan:
        return expand(choose(_rules(), goal), goal, self._ids.new).plan


@cache
def _rules() -> tuple[Rule, ...]:
    return load_rules()


@contextlib.contextmanager
def simulated_runtime(
    seed: int = 0, *, config: Config | None = None, planner: Planner | None = None
) -> Generator[SimulatedRuntime]:
    """A runtime in virtual time, for tests of your own agents.

    Agents are registered and goals submitted as with `Runtime`. Handlers really run: a
    wait through their `ctx` (`ctx.sleep`, `ctx.ask`, `ctx.wait`, ...) and all of `asyncio`
    take virtual time, everything else takes none.

    Args:
        seed: Decides every order; the same seed gives the same run.
        config: Settings, as for `Runtime`.
        planner: Makes plans of goals that come without one; None for the rules.

    Raises:
        InvalidCall: The seed is no whole number.

    >>> def nap(task, ctx):
    ...     ctx.sleep(3600)
    ...     return "rested"
    >>> with simulated_runtime() as rt:
    ...     agent = rt.register(nap, skills=["general"])
    ...     goal = rt.submit("find the answer")
    ...     rt.advance(minutes=59)
    ...     early = goal.done
    ...     rt.advance(minutes=1)
    ...     early, goal.done, goal.results["Goal Execution"]
    (False, True, 'rested')
    """
    if not isinstance(cast("object", seed), int):  # a Config, say, whose settings would be lost
        raise InvalidCall("seed", seed, "a whole number; settings are given as config=")
    with Simulation(seed, config=config, planner=planner) as simulation:
        yield simulation.runtime
