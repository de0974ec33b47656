"""How each attempt goes: drawn from the seed, whatever the order of things.

>>> calm = Fates(7, 0.0)
>>> calm.seconds(Subtask(uuid="g1-s1", name="Draw", estimated_duration=2.0))
116.2
"""

from __future__ import annotations

import math
from collections import Counter
from random import Random
from typing import Final

from callboard.actors.logic.effects import StartWork
from callboard.messages.values import Agent, Subtask
from callboard.runtime.simulation.executor import Fate

_SPREAD: Final = 0.25
_LEAST, _MOST = 0.5, 2.0
_FAILS: Final = 0.4
_HANGS: Final = 0.1
_HOPELESS: Final = 0.02
"""Per crash: attempts that raise, attempts that hang, subtasks that always raise."""


class Fates:
    """Decides for a simulation.

    Args:
        seed: Decides everything; the same subtask has the same fate in each run.
        crash_rate: Part of the attempts that take their agent down; of two fifths as many the
            code raises, and a tenth of it hangs. Of a hundred crashes, two subtasks
            raise whenever they are tried.
    """

    def __init__(self, seed: int, crash_rate: float) -> None:
        self._seed = seed
        self._rate = crash_rate
        self._attempts: Counter[str] = Counter()

    def __call__(self, agent: Agent, effect: StartWork) -> Fate:
        """The fate of the attempt that begins."""
        subtask = effect.ready.subtask
        del agent  # nobody is quicker or luckier than others
        self._attempts[subtask.uuid] += 1
        random = self._random(subtask, f"attempt {self._attempts[subtask.uuid]}")
        seconds, when, draw = self.seconds(subtask), random.random(), random.random()
        if draw < self._rate:
            return Fate(seconds=when * seconds, ends="crashed")
        draw -= self._rate
        if draw < self._rate * _FAILS or self._hopeless(subtask):
            return Fate(seconds=when * seconds, ends="failed")
        if draw < self._rate * (_FAILS + _HANGS):
            return Fate(seconds=seconds, ends="hangs")
        return Fate(seconds=seconds)

    def seconds(self, subtask: Subtask) -> float:
        """How long it really takes, whoever does it; the estimate is off by a third or so."""
        factor = math.exp(self._random(subtask, "length").gauss(0.0, _SPREAD))
        return round(subtask.seconds * min(_MOST, max(_LEAST, factor)), 1)

    def _hopeless(self, subtask: Subtask) -> bool:
        return self._random(subtask, "hope").random() < self._rate * _HOPELESS

    def _random(self, subtask: Subtask, what: str) -> Random:
        # A string seeds the same everywhere; a hash of it would not.
        return Random(f"{self._seed}/{subtask.uuid}/{what}")  # noqa: S311 - reproducible
