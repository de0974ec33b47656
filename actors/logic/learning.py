"""How long work really takes, and how often it succeeds, learnt from every attempt.

What is learnt is the logarithm of *actual / estimated*, so that a kind whose estimates
are always half of the truth is known after a few attempts, whatever its size. Few
figures of one agent at one kind of work say little: they are drawn towards what is known
of that kind and of that agent at other kinds, a kind towards its skill, a skill towards
everything, and that towards the estimates. Old attempts fade, half of their weight in 20.

>>> learning = Learning()
>>> for _ in range(40):
...     learning.finished(Sample("sum", "maths", "slow"), estimate=60.0, seconds=120.0)
...     learning.finished(Sample("sum", "maths", "fast"), estimate=60.0, seconds=60.0)
>>> [round(learning.expect(Sample("sum", "maths", who), 60.0).seconds) for who in ("slow", "fast")]
[120, 60]
>>> learning.expect(Sample("sum", "maths", "new"), 10.0).seconds > 10.0
True
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from math import exp, log
from typing import NamedTuple

from callboard.actors.logic.experience import (
    Kind,
    Level,
    Pair,
    Whole,
    begin,
    expected,
    general,
    judge,
    learn,
    pace,
    unsure,
    weigh,
)
from callboard.actors.logic.skills import normal
from callboard.messages.base import AgentId, SubtaskId
from callboard.messages.learnt import held
from callboard.messages.values import Skill, Subtask

BRIEF = 0.001
"""Seconds below which nobody would decide by how long an attempt takes."""

_ONE_IN = 16
"""Of attempts that are so brief, only one in so many is looked at once some were; it counts
for all of them. Else the few that something held up would seem to be what is usual."""

_SOME = 4.0

_ANSWERS = 1_000
"""Answers that are kept at the most: many kinds may be asked about while nothing is learnt."""

_NUMBER = "0123456789 _-#.:"

MOST = 20_000
"""Pairs of kind and agent that are remembered: some 15 MB."""


class Sample(NamedTuple):
    """What was attempted, and by whom.

    Attributes:
        kind: Of work.
        skill: That it needs, or all of them in one text; the first that is told of a
            kind counts.
    """

    kind: str
    skill: str
    agent: AgentId


class Expected(NamedTuple):
    """What an attempt should take, seconds.

    Attributes:
        seconds: The mean.
        low: One attempt in twenty takes less.
        high: One in twenty takes more.
    """

    seconds: float
    low: float
    high: float


class Scale(NamedTuple):
    """What a kind of work really takes.

    Attributes:
        factor: How many times as long as estimated, the mean.
        error: Standard error of its logarithm.
    """

    factor: float
    error: float

    def is_beyond(self, other: float) -> bool:
        """Whether the difference from that factor is more than the doubt about it."""
        return abs(log(self.factor / other)) > self.error


class Pace(NamedTuple):
    """How an agent differs from what is usual at a kind of work, as logarithms of seconds.

    Attributes:
        off: By so much it takes longer; negative where less.
        error: Standard error of that.
        figures: Of which it is made, those of all agents at that kind together.
    """

    off: float
    error: float
    figures: float

    def is_believed(self, beside: float = 0.0) -> bool:
        """Whether the difference from *beside* is larger than chance would make it."""
        few = self.figures <= 1.0
        return not few and (self.off - beside) ** 2 > 2.0 * log(self.figures) * self.error**2


def kind_of(subtask: Subtask) -> str:
    """What kind of work it is: what it says, else its name without a number at its end.

    >>> [kind_of(Subtask(uuid="u", name=name)) for name in ("chunk 12", "page-7", "404")]
    ['chunk', 'page', '404']
    """
    return subtask.kind or subtask.name.rstrip(_NUMBER) or subtask.name


def sample_of(subtask: Subtask, agent: AgentId) -> Sample:
    """An attempt at that subtask by that agent.

    >>> from callboard.messages.values import Skill
    >>> needs = (Skill(name="SQL", level=2), Skill(name="law"))
    >>> sample_of(Subtask(uuid="u", name="Ask", required_skills=needs), "ann")
    Sample(kind='Ask', skill='law, sql', agent='ann')
    """
    return Sample(kind_of(subtask), _skill(subtask.required_skills), agent)


@lru_cache(maxsize=4096)
def _skill(required: tuple[Skill, ...]) -> str:
    return ", ".join(sorted({normal(skill.name) for skill in required}))


class Learning:
    """Expectations that get better.

    Args:
        most: Pairs of kind and agent that are remembered; beyond that the half of which
            nothing was heard for longest is forgotten.

    Attributes:
        whole: What is known of all work.
        skills: Of each skill.
        kinds: Of each kind.
        agents: How fast each agent is.
        attempts: That were learnt from.
        pairs: How many there are.
        misses: Agents whose attempts at an open subtask have failed.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self.whole = Whole()
        self.skills: dict[str, Level] = {}
        self.kinds: dict[str, Kind] = {}
        self.agents: dict[AgentId, Level] = {}
        self.attempts = 0
        self.pairs = 0
        self.misses: dict[SubtaskId, list[AgentId]] = {}
        self._answers: dict[Sample, tuple[float, float, float]] = {}  # until more is learnt

    # Told

    def missed(self, subtask: SubtaskId, agent: AgentId) -> None:
        """An attempt of that agent has failed, or has taken it down.

        It is learnt from when the subtask ends: those ends come in one order, which the
        journal has too, and what is learnt depends on the order.
        """
        self.misses.setdefault(subtask, []).append(agent)

    def completed(self, subtask: Subtask, agent: AgentId, seconds: float) -> None:
        """That agent has completed it, and worked for so long."""
        if self.misses:
            self.given_up(subtask)
        kind = self.kinds.get(kind_of(subtask))
        pair = None if kind is None else kind.pairs.get(agent)
        if kind is None or pair is None:
            self.finished(sample_of(subtask, agent), subtask.stated_seconds, seconds)
        else:
            self._finished(kind, pair, subtask.stated_seconds, seconds)

    def given_up(self, subtask: Subtask) -> None:
        """It has ended: learn from the attempts that failed."""
        for agent in self.misses.pop(subtask.uuid, ()):
            self.failed(sample_of(subtask, agent))

    def dropped(self, subtask: SubtaskId) -> None:
        """Nobody wants it any more, and how its attempts went is not asked."""
        self.misses.pop(subtask, None)

    def finished(self, sample: Sample, estimate: float, seconds: float) -> None:
        """An attempt was completed; what takes no time, or was to take none, says no more."""
        self._finished(*self._known(sample), estimate, seconds)

    def _finished(self, kind: Kind, pair: Pair, estimate: float, seconds: float) -> None:
        self.attempts += 1
        pair.seen = self.attempts
        kind.success.add(1.0)
        pair.success.add(1.0)
        if estimate <= 0.0 or seconds <= 0.0:
            return
        times = 1
        if seconds < BRIEF and pair.weight > _SOME:
            pair.brief += 1
            if pair.brief % _ONE_IN:
                return
            times = _ONE_IN
        self._learn(kind, pair, estimate, seconds, times)

    def outlasted(self, subtask: Subtask, agent: AgentId, seconds: float) -> None:
        """An attempt was taken back after so long, which it would have taken at the least.

        Else of an agent that is always overtaken it would never be learnt that it is slow.
        """
        stated = subtask.stated_seconds
        if stated > 0.0 and seconds > 0.0:
            kind, pair = self._of(sample_of(subtask, agent))
            self._learn(kind, pair, stated, seconds)

    def failed(self, sample: Sample) -> None:
        """An attempt failed, or took its agent down."""
        kind, pair = self._of(sample)
        kind.success.add(0.0)
        pair.success.add(0.0)

    def _learn(
        self, kind: Kind, pair: Pair, estimate: float, seconds: float, times: int = 1
    ) -> None:
        self._answers.clear()
        took = log(seconds)
        value = took - log(estimate)
        whole = self.whole
        if not kind.judged:  # it may have failed long ago, and begins as one does now
            begin(kind, whole)
        mean, deviation = expected(kind, pair, whole)
        judge(kind, whole, (value - mean) / deviation)
        learn(kind, pair, whole, value, times)
        pair.took.add(took, times)
        pair.times.add(value, times)

    def _of(self, sample: Sample) -> tuple[Kind, Pair]:
        kind, pair = self._known(sample)
        self.attempts += 1
        pair.seen = self.attempts
        return kind, pair

    def _known(self, sample: Sample) -> tuple[Kind, Pair]:
        kind = self.kinds.get(sample.kind)
        pair = None if kind is None else kind.pairs.get(sample.agent)
        if kind is None or pair is None:
            kind, pair = self._new(sample)
        return kind, pair

    def _new(self, sample: Sample) -> tuple[Kind, Pair]:
        self._answers.clear()
        if self.pairs >= self._most:
            self._make_room()
        kind = self.kinds.get(sample.kind)
        if kind is None:
            skill = self.skills.setdefault(sample.skill, Level())
            kind = self.kinds[sample.kind] = Kind(sample.skill, skill, self.whole)
        agent = self.agents.setdefault(sample.agent, Level())
        pair = kind.pairs[sample.agent] = Pair(agent)
        self.pairs += 1
        return kind, pair

    # Forgotten

    def forget(self, work: str = "", agent: AgentId = "") -> int:
        """Think no more of that kind of work and that agent; "" stands for each of them.

        Returns:
            Of how many pairs of them something was known.
        """
        forgotten = [
            (name, one)
            for name, kind in self.kinds.items()
            for one in kind.pairs
            if work in ("", name) and agent in ("", one)
        ]
        self._drop(forgotten)
        if not work and not agent:  # last: until then it is made of what is forgotten
            self.whole, self.attempts = Whole(), 0
        return len(forgotten)

    def _make_room(self) -> None:
        """Forget the half of which nothing was heard for longest."""
        seen = [
            (pair.seen, name, agent)
            for name, kind in self.kinds.items()
            for agent, pair in kind.pairs.items()
        ]
        seen.sort()
        self._drop((name, agent) for _, name, agent in seen[: len(seen) // 2])

    def _drop(self, pairs: Iterable[tuple[str, AgentId]]) -> None:
        self._answers.clear()
        for name, agent in list(pairs):
            kind = self.kinds[name]
            weigh(kind, kind.pairs.pop(agent), self.whole, 0.0)
            self.pairs -= 1
        self.kinds = {name: kind for name, kind in self.kinds.items() if kind.pairs}
        agents = {agent for kind in self.kinds.values() for agent in kind.pairs}
        skills = {kind.needs for kind in self.kinds.values()}
        self.agents = {name: one for name, one in self.agents.items() if name in agents}
        self.skills = {name: one for name, one in self.skills.items() if name in skills}

    # Asked

    def expect(self, sample: Sample, estimate: float) -> Expected:
        """Seconds that an attempt should take whose plan says *estimate*."""
        answer = self._answers.get(sample)
        if answer is None:
            answer = self._answer(sample)
        return Expected(estimate * answer[0], estimate * answer[1], estimate * answer[2])

    def _answer(self, sample: Sample) -> tuple[float, float, float]:
        """The same by those estimated; it is asked for again and again until more is learnt."""
        kind, pair = self._like(sample)
        mean, deviation = expected(kind, pair, self.whole)
        low, high = exp(mean - kind.low * deviation), exp(mean + kind.high * deviation)
        if len(self._answers) >= _ANSWERS:
            self._answers.clear()
        answer = min(high, exp(mean + kind.variance / 2.0)), low, high
        self._answers[sample] = answer
        return answer

    def typical(self, sample: Sample, estimate: float) -> float:
        """Seconds that one attempt in two takes, and one exceeds: few long ones do not count."""
        return estimate * exp(expected(*self._like(sample), self.whole)[0])

    def doubt(self, sample: Sample) -> float:
        """Part of the variance of an attempt that is about all like it, in [0, 1].

        The rest is how attempts differ that are alike.
        """
        kind, pair = self._like(sample)
        deviation = expected(kind, pair, self.whole)[1]
        return max(0.0, 1.0 - kind.variance / deviation**2)

    def scale(self, sample: Sample) -> Scale:
        """How far such work is off its estimate, for one who is as fast as is usual."""
        kind, _ = self._like(sample)
        return Scale(self.expect(sample, 1.0).seconds, unsure(kind))

    def pace(self, sample: Sample) -> Pace:
        """How that agent differs from what is usual at such work."""
        kind, pair = self._like(sample)
        return Pace(*pace(kind, pair, self.whole))

    def general(self, agent: AgentId) -> Pace:
        """How that agent differs from others whatever they do."""
        return Pace(*general(self.agents.get(agent) or Level(), len(self.agents)))

    def success(self, sample: Sample) -> float:
        """How likely an attempt succeeds, in [0, 1]; 1 of what was never tried."""
        kind, pair = self._like(sample)
        return pair.success.drawn(kind.success.drawn(1.0, 1.0), 2.0)

    def figures(self, kind: str) -> int:
        """Attempts of that kind whose duration was learnt, but for the very first of all."""
        known = self.kinds.get(kind)
        return 0 if known is None else known.judged

    @property
    def calibration(self) -> float | None:
        """Part of the attempts that their interval held; None where none had one."""
        return held(*self.judged)

    @property
    def judged(self) -> tuple[int, int]:
        """Attempts that had an interval beforehand, and how many of them it did not hold."""
        kinds = list(self.kinds.values())  # somebody else may read while more is learnt
        return sum(kind.judged for kind in kinds), sum(kind.below + kind.above for kind in kinds)

    def _like(self, sample: Sample) -> tuple[Kind, Pair]:
        """What is known of it, or the nearest to it; nothing is kept."""
        kind = self.kinds.get(sample.kind)
        if kind is None:
            skill = self.skills.get(sample.skill) or Level()
            kind = Kind(sample.skill, skill, self.whole)
        pair = kind.pairs.get(sample.agent)
        return kind, pair or Pair(self.agents.get(sample.agent) or Level())
