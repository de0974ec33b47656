"""What a decision of the scheduler costs: whatever waits, for however many agents and skills."""

from __future__ import annotations

import gc
import time
from itertools import count
from typing import NamedTuple

from measure import spread_of
from online import scheduler

from callboard.actors.logic.effects import Effect, Tell
from callboard.messages.values import Agent, Lease, Payload, Priority, Ready, Skill, Subtask
from callboard.messages.work import (
    AgentJoined,
    AgentUp,
    Assign,
    Completed,
    Settled,
    Started,
    SubtasksReady,
)

SKILLS = 10
"""Each subtask requires one of so many, each agent has two of them."""

MANY = 1_000

ROUNDS = 9
DECISIONS = 300
"""In each round."""


class Cost(NamedTuple):
    """Microseconds for a completion and the assignment that follows from it."""

    waiting: int
    agents: int
    skills: int
    median: float
    low: float
    high: float


def costs(*, quick: bool) -> list[Cost]:
    """Few and many of both."""
    if quick:
        sizes = ((500, 10, SKILLS), (2_000, 40, SKILLS), (2_000, 40, 40))
        return [_cost(*size, 2) for size in sizes]
    few = ((1_000, 10), (100_000, 10), (1_000, 1_000), (100_000, 1_000))
    sizes = (*((*size, SKILLS) for size in few), (100_000, 1_000, MANY))
    return [_cost(*size, ROUNDS) for size in sizes]


def _cost(waiting: int, agents: int, skills: int, rounds: int) -> Cost:
    desk = Desk(waiting, agents, skills)
    gc.collect()
    gc.freeze()
    took = [desk.decide(DECISIONS) for _ in range(rounds)]
    gc.unfreeze()
    return Cost(waiting, agents, skills, *spread_of(took))


class Desk:
    """A scheduler with that many subtasks waiting, and agents that are all busy."""

    def __init__(self, waiting: int, agents: int, skills: int) -> None:
        self._skills = [Skill(name=f"skill {number}") for number in range(skills)]
        self._logic = scheduler()
        self._numbers = count()
        self._running: list[Lease] = []
        self._logic.start(0.0)
        for number in range(agents):
            both = (self._skills[number % skills], self._skills[(number + 1) % skills])
            agent = Agent(id=str(number), skills=both)
            self._logic.take(AgentJoined(agent=agent), 0.0)
            self._logic.take(AgentUp(agent=agent.id, incarnation=1), 0.0)
        readies = tuple(self._ready() for _ in range(waiting + agents))
        self._begin(self._logic.handle(SubtasksReady(subtasks=readies), 0.0))
        assert len(self._running) == agents

    def _ready(self) -> Ready:
        number = next(self._numbers)
        skill = self._skills[number % len(self._skills)]
        subtask = Subtask(uuid=str(number), name="work", required_skills=(skill,))
        return Ready(
            goal="g",
            goal_text="",
            subtask=subtask,
            urgency=Priority.MEDIUM,
            rank=float(number * 7919 % 1000),
            since=0.0,
        )

    def _begin(self, effects: list[Effect]) -> None:
        leases = [
            effect.message.lease
            for effect in effects
            if isinstance(effect, Tell) and isinstance(effect.message, Assign)
        ]
        for lease in leases:
            self._logic.handle(Started(lease=lease), 0.0)
        self._running[:0] = leases

    def decide(self, times: int) -> float:
        """Microseconds for each of that many; as much comes as goes."""
        took = 0.0
        for _ in range(times):
            lease = self._running.pop()
            done = Completed(lease=lease, result=Payload(), seconds=1.0)
            begin = time.process_time()
            effects = self._logic.handle(done, 1.0)
            took += time.process_time() - begin
            self._begin(effects)
            self._logic.handle(Settled(subtasks=(lease.subtask,)), 1.0)
            self._begin(self._logic.handle(SubtasksReady(subtasks=(self._ready(),)), 1.0))
        return 1e6 * took / times
