"""What is decided while a trial runs: drawn by lot, or as it was noted before."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Protocol

import msgspec

from callboard.runtime.simulation.bidding import HONEST, Answer, drawn
from callboard.runtime.simulation.executor import Fate
from callboard.runtime.simulation.scenario import Slip

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callboard.runtime.simulation.drawing import Rates
    from callboard.runtime.simulation.scenario import Scenario

_SHORTEST, _LONGEST = 0.5, 2.0
_DELAY = 300.0
_SAVES = 0.2
SOON = Slip()
"""It arrives at once, as most do."""


class Lots(Protocol):
    """Decides each attempt and each letter."""

    fates: dict[str, Fate]
    slips: dict[str, Slip]
    answers: dict[str, Answer]

    @property
    def slippery(self) -> bool:
        """Whether any letter comes to harm."""
        ...

    def fate(self, subtask: str, seconds: float, *, calm: bool) -> Fate:
        """Of the next attempt at a subtask that is estimated at so many seconds."""
        ...

    def slip(self, agent: str, *, calm: bool) -> Slip:
        """Of the next letter from or to an agent."""
        ...

    def answer(self, agent: str, subtask: str, *, calm: bool) -> Answer:
        """To the next call for bids for a subtask that an agent hears."""
        ...


class DrawnLots:
    """Drawn by lot, and noted.

    Attributes:
        fates: Those of attempts that were drawn so far, as in `Scenario`.
        slips: Those of letters that did not just arrive, likewise.
        answers: Those to calls for bids, likewise.
    """

    def __init__(self, random: Random, rates: Rates, bids: Random | None = None) -> None:
        self.answers: dict[str, Answer] = {}
        self._bids = bids
        self.fates: dict[str, Fate] = {}
        self.slips: dict[str, Slip] = {}
        self._random = random
        self._draw_one = random.random  # for what is drawn most often
        self._rates = rates
        self._counts = Counter[str]()
        self._thresholds = _sums((rates.loses, rates.doubles, rates.delays))
        self._harmed = self._thresholds[-1]
        self._ends = _sums(
            (rates.fails, rates.crashes_before, rates.crashes, rates.crashes_after, rates.hangs)
        )

    @property
    def slippery(self) -> bool:
        """Whether any letter may come to harm."""
        return self._harmed > 0.0

    def fate(self, subtask: str, seconds: float, *, calm: bool) -> Fate:
        """See `Lots`."""
        key = _next(self._counts, subtask)
        if calm:
            return Fate(seconds=seconds)
        draw = self._random.random
        fate = self._draw(seconds * (_SHORTEST + _LONGEST * draw() * 3 / 4))
        if draw() < self._rates.effects and not fate.waits and fate.ends != "crashed before":
            fate = msgspec.structs.replace(fate, once=True)
        self.fates[key] = fate
        return fate

    def _draw(self, seconds: float) -> Fate:
        draw = self._random.random
        drawn, signs = draw(), int(3 * draw())
        fails, before, during, after, hangs = self._ends
        if drawn < fails:
            return Fate(seconds=seconds, ends="failed", signs=signs)
        if drawn < before:
            return Fate(seconds=seconds, ends="crashed before")
        if drawn < during:
            return Fate(seconds=seconds, ends="crashed", signs=signs)
        if drawn < after:
            return Fate(seconds=seconds, ends="crashed after", signs=signs)
        if drawn < hangs:
            return Fate(seconds=seconds, ends="hangs", signs=signs)
        if draw() < self._rates.waits:
            return Fate(seconds=seconds, signs=signs, waits=seconds / 4)
        return Fate(seconds=seconds, signs=signs, saves=draw() < _SAVES)

    def slip(self, agent: str, *, calm: bool) -> Slip:
        """See `Lots`."""
        self._counts[agent] += 1
        draw = self._draw_one
        drawn = draw()
        if calm or drawn >= self._harmed:
            return SOON
        loses, doubles, _ = self._thresholds
        if drawn < loses:
            slip = Slip(copies=0)
        elif drawn < doubles:
            slip = Slip(copies=2, apart=_DELAY * draw() ** 4)
        else:
            slip = Slip(delay=_DELAY * draw() ** 4)
        self.slips[f"{agent}/{self._counts[agent]}"] = slip
        return slip

    def answer(self, agent: str, subtask: str, *, calm: bool) -> Answer:
        """See `Lots`."""
        key = _next(self._counts, f"{agent}/{subtask}")
        if calm or self._bids is None:
            return HONEST
        answer = self.answers[key] = drawn(self._bids)
        return answer


class NotedLots:
    """As the scenario says.

    Attributes:
        fates: Those that it tells.
        slips: Likewise.
        answers: Likewise.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.answers = scenario.answers
        self.fates = scenario.fates
        self.slips = scenario.slips
        self._counts = Counter[str]()

    @property
    def slippery(self) -> bool:
        """Whether any letter comes to harm."""
        return bool(self.slips)

    def fate(self, subtask: str, seconds: float, *, calm: bool) -> Fate:  # noqa: ARG002 - as drawn
        """See `Lots`."""
        key = _next(self._counts, subtask)
        return self.fates.get(key) or Fate(seconds=seconds)

    def slip(self, agent: str, *, calm: bool) -> Slip:
        """See `Lots`; a scenario that was cut may have a letter of the end come to harm."""
        slip = self.slips.get(_next(self._counts, agent), SOON)
        return SOON if calm else slip

    def answer(self, agent: str, subtask: str, *, calm: bool) -> Answer:  # noqa: ARG002 - as drawn
        """See `Lots`."""
        return self.answers.get(_next(self._counts, f"{agent}/{subtask}"), HONEST)


def _next(counts: Counter[str], name: str) -> str:
    counts[name] += 1
    return f"{name}/{counts[name]}"


def _sums(rates: Iterable[float]) -> tuple[float, ...]:
    total, found = 0.0, list[float]()
    for rate in rates:
        total += rate
        found.append(total)
    return tuple(found)


class RecordedOrder(Random):
    """Draws as `random.Random` does, and notes what was drawn.

    Attributes:
        drawn: All of it, in order.
    """

    def __init__(self, seed: str) -> None:
        self.drawn: list[int | float] = []
        super().__init__(seed)

    def random(self) -> float:
        """A number in [0, 1)."""
        drawn = super().random()
        self.drawn.append(drawn)
        return drawn

    def getrandbits(self, k: int, /) -> int:
        """A whole number of so many bits."""
        drawn = super().getrandbits(k)
        self.drawn.append(drawn)
        return drawn


class NotedOrder(Random):
    """Draws what was noted; then always 0.

    What was drawn as one kind of number may be asked for as another, once a scenario was
    cut: it is made to fit.
    """

    def __init__(self, drawn: Iterable[int | float]) -> None:
        super().__init__(0)
        self._drawn = iter(drawn)

    def random(self) -> float:
        """A number in [0, 1)."""
        return next(self._drawn, 0) % 1.0

    def getrandbits(self, k: int, /) -> int:
        """A whole number of so many bits."""
        return int(next(self._drawn, 0)) & ((1 << k) - 1)
