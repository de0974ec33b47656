"""What a trial plays: random agents and plans, drawn from a seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.messages.values import Agent, Priority, Retry, Skill, Subtask, Timeouts
from callboard.runtime.config import Config
from callboard.runtime.simulation.oracle import Promises

if TYPE_CHECKING:
    from random import Random

HOUR = 3600.0
DEADLINE = 20 * HOUR
"""Of those goals that have one."""

PROMISES = Promises(run=4 * HOUR, attempts=4)
CONFIG = Config(
    # Only who is forgotten waits so long for an agent, or for its end.
    timeouts=Timeouts(run=PROMISES.run, queue=240 * HOUR, total=240 * HOUR),
    retry=Retry(attempts=PROMISES.attempts, first=10.0, longest=600.0),
)

_SKILLS = ("sql", "charts", "prose", "law")
_OPTIONAL = 0.1
_LARGEST_PLAN = 20
_MOST_NEEDS = 3


def company(size: int, random: Random) -> list[Agent]:
    """Agents with some of the skills; the first one has all of them."""
    return [_agent(number, random) for number in range(size)]


def sizes(subtasks: int, random: Random) -> list[int]:
    """How many subtasks each goal has; *subtasks* all together."""
    found: list[int] = []
    while sum(found) < subtasks:
        found.append(random.randint(1, min(_LARGEST_PLAN, subtasks - sum(found))))
    return found


def plan(goal: int, size: int, random: Random) -> list[Subtask]:
    """Subtasks, each of which may depend on some that stand before it."""
    found: list[Subtask] = []
    for number in range(size):
        found.append(_subtask(goal, number, [s.uuid for s in found], random))
    return found


def _agent(number: int, random: Random) -> Agent:
    able = _SKILLS if number == 0 else random.sample(_SKILLS, random.randint(1, 3))
    skills = tuple(Skill(name=name) for name in able)
    return Agent(id=f"agent-{number}", skills=skills, max_load=random.randint(1, 3))


def _subtask(goal: int, number: int, before: list[str], random: Random) -> Subtask:
    return Subtask(
        uuid=f"g{goal}-s{number}",
        name=f"subtask {number}",
        priority=random.choice(list(Priority)),
        estimated_duration=random.uniform(1.0, 60.0),
        required_skills=tuple(Skill(name=n) for n in random.sample(_SKILLS, random.randint(0, 1))),
        dependencies=tuple(random.sample(before, random.randint(0, min(_MOST_NEEDS, len(before))))),
        optional=random.random() < _OPTIONAL,
    )
