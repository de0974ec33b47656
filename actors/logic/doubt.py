"""Whether what is learnt leaves it open who would be fastest.

It is open where somebody else than the one who should be fastest may well be faster, and
where that would make a difference. An attempt's seconds are taken for log-normal, with the
learnt mean and an interval that holds nine in ten: then the logarithm of the ratio of two
of them is normal, and its mean over its deviation says how likely the other one is faster.

>>> clear = [Expected(10.0, 9.0, 11.0), Expected(20.0, 18.0, 22.0)]
>>> doubtful(clear), doubtful([Expected(10.0, 2.0, 50.0), Expected(12.0, 2.0, 60.0)])
(False, True)
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from callboard.actors.logic.learning import Expected

if TYPE_CHECKING:
    from collections.abc import Sequence

LIKELY = 0.6745
"""Deviations: somebody else is faster in a quarter of all cases."""

WIDE = 1.5
"""High over low end of the fastest one's interval; below it all attempts are much alike."""

_TAIL = 1.6449
"""Deviations beyond which a normal variable is in one of twenty cases."""


def doubtful(expected: Sequence[Expected]) -> bool:
    """Whether it is open who of them would be fastest.

    Args:
        expected: What an attempt of each should take, in seconds.
    """
    if len(expected) < 2:  # noqa: PLR2004 - nobody to choose from
        return False
    best = min(expected)
    if best.low <= 0.0 or best.high < WIDE * best.low:
        return False
    others = [other for other in expected if other is not best and other.low > 0.0]
    return any(_may_be_faster(other, best) for other in others)


def _may_be_faster(other: Expected, best: Expected) -> bool:
    apart = math.log(other.seconds / best.seconds)
    return apart <= LIKELY * math.hypot(_deviation(other), _deviation(best))


def _deviation(expected: Expected) -> float:
    """Of the logarithm of its seconds."""
    return math.log(expected.high / expected.low) / (2.0 * _TAIL)
