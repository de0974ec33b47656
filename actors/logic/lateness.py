"""How much longer to wait before we judge anybody, because we are late ourselves.

A watcher that looks at a deadline long after it has passed was starved, or the machine
slept; whoever it watches shares the process or the machine, and was probably starved as
well. Source of the idea: Dadgar, Phillips and Currey, Lifeguard: Local Health Awareness
for More Accurate Failure Detection, arXiv:1707.00788, 2018.

>>> late = worst(0.5, 0.0, limit=1.0)
>>> owed(0.5, late, limit=1.0), owed(1.0, late, limit=1.0)
(0.5, 0.0)
"""

from __future__ import annotations

PUNCTUAL = 0.01
"""Part of a limit by which a watcher may be late and yet judge at once."""

BEYOND = 2.0
"""Who is beyond a limit by so many times what we were late by does not merely starve."""


def worst(late: float, before: float, *, limit: float) -> float:
    """The lateness that counts.

    What starves a process goes on, and one look may be lucky: so earlier looks count.
    But a sleep of the machine is over: of an earlier lateness no more than the limit does.

    Args:
        late: Seconds after the deadline at which the watcher looks now.
        before: What this function said at the last look, or 0.
        limit: The limit that is watched, in seconds.

    >>> worst(0.3, 0.2, limit=1.0), worst(0.005, 0.0, limit=1.0), worst(0.0, 3600.0, limit=1.0)
    (0.3, 0.0, 1.0)
    """
    return max(late if late > PUNCTUAL * limit else 0.0, min(before, limit))


def owed(over: float, late: float, *, limit: float) -> float:
    """Seconds to wait before the next look; 0 where it is time to judge.

    It ends: who hangs is beyond its limit by more and more, while our lateness does not
    grow for ever.

    Args:
        over: Seconds beyond the limit, now.
        late: What `worst` says.
        limit: The limit, in seconds; no wait is longer.
    """
    return max(0.0, min(BEYOND * late - max(0.0, over), limit))
