"""Where the marks of an axis stand, and what they say.

>>> ticks(0.0, 97.0), ticks(0.0, 0.9)
([0.0, 20.0, 40.0, 60.0, 80.0], [0.0, 0.2, 0.4, 0.6, 0.8])
>>> [label for _, label in time_ticks(4000.0)]
['0', '20 min', '40 min', '1 h']
"""

from __future__ import annotations

import math
from typing import Final

_STEPS: Final = (1.0, 2.0, 5.0, 10.0)
_SECONDS: Final = (
    0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400,
    21600, 43200, 86400,
)  # fmt: skip
_MINUTE, _HOUR = 60, 3600
_LEAST: Final = 1e-9
"""What is shorter than that, compared with where it lies, has no marks within."""


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round numbers from *low* to *high*, about *count* of them.

    Args:
        low: The axis begins there.
        high: And ends there; not below *low*.
        count: More than twice as many there never are.
    """
    if not high - low > _LEAST * max(abs(low), abs(high), _LEAST):
        return [low]
    step = _step((high - low) / count)
    first = math.ceil(low / step - 1e-9)
    return [round(n * step, 12) for n in range(first, math.floor(high / step + 1e-9) + 1)]


def time_ticks(seconds: float, count: int = 6) -> list[tuple[float, str]]:
    """Moments of a run of so many seconds, and what to call them."""
    fitting = [s for s in _SECONDS if seconds / s <= count]
    step = fitting[0] if fitting else _step(seconds / count)
    return [(n * step, moment(n * step)) for n in range(math.floor(seconds / step + 1e-9) + 1)]


def moment(seconds: float) -> str:
    """A moment in a word or two.

    >>> [moment(s) for s in (0, 0.5, 90, 5400, 7200)]
    ['0', '0.5 s', '1.5 min', '1.5 h', '2 h']
    """
    if not seconds:
        return "0"
    if seconds < _MINUTE:
        return f"{seconds:g} s"
    if seconds < _HOUR:
        return f"{seconds / _MINUTE:g} min"
    return f"{seconds / _HOUR:g} h"


def _step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in _STEPS if step * power >= least * (1 - 1e-9))
