"""What actors in these tests say and record."""

from __future__ import annotations

from callboard.messages.commands import Ping
from callboard.messages.facts import AgentRemoved, GoalCompleted
from callboard.messages.notices import HeartbeatSeen
from tests.actors.troupe import LateJournal, Troupe

DURABLE = GoalCompleted(at=1.0, goal="g")
RECORDED = AgentRemoved(at=1.0, agent="a", reason="")
SEEN = HeartbeatSeen(at=1.0, agent="a")


def ping(number: int) -> Ping:
    return Ping(reply_to=f"{number}")


def commit(late: Troupe, count: int = 1) -> None:
    assert isinstance(late.journal, LateJournal)
    late.journal.commit(count)


def recorded(troupe: Troupe, count: int) -> bool:
    return len(troupe.journal.replay()) >= count
