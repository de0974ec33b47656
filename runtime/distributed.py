"""The specification's orchestrator over a runtime, in pull mode.

Nothing runs until somebody calls `assign_subtasks`, and whoever does a subtask says so
with `mark_subtask_completed`.

>>> with DistributedOrchestrator() as orchestrator:
...     name = orchestrator.register_agent("gardener", ["general"])
...     [subtask] = orchestrator.decompose_goal("water the plants")
...     assigned = orchestrator.assign_subtasks()
...     before = subtask.state.value
...     orchestrator.mark_subtask_completed(subtask, "they are wet")
...     assigned == [(subtask, "gardener")], before, subtask.state.value, subtask.result
(True, 'running', 'idle', 'they are wet')
"""

from __future__ import annotations

import asyncio
import math
import threading
from typing import TYPE_CHECKING, Any

from callboard.actors.logic.given import skills_of
from callboard.actors.logic.records import SubtaskStatus
from callboard.actors.logic.specified import MAX_LOAD, specified
from callboard.messages.errors.agents import AgentIdTaken, AgentWithoutId, TakesNoWork
from callboard.messages.errors.lookups import NotAssigned, UnknownAgent
from callboard.messages.errors.running import CallTimedOut
from callboard.messages.values import Agent, Timeouts
from callboard.runtime.capability import AgentCapability, RegisteredAgents
from callboard.runtime.config import Config
from callboard.runtime.handover import Instruction, hand_over, instruction_of, takes_work
from callboard.runtime.planners.skills import load_equivalences
from callboard.runtime.runtime import Runtime
from callboard.runtime.subtask_view import AtomicSubtask, uuid_of
from callboard.runtime.world import real_world

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self

    from callboard.actors.logic.board import Board
    from callboard.actors.logic.given import GivenSkills
    from callboard.actors.logic.skills import Equivalences
    from callboard.actors.logic.tensor import Floats
    from callboard.actors.ports import Planner
    from callboard.messages.base import AgentId, SubtaskId
    from callboard.messages.reasons import Explanation
    from callboard.messages.values import Lease
    from callboard.runtime.runtime import Closed
    from callboard.runtime.submission import GivenGoal
    from callboard.runtime.world import World

PATIENT = Config(keep_goals=None, timeouts=Timeouts(total=math.inf), correct_plans=False)
"""Keeps everything, leaves to the agents how long they take, and plans by the rules' letter."""


