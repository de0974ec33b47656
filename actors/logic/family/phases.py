"""Where a child of a supervisor can be, and what leads where.

The documentation's diagram is drawn from `TRANSITIONS`. What is not in it does not
happen: late word of an actor that was given up changes nothing.

>>> TRANSITIONS[Phase.RUNNING, Event.FAILED]
<Phase.RESTARTING: 'restarting'>
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Phase(StrEnum):
    """Where a child is."""

    WAITING = "waiting"
    STARTING = "starting"
    RUNNING = "running"
    RESTARTING = "restarting"
    STOPPING = "stopping"
    STOPPED = "stopped"
    GIVEN_UP = "given up"
    GONE = "gone"


class Event(StrEnum):
    """What happens to a child."""

    TURN = "its turn to start has come"
    STARTED = "it runs"
    FAILED = "it failed, or one that it goes with"
    ENDED = "it has ended and stays so"
    FORGOTTEN = "it is not kept"
    EXHAUSTED = "it has failed too often"
    CALLED = "it shall run"
    CALLED_OFF = "it shall not run"
    TOLD = "it was told to stop"
    FREED = "it has stopped, to be started again"
    HALTED = "it has stopped, or was abandoned"


ALIVE = frozenset({Phase.STARTING, Phase.RUNNING, Phase.STOPPING})
"""Where there is an actor."""

TRANSITIONS: Mapping[tuple[Phase, Event], Phase] = {
    (Phase.WAITING, Event.TURN): Phase.STARTING,
    (Phase.WAITING, Event.CALLED_OFF): Phase.STOPPED,
    (Phase.WAITING, Event.FORGOTTEN): Phase.GONE,
    (Phase.STARTING, Event.STARTED): Phase.RUNNING,
    (Phase.STARTING, Event.FAILED): Phase.RESTARTING,
    (Phase.STARTING, Event.ENDED): Phase.STOPPED,
    (Phase.STARTING, Event.FORGOTTEN): Phase.GONE,
    (Phase.STARTING, Event.EXHAUSTED): Phase.GIVEN_UP,
    (Phase.STARTING, Event.TOLD): Phase.STOPPING,
    (Phase.STARTING, Event.FREED): Phase.RESTARTING,
    (Phase.STARTING, Event.HALTED): Phase.STOPPED,
    (Phase.RUNNING, Event.FAILED): Phase.RESTARTING,
    (Phase.RUNNING, Event.ENDED): Phase.STOPPED,
    (Phase.RUNNING, Event.FORGOTTEN): Phase.GONE,
    (Phase.RUNNING, Event.EXHAUSTED): Phase.GIVEN_UP,
    (Phase.RUNNING, Event.TOLD): Phase.STOPPING,
    (Phase.RUNNING, Event.FREED): Phase.RESTARTING,
    (Phase.RUNNING, Event.HALTED): Phase.STOPPED,
    (Phase.RESTARTING, Event.TURN): Phase.STARTING,
    (Phase.RESTARTING, Event.CALLED_OFF): Phase.STOPPED,
    (Phase.STOPPING, Event.FREED): Phase.RESTARTING,
    (Phase.STOPPING, Event.HALTED): Phase.STOPPED,
    (Phase.STOPPING, Event.FORGOTTEN): Phase.GONE,
    (Phase.STOPPED, Event.CALLED): Phase.WAITING,
    (Phase.STOPPED, Event.FAILED): Phase.RESTARTING,
    (Phase.STOPPED, Event.FORGOTTEN): Phase.GONE,
    (Phase.GIVEN_UP, Event.CALLED): Phase.WAITING,
    (Phase.GIVEN_UP, Event.FORGOTTEN): Phase.GONE,
}
"""From where, by what, to where. A child begins in `Phase.WAITING`."""
