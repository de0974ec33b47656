"""What came of one seed or scenario, in figures."""

from __future__ import annotations

import msgspec


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one seed or scenario.

    Attributes:
        seed: -1 where a scenario was played.
        violations: Promises that were broken.
        events: Facts and notices.
        deliveries: Turns of actors.
        ends: How the goals ended, and how often.
        seconds: Virtual ones that passed.
        deaths: Of the whole process.
    """

    seed: int
    violations: tuple[str, ...]
    events: int
    deliveries: int
    ends: dict[str, int]
    seconds: float
    deaths: int = 0
