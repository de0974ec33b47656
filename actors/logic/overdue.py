"""When an attempt that runs is expected to end, also where it should have ended before.

Until its time has come an attempt ends when it was expected to. One that is overdue has
shown that its time was another: what is expected then is the mean of all that take so
long (log-normal, from the interval in which nine attempts in ten end), and never less
than as much again as it is overdue, because what has deceived us once is not to be
expected any moment, again and again. This holds for a while which doubles, so that an
expectation is renewed a few times, not all the time, and whoever waits for an attempt
that never ends gives up soon.

>>> known = Expected(seconds=64.0, low=64.0, high=64.0)
>>> [expected_end(0.0, known, now) for now in (0.0, 63.0, 64.0, 65.0, 70.0, 100.0, 200.0)]
[64.0, 64.0, 65.0, 66.0, 72.0, 128.0, 320.0]
>>> vague = Expected(seconds=64.0, low=25.0, high=130.0)
>>> round(expected_end(0.0, vague, 64.0)), round(expected_end(0.0, vague, 128.0))
(96, 192)
"""

from __future__ import annotations

import math

from callboard.actors.logic.experience import NORMAL
from callboard.actors.logic.learning import BRIEF, Expected

STEPS = 64
"""Of its duration an attempt is at least one part in so many longer, once it is overdue."""

_NEVER = 1e-9
_ROOT2 = math.sqrt(2.0)


def expected_end(begun: float, expected: Expected, now: float) -> float:
    """When an attempt that has not ended is expected to, later than *now*.

    It never moves to an earlier time while the time goes on.

    Args:
        begun: When it began, seconds since the epoch.
        expected: What it was expected to take, seconds.
        now: Seconds since the epoch.
    """
    seconds = expected.seconds
    end = begun + seconds
    if now < end:
        return end
    over = now - end
    step = max(seconds, BRIEF) / STEPS
    since = 0.0
    if over >= step:
        since = step * 2.0 ** math.floor(math.log2(over / step))
        if since > over:  # rounding
            since /= 2.0
        step = 2.0 * since
    mean = begun + _mean_beyond(expected, seconds + since)
    return max(end + step, mean, math.nextafter(now, math.inf))


def _mean_beyond(expected: Expected, took: float) -> float:
    """Seconds that attempts take on average which take longer than that."""
    low, high = expected.low, expected.high
    if not 0.0 < low < high or took <= 0.0:
        return took
    deviation = math.log(high / low) / (2.0 * NORMAL)
    middle = (math.log(high) + math.log(low)) / 2.0
    off = (math.log(took) - middle) / deviation
    beyond = math.erfc(off / _ROOT2)
    if beyond < _NEVER:  # nobody expects such a thing
        return took
    mean = math.exp(middle + deviation**2 / 2.0)
    return mean * math.erfc((off - deviation) / _ROOT2) / beyond
