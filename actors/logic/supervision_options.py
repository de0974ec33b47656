"""How patient a supervisor is: budgets, waits and time limits."""

from __future__ import annotations

import msgspec


class SupervisionOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How patient a supervisor is.

    Attributes:
        intensity: Restarts of one child within `period`; the next failure is one too
            many. Five, because with the waits below they bridge three seconds of a
            dependency's absence, and because a child that needs more is not mended by
            another one.
        runtime_intensity: The same for the runtime's own actors together: twice as
            many, so that a single ill one is given up under its own name, and several
            half-ill ones are given up all the same.
        period: Seconds. A minute, so that a child which fails whenever it has started
            is given up, and one that fails a few times an hour is not.
        first: Seconds before the first restart: not felt by a person, yet long enough
            not to spin.
        longest: Seconds that no wait exceeds: half a period, so that waiting alone
            never makes a failing child look well.
        jitter: Part of each wait, in [0, 1], that is drawn by lot, so that children which
            fell together do not rise together.
        reset_after: Seconds a child must run for its waits to begin with `first` anew.
        start_seconds: How long an agent may take to start; its hook may load a model.
            The runtime's own actors have no limit: an orchestrator that reads a long
            journal must not be stopped for its diligence.
        stop_seconds: How long an agent may take to end before it is ended; OTP's five.
    """

    intensity: int = 5
    runtime_intensity: int = 10
    period: float = 60.0
    first: float = 0.1
    longest: float = 30.0
    jitter: float = 0.5
    reset_after: float = 60.0
    start_seconds: float = 30.0
    stop_seconds: float = 5.0
