"""Random agents: who is in the fleet, what they can do, and how much at once.

>>> from random import Random
>>> fleet = company(3, Random(7))
>>> [agent.id for agent in fleet], [agent.skills[0].name for agent in fleet]
(['agent-1', 'agent-2', 'agent-3'], ['research', 'python', 'sql'])
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final, NamedTuple

from callboard.actors.logic.skills import GENERAL
from callboard.messages.values import Agent, Skill

LEVELS: Final = (1, 2, 3)
_GENERALISTS: Final = 0.03
_TWO_TRADES: Final = 0.5
_LOADS: Final = (1, 2)
_LOAD_WEIGHTS: Final = (85, 15)


class Trade(NamedTuple):
    """A skill of the fleet.

    Attributes:
        supply: How often agents have it, relative to the others.
        demand: How often subtasks need it, likewise.
        steps: What subtasks that need it are called.
    """

    name: str
    supply: int
    demand: int
    steps: tuple[str, ...]


TRADES: Final = (
    Trade("research", 6, 6, ("Gather the sources", "Interview customers", "Check the facts")),
    Trade("python", 6, 6, ("Write the script", "Clean the table", "Fit the model")),
    Trade("sql", 5, 4, ("Query the warehouse", "Join the tables")),
    Trade("prose", 5, 5, ("Draft the chapter", "Write the summary", "Edit the text")),
    Trade("charts", 4, 3, ("Draw the charts", "Build the dashboard")),
    Trade("translation", 3, 3, ("Translate the text", "Translate the charts")),
    Trade("accounting", 3, 2, ("Reconcile the books", "Estimate the cost")),
    Trade("law", 2, 2, ("Check the clauses", "Clear the rights")),
)
"""Not all are in balance, so one of them becomes the bottleneck; which one, depends."""


def company(count: int, random: Random) -> list[Agent]:
    """So many agents; the first ones have a trade each, so that most work can be done."""
    digits = len(str(count))
    return [
        Agent(
            id=f"agent-{number:0{digits}}",
            skills=_first(number) if number <= len(TRADES) else _skills(random),
            max_load=random.choices(_LOADS, _LOAD_WEIGHTS)[0],
        )
        for number in range(1, count + 1)
    ]


def main_skill(agent: Agent) -> str:
    """What the agent is sorted by: its first skill."""
    return agent.skills[0].name


def in_trade_order(agents: Sequence[Agent]) -> list[Agent]:
    """Agents of one trade beside each other, generalists last."""
    order = {trade.name: number for number, trade in enumerate(TRADES)}
    return sorted(agents, key=lambda agent: order.get(main_skill(agent), len(order)))


def _first(number: int) -> tuple[Skill, ...]:
    return (Skill(name=TRADES[number - 1].name, level=max(LEVELS)),)


def _skills(random: Random) -> tuple[Skill, ...]:
    if random.random() < _GENERALISTS:
        return (Skill(name=GENERAL),)
    first = random.choices(TRADES, [trade.supply for trade in TRADES])[0]
    mine = [first]
    if random.random() < _TWO_TRADES:
        mine.append(random.choice([trade for trade in TRADES if trade is not first]))
    return tuple(Skill(name=trade.name, level=random.choice(LEVELS)) for trade in mine)
