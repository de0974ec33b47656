"""A scheduler that comes after one that died, and what is said to it."""

from __future__ import annotations

import math

from callboard.actors.logic.effects import Record, Tell
from callboard.messages import facts
from callboard.messages.values import Lease, Ready
from callboard.messages.work import (
    Reconcile,
    Resync,
    Running,
)
from tests.actors.logic.desk import (
    Desk,
    agent,
    lease,
    ready,
)

A, B = agent("a"), agent("b")
S1, S2 = ready("s1"), ready("s2")
HELD = lease("s1", "a", 7, attempt=2)
ASK = Tell("agent/a", Reconcile())
ADOPTED = Record(facts.LeaseAdopted(at=0.4, lease=HELD))
RECORDED = [
    facts.SubtaskQueued(at=-9.0, goal="g", subtask="s1"),
    facts.SubtaskAssigned(at=-8.0, lease=HELD),
]
RUNS = lease("s2", "a", 8)
UNWANTED = "it is not wanted any more"


def fresh(uuid: str, holder: str, number: int = 1) -> Lease:
    return lease(uuid, holder, number, incarnation=2)


def says(*leases: Lease, name: str = "a", incarnation: int = 1) -> Running:
    return Running(agent=name, leases=leases, incarnation=incarnation)


class Successor(Desk):
    """A second scheduler: its predecessor had given HELD to agent "a"."""

    def __init__(self, *readies: Ready, synced: bool = True, audit: float = math.inf) -> None:
        super().__init__(incarnation=2, recorded=RECORDED, audit=audit)
        self.join(A, 0.1)
        if synced:
            self.say(0.2, Resync(subtasks=readies or (S1,), incarnation=2))
