"""A crowd in one thread: who registers and who beats, with all that decides about it.

Nothing here decides. Supervisor, hub and scheduler are the runtime's own, and are told
what the actors around them would tell them.
"""

from __future__ import annotations

from callboard.actors.logic.effects import Effect, ExpectBeats, LookAtAll, Record, Show, Tell
from callboard.actors.logic.limits import Limits
from callboard.actors.logic.scheduling import SchedulingLogic
from callboard.actors.logic.skills import Equivalences
from callboard.actors.logic.supervision import SupervisionLogic
from callboard.messages.commands import Heartbeat, RegisterAgents
from callboard.messages.supervision import AllSignsSeen, Wake
from callboard.runtime.beats import Beats
from callboard.runtime.executors.company import definitions_of
from callboard.runtime.executors.task import Task
from callboard.runtime.hub import Hub

LIMIT = 30.0
"""Seconds that an agent may be silent."""


class Crowd:
    """So many agents of one kind, who register with one call.

    Attributes:
        time: Seconds; the clock is set by what is done.
    """

    def __init__(self, count: int) -> None:
        self.time = 0.0
        self._hub = Hub()
        self._beats = Beats(self._hub.board.agents, self)
        self._scheduler = SchedulingLogic(
            boot=1,
            incarnation=1,
            equivalences=Equivalences(),
            limits=Limits(),
            heartbeat_timeout=LIMIT,
            tau=600.0,
            poison=3,
        )
        self._names = [f"agent-{number}" for number in range(count)]
        company = definitions_of(dict.fromkeys(self._names, _noop), {"skills": ["noop"]})
        agents = tuple(each.agent for each in company)
        supervisor = SupervisionLogic(runtime=(), standins=True)
        self._carry_out(supervisor.handle(RegisterAgents(agents=agents), self.time))

    def now(self) -> float:
        """As `callboard.actors.ports.Clock`."""
        return self.time

    def begin(self) -> None:
        """All beat for the first time, which is told."""
        for name in self._names:
            self._carry_out(self._scheduler.take(Heartbeat(agent=name), self.time))

    def beat_and_look(self) -> None:
        """All beat once more, and are looked at when they would have been silent for too long."""
        self.time += LIMIT - 1.0
        for name in self._names:
            assert self._beats.note(name)
        self.time += 1.0
        [look] = [e for e in self._scheduler.handle(Wake(), self.time) if isinstance(e, LookAtAll)]
        seen = tuple((agent, self._beats.quiet(agent)) for agent in look.agents)
        answer = self._scheduler.handle(AllSignsSeen(limit=look.limit, seen=seen), self.time)
        assert not any(isinstance(effect, Show | Tell) for effect in answer)

    def _carry_out(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Record():
                    self._hub.see(effect.fact)
                case Show():
                    self._hub.see(effect.notice)
                case ExpectBeats():
                    self._beats.expect(effect.agent, expected=effect.expected)
                case Tell(to="scheduler"):
                    self._carry_out(self._scheduler.take(effect.message, self.time))  # type: ignore[arg-type]
                case _:
                    pass


def _noop(task: Task) -> None:
    del task
