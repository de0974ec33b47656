"""A supervisor's children: who there is, where each is in its life, and until when."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from callboard.actors.logic.alarms import Alarms
from callboard.actors.logic.budget import RestartBudget
from callboard.actors.logic.lives import TRANSITIONS, Change, Life
from callboard.messages.base import Address, AgentId, agent_address
from callboard.messages.supervision import ActorExited, ActorStarted
from callboard.messages.values import Agent


@dataclass(slots=True, kw_only=True)
class Child:
    """One supervised actor.

    Attributes:
        budget: Of its restarts.
        agent: What it stands for; None for an actor of the runtime.
        incarnation: The one that lives, or has lived last.
        failures: In a row; each makes the next wait longer.
        since: When it last began to run, seconds since the epoch.
        callers: Who waits for it to go.
    """

    address: Address
    budget: RestartBudget
    agent: Agent | None = None
    incarnation: int = 1
    life: Life = Life.STARTING
    failures: int = 0
    since: float = 0.0
    callers: list[Address] = field(default_factory=list[Address])

    @property
    def name(self) -> str:
        """For people: the agent's id, or the address."""
        return self.address if self.agent is None else self.agent.id

    @property
    def has_actor(self) -> bool:
        """False for an agent that works elsewhere and asks for its work."""
        return self.agent is None or not self.agent.pull

    def can(self, change: Change) -> bool:
        """Whether that may happen to it now."""
        return (self.life, change) in TRANSITIONS


class Children:
    """All children by address, in the order in which they came.

    A child has at most one deadline; what it means depends on where the child is in
    its life, so it is forgotten with every change.

    Args:
        intensity: Restarts that each child may have within a period.
        period: Seconds.

    Attributes:
        deadlines: Until when the present state of a child may last.
    """

    def __init__(self, intensity: int, period: float) -> None:
        self._intensity, self._period = intensity, period
        self._children: dict[Address, Child] = {}
        # Actors that were ended from here and of which word may still come: whoever
        # takes such an address begins with a higher incarnation.
        self._ghosts: dict[Address, int] = {}
        self.deadlines = Alarms[Address]()

    def __getitem__(self, address: Address) -> Child:
        """The child with that address.

        Raises:
            KeyError: There is none.
        """
        return self._children[address]

    def add(self, address: Address, agent: Agent | None = None) -> Child:
        """A new child, about to be started."""
        child = Child(
            address=address,
            budget=self.new_budget(),
            agent=agent,
            incarnation=self._ghosts.get(address, 0) + 1,
        )
        self._children[address] = child
        return child

    def new_budget(self) -> RestartBudget:
        """Restarts that nobody has used yet."""
        return RestartBudget(self._intensity, self._period)

    def agent(self, agent: AgentId) -> Child | None:
        """The child that stands for *agent*, if there is one."""
        return self._children.get(agent_address(agent))

    def all(self) -> list[Child]:
        """Every child, in the order in which they came."""
        return list(self._children.values())

    def spoken_of(self, message: ActorStarted | ActorExited) -> Child | None:
        """The child of which *message* speaks, unless it speaks of the past."""
        child = self._children.get(message.address)
        if child is None or message.incarnation < child.incarnation:
            return None
        child.incarnation = message.incarnation
        return child

    def move(self, child: Child, change: Change) -> None:
        """Let *change* happen to *child*; where it ends, the child is forgotten.

        Raises:
            KeyError: That cannot happen to it now.
        """
        child.life = TRANSITIONS[child.life, change]
        self.deadlines.clear(child.address)
        if child.life is Life.GONE:
            del self._children[child.address]

    def remember(self, child: Child) -> None:
        """The child's present incarnation is ended from here, and may not know it yet."""
        self._ghosts[child.address] = child.incarnation

    def count(self) -> dict[str, int]:
        """How many are in each state of life."""
        found = Counter(child.life for child in self._children.values())
        return {life.value: found[life] for life in Life if life is not Life.GONE}
