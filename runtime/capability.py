"""Agents as the specification's callers see them: what each can do, and how busy it is.

>>> from callboard.runtime.facade import DistributedOrchestrator
>>> with DistributedOrchestrator() as orchestrator:
...     name = orchestrator.register_agent("gardener", ["watering"])
...     gardener = orchestrator.registered_agents[name]
...     gardener.max_load = 2
...     gardener.id, sorted(gardener.skills), gardener.current_load, gardener.max_load
('gardener', ['watering'], 0, 2)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar, cast

from callboard.actors.logic.given import skills_of
from callboard.actors.logic.skills import all_of, can_do, stated
from callboard.messages.errors.agents import InvalidOption
from callboard.runtime.subtask_view import AtomicSubtask, moment, uuid_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from callboard.actors.logic.board import Board
    from callboard.actors.logic.records import AgentRecord
    from callboard.actors.logic.skills import Equivalences
    from callboard.messages.base import AgentId
    from callboard.messages.values import Skill
    from callboard.runtime.hub import Hub

T = TypeVar("T")


class AgentCapability:
    """A live view of one agent; only `max_load` and `current_load` can be set.

    When the agent has left it goes on to answer, from what it saw last.
    """

    __slots__ = ("_agents", "_context", "_record")

    def __init__(self, record: AgentRecord, agents: RegisteredAgents) -> None:
        """A view of the agent of *record*, who is one of *agents*."""
        self._record = record
        self._agents = agents
        self._context = agents.contexts.get(record.agent.id)

    def __eq__(self, other: object) -> bool:
        """Whether it is a view of the same agent."""
        if not isinstance(other, AgentCapability):
            return NotImplemented
        return (self.id, id(self._agents)) == (other.id, id(other._agents))

    def __hash__(self) -> int:
        """By the id."""
        return hash(self.id)

    def __repr__(self) -> str:
        return f"<agent {self.id!r} {self.current_load}/{self.max_load}>"

    @property
    def id(self) -> AgentId:
        """Names it everywhere."""
        return self._record.agent.id

    agent_id = id  # noqa: A003 - the property above

    @property
    def context(self) -> object:
        """What was registered: an object with an `id`, or a plain id.

        None for an agent that was not registered here, for it runs its work by itself.
        """
        self._context = self._agents.contexts.get(self.id, self._context)
        return self._context

    agent_context = context

    @property
    def skills(self) -> frozenset[str]:
        """What it covers; with a level as `"sql >= 2"`."""
        return frozenset(stated(skill) for skill in self._now(lambda r: r.agent.skills))

    @property
    def max_load(self) -> int:
        """How many subtasks it may run at once; can be set, and holds from then on.

        Raises:
            InvalidOption: It is set to something else than a whole number above 0.
            UnknownAgent: It is set after the agent has left.
        """
        return self._now(lambda record: record.agent.max_load)

    @max_load.setter
    def max_load(self, value: int) -> None:
        self._agents.resize(self.id, value)

    @property
    def current_load(self) -> int:
        """How many subtasks it holds, and how many it runs for others, as far as it said so.

        It can be set, for an agent that is busy with other things too: what is more than
        it holds takes slots until it is set anew. What it holds counts in any case.

        Raises:
            InvalidOption: It is set to something else than a whole number, not below 0.
            UnknownAgent: It is set after the agent has left.
        """
        return self._now(lambda record: record.load) + self._agents.elsewhere.get(self.id, 0)

    @current_load.setter
    def current_load(self, value: int) -> None:
        if isinstance(cast("object", value), bool) or not isinstance(cast("object", value), int):
            raise InvalidOption("current_load", value, "a whole number, not below 0")
        if value < 0:
            raise InvalidOption("current_load", value, "a whole number, not below 0")
        held = self._now(lambda record: record.load)
        self._agents.occupy(self.id, max(0, value - held))

    @property
    def last_heartbeat(self) -> dt.datetime:
        """Its latest sign of life, its registration included; aware, in UTC."""
        return moment(self._now(lambda record: record.last_heartbeat))

    def can_handle_task(self, subtask: object) -> bool:
        """Whether it has a free slot and covers every required skill.

        Args:
            subtask: A view, or a uuid; or anything else with `required_skills`.

        Raises:
            UnknownSubtask: There is none with that uuid.
            InvalidSkills: Required are no skills.
        """
        required = self._required(subtask)
        equivalences = self._agents.equivalences

        def can(record: AgentRecord) -> bool:
            agent = record.agent
            load = record.load + self._agents.elsewhere.get(self.id, 0)
            return load < agent.max_load and can_do(all_of(agent), required, equivalences)

        return self._now(can)

    def _required(self, subtask: object) -> tuple[Skill, ...]:
        stated = getattr(subtask, "required_skills", None)
        if stated is not None and not isinstance(subtask, AtomicSubtask):
            return skills_of(stated)
        return self._agents.hub.subtask(uuid_of(subtask)).subtask.required_skills

    def _now(self, look: Callable[[AgentRecord], T]) -> T:
        """What *look* sees, while nothing changes."""

        def latest(board: Board) -> T:
            # Who has left and came back has a new record.
            self._record = board.agents.get(self.id, self._record)
            return look(self._record)

        return self._agents.hub.read(latest)


class RegisteredAgents(Mapping[str, AgentCapability]):
    """All registered agents by id, in the order of their registration; live.

    Attributes:
        contexts: What was registered for each agent in pull mode.
        elsewhere: How many subtasks each of them runs for others, where it has said so.
    """

    def __init__(
        self,
        hub: Hub,
        equivalences: Equivalences,
        resize: Callable[[AgentId, int], None],
        occupy: Callable[[AgentId, int], None],
    ) -> None:
        """The agents that are on the board of *hub*.

        Args:
            hub: Knows how they stand.
            equivalences: Which skills stand in for which.
            resize: Changes an agent's `max_load`.
            occupy: Sets how many subtasks an agent runs for others.
        """
        self.hub = hub
        self.equivalences = equivalences
        self.resize = resize
        self.occupy = occupy
        self.contexts: dict[AgentId, object] = {}
        self.elsewhere: dict[AgentId, int] = {}

    def __getitem__(self, agent: AgentId) -> AgentCapability:
        """The agent with that id."""
        return AgentCapability(self.hub.read(lambda board: board.agents[agent]), self)

    def __iter__(self) -> Iterator[AgentId]:
        """The ids of those who are registered now."""
        return iter(self.hub.read(lambda board: tuple(board.agents)))

    def __len__(self) -> int:
        """How many are registered now."""
        return len(self.hub.board.agents)

    def __repr__(self) -> str:
        return f"<agents {', '.join(self) or 'none'}>"
