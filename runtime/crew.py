"""The agents' own code: definitions by id, and what runs them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

from callboard.actors.logic.overload import Figures
from callboard.messages.base import agent_address
from callboard.messages.values import replace
from callboard.runtime.executors.coroutine import EventLoop
from callboard.runtime.executors.executor import LocalExecutor
from callboard.runtime.executors.processes.isolated import ProcessExecutor
from callboard.runtime.executors.processes.pool import WorkerProcesses
from callboard.runtime.executors.services import Equipment
from callboard.runtime.executors.threads import Errand, WorkerThreads
from callboard.runtime.logs import log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from callboard.actors.ports import Executor, Teller
    from callboard.messages import values
    from callboard.messages.base import AgentId
    from callboard.messages.unions import AgentMessage
    from callboard.messages.values import Token
    from callboard.runtime.beats import Beats
    from callboard.runtime.config import Config
    from callboard.runtime.executors.definition import AgentDefinition
    from callboard.runtime.executors.services import Services
    from callboard.runtime.gauges import Gauge
    from callboard.runtime.world import World


def _of_processes(executor: ProcessExecutor, gauge: Gauge, machine: Figures) -> Figures:
    if executor.memory is None:
        return machine
    taken = [gauge.memory_of(pid) or 0 for pid in executor.pids]
    own = min(1.0, max(taken, default=0) / executor.memory)
    return Figures(machine.cpu, max(own, machine.memory or 0.0))


def _answer_latest(
    answer: Callable[[float | None], None], beaten: float, quiet: float | None
) -> None:
    """The later one of a heartbeat and of what was seen, in seconds since then."""
    answer(beaten if quiet is None else min(beaten, quiet))


class Elsewhere(Protocol):
    """Where an agent is whose code runs in another program."""

    def hire(
        self, agent: values.Agent, incarnation: int, teller: Teller, equipment: Equipment
    ) -> Executor:
        """What has one incarnation of the agent do its work there.

        Args:
            agent: What is known of it.
            incarnation: Of its actor.
            teller: Brings what is reported to actors.
            equipment: What all executors of the runtime share.
        """
        ...

    def dismiss(self) -> None:
        """The agent has been let go; its last incarnation may still be saying good-bye."""
        ...


class Crew:
    """Who can run work here, and on what.

    Args:
        config: Settings of the runtime.
        world: What it stands on.
        teller: Brings what executors report to the agents' mailboxes.
        services: Does for handlers what they ask for.
        beats: The heartbeats of agents.
    """

    def __init__(
        self, config: Config, world: World, teller: Teller, services: Services, beats: Beats
    ) -> None:
        self._beats = beats
        self._world = world
        self._teller = teller
        self._definitions: dict[AgentId, AgentDefinition] = {}
        self._elsewhere: dict[AgentId, Elsewhere] = {}
        self._executors: dict[AgentId, Executor] = {}
        self._threads = world.threads or WorkerThreads(log, ahead=1, helping=world.dispatcher.help)
        self._loop = world.loop or EventLoop(log, world.timers)
        self._processes = WorkerProcesses(log)
        self._equipment = Equipment(
            services=services,
            clock=world.clock,
            timers=world.timers,
            threads=self._threads,
            loop=self._loop,
            processes=self._processes,
            log=log,
            grace=config.stop_grace,
            hook_seconds=config.supervision.start_seconds,
        )

    def engage(self, definition: AgentDefinition) -> None:
        """An agent is about to be registered."""
        self._definitions[definition.agent.id] = definition

    def engage_all(self, agents: Iterable[AgentId], definitions: Iterable[AgentDefinition]) -> None:
        """As `engage` of each; those who are alike may share one, of another one's id."""
        self._definitions.update(zip(agents, definitions, strict=True))

    def engage_elsewhere(self, agent: AgentId, place: Elsewhere) -> None:
        """An agent whose code runs in another program is about to be registered."""
        self._elsewhere[agent] = place

    def dismiss(self, agent: AgentId) -> None:
        """The agent has gone for good."""
        self._definitions.pop(agent, None)
        place = self._elsewhere.pop(agent, None)
        if place is not None:
            place.dismiss()
        self._executors.pop(agent, None)

    def hire(self, agent: values.Agent, incarnation: int) -> Executor:
        """What runs the code of one incarnation of an agent.

        Raises:
            Exception: Its class raised on construction; the actor then fails to start.
        """
        address = agent_address(agent.id)
        report: Callable[[AgentMessage], None] = partial(self._teller.tell, address)
        executor: Executor
        place = self._elsewhere.get(agent.id) if agent.elsewhere else None
        if place is not None:
            executor = place.hire(agent, incarnation, self._teller, self._equipment)
        elif self._world.hire is not None and agent.id not in self._definitions:
            executor = self._world.hire(agent, incarnation, report)
        else:
            executor = self._hired(agent, report)
        self._executors[agent.id] = executor
        return executor

    def _hired(self, agent: values.Agent, report: Callable[[AgentMessage], None]) -> Executor:
        definition = self._definitions[agent.id]
        if definition.isolation is None:
            own = definition.of(replace(definition.agent, id=agent.id))
            return LocalExecutor(own, report, self._equipment)
        return ProcessExecutor(agent, definition.isolation, report, self._equipment)

    def look(
        self, agent: AgentId, token: Token | None, answer: Callable[[float | None], None]
    ) -> None:
        """See `callboard.actors.ports.Signs`; of who runs elsewhere only heartbeats are seen."""
        executor, quiet = self._executors.get(agent), self._beats.quiet(agent)
        if token is not None:
            quiet = None  # they say nothing of an attempt
        if executor is None:
            answer(quiet)
        elif quiet is None:
            executor.look(token, answer)
        else:
            executor.look(token, partial(_answer_latest, answer, quiet))

    def seen(self) -> dict[AgentId, float]:
        """Seconds since the last sign of life of each agent whose code runs in this process."""
        found: dict[AgentId, float] = {}
        for agent, executor in list(self._executors.items()):
            quiet = executor.quiet if isinstance(executor, LocalExecutor) else None
            if quiet is not None:
                found[agent] = quiet
        return found

    def expect(self, agent: AgentId, *, expected: bool) -> None:
        """See `callboard.actors.ports.Signs`."""
        self._beats.expect(agent, expected=expected)

    def forget(self) -> None:
        """See `callboard.actors.ports.Signs`."""
        self._beats.forget()

    def loads(self, gauge: Gauge) -> dict[AgentId, Figures]:
        """How laden those are whose work runs here: as the machine, or as their processes are.

        Of processes that may take only so much memory, what the fullest has taken of that
        counts where it is more.
        """
        machine, found = gauge.read(), dict[str, Figures]()
        for agent in list(self._definitions):
            executor = self._executors.get(agent)  # none as long as nobody speaks to it
            if isinstance(executor, ProcessExecutor):
                found[agent] = _of_processes(executor, gauge, machine)
            else:
                found[agent] = machine
        return found

    def background(self, work: Callable[[], None]) -> None:
        """Run something that may take its time; in a simulation mostly at once."""
        if self._world.background is not None:
            self._world.background(work)
        elif self._world.hire is not None:
            work()
        else:
            self._threads.run(Errand(work, "planner"))

    def close(self, seconds: float) -> tuple[str, ...]:
        """End processes, threads and event loop; names of what would not stop."""
        part = seconds / 3
        processes = self._processes.close(part)
        return (*processes, *self._threads.close(part), *self._loop.close(part))