class DistributedOrchestrator:
    """Decomposes goals, assigns their subtasks to agents who ask, and keeps the results.

    All methods are thread-safe. Where a subtask is asked for, its uuid and a view of it
    are taken alike; so are the id of an agent and an `AgentCapability`.

    Args:
        config: The runtime's settings; None for `PATIENT`.
        planner: Makes plans of goals; None for the rules.
        equivalences: Which skills stand in for which; None for the packaged table.
        world: What the runtime stands on; None for the real world.

    Attributes:
        runtime: What does it all, and can do more. Agents that are registered there run
            their work by themselves.
        registered_agents: All agents by id; live.
    """

    def __init__(
        self,
        config: Config | None = None,
        *,
        planner: Planner | None = None,
        equivalences: Equivalences | None = None,
        world: World | None = None,
    ) -> None:
        config = config or PATIENT
        self._world = world or real_world(config)
        equivalences = equivalences or load_equivalences()
        self.runtime = Runtime(
            config, planner=planner, equivalences=equivalences, world=self._world
        )
        self.registered_agents = RegisteredAgents(
            self.runtime.hub, equivalences, self._resize, self._occupy
        )
        self._registered_agents = self.registered_agents
        self._registering = threading.Lock()
        self._closed = threading.Event()

    # Agents

    def register_agent(self, agent_context: object, skills: GivenSkills | None = None) -> AgentId:
        """Take in an agent; if it is there already, it keeps its load and its `max_load`.

        Args:
            agent_context: An object with an `id`, or a plain id. To be handed subtasks by
                `execute_subtask_on_agent` it has a method `communicate` or can be called.
            skills: Names, `"sql >= 2"` with a level, or a mapping of names to levels. They
                replace earlier ones.

        Returns:
            The agent's id.

        Raises:
            AgentWithoutId: Neither is it a text nor has it an `id` that is.
            InvalidSkills: The skills are something else.
            AgentIdTaken: An agent of that id runs its work by itself.
        """
        agent = _id_of(agent_context)
        offered = () if skills is None else skills_of(skills)
        with self._registering:
            known = self.runtime.hub.read(lambda board: board.agents.get(agent))
            if known is not None and not known.agent.pull:
                raise AgentIdTaken(agent)
            # Before: as soon as it is registered, somebody else may assign and hand over.
            self.registered_agents.contexts[agent] = agent_context
            return self.runtime.enrol(Agent(id=agent, skills=offered, max_load=MAX_LOAD))

    def unregister_agent(self, agent_id: AgentId | AgentCapability) -> None:
        """Let an agent go; what it runs is queued again at once.

        Raises:
            UnknownAgent: There is none with that id.
        """
        agent = _known_by(agent_id)
        with self._registering:
            self.runtime.unregister(agent)
            self.registered_agents.contexts.pop(agent, None)
            self.registered_agents.elsewhere.pop(agent, None)

    def update_agent_heartbeat(self, agent_id: AgentId | AgentCapability) -> None:
        """A sign of life; from the first one on, silence means that the agent is lost.

        Raises:
            UnknownAgent: There is none with that id.
        """
        self.runtime.heartbeat(_known_by(agent_id))

    # Goals and subtasks

    def decompose_goal(self, goal: GivenGoal, context: str = "") -> list[AtomicSubtask]:
        """Take on a goal, and make a plan of it.

        Args:
            goal: What is to be done, in words; or its plan, which is taken as it is.
            context: What else is known.

        Returns:
            Its subtasks in the order of the plan.

        Raises:
            InvalidGoal: The goal is empty, too large or no text.
            InvalidPlan: It has a cycle, or a dependency that does not exist.
            PlanningError: The planner failed.
            CallTimedOut: It was not done in time; the goal is accepted all the same.
        """
        handle = self.runtime.decompose(goal, context=context)
        return [AtomicSubtask(record, self.runtime.hub) for record in handle.subtasks]

    def assign_subtasks(self) -> list[tuple[AtomicSubtask, AgentId]]:
        """Assign all that agents can have now; [] when there is nothing to assign.

        Returns:
            The subtasks and the ids of their agents, the most urgent first.
        """
        leases = self.runtime.assign()
        return self.runtime.hub.read(lambda board: self._views(board, leases))

    async def execute_subtask_on_agent(
        self,
        subtask: SubtaskId | AtomicSubtask,
        agent_id: AgentId | AgentCapability,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - one of ours, with an error of ours
    ) -> str:
        """Hand an assigned subtask to the registered context, and await its answer.

        A context with a method `communicate` is told the subtask in words, together with
        the results of what it depends on; one that can be called is given the subtask
        itself. The event loop is never blocked, whatever the context does.

        The answer is nothing more than that: it does not complete the subtask. Who has
        looked at it says so with `mark_subtask_completed`.

        Args:
            subtask: A view, or a uuid.
            agent_id: Who holds it.
            timeout: Seconds until it is given up; None waits as long as it takes.

        Raises:
            UnknownSubtask: There is none with that uuid.
            UnknownAgent: There is none with that id.
            NotAssigned: That agent does not hold that subtask.
            TakesNoWork: The agent was registered by its id alone.
            CallTimedOut: There was no answer in time; the agent may still be at it.
            AttemptCancelled: The agent was stopped.
            Exception: What else the context raised.
        """
        uuid, agent = uuid_of(subtask), _known_by(agent_id)
        view, instruction = self._held(uuid, agent)
        context = self.registered_agents.contexts.get(agent)
        if not takes_work(context):
            raise TakesNoWork(agent)
        limit = asyncio.timeout(timeout)
        try:
            async with limit:
                return await hand_over(context, instruction, view)
        except TimeoutError:
            if timeout is None or not limit.expired():
                raise
            raise CallTimedOut(f"{view.name} at {agent}", timeout) from None

    def mark_subtask_completed(
        self, subtask_uuid: SubtaskId | AtomicSubtask, result: object
    ) -> None:
        """Count a subtask as done, whoever holds it; what waits for it may begin.

        Harmless where it was completed with the same result.

        Raises:
            UnknownSubtask: There is none with that uuid.
            Blocked: It waits for others, which are named.
            AlreadyEnded: It was completed with another result, has failed or was cancelled.
            NotEncodable: The result is no data.
        """
        self.runtime.complete(uuid_of(subtask_uuid), result)

    def can_execute_subtask(self, subtask: SubtaskId | AtomicSubtask) -> bool:
        """Whether all that the subtask depends on is done.

        Args:
            subtask: A view, or a uuid; or anything else with `dependencies`.

        Raises:
            UnknownSubtask: There is none with that uuid.
        """

        def can(board: Board) -> bool:
            return all(_over(board, d) for d in self._dependencies(subtask))

        return self.runtime.hub.read(can)

    _can_execute_subtask = can_execute_subtask

    # How things stand

    def get_task_tensor(self) -> Floats:
        """T_task, float64[n_tasks, n_agents, 4]; `runtime.tensor()` has its labels too."""
        return self.runtime.tensor().values

    def explain(self, subtask: SubtaskId | AtomicSubtask) -> Explanation:
        """Why a subtask does not run, who has it and why, or how it ended.

        Raises:
            UnknownSubtask: There is none with that uuid.
        """
        return self.runtime.explain(uuid_of(subtask))

    def get_orchestration_status(self) -> dict[str, Any]:
        """Figures about subtasks and agents, as data for JSON."""
        found = specified(self.runtime.status())
        for agent, elsewhere in list(self.registered_agents.elsewhere.items()):
            if agent in found["agent_status"]:
                found["agent_status"][agent]["current_load"] += elsewhere
        return found

    # The end

    @property
    def closed(self) -> bool:
        """Whether it is closed."""
        return self._closed.is_set()

    def close(self) -> Closed:
        """End everything; the answer says what was left behind. Harmless a second time."""
        self._closed.set()
        return self.runtime.close()

    def __enter__(self) -> Self:
        """It runs since it was made."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    # How

    def _dependencies(self, subtask: object) -> Sequence[SubtaskId]:
        by_hand = getattr(subtask, "dependencies", None)
        if by_hand is None or isinstance(subtask, AtomicSubtask):
            return self.runtime.hub.subtask(uuid_of(subtask)).subtask.dependencies
        return [self.runtime.hub.subtask(uuid).subtask.uuid for uuid in by_hand]

    def _resize(self, agent: AgentId, max_load: int) -> None:
        with self._registering:
            self.runtime.resize(agent, max_load)

    def _occupy(self, agent: AgentId, elsewhere: int) -> None:
        with self._registering:
            max_load = self.runtime.hub.agent(agent).agent.max_load
            self.runtime.resize(agent, max_load, elsewhere=elsewhere)
            self.registered_agents.elsewhere[agent] = elsewhere

    def _views(
        self, board: Board, leases: tuple[Lease, ...]
    ) -> list[tuple[AtomicSubtask, AgentId]]:
        hub = self.runtime.hub
        found = ((board.subtasks.get(lease.subtask), lease.agent) for lease in leases)
        # What is not there any more was completed and forgotten in this very moment.
        return [(AtomicSubtask(r, hub), agent) for r, agent in found if r is not None]

    def _held(self, uuid: SubtaskId, agent: AgentId) -> tuple[AtomicSubtask, Instruction]:
        hub = self.runtime.hub
        record = hub.subtask(uuid)
        hub.agent(agent)

        def told(board: Board) -> Instruction:
            if all(lease.agent != agent for lease in record.leases):
                raise NotAssigned(uuid, agent)
            return instruction_of(record, board)

        return AtomicSubtask(record, hub), hub.read(told)


def _id_of(context: object) -> AgentId:
    found = context if isinstance(context, str) else getattr(context, "id", None)
    if not isinstance(found, str) or not found.strip():
        raise AgentWithoutId(f"{context!r:.80}")
    return found


def _known_by(agent: object) -> AgentId:
    if isinstance(agent, AgentCapability):
        return agent.id
    if isinstance(agent, str):
        return agent
    raise UnknownAgent(repr(agent))


def _over(board: Board, subtask: SubtaskId) -> bool:
    record = board.subtasks[subtask]
    if record.status is SubtaskStatus.FAILED:
        return record.subtask.optional
    return record.status is SubtaskStatus.COMPLETED
