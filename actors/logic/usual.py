"""What a kind of work usually takes, whoever does it, and whether that contradicts an estimate.

History can be read in two ways: such work takes *so many minutes*, or it takes *so many
times as long as is said*. While a planner always says the same, both say the same. When
it says something else (it was told what is usual, or this piece is larger), one of them
is wrong, and nobody knows which. So an estimate is contradicted only where both
contradict it in the same direction, and then the milder one is believed: what is
believed lies between what was said and what each of them says, never beyond.

>>> from callboard.actors.logic.learning import Learning, Sample
>>> learning = Learning()
>>> for _ in range(40):
...     learning.finished(Sample("Train", "ml", "ann"), estimate=3600.0, seconds=1320.0)
>>> [round(contradiction(learning, "Train", said).minutes) for said in (3600.0, 7200.0)]
[22, 44]
>>> print(contradiction(learning, "Train", 1320.0))
None
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from callboard.actors.logic.experience import NORMAL, SEEN, WITHIN, Pair
from callboard.actors.logic.learning import BRIEF, Learning
from callboard.actors.logic.speculation_options import SpeculationOptions
from callboard.messages.learnt import UsualDuration
from callboard.messages.values import MINUTE, LearntDuration

ENOUGH = SpeculationOptions().least
"""Attempts of a kind before anything is said of it: as many as before an attempt is late."""

WORTH = math.log(1.25)
"""An estimate that is off by less, as a logarithm, is let stand: it was a round number."""

_LARGEST = 700.0
"""Logarithm of a number that can still be had."""


class Reading(NamedTuple):
    """One way to read history, in logarithms.

    Attributes:
        mean: Of the seconds, or of the times: not the median, for that is what estimates are.
        error: Its standard error.
        figures: Of which it is made; old ones count less.
        low: One attempt in twenty is below.
        high: One is above.
    """

    mean: float
    error: float
    figures: float
    low: float
    high: float

    def apart(self, said: float) -> float | None:
        """How far history is from what was said, if by more than chance would make it.

        The threshold is that of `Pace.is_believed`.
        """
        if self.figures <= 1.0:
            return None
        apart = self.mean - said
        return apart if apart**2 > 2.0 * math.log(self.figures) * self.error**2 else None


def contradiction(learning: Learning, kind: str, said: float) -> LearntDuration | None:
    """What work of that kind takes, if history contradicts what a planner has said.

    Args:
        learning: What is learnt; it is read once, and may change meanwhile.
        kind: Of work, see `kind_of`.
        said: Seconds; of what is said to take no time, nothing is known.
    """
    pairs = _pairs(learning, kind)
    if not 0.0 < said < math.inf or learning.figures(kind) < ENOUGH or not pairs:
        return None
    stated = math.log(said)
    seconds, times = _seconds(learning, pairs), _times(learning, kind, pairs)
    apart, by_times = seconds.apart(stated), times.apart(0.0)
    if apart is None or by_times is None or apart * by_times <= 0.0:
        return None
    reading, base = (seconds, 0.0) if abs(apart) <= abs(by_times) else (times, stated)
    mean = max(math.log(BRIEF), base + reading.mean)
    if abs(mean - stated) < WORTH:
        return None
    return LearntDuration(
        stated=said / MINUTE,
        minutes=_minutes(mean),
        attempts=learning.figures(kind),
        low=_minutes(base + reading.low),
        high=_minutes(base + reading.high),
    )


def usual(learning: Learning, most: int) -> Sequence[UsualDuration]:
    """What kinds of work usually take; those that are known best.

    Args:
        learning: What is learnt.
        most: How many kinds are told at the most.
    """
    known = [(learning.figures(name), name) for name in list(learning.kinds)]
    best = sorted((one for one in known if one[0] >= ENOUGH), key=lambda one: (-one[0], one[1]))
    return tuple(_usual(learning, best[:most]))


def _usual(learning: Learning, kinds: Iterable[tuple[int, str]]) -> Iterable[UsualDuration]:
    for attempts, name in kinds:
        pairs = _pairs(learning, name)
        found = _seconds(learning, pairs)
        if found.figures > 1.0 and found.mean >= math.log(BRIEF):
            yield UsualDuration(
                kind=name,
                minutes=_minutes(found.mean),
                low=_minutes(found.low),
                high=_minutes(found.high),
                attempts=attempts,
            )


def _pairs(learning: Learning, name: str) -> Sequence[Pair]:
    kind = learning.kinds.get(name)
    return () if kind is None else tuple(kind.pairs.values())


def _seconds(learning: Learning, pairs: Sequence[Pair]) -> Reading:
    """Such work takes so many seconds."""
    means = [(pair.took.weight, pair.took.mean) for pair in pairs]
    return _reading(learning, means, sum(pair.took.square for pair in pairs))


def _times(learning: Learning, name: str, pairs: Sequence[Pair]) -> Reading:
    """Such work takes so many times as long as was said."""
    kind, means = learning.kinds.get(name), [(pair.weight, pair.mean) for pair in pairs]
    within = 0.0 if kind is None else kind.spread.mean
    return _reading(learning, means, within * sum(weight for weight, _ in means))


def _reading(learning: Learning, means: Sequence[tuple[float, float]], within: float) -> Reading:
    """Of means of agents and their weights, and the squares within these.

    The mean of what is distributed log-normally, and its error, are Cox's (Zhou and Gao,
    Statistics in Medicine 16, 1997). Few figures are drawn towards the variance of all work.
    """
    figures = sum(weight for weight, _ in means)
    if figures <= 0.0:
        return Reading(0.0, math.inf, 0.0, 0.0, 0.0)
    middle = sum(weight * mean for weight, mean in means) / figures
    square = within + sum(weight * (mean - middle) ** 2 for weight, mean in means)
    like = learning.whole.spread.drawn(WITHIN**2)
    variance = (square + SEEN * like) / (figures + SEEN)
    error = math.sqrt(variance * (1.0 + variance / 2.0) / figures)
    off = NORMAL * math.sqrt(variance)
    return Reading(middle + variance / 2.0, error, figures, middle - off, middle + off)


def _minutes(seconds: float) -> float:
    """Of the logarithm of seconds, to two digits: more of them would say what nobody knows."""
    return float(f"{math.exp(min(seconds, _LARGEST)) / MINUTE:.2g}")
