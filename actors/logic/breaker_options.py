"""When a skill is given a rest, and for how long."""

from __future__ import annotations

import msgspec


class BreakerOptions(msgspec.Struct, frozen=True, kw_only=True):
    """When a skill is given a rest, and for how long.

    Attributes:
        failures: Attempts that needed the skill and failed, one after the other without
            a success between them. Fifty, because a few subtasks that fail with all their
            attempts are a matter of their goal, and end sooner without a rest.
        subtasks: Different subtasks that these attempts were at, at the least, so that
            few ill subtasks with many attempts do not stop the others.
        first: Seconds of the first rest; each further one is twice as long.
        longest: Seconds that no rest exceeds: a minute, so that a dependency which is
            back is found soon.
        jitter: Part of each rest, in [0, 1], that is drawn by lot.
    """

    failures: int = 50
    subtasks: int = 10
    first: float = 1.0
    longest: float = 60.0
    jitter: float = 0.2
