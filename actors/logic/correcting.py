"""Plans are corrected by what history contradicts of them, and say so.

What is corrected, and from what, is in each subtask's `correction`; `said` tells it to
people. A subtask keeps what its planner said of its duration (`stated_seconds`), and
what is learnt is relative to that: so a correction never feeds on an earlier one.

>>> from callboard.actors.logic.learning import Learning, Sample
>>> learning = Learning()
>>> for _ in range(41):
...     learning.finished(Sample("Train model", "ml", "ann"), estimate=3600.0, seconds=1320.0)
>>> plan = Plan(subtasks=(Subtask(uuid="u", name="Train model"),))
>>> [found] = corrections(plan, Records(learning))
>>> print(*said(corrected(plan, [found]).subtasks))
'Train model': 60 min said by the planner, 22 min learnt from 41 attempts (16 to 30)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from callboard.actors.logic.demands import required
from callboard.actors.logic.lacking import Tried, lacking, with_skill
from callboard.actors.logic.learning import Learning, kind_of
from callboard.actors.logic.outlook import trade_of
from callboard.actors.logic.skills import Equivalences, can_do, normal
from callboard.actors.logic.usual import contradiction
from callboard.messages.base import AgentId
from callboard.messages.planning import Corrected
from callboard.messages.values import (
    MINUTE,
    Agent,
    Correction,
    LearntDuration,
    LearntSkill,
    Plan,
    Skill,
    Subtask,
)

_HALF = 0.5


class Records(NamedTuple):
    """What is known when a plan is made.

    Attributes:
        learning: What is learnt; somebody else may learn more meanwhile.
        agents: Those that are registered.
        equivalences: Which skills stand in for which.
    """

    learning: Learning
    agents: Mapping[AgentId, Agent] = {}
    equivalences: Equivalences = Equivalences()


def corrections(plan: Plan, records: Records) -> tuple[Corrected, ...]:
    """What history contradicts of a plan, whose fields have their types."""
    return _Correcting(records).all(plan)


def corrected(plan: Plan, found: Sequence[Corrected]) -> Plan:
    """The plan with these corrections, and without any that it came with."""
    if not found and not any(subtask.correction for subtask in plan.subtasks):
        return plan
    by_uuid = {one.subtask: one.correction for one in found}
    subtasks = tuple(_corrected(s, by_uuid.get(s.uuid)) for s in plan.subtasks)
    return msgspec.structs.replace(plan, subtasks=subtasks)


def without_stale(subtask: Subtask) -> Subtask:
    """Without corrections that it does not show any more: somebody has said otherwise since.

    >>> duration = LearntDuration(stated=60.0, minutes=22.0, attempts=41, low=16.0, high=30.0)
    >>> correction = Correction(duration=duration)
    >>> kept, edited = (
    ...     without_stale(
    ...         Subtask(uuid="u", name="N", estimated_duration=minutes, correction=correction)
    ...     )
    ...     for minutes in (22.0, 40.0)
    ... )
    >>> kept.correction == correction, edited.correction
    (True, None)
    """
    correction = subtask.correction
    if correction is None:
        return subtask
    duration, skill = correction.duration, correction.skill
    if duration is not None and duration.minutes != subtask.estimated_duration:
        duration = None
    if skill is not None and skill.skill not in subtask.required_skills:
        skill = None
    left = (
        None if duration is None and skill is None else Correction(duration=duration, skill=skill)
    )
    return msgspec.structs.replace(subtask, correction=left)


def said(subtasks: Iterable[Subtask]) -> tuple[str, ...]:
    """What was corrected, for people."""
    return tuple(f"{s.name!r}: {s.correction}" for s in subtasks if s.correction is not None)


def _corrected(subtask: Subtask, correction: Correction | None) -> Subtask:
    minutes, skills = subtask.stated_seconds / MINUTE, subtask.required_skills
    if correction is not None and correction.duration is not None:
        minutes = correction.duration.minutes
    if correction is not None and correction.skill is not None:
        skills = with_skill(skills, correction.skill.skill)
    return msgspec.structs.replace(
        subtask, estimated_duration=minutes, required_skills=skills, correction=correction
    )


class _Correcting:
    """Looks at each kind of work, and at each agent, once for a plan."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._durations: dict[tuple[str, float], LearntDuration | None] = {}
        self._skills: dict[tuple[str, tuple[Skill, ...]], LearntSkill | None] = {}
        self._tried: dict[str, Sequence[Tried]] = {}

    def all(self, plan: Plan) -> tuple[Corrected, ...]:
        if not self._records.learning.attempts:
            return ()
        found = ((s.uuid, self._correction(s)) for s in plan.subtasks)
        return tuple(
            Corrected(subtask=uuid, correction=correction)
            for uuid, correction in found
            if correction is not None
        )

    def _correction(self, subtask: Subtask) -> Correction | None:
        duration, skill = self._duration(subtask), self._skill(subtask)
        if duration is None and skill is None:
            return None
        return Correction(duration=duration, skill=skill)

    def _duration(self, subtask: Subtask) -> LearntDuration | None:
        key = kind, seconds = kind_of(subtask), subtask.stated_seconds
        if key not in self._durations:
            self._durations[key] = contradiction(self._records.learning, kind, seconds)
        return self._durations[key]

    def _skill(self, subtask: Subtask) -> LearntSkill | None:
        kind = kind_of(subtask)
        if kind not in self._tried:
            self._tried[kind] = tuple(self._who_tried(kind))
        tried = self._tried[kind]
        if not tried:
            return None
        key = kind, subtask.required_skills
        if key not in self._skills:
            known = self._records.equivalences
            self._skills[key] = lacking(subtask.required_skills, tried, known)
        found = self._skills[key]
        return found if found is not None and self._is_covered(subtask, found, tried) else None

    def _who_tried(self, kind: str) -> Iterator[Tried]:
        known = self._records.learning.kinds.get(kind)
        if known is None or known.success.mean == 1.0:  # as mostly: nothing has ever failed
            return
        for name, pair in list(known.pairs.items()):
            agent = self._records.agents.get(name)
            if agent is not None and pair.success.weight:
                yield Tried(tuple(sorted(trade_of(agent), key=_named)), pair.success.mean > _HALF)

    def _is_covered(self, subtask: Subtask, found: LearntSkill, tried: Iterable[Tried]) -> bool:
        """Whether somebody who manages it could do this one, with all that it demands."""
        wanted = with_skill(subtask.required_skills, found.skill)
        agents = self._records.agents.values()
        offered = {normal(offer.resource) for agent in agents for offer in agent.offers}
        own = (required(d) for d in subtask.demands if normal(d.resource) in offered)
        needed, known = (*wanted, *own), self._records.equivalences
        return any(one.manages and can_do(one.skills, needed, known) for one in tried)


def _named(skill: Skill) -> tuple[str, float]:
    return skill.name, skill.level or 0.0
