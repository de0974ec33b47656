"""What was seen so far, as figures at each level: a pair of kind and agent, a kind, a skill.

Every mean here is of logarithms of *actual / estimated* seconds; `learning` makes
expectations of them. A level is the mean of what is below it, each weighed by how well
it is known, and is drawn towards the level above as if that were a part of one more of
these: levels of variance, their ratios known (Gelman and Hill, Data analysis using
regression and multilevel models, 2007, section 12.2).
"""

from __future__ import annotations

from math import sqrt

from callboard.messages.base import AgentId

HALF_LIFE = 20
"""Attempts in which a figure loses half of its weight."""

WITHIN = 0.5
"""How far attempts of one agent at one kind differ, until enough of them are seen:
standard deviation of the logarithm, a factor of 1.6."""

APART = 0.5
"""How far an agent is off at one kind, for what is known of both."""

BETWEEN = 1.0
"""How far kinds, skills and agents differ from their like: a factor of 2.7."""

TOGETHER = 2.0
"""How far all estimates may be wrong together: a factor of 7.4."""

SEEN = 4.0
"""How many figures of its own it takes to be believed as much as its like."""

STEP = 0.02
"""How far one attempt within or beyond its interval moves the next ones."""

TAIL = 0.05
"""Part of the attempts that an interval leaves out on either side."""

NORMAL = 1.6449
"""Standard deviations that leave so many out, where nothing else is known."""

LEAST = 1e-4
"""Variance below which none is believed: a standard deviation of 1 %."""

_FADE = 0.5 ** (1.0 / HALF_LIFE)
_APART2 = APART**2
_PULL = (APART / BETWEEN) ** 2
_HINT = (APART / TOGETHER) ** 2
_OUT, _IN = STEP * (1.0 - TAIL), STEP * TAIL


class Average:
    """A mean of which old figures fade."""

    __slots__ = ("mean", "weight")

    def __init__(self, mean: float = 0.0) -> None:
        self.weight = 0.0
        self.mean = mean

    def add(self, value: float) -> None:
        """One figure more."""
        self.weight = weight = self.weight * _FADE + 1.0
        if value != self.mean:
            self.mean += (value - self.mean) / weight

    def drawn(self, towards: float, figures: float = SEEN) -> float:
        """The mean, as if so many *figures* more had said *towards*."""
        return (self.weight * self.mean + figures * towards) / (self.weight + figures)


class Taken:
    """A mean of which old figures fade, and how far figures are from it.

    Attributes:
        weight: How many count.
        square: Of how far they are from the mean, the sum.
    """

    __slots__ = ("mean", "square", "weight")

    def __init__(self) -> None:
        self.weight = 0.0
        self.mean = 0.0
        self.square = 0.0

    def add(self, value: float, times: int = 1) -> None:
        """One figure more, which stands for so many in a row that were like it."""
        fade, more = faded(times)
        before, error = self.weight * fade, value - self.mean
        self.weight = weight = before + more
        self.mean += error * more / weight
        self.square = self.square * fade + error * error * before * more / weight


class Level:
    """The mean of what is below it.

    Attributes:
        weight: Of all that is below; what is known perfectly weighs 1.
        total: Of the weighed means.
    """

    __slots__ = ("total", "weight")

    def __init__(self) -> None:
        self.weight = 0.0
        self.total = 0.0

    def drawn(self, towards: float) -> float:
        """The mean, drawn towards that of the level above."""
        return (self.total + _PULL * towards) / (self.weight + _PULL)


class Whole(Level):
    """All work.

    Attributes:
        spread: The variance among attempts that are alike.
        high: Standard deviations above its mean that one attempt in twenty exceeds.
        low: Below its mean, as well.
    """

    __slots__ = ("high", "low", "spread")

    def __init__(self) -> None:
        super().__init__()
        # An estimate is taken for a mean, and is no more than a hint of how all are meant.
        self.weight = _HINT
        self.total = -_HINT * WITHIN**2 / 2.0
        self.spread = Average()
        self.high = NORMAL
        self.low = NORMAL

    @property
    def mean(self) -> float:
        """By how much all estimates are wrong together."""
        return self.total / self.weight


class Kind(Level):
    """One kind of work.

    Attributes:
        pairs: It with each agent that has tried it.
        needs: Its skill's name.
        skill: What is known of that.
        spread: The variance among attempts of one agent at it, as it was seen.
        variance: The same, as it is believed.
        high: As of the whole.
        low: As well.
        judged: Attempts whose duration was learnt, each of which had an interval before.
        below: How many of these took less.
        above: How many took more.
        success: How often it succeeds, whoever tries.
    """

    __slots__ = (
        "above", "below", "high", "judged", "low", "needs", "pairs", "skill", "spread",
        "success", "variance",
    )  # fmt: skip

    def __init__(self, needs: str, skill: Level, whole: Whole) -> None:
        super().__init__()
        self.needs = needs
        self.pairs: dict[AgentId, Pair] = {}
        self.skill = skill
        self.spread = Average()
        self.judged = 0
        self.below = 0
        self.above = 0
        self.success = Average()
        self.variance = WITHIN**2
        self.high = self.low = NORMAL
        begin(self, whole)


