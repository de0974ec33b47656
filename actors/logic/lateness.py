"""How much more time is owed to whom we judge late, because we are late ourselves.

A watcher that looks at a deadline long after it has passed was starved, or the machine
slept; whoever it watches shares the process or the machine, and was probably starved as
well. Source of the idea: Dadgar, Phillips and Currey, Lifeguard: Local Health Awareness
for More Accurate Failure Detection, arXiv:1707.00788, 2018.
"""

from __future__ import annotations

PUNCTUAL = 0.01
"""Part of a limit by which a watcher may be late and yet judge at once."""


def owed(late: float, limit: float, granted: float = 0.0) -> float:
    """Seconds that are to be added to a limit before anybody is judged by it.

    What the watcher was late by is given to whom it watches, once, and never more than
    the limit itself: so a verdict comes after twice the limit at most, counted from when
    the watcher could look.

    Args:
        late: Seconds after the deadline at which the watcher looked, the most of several.
        limit: The limit, in seconds.
        granted: Seconds that were added before, for the same deadline.

    >>> owed(0.25, 1.0), owed(0.25, 1.0, granted=0.25), owed(0.5, 1.0, granted=0.25)
    (0.25, 0.0, 0.25)
    >>> owed(3600.0, 10.0), owed(0.005, 10.0)
    (10.0, 0.0)
    """
    if late <= PUNCTUAL * limit:
        return 0.0
    return max(0.0, min(late, limit) - granted)
