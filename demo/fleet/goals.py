"""Random goals: when they come, how urgent they are, and what is to be done for them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from random import Random
from typing import Final, NamedTuple, TypeAlias

from callboard.actors.logic.skills import Equivalences, can_do
from callboard.demo.fleet.company import TRADES, Trade
from callboard.messages.values import Agent, Plan, Priority, Skill, Subtask, Timeouts

Needs: TypeAlias = tuple[Skill, ...]

_KINDS: Final = (
    "Market study",
    "Annual report",
    "Price comparison",
    "Contract review",
    "Spanish website",
    "Customer survey",
    "Sales dashboard",
    "Grant application",
    "Product manual",
    "Risk assessment",
)
_PRIORITIES: Final = (5, 20, 50, 25)
_LAYERS: Final = (1, 3)
_WIDTH: Final = (1, 6)
_MEDIAN_MINUTES: Final = 6.0
_SPREAD: Final = 0.45
_SHORTEST, _LONGEST = 1.0, 20.0
_NO_SKILL, _TWO_SKILLS, _WITH_LEVEL = 0.08, 0.08, 0.2
_LEVEL: Final = 2
_PATIENCE: Final = 2.2
"""A run longer than this many times its estimate is taken for a hang."""
_AT_ONCE: Final = 0.4
"""Part of the goals that are there when the fleet begins."""
_WINDOW: Final = 0.5
"""Part of the time that all work takes at least, within which the others come."""


class Arrival(NamedTuple):
    """A goal that comes.

    Attributes:
        at: Seconds after the beginning.
    """

    at: float
    text: str
    plan: Plan


class GoalMaker:
    """Draws goals that the agents could do.

    Args:
        agents: Only what one of them may do is asked for.
        equivalences: Which skills stand in for which.
        random: Decides everything.
    """

    def __init__(self, agents: Sequence[Agent], equivalences: Equivalences, random: Random) -> None:
        self._agents = agents
        self._random = random

        @cache
        def feasible(needs: Needs) -> bool:
            return any(can_do(agent.skills, needs, equivalences) for agent in agents)

        self._feasible = feasible

    def goals(self, count: int) -> list[Arrival]:
        """So many goals in the order in which they come: some at once, others by and by."""
        plans = [self._plan(number) for number in range(count)]
        work = sum(subtask.seconds for plan in plans for subtask in plan.subtasks)
        window = _WINDOW * work / sum(agent.max_load for agent in self._agents)
        late = count - math.ceil(count * _AT_ONCE)
        whens = [0.0] * (count - late)
        whens += sorted(round(self._random.uniform(0.0, window), 1) for _ in range(late))
        texts = [f"{self._random.choice(_KINDS)} {number + 1}" for number in range(count)]
        return [Arrival(*arrival) for arrival in zip(whens, texts, plans, strict=True)]

    def _plan(self, goal: int) -> Plan:
        random = self._random
        priority = random.choices(list(Priority), _PRIORITIES)[0]
        widths = [1, *(random.randint(*_WIDTH) for _ in range(random.randint(*_LAYERS))), 1]
        done: list[Subtask] = []
        before: list[Subtask] = []
        for width in widths:
            layer = [
                self._subtask(f"g{goal + 1}-s{len(done) + n + 1}", priority, before, done)
                for n in range(width)
            ]
            done += layer
            before = layer
        return Plan(subtasks=tuple(done), source="lot")

    def _subtask(
        self, uuid: str, priority: Priority, before: Sequence[Subtask], done: Sequence[Subtask]
    ) -> Subtask:
        random = self._random
        trade = random.choices(TRADES, [trade.demand for trade in TRADES])[0]
        minutes = _MEDIAN_MINUTES * math.exp(random.gauss(0.0, _SPREAD))
        minutes = round(min(_LONGEST, max(_SHORTEST, minutes)), 1)
        after = random.sample(before, random.randint(1, min(2, len(before)))) if before else []
        return Subtask(
            uuid=uuid,
            name=_name(random.choice(trade.steps), done),
            priority=priority,
            estimated_duration=minutes,
            required_skills=self._needs(trade),
            dependencies=tuple(subtask.uuid for subtask in after),
            timeouts=Timeouts(run=_PATIENCE * 60 * minutes),
        )

    def _needs(self, trade: Trade) -> Needs:
        """What the subtask requires; less of it where nobody could do it."""
        random, draw = self._random, self._random.random()
        level = _LEVEL if random.random() < _WITH_LEVEL else None
        if draw < _NO_SKILL:
            return ()
        needs: Needs = (Skill(name=trade.name, level=level),)
        if draw > 1 - _TWO_SKILLS:
            other = random.choice([t for t in TRADES if t is not trade])
            needs = (*needs, Skill(name=other.name))
        tried = (needs, needs[:1], (Skill(name=trade.name),))
        return next((needs for needs in tried if self._feasible(needs)), ())


def _name(name: str, done: Sequence[Subtask]) -> str:
    """The name, with a number where the plan has one like it."""
    alike = sum(subtask.name.startswith(name) for subtask in done)
    return f"{name} {alike + 1}" if alike else name
