"""What was learnt, for people: how far estimates are off, who succeeds, what intervals hold."""

from __future__ import annotations

from math import exp, sqrt
from typing import TYPE_CHECKING

from callboard.actors.logic.experience import expected
from callboard.actors.logic.learning import Sample
from callboard.messages.learnt import AgentLearnt, KindLearnt, LearningReport

if TYPE_CHECKING:
    from callboard.actors.logic.experience import Kind
    from callboard.actors.logic.learning import Learning


def report(learning: Learning) -> LearningReport:
    """All of it, at this moment."""
    kinds = tuple(_kind(learning, name, kind) for name, kind in learning.kinds.items())
    return LearningReport(attempts=learning.attempts, kinds=kinds)


def _kind(learning: Learning, name: str, kind: Kind) -> KindLearnt:
    return KindLearnt(
        name=name,
        skill=kind.needs,
        factor=exp(kind.drawn(kind.skill.drawn(learning.whole.mean))),
        spread=exp(sqrt(kind.variance)),
        success=kind.success.drawn(1.0, 1.0),
        judged=kind.judged,
        below=kind.below,
        above=kind.above,
        agents=tuple(_agent(learning, name, kind, agent) for agent in kind.pairs),
    )


def _agent(learning: Learning, name: str, kind: Kind, agent: str) -> AgentLearnt:
    pair = kind.pairs[agent]
    mean, _ = expected(kind, pair, learning.whole)
    return AgentLearnt(
        agent=agent,
        factor=exp(mean),
        success=learning.success(Sample(name, kind.needs, agent)),
        attempts=pair.success.weight,
    )
