"""What was learnt of durations and successes, as data: to be kept, and to be read.

The figures of `Learnt` are those of `callboard.actors.logic.experience`; they are arrays
when they are encoded, because there may be thousands.
"""

from __future__ import annotations

from callboard.messages.base import AgentId, Value


class LearntLevel(Value, array_like=True):
    """A skill, or an agent.

    Attributes:
        weight: Of all that is below.
        total: Of the weighed means.
    """

    name: str
    weight: float
    total: float


class LearntPair(Value, array_like=True):
    """One agent at one kind of work; see `Pair` in `experience`.

    Attributes:
        tries: What its attempts weigh.
        success: Part of them that succeeded.
        took: The logarithms of its seconds: what they weigh, their mean, and of how far they
            are from it the sum of squares; zeros where an earlier version has kept it.
        times: The same of seconds by those estimated.
    """

    agent: AgentId
    mean: float
    weight: float
    known: float
    for_kind: float
    for_agent: float
    tries: float
    success: float
    brief: int
    seen: int
    took: tuple[float, float, float] = (0.0, 0.0, 0.0)
    times: tuple[float, float, float] = (0.0, 0.0, 0.0)


class LearntKind(Value, array_like=True):
    """One kind of work; see `Kind` in `experience`.

    Attributes:
        skill: What it needs, in one text.
        seen: What the figures of the variance weigh.
        spread: The variance that was seen.
        variance: That is believed.
        tries: What its attempts weigh.
        success: Part of them that succeeded.
    """

    name: str
    skill: str
    weight: float
    total: float
    seen: float
    spread: float
    variance: float
    high: float
    low: float
    judged: int
    below: int
    above: int
    tries: float
    success: float
    pairs: tuple[LearntPair, ...]


class Learnt(Value):
    """All that was learnt.

    Attributes:
        attempts: How many there were.
        weight: Of all skills.
        total: Of their weighed means.
        seen: What the figures of the variance weigh.
        spread: The variance among attempts that are alike.
        high: Standard deviations that one attempt in twenty is above its mean.
        low: And below it.
    """

    attempts: int
    weight: float
    total: float
    seen: float
    spread: float
    high: float
    low: float
    skills: tuple[LearntLevel, ...]
    agents: tuple[LearntLevel, ...]
    kinds: tuple[LearntKind, ...]


class UsualDuration(Value):
    """What a kind of work usually takes, whoever does it and whatever was estimated.

    Attributes:
        kind: Of work; its name is from a plan, and no more to be trusted than that.
        minutes: The mean.
        low: Minutes; one attempt in twenty takes less.
        high: Minutes; one in twenty takes more.
        attempts: From which it was learnt.
    """

    kind: str
    minutes: float
    low: float
    high: float
    attempts: int


class AgentLearnt(Value):
    """One agent at one kind of work.

    Attributes:
        factor: Actual by estimated seconds, the median of what to expect.
        success: How likely an attempt succeeds, in [0, 1].
        attempts: How many of them count, as old ones fade.
    """

    agent: AgentId
    factor: float
    success: float
    attempts: float


class KindLearnt(Value):
    """One kind of work.

    Attributes:
        skill: What it needs, in one text.
        factor: Actual by estimated seconds, the median for an agent that is not known.
        spread: By which factor attempts of one agent differ: a standard deviation.
        success: How likely an attempt succeeds, in [0, 1].
        judged: Attempts that had an interval beforehand.
        below: Of these, how many took less.
        above: How many took more.
        agents: Those that have tried it.
    """

    name: str
    skill: str
    factor: float
    spread: float
    success: float
    judged: int
    below: int
    above: int
    agents: tuple[AgentLearnt, ...]

    @property
    def held(self) -> float | None:
        """Part of the attempts that their interval held; it is to be 0.9."""
        return held(self.judged, self.below + self.above)


class LearningReport(Value):
    """What was learnt of durations and successes.

    Attributes:
        attempts: That were learnt from.
        kinds: In the order in which they were first seen.
    """

    attempts: int
    kinds: tuple[KindLearnt, ...]

    @property
    def judged(self) -> int:
        """Attempts that had an interval beforehand."""
        return sum(kind.judged for kind in self.kinds)

    @property
    def held(self) -> float | None:
        """Part of the attempts that their interval held; it is to be 0.9."""
        return held(self.judged, sum(kind.below + kind.above for kind in self.kinds))

    def kind(self, name: str) -> KindLearnt | None:
        """That kind of work; None where it was never tried."""
        return next((kind for kind in self.kinds if kind.name == name), None)

    def __str__(self) -> str:
        """A table for people, a line for each kind."""
        head = ("kind", "agents", "actual/estimate", "spread", "success", "judged", "90 % held")
        rows = [head, *map(_row, self.kinds)]
        if self.judged:
            rows.append(("all", "", "", "", "", str(self.judged), _percent(self.held)))
        wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join(_line(row, wide) for row in rows)


def held(judged: int, missed: int) -> float | None:
    """Part of the attempts that their interval held; None where none had one."""
    return 1.0 - missed / judged if judged else None


def _row(kind: KindLearnt) -> tuple[str, ...]:
    return (
        kind.name,
        str(len(kind.agents)),
        f"{kind.factor:.3g}",
        f"x {kind.spread:.2f}",
        _percent(kind.success),
        str(kind.judged),
        _percent(kind.held),
    )


def _percent(part: float | None) -> str:
    return "-" if part is None else f"{part:.0%}".replace("%", " %")


def _line(row: tuple[str, ...], wide: list[int]) -> str:
    cells = [row[0].ljust(wide[0]), *(c.rjust(w) for c, w in zip(row[1:], wide[1:], strict=True))]
    return "  ".join(cells).rstrip()
