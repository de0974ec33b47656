"""How many restarts are too many: OTP's restart intensity.

Source: `add_restart` of OTP's `supervisor.erl`. A restart is counted before it is
tried, so one that fails to start has counted too; an entry that is exactly one
period old still counts.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class RestartBudget(msgspec.Struct, gc=False):
    """At most *intensity* restarts within any *period* of so many seconds.

    Unlike OTP's, a restart that is not allowed is not counted, because nothing ends
    with it here: whoever asks decides what giving up means.

    Attributes:
        intensity: Restarts that are allowed within a period; 0 allows none.
        period: Seconds.
        spent: When there were any within it, oldest first. A few, and mostly none.

    Raises:
        ValueError: *intensity* is negative, or *period* is not above 0.

    >>> budget = RestartBudget(intensity=2, period=10.0)
    >>> [budget.spend(now) for now in (0.0, 1.0, 10.0, 10.1)]
    [True, True, False, True]
    """

    intensity: int
    period: float
    spent: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.intensity < 0:
            raise ValueError(f"intensity is a number of restarts, not {self.intensity}")
        if not self.period > 0:
            raise ValueError(f"period is a time in seconds, not {self.period}")

    def spend(self, now: float) -> bool:
        """Count one more restart at *now*; False, and nothing counted, if it is too many."""
        if self.used(now) >= self.intensity:
            return False
        self.spent += (now,)
        return True

    def used(self, now: float) -> int:
        """Restarts within the period that ends at *now*."""
        while self.spent and now - self.spent[0] > self.period:
            self.spent = self.spent[1:]
        return len(self.spent)


def exceeded(budgets: Iterable[RestartBudget], now: float) -> RestartBudget | None:
    """Count one more restart in each of *budgets*; the one that does not allow it, if any.

    >>> own, common = RestartBudget(2, 10.0), RestartBudget(1, 10.0)
    >>> exceeded([own, common], 0.0) is None, exceeded([own, common], 1.0) is common
    (True, True)
    """
    return next((budget for budget in budgets if not budget.spend(now)), None)
