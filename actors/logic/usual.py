"""What a kind of work usually takes, whoever does it, and whether that contradicts an estimate.

History can be read in two ways: such work takes *so many minutes*, or it takes *so many
times as long as is said*. Where attempts differ clearly less read in one way than in the
other, that way is right: estimates of that kind follow its pieces, or they do not. While
a planner always says the same, history cannot tell, for both ways say the same. When it
then says something else (it was told what is usual, or this piece is larger), one of them
is wrong. So an estimate is contradicted only where both contradict it in the same
direction, and the milder one is believed.

>>> from callboard.actors.logic.learning import Learning, Sample
>>> learning = Learning()
>>> for _ in range(40):
...     learning.finished(Sample("Train", "ml", "ann"), estimate=3600.0, seconds=1320.0)
>>> [round(contradiction(learning, "Train", said).minutes) for said in (3600.0, 7200.0)]
[22, 45]
>>> print(contradiction(learning, "Train", 1320.0))
None
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from callboard.actors.logic.experience import NORMAL, SEEN, WITHIN, Pair, Taken, faded
from callboard.actors.logic.learning import BRIEF, Learning
from callboard.actors.logic.speculation_options import SpeculationOptions
from callboard.messages.learnt import UsualDuration
from callboard.messages.values import MINUTE, LearntDuration

ENOUGH = SpeculationOptions().least
"""Attempts of a kind before anything is said of it: as many as before an attempt is late."""

_LEAST = 0.999 * faded(ENOUGH)[1]
"""What so many weigh: some may have been forgotten."""

WORTH = math.log(1.25)
"""An estimate that is off by less, as a logarithm, is let stand: it was a round number."""

_LARGEST = 700.0
"""Logarithm of a number that can still be had."""


class Reading(NamedTuple):
    """One way to read history, in logarithms.

    Attributes:
        mean: Of the seconds, or of the times: not the median, for that is what estimates are.
        error: Its standard error.
        variance: Of attempts.
        figures: Of which it is made; old ones count less.
        low: One attempt in twenty is below.
        high: One is above.
    """

    mean: float
    error: float
    variance: float
    figures: float
    low: float
    high: float

    @property
    def about(self) -> tuple[float, float]:
        """Its mean, and its median."""
        return self.mean, self.mean - self.variance / 2.0

    def is_truer(self, other: Reading) -> bool:
        """Whether attempts differ less read like this, by more than chance would make it."""
        if self.variance >= other.variance or min(self.figures, other.figures) <= 1.0:
            return False
        # The logarithm of a variance has an error of the root of 2 / n.
        figures = min(self.figures, other.figures)
        apart = math.log(other.variance / self.variance)
        return apart**2 > 2.0 * math.log(figures) * 4.0 / figures

    def times(self, stated: float) -> Reading:
        """The same, of what takes so many times as long as was stated."""
        mean, low, high = self.mean + stated, self.low + stated, self.high + stated
        return self._replace(mean=mean, low=low, high=high)

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
    seconds = _reading([pair.took for pair in pairs])
    if seconds.figures < _LEAST:
        return None
    times = _reading([pair.times for pair in pairs]).times(stated)
    found = _believed(seconds, times, stated)
    # Of few figures the mean is above their middle only because they are thought to vary.
    if found is None or any(abs(max(math.log(BRIEF), at) - stated) < WORTH for at in found.about):
        return None
    return LearntDuration(
        stated=said / MINUTE,
        minutes=_minutes(max(math.log(BRIEF), found.mean)),
        attempts=learning.figures(kind),
        low=_minutes(found.low),
        high=_minutes(found.high),
    )


def _believed(seconds: Reading, times: Reading, stated: float) -> Reading | None:
    """By what the estimate is contradicted, if it is."""
    apart, by_times = seconds.apart(stated), times.apart(stated)
    if seconds.is_truer(times):
        return None if apart is None else seconds
    if times.is_truer(seconds):
        return None if by_times is None else times
    if apart is None or by_times is None or apart * by_times <= 0.0:
        return None
    return seconds if abs(apart) <= abs(by_times) else times


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
        found = _reading([pair.took for pair in _pairs(learning, name)])
        if found.figures >= _LEAST and found.mean >= math.log(BRIEF):
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


def _reading(figures: Sequence[Taken]) -> Reading:
    """Of what each agent has taken.

    The mean of what is distributed log-normally, and its error, are Cox's (Zhou and Gao,
    Statistics in Medicine 16, 1997). Few figures are drawn towards the variance that is
    believed of what nobody knows.
    """
    weight = sum(one.weight for one in figures)
    if weight <= 0.0:
        return Reading(0.0, math.inf, math.inf, 0.0, 0.0, 0.0)
    middle = sum(one.weight * one.mean for one in figures) / weight
    square = sum(one.square + one.weight * (one.mean - middle) ** 2 for one in figures)
    variance = (square + SEEN * WITHIN**2) / (weight + SEEN)
    error = math.sqrt(variance * (1.0 + variance / 2.0) / weight)
    off = NORMAL * math.sqrt(variance)
    return Reading(middle + variance / 2.0, error, variance, weight, middle - off, middle + off)


def _minutes(seconds: float) -> float:
    """Of the logarithm of seconds, to two digits: more of them would say what nobody knows."""
    return float(f"{math.exp(min(seconds, _LARGEST)) / MINUTE:.2g}")