class Pair:
    """One agent at one kind of work.

    Attributes:
        mean: Of its attempts, of which old ones fade.
        weight: How many count.
        known: How well it is known, in [0, 1): what it weighs in its kind and its agent.
        for_kind: What it adds to its kind's total.
        for_agent: To its agent's.
        agent: How fast its agent is at anything.
        success: How often it succeeds.
        took: Logarithms of the seconds of its attempts, whatever was estimated.
        times: Of those by the estimated ones; as `mean`, and how far they are from it.
        brief: Attempts that took too little time to be looked at one by one.
        seen: Its latest attempt, counted among all.
    """

    __slots__ = (
        "agent", "brief", "for_agent", "for_kind", "known", "mean", "seen", "success",
        "times", "took", "weight",
    )  # fmt: skip

    def __init__(self, agent: Level) -> None:
        self.took = Taken()
        self.times = Taken()
        self.mean = 0.0
        self.weight = 0.0
        self.known = 0.0
        self.for_kind = 0.0
        self.for_agent = 0.0
        self.agent = agent
        self.success = Average()
        self.brief = 0
        self.seen = 0


def begin(kind: Kind, whole: Whole) -> None:
    """Nothing is known of its durations: it is like all the others."""
    kind.variance = believed(kind, whole)
    kind.high, kind.low = whole.high, whole.low


def expected(kind: Kind, pair: Pair, whole: Whole) -> tuple[float, float]:
    """The mean of the next attempt, and its standard deviation."""
    agent, variance, weight = pair.agent, kind.variance, pair.weight
    prior = variance / _APART2
    seen = weight + prior
    usual = kind.drawn(kind.skill.drawn(whole.mean)) + agent.drawn(0.0)
    unsure = _APART2 * (1.0 / (kind.weight + _PULL) + 1.0 / (agent.weight + _PULL))
    mean = (weight * pair.mean + prior * usual) / seen
    return mean, sqrt(variance * (1.0 + 1.0 / seen) + (prior / seen) ** 2 * unsure)


def unsure(level: Level) -> float:
    """The standard error of what is known of a kind whoever does it, or of an agent at anything."""
    return APART / sqrt(level.weight + _PULL)


def pace(kind: Kind, pair: Pair, whole: Whole) -> tuple[float, float, float]:
    """How far that agent is off its kind's mean, the standard error, and of how many figures.

    Figures of agents are taken to be as many as this one has; an agent alone has nobody to
    be faster than, so there are none.
    """
    mean, _ = expected(kind, pair, whole)
    seen = pair.weight + kind.variance / _APART2
    off = mean - kind.drawn(kind.skill.drawn(whole.mean))
    figures = pair.weight * len(kind.pairs) if len(kind.pairs) > 1 else 0.0
    return off, sqrt(kind.variance / seen), figures


def general(agent: Level, agents: int) -> tuple[float, float, float]:
    """The same of an agent at anything; the doubt is how far agents are off at single kinds.

    What is known of one kind alone, which weighs less than 1, says nothing of the others.
    """
    figures = agent.weight * agents if agents > 1 and agent.weight > 1.0 else 0.0
    return agent.drawn(0.0), unsure(agent), figures


def judge(kind: Kind, whole: Whole, off: float) -> None:
    """Learn how far off attempts are, in standard deviations.

    Adaptive conformal inference (Gibbs and Candes, NeurIPS 2021), for each side.
    """
    kind.judged += 1
    high = low = -_IN
    if off > kind.high:
        kind.above += 1
        high = _OUT
    elif -off > kind.low:
        kind.below += 1
        low = _OUT
    kind.high += high
    whole.high += high
    kind.low += low
    whole.low += low


def believed(kind: Kind, whole: Whole) -> float:
    """The variance among attempts at that kind, from its own and from all."""
    usual = whole.spread.drawn(WITHIN**2)
    return max(LEAST, kind.spread.drawn(usual))


def learn(kind: Kind, pair: Pair, whole: Whole, value: float, times: int = 1) -> None:
    """One attempt more: *value* is the logarithm of its seconds by those estimated.

    Args:
        kind: What it was at.
        pair: The same with who it was of.
        whole: All there is.
        value: What was seen.
        times: It stands for so many in a row that were like it.
    """
    weight, error = pair.weight, value - pair.mean
    if weight:
        square = error * error * weight / (weight + 1.0)
        whole.spread.add(square)
        kind.spread.add(square)
        kind.variance = believed(kind, whole)
    fade, more = faded(times)
    pair.weight = weight = weight * fade + more
    pair.mean += error * more / weight
    weigh(kind, pair, whole, weight / (weight + kind.variance / _APART2))


def faded(times: int) -> tuple[float, float]:
    """What is left of the weight of older figures, and what so many in a row weigh."""
    fade = _FADE**times
    return fade, (1.0 - fade) / (1.0 - _FADE)


def weigh(kind: Kind, pair: Pair, whole: Whole, known: float) -> None:
    """Let all levels know how well that pair is *known* now; 0 takes it out."""
    skill, agent = kind.skill, pair.agent
    usual, pace = kind.drawn(skill.drawn(whole.mean)), agent.drawn(0.0)
    more, for_agent = known - pair.known, known * (pair.mean - usual)
    agent.weight += more
    agent.total += for_agent - pair.for_agent
    for_kind = known * (pair.mean - pace)
    _lift(kind, more, for_kind - pair.for_kind, (skill, whole))
    pair.known, pair.for_agent, pair.for_kind = known, for_agent, for_kind


def _lift(level: Level, weight: float, total: float, above: tuple[Level, ...]) -> None:
    """So much more of weight and total, here and in what is *above*."""
    for higher in above:
        before = 1.0 / (level.weight + _PULL)
        was_weight, was_total = level.weight * before, level.total * before
        level.weight += weight
        level.total += total
        after = 1.0 / (level.weight + _PULL)
        weight, total = level.weight * after - was_weight, level.total * after - was_total
        level = higher
    level.weight += weight
    level.total += total
