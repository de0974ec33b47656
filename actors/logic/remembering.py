"""What was learnt as data, and back: every figure is the same afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.experience import Average, Kind, Level, Pair
from callboard.actors.logic.learning import Learning
from callboard.messages.learnt import Learnt, LearntKind, LearntLevel, LearntPair

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callboard.messages.base import AgentId


def learnt(learning: Learning) -> Learnt:
    """All that it knows."""
    whole = learning.whole
    return Learnt(
        attempts=learning.attempts,
        weight=whole.weight,
        total=whole.total,
        seen=whole.spread.weight,
        spread=whole.spread.mean,
        high=whole.high,
        low=whole.low,
        skills=_told(learning.skills),
        agents=_told(learning.agents),
        kinds=tuple(_kind(name, kind) for name, kind in learning.kinds.items()),
    )


def learning_of(told: Learnt) -> Learning:
    """One that goes on there."""
    learning = Learning()
    whole = learning.whole
    learning.attempts = told.attempts
    whole.weight, whole.total, whole.spread = told.weight, told.total, _at(told.seen, told.spread)
    whole.high, whole.low = told.high, told.low
    learning.skills, learning.agents = _levels(told.skills), _levels(told.agents)
    for one in told.kinds:
        learning.kinds[one.name] = _kind_of(one, learning)
        learning.pairs += len(one.pairs)
    return learning


def _told(levels: dict[str, Level]) -> tuple[LearntLevel, ...]:
    return tuple(
        LearntLevel(name=name, weight=one.weight, total=one.total) for name, one in levels.items()
    )


def _levels(told: Iterable[LearntLevel]) -> dict[str, Level]:
    return {one.name: _filled(Level(), one) for one in told}


def _filled(level: Level, told: LearntLevel | LearntKind) -> Level:
    level.weight, level.total = told.weight, told.total
    return level


def _at(weight: float, mean: float) -> Average:
    average = Average()
    average.weight, average.mean = weight, mean
    return average


def _kind(name: str, kind: Kind) -> LearntKind:
    return LearntKind(
        name=name,
        skill=kind.needs,
        weight=kind.weight,
        total=kind.total,
        seen=kind.spread.weight,
        spread=kind.spread.mean,
        variance=kind.variance,
        high=kind.high,
        low=kind.low,
        judged=kind.judged,
        below=kind.below,
        above=kind.above,
        tries=kind.success.weight,
        success=kind.success.mean,
        pairs=tuple(_pair(agent, pair) for agent, pair in kind.pairs.items()),
    )


def _kind_of(told: LearntKind, learning: Learning) -> Kind:
    kind = Kind(told.skill, learning.skills[told.skill], learning.whole)
    _filled(kind, told)
    kind.spread, kind.variance = _at(told.seen, told.spread), told.variance
    kind.high, kind.low = told.high, told.low
    kind.judged, kind.below, kind.above = told.judged, told.below, told.above
    kind.success = _at(told.tries, told.success)
    kind.pairs = {one.agent: _pair_of(one, learning.agents[one.agent]) for one in told.pairs}
    return kind


def _pair(agent: AgentId, pair: Pair) -> LearntPair:
    return LearntPair(
        agent=agent,
        mean=pair.mean,
        weight=pair.weight,
        known=pair.known,
        for_kind=pair.for_kind,
        for_agent=pair.for_agent,
        tries=pair.success.weight,
        success=pair.success.mean,
        brief=pair.brief,
        seen=pair.seen,
    )


def _pair_of(told: LearntPair, agent: Level) -> Pair:
    pair = Pair(agent)
    pair.mean, pair.weight, pair.known = told.mean, told.weight, told.known
    pair.for_kind, pair.for_agent = told.for_kind, told.for_agent
    pair.success = _at(told.tries, told.success)
    pair.brief, pair.seen = told.brief, told.seen
    return pair
