"""What the life of a supervised actor can be: its states, and what leads where.

The documentation's diagram is drawn from `TRANSITIONS`. What is not in it does not
happen: word from an actor that was given up, late or twice, changes nothing.

>>> TRANSITIONS[Life.RUNNING, Change.DOUBTED]
<Life.RESTARTING: 'restarting'>
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Life(StrEnum):
    """Where a child is in its life."""

    STARTING = "starting"
    RUNNING = "running"
    RESTARTING = "restarting"
    DRAINING = "draining"
    STOPPING = "stopping"
    GONE = "gone"


class Change(StrEnum):
    """What happens to a child."""

    STARTED = "it takes messages"
    CRASHED = "it has ended by an error"
    DOUBTED = "it is silent or stuck"
    EXHAUSTED = "it has failed too often"
    OVERDUE = "it took too long"
    DUE = "the wait is over"
    REPLACED = "another takes its place"
    DRAIN = "it shall finish and go"
    DRAINED = "it holds nothing any more"
    LEAVE = "it shall go"
    ENDED = "it has ended"


TRANSITIONS: Mapping[tuple[Life, Change], Life] = {
    (Life.STARTING, Change.STARTED): Life.RUNNING,
    (Life.STARTING, Change.CRASHED): Life.RESTARTING,
    (Life.STARTING, Change.OVERDUE): Life.RESTARTING,
    (Life.STARTING, Change.EXHAUSTED): Life.GONE,
    (Life.STARTING, Change.REPLACED): Life.STARTING,
    (Life.STARTING, Change.LEAVE): Life.STOPPING,
    (Life.STARTING, Change.ENDED): Life.GONE,
    (Life.RUNNING, Change.CRASHED): Life.RESTARTING,
    (Life.RUNNING, Change.DOUBTED): Life.RESTARTING,
    (Life.RUNNING, Change.EXHAUSTED): Life.GONE,
    (Life.RUNNING, Change.REPLACED): Life.STARTING,
    (Life.RUNNING, Change.DRAIN): Life.DRAINING,
    (Life.RUNNING, Change.LEAVE): Life.STOPPING,
    (Life.RUNNING, Change.ENDED): Life.GONE,
    (Life.RESTARTING, Change.DUE): Life.STARTING,
    (Life.RESTARTING, Change.REPLACED): Life.STARTING,
    (Life.RESTARTING, Change.LEAVE): Life.GONE,
    (Life.DRAINING, Change.DRAIN): Life.DRAINING,
    (Life.DRAINING, Change.DRAINED): Life.STOPPING,
    (Life.DRAINING, Change.OVERDUE): Life.STOPPING,
    (Life.DRAINING, Change.LEAVE): Life.STOPPING,
    (Life.DRAINING, Change.CRASHED): Life.GONE,
    (Life.DRAINING, Change.DOUBTED): Life.GONE,
    (Life.DRAINING, Change.ENDED): Life.GONE,
    (Life.STOPPING, Change.OVERDUE): Life.GONE,
    (Life.STOPPING, Change.REPLACED): Life.GONE,
    (Life.STOPPING, Change.ENDED): Life.GONE,
}
"""From where, by what, to where. A child begins in `Life.STARTING`.

One that is replaced while it stops is gone, and the other is a child of its own."""
