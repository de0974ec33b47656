"""Attempts beside each other, in tests: who has learnt what, and how a copy begins."""

from __future__ import annotations

from typing import Any

from callboard.actors.logic.effects import Effect, Record
from callboard.actors.logic.learning import Sample
from callboard.actors.logic.speculation_options import SpeculationOptions
from callboard.messages import facts
from callboard.messages.supervision import Wake
from callboard.messages.values import Agent, Lease, Ready
from tests.actors.logic.desk import (
    Desk,
    agent,
    assigned,
    lease,
    ready,
)

A, B, C = agent("a", "sql"), agent("b", "sql"), agent("c", "sql")
OPTIONS = SpeculationOptions(least=3)
S1 = ready("s1", "sql", kind="query", speculate=True)
FIRST, COPY = lease("s1", "a"), lease("s1", "b", 2, attempt=2, copy=1)
QUERY = Sample("query", "sql", "a")
REASON = "another copy was first"


def desk_of(*agents: Agent, options: SpeculationOptions | None = OPTIONS, **more: Any) -> Desk:
    """Whose scheduler has learnt that a query takes a minute."""
    desk = Desk(*agents, speculation=options, **more)
    teach(desk)
    return desk


def teach(desk: Desk, count: int = 20) -> None:
    for _ in range(count):
        for name in ("a", "b", "c"):
            desk.learning.finished(Sample("query", "sql", name), 3600.0, 60.0)


def expected(desk: Desk, who: str = "a") -> float:
    return desk.learning.expect(Sample("query", "sql", who), 3600.0).high


def late(desk: Desk) -> float:
    """When an attempt is late that began at once."""
    return expected(desk) + 0.1


def copied(
    desk: Desk, copy: Lease, of: Lease, now: float, *, since: float = 0.0, work: Ready = S1
) -> list[Effect]:
    usual = expected(desk, of.agent)
    said = facts.CopyStarted(at=now, lease=copy, of=of, seconds=now - since, expected=usual)
    return [Record(said), *assigned(copy, work, now)]


def doubled(*agents: Agent, **more: Any) -> tuple[Desk, float]:
    """Somebody who runs S1 and its copy; with the time of now."""
    desk = desk_of(*(agents or (A, B)), **more)
    desk.queue(S1)
    desk.start(FIRST)
    now = late(desk)
    assert desk.say(now, Wake()) == copied(desk, COPY, FIRST, now)
    desk.start(COPY, now)
    return desk, now
