"""Who is faster than others at which kind of work, as far as that is known and no chance.

Few attempts differ by chance, and whoever waited for the lucky one would wait for
nothing. So a difference is believed only where it is larger than what chance would make
of as many figures as there are: `sqrt(2 log n)` standard errors, the universal threshold
(Donoho and Johnstone, Ideal spatial adaptation by wavelet shrinkage, Biometrika 81, 1994),
below which the largest of n figures without any difference stays. Whoever does not reach
it counts as fast as the kind usually is. So agents that are equally fast are taken to be.

Where whoever is slower takes less than a millisecond all the same (`BRIEF`), nobody is
taken to differ: to look for the faster one would take longer than it saves.

The same is asked of an agent in general, over all kinds that it has tried. Who is faster
at most of them is taken to be as much faster at one that it was hardly seen at, where some
are known to be faster than others.

>>> from callboard.messages.values import Subtask
>>> learning = Learning()
>>> paces = Learnt(learning)
>>> work = Subtask(uuid="u", name="sum", estimated_duration=1.0)
>>> for _ in range(10):
...     for agent, seconds in (("slow", 120.0), ("fast", 40.0)):
...         learning.completed(work, agent, seconds)
...         _ = paces.hear(work, agent)
>>> sorted(paces.uneven)
['sum']
>>> round(paces.factor("sum", "slow") / paces.factor("sum", "fast"), 1)
3.0
>>> paces.factor("sum", "new")
1.0
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from math import exp
from typing import Protocol

from callboard.actors.logic.learning import (
    BRIEF,
    Expected,
    Learning,
    Sample,
    Scale,
    kind_of,
    sample_of,
)
from callboard.messages.base import AgentId
from callboard.messages.values import Subtask

_USUAL = ""
"""Names nobody, who is as fast as is usual."""


class Paces(Protocol):
    """How long agents take.

    Attributes:
        uneven: Kinds of work at which somebody is known to be faster than others.
        taught: Whether anything is known that plans do not say.
        changes: Grows whenever somebody's factor is another one.
    """

    @property
    def uneven(self) -> AbstractSet[str]: ...  # noqa: D102 - above

    @property
    def taught(self) -> bool: ...  # noqa: D102 - above

    @property
    def changes(self) -> int: ...  # noqa: D102 - above

    def factor(self, kind: str, agent: AgentId) -> float:
        """How many times as long as usual that agent takes for work of that kind."""
        ...

    def factors(self, kind: str) -> Mapping[AgentId, float]:
        """The factors of all that are known to be faster or slower at that kind."""
        ...

    def scale(self, subtask: Subtask) -> Scale:
        """How many times as long as its plan says it takes one who is as fast as is usual."""
        ...

    def usual(self, subtask: Subtask) -> float:
        """Seconds that it takes one who is as fast as is usual."""
        ...

    def expect(self, subtask: Subtask, agent: AgentId) -> Expected:
        """What an attempt of that agent at it takes."""
        ...

    def hear(self, subtask: Subtask, agent: AgentId) -> bool:
        """That agent has done it, and the expectations say so; whether its factor is new."""
        ...

    def anew(self) -> None:
        """What is expected has changed altogether."""
        ...


class Learnt:
    """What attempts have taught.

    Args:
        learning: Is told of them, before `hear` is.

    Attributes:
        changes: Grows whenever somebody's factor is another one.
    """

    def __init__(self, learning: Learning) -> None:
        self._learning = learning
        self._factors: dict[str, dict[AgentId, float]] = {}
        self.uneven: AbstractSet[str] = self._factors.keys()
        self._general: dict[AgentId, float] = {}  # logarithms
        self.changes = 0
        self.anew()

    def factor(self, kind: str, agent: AgentId) -> float:
        """How many times as long as usual that agent takes for work of that kind."""
        factors = self._factors.get(kind)
        if factors is None:
            return 1.0
        own = factors.get(agent)
        return exp(self._general.get(agent, 0.0)) if own is None else own

    def factors(self, kind: str) -> Mapping[AgentId, float]:
        """The factors of all that are known to be faster or slower at that kind; a copy."""
        factors = self._factors.get(kind)
        if factors is None:
            return {}
        general = self._general.copy()
        return {**{agent: exp(off) for agent, off in general.items()}, **factors.copy()}

    @property
    def taught(self) -> bool:
        """Whether anything was learnt."""
        return self._learning.attempts > 0

    def scale(self, subtask: Subtask) -> Scale:
        """How many times as long as its plan says it takes one who is as fast as is usual."""
        return self._learning.scale(sample_of(subtask, _USUAL))

    def usual(self, subtask: Subtask) -> float:
        """Seconds that it takes one who is as fast as is usual."""
        return self.expect(subtask, _USUAL).seconds

    def expect(self, subtask: Subtask, agent: AgentId) -> Expected:
        """What an attempt of that agent at it takes."""
        return self._learning.expect(sample_of(subtask, agent), subtask.stated_seconds)

    def hear(self, subtask: Subtask, agent: AgentId) -> bool:
        """That agent has done it, and the expectations say so; whether its factor is new."""
        sample = sample_of(subtask, agent)
        kind = self._learning.kinds.get(sample.kind)
        if (kind is None or len(kind.pairs) == 1) and sample.kind not in self._factors:
            return False  # as mostly: an agent alone has nobody to be faster than
        return self._hear(sample, brief=self._is_brief(subtask, sample))

    def _is_brief(self, subtask: Subtask, sample: Sample) -> bool:
        """Whether neither that agent nor others take so long that anybody would care."""
        usual = sample._replace(agent=_USUAL)
        stated = subtask.stated_seconds
        seconds = (self._learning.typical(one, stated) for one in (sample, usual))
        return max(seconds) < BRIEF

    def anew(self) -> None:
        """What is expected has changed altogether."""
        self._factors.clear()
        self._general.clear()
        for agent in self._learning.agents:
            self._hear_of(agent)
        for name, kind in self._learning.kinds.items():
            for agent in kind.pairs:
                self._hear(Sample(name, kind.needs, agent))
        self.changes += 1

    def _hear(self, sample: Sample, *, brief: bool = False) -> bool:
        changed = self._hear_of(sample.agent)
        kind, agent = sample.kind, sample.agent
        factor = None if brief else self._believed(sample)
        factors = self._factors.get(kind)
        if factor == (None if factors is None else factors.get(agent)):
            self.changes += changed
            return changed
        if factor is not None:
            self._factors.setdefault(kind, {})[agent] = factor
        elif factors is not None:
            del factors[agent]
            if not factors:
                del self._factors[kind]
        self.changes += 1  # last: who looks meanwhile looks again
        return True

    def _believed(self, sample: Sample) -> float | None:
        """Its factor, what it is in general if it is not off that; None for as usual."""
        pace, general = self._learning.pace(sample), self._general.get(sample.agent)
        if pace.is_believed(general or 0.0):
            return exp(pace.off)
        return None if general is None else exp(general)

    def _hear_of(self, agent: AgentId) -> bool:
        """How fast it is at anything; whether that is new."""
        pace, known = self._learning.general(agent), self._general.pop(agent, None)
        now = pace.off if pace.is_believed() else None
        if now is not None:
            self._general[agent] = now
        return now != known


class Stated:
    """What is known beforehand, exactly: the same whatever happens.

    Args:
        seconds: Of each kind of work, for each agent that may do it.
    """

    def __init__(self, seconds: Mapping[str, Mapping[AgentId, float]]) -> None:
        self._seconds = seconds
        self._means = {kind: sum(own.values()) / len(own) for kind, own in seconds.items()}
        self.changes = 0
        self.uneven = frozenset(kind for kind, own in seconds.items() if len({*own.values()}) > 1)

    def factor(self, kind: str, agent: AgentId) -> float:
        """How many times as long as the mean of all that agent takes for that kind."""
        return self._seconds[kind][agent] / self._means[kind]

    def factors(self, kind: str) -> Mapping[AgentId, float]:
        """Those of all agents that may do work of that kind."""
        return {agent: self.factor(kind, agent) for agent in self._seconds.get(kind, ())}

    @property
    def taught(self) -> bool:
        """What all agents take on average is for plans to say."""
        return False

    def scale(self, subtask: Subtask) -> Scale:
        """It takes what its plan says."""
        del subtask
        return Scale(1.0, 0.0)

    def usual(self, subtask: Subtask) -> float:
        """Seconds that all agents take for it on average."""
        return self._means[kind_of(subtask)]

    def expect(self, subtask: Subtask, agent: AgentId) -> Expected:
        """What that agent takes for it."""
        seconds = self._seconds[kind_of(subtask)][agent]
        return Expected(seconds, seconds, seconds)

    def hear(self, subtask: Subtask, agent: AgentId) -> bool:
        """Nothing is learnt."""
        del subtask, agent
        return False

    def anew(self) -> None:
        """It never changes."""


_NOTHING_LEARNT = Learnt(Learning())


def unknown() -> Paces:
    """Of nobody it is known whether it is faster."""
    return _NOTHING_LEARNT
