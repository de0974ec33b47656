"""What is told of agents that have left, where a journal holds nothing for ever.

>>> from callboard.messages.values import Agent
>>> told = [
...     facts.AgentRegistered(at=1.0, agent=Agent(id="ann")),
...     facts.AgentRemoved(at=2.0, agent="ann", reason="unregistered"),
...     facts.AgentRegistered(at=3.0, agent=Agent(id="ann")),
... ]
>>> [fact.at for fact in without_departed(told, recent=0)]
[3.0]
>>> [fact.at for fact in without_departed(told, recent=2)]
[1.0, 2.0, 3.0]
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from callboard.messages import facts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callboard.messages.base import AgentId
    from callboard.messages.facts import Fact

_BY_ID = (
    facts.AgentResized,
    facts.AgentPaused,
    facts.AgentResumed,
    facts.AgentRemoved,
    facts.AgentStarted,
    facts.AgentCrashed,
)

OF_A_LIFE = (facts.AgentRegistered, *_BY_ID)
"""What tells of an agent's time here, and of nothing that it has done."""


def without_departed(told: Sequence[Fact], recent: int) -> list[Fact]:
    """These facts, in order, without the times of agents here that are long over.

    Args:
        told: Facts of one process, from the first one on.
        recent: How many of the last ones do not count as long ago.
    """
    old = enumerate(islice(told, max(0, len(told) - recent)))
    ends = {fact.agent: place for place, fact in old if isinstance(fact, facts.AgentRemoved)}
    return [fact for place, fact in enumerate(told) if place > ends.get(_whose(fact), -1)]


def _whose(fact: Fact) -> AgentId:
    if isinstance(fact, facts.AgentRegistered):
        return fact.agent.id
    return fact.agent if isinstance(fact, _BY_ID) else ""
