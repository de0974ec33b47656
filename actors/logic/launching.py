"""How a child of the supervisor comes to run, and who hears of it.

>>> from callboard.actors.logic.supervision_options import SupervisionOptions
>>> from callboard.messages.values import Agent
>>> children = Children(SupervisionOptions(), {}, {}, audit=5.0)
>>> child = children.add("agent/a", Agent(id="a"))
>>> [type(effect).__name__ for effect in Launching(children, standins=True).launch(child, 0.0)]
['StartActor', 'Record', 'Tell']
"""

from __future__ import annotations

from callboard.actors.logic.announcements import introduction, up
from callboard.actors.logic.children import Child, Children
from callboard.actors.logic.effects import Effect, Record, StartActor, Tell
from callboard.actors.logic.lives import Change, Life
from callboard.messages.base import SCHEDULER
from callboard.messages.facts import ActorRestarted
from callboard.messages.work import Introduced


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
        if self._standins and not child.agent.hooks:
            return [start, *self.up(child, now)]
        self._children.expect_start(child, now)
        return [start]

    def relaunch(self, child: Child, change: Change, now: float) -> list[Effect]:
        """Start the next incarnation of a child."""
        self._children.move(child, change)
        child.incarnation += 1
        return self.launch(child, now)

    def up(self, child: Child, now: float) -> list[Effect]:
        """A child runs."""
        self._children.move(child, Change.STARTED)
        child.waits.runs(now)
        if child.agent is None:
            return self._runtime_up(child, now)
        return up(child, child.agent, now)

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
