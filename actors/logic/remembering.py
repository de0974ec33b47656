"""What was learnt as data, and back: every figure is the same afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callboard.actors.logic.experience import Average, Kind, Level, Pair, Taken
from callboard.actors.logic.learning import Learning
from callboard.messages.learnt import Learnt, LearntKind, LearntLevel, LearntPair

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callboard.messages.base import AgentId

_OF_A_KIND = ("weight", "total", "variance", "high", "low", "judged", "below", "above")
_OF_A_PAIR = ("mean", "weight", "known", "for_kind", "for_agent", "brief", "seen")
"""What has the same name where it is told."""


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
    return {one.name: _level(one) for one in told}


def _level(told: LearntLevel) -> Level:
    level = Level()
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
        seen=kind.spread.weight,
        spread=kind.spread.mean,
        tries=kind.success.weight,
        success=kind.success.mean,
        pairs=tuple(_pair(agent, pair) for agent, pair in kind.pairs.items()),
        **_figures(kind, _OF_A_KIND),
    )


def _kind_of(told: LearntKind, learning: Learning) -> Kind:
    kind = Kind(told.skill, learning.skills[told.skill], learning.whole)
    _fill(kind, told, _OF_A_KIND)
    kind.spread, kind.success = _at(told.seen, told.spread), _at(told.tries, told.success)
    kind.pairs = {one.agent: _pair_of(one, learning.agents[one.agent]) for one in told.pairs}
    return kind


def _pair(agent: AgentId, pair: Pair) -> LearntPair:
    return LearntPair(
        agent=agent,
        tries=pair.success.weight,
        success=pair.success.mean,
        took=_taken(pair.took),
        times=_taken(pair.times),
        **_figures(pair, _OF_A_PAIR),
    )


def _pair_of(told: LearntPair, agent: Level) -> Pair:
    pair = Pair(agent)
    _fill(pair, told, _OF_A_PAIR)
    pair.success = _at(told.tries, told.success)
    pair.took.weight, pair.took.mean, pair.took.square = told.took
    pair.times.weight, pair.times.mean, pair.times.square = told.times
    return pair


def _taken(taken: Taken) -> tuple[float, float, float]:
    return taken.weight, taken.mean, taken.square


def _figures(of: Kind | Pair, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(of, name) for name in names}


def _fill(of: Kind | Pair, told: LearntKind | LearntPair, names: tuple[str, ...]) -> None:
    for name in names:
        setattr(of, name, getattr(told, name))
