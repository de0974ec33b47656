"""What was learnt of durations and successes.

It follows from how attempts ended. These say it where the facts of those are dropped, or
where it is not to count any more.
"""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.base import AgentId
from callboard.messages.facts.base import Fact
from callboard.messages.learnt import Learnt


class LearningKept(Fact):
    """All that the facts up to here have taught, for some of them are dropped."""

    level: ClassVar[str] = "debug"
    learnt: Learnt


class LearningReset(Fact):
    """What was learnt is forgotten.

    Attributes:
        work: Of that kind of work; "" for every kind.
        agent: Of that agent; "" for every agent.
    """

    durable: ClassVar[bool] = True
    level: ClassVar[str] = "warning"
    work: str = ""
    agent: AgentId = ""
