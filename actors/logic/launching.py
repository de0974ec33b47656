"""How a child of the supervisor comes to run, and who hears of it.

>>> from callboard.actors.logic.supervision_options import SupervisionOptions
>>> from callboard.messages.values import Agent
>>> children = Children(SupervisionOptions(), {}, {}, audit=5.0)
>>> child = children.add("agent/a", Agent(id="a"))
>>> [type(effect).__name__ for effect in Launching(children, standins=True).launch(child, 0.0)]
['StartActor', 'Record', 'Tell']
"""

from __future__ import annotations

from collections.abc import Sequence

from callboard.actors.logic.announcements import introduction, started, up
from callboard.actors.logic.children import Child, Children
from callboard.actors.logic.effects import Effect, Record, StartActor, Tell
from callboard.actors.logic.lives import Change, Life
from callboard.messages.base import SCHEDULER, agent_address
from callboard.messages.facts import ActorRestarted, AgentRegistered
from callboard.messages.values import Agent
from callboard.messages.work import AgentsJoined, Introduced


class Launching:
    """Starts children, and tells the scheduler of those who can work.

    Args:
        children: Of the supervisor.
        standins: An agent without hooks need not be waited for: whoever stands at its
            address takes messages as soon as it is put there, and nothing can fail.
    """

    def __init__(self, children: Children, *, standins: bool) -> None:
        self._children = children
        self._standins = standins

    def launch(self, child: Child, now: float) -> list[Effect]:
        """Start a child; it runs at once, or when it says so."""
        if not child.has_actor:
            return self.up(child, now)
        start: Effect = StartActor(child.address, child.incarnation)
        if child.agent is None:
            return [start]
        if self._stands_in(child.agent):
            return [start, *self.up(child, now)]
        self._children.expect_start(child, now)
        return [start]

    def launch_all(self, agents: Sequence[Agent], now: float) -> list[Effect]:
        """Add agents that come with one call and start them; the scheduler hears it once."""
        # What starts actors goes first: all else can then be shown at once.
        starts, facts, up = list[Effect](), list[Effect](), list[int]()
        for agent in agents:
            child = self._children.add(agent_address(agent.id), agent)
            if not agent.pull:
                starts.append(StartActor(child.address, child.incarnation))
            facts.append(Record(AgentRegistered(at=now, agent=agent)))
            if agent.pull or self._stands_in(agent):
                facts += self._runs(child, agent, now)
                up.append(child.incarnation)
            else:
                self._children.expect_start(child, now)
                up.append(0)
        joined = AgentsJoined(agents=tuple(agents), up=tuple(up))
        return [*starts, *facts, Tell(SCHEDULER, joined)]

    def _stands_in(self, agent: Agent) -> bool:
        return self._standins and not agent.hooks

    def _runs(self, child: Child, agent: Agent, now: float) -> list[Effect]:
        """The child of an agent runs; what is recorded of that."""
        self._children.move(child, Change.STARTED)
        child.waits.runs(now)
        return started(child, agent, now)

    def relaunch(self, child: Child, change: Change, now: float) -> list[Effect]:
        """Start the next incarnation of a child."""
        self._children.move(child, change)
        child.incarnation += 1
        return self.launch(child, now)

    def up(self, child: Child, now: float) -> list[Effect]:
        """A child runs."""
        agent = child.agent
        if agent is not None:
            return [*self._runs(child, agent, now), up(child, agent)]
        self._children.move(child, Change.STARTED)
        child.waits.runs(now)
        return self._runtime_up(child, now)

    def _runtime_up(self, child: Child, now: float) -> list[Effect]:
        if child.incarnation == 1:
            return []
        address = child.address
        fact = ActorRestarted(at=now, address=address, incarnation=child.incarnation)
        return [Record(fact), *(self.introductions() if address == SCHEDULER else [])]

    def introductions(self) -> list[Effect]:
        """The whole company, for a scheduler that knows nobody."""
        effects: list[Effect] = []
        for child in self._children.all():
            if child.agent is not None and child.life is not Life.STOPPING:
                effects += introduction(child, child.agent)
        listener = self._children[SCHEDULER].incarnation
        return [*effects, Tell(SCHEDULER, Introduced(incarnation=listener))]
