"""Trials in which plans are mended, by a planner that is late, talks nonsense, or will not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from callboard.messages.values import PlanChange, Rewire, Subtask
from callboard.runtime.simulation.scenario import Job, Manner

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from random import Random

    from callboard.actors.logic.records import GoalRecord
    from callboard.messages.base import SubtaskId
    from callboard.messages.values import Damage
    from callboard.runtime.simulation.scenario import Commission, Scenario

SHARE = 0.25
"""Of all seeds that have any of it."""

_MANNERS: tuple[Manner, ...] = ("instead", "without", "less", "nonsense", "raises")
_MOST = 3
_HOPELESS = 0.1
_LATE = 250.0
_TOO_LATE = 400.0

LATEST = 300.0
"""Seconds for which a planner is waited."""


def with_repairs(drawn: Scenario, random: Random) -> Scenario:
    """The scenario, of some seeds with goals whose plans may be mended.

    Args:
        drawn: A scenario without any of that.
        random: Decides; another one than that of the scenario.
    """
    if random.random() >= SHARE:
        return drawn
    commissions = tuple(_commission(each, random) for each in drawn.commissions)
    lags = tuple(_lag(random) for _ in range(random.randint(0, 9)))
    return msgspec.structs.replace(drawn, commissions=commissions, lags=lags)


def _commission(commission: Commission, random: Random) -> Commission:
    repairs = random.randint(0, _MOST)
    manners = tuple(random.choice(_MANNERS) for _ in range(repairs + 1))
    # Mostly it knows what to do, or nothing would ever be mended.
    known = tuple(m if random.random() < 1 / 2 else "instead" for m in manners)
    jobs = tuple(
        msgspec.structs.replace(job, hopeless=random.random() < _HOPELESS)
        for job in commission.jobs
    )
    return msgspec.structs.replace(commission, jobs=jobs, repairs=repairs, manners=known)


def _lag(random: Random) -> float:
    drawn = random.random()
    if drawn < 1 / 3:
        return 0.0
    return _TOO_LATE if drawn > 0.9 else _LATE * random.random()  # noqa: PLR2004 - of ten


def change_of(commission: Commission, damage: Damage) -> PlanChange:
    """What the planner answers; the same in each replay.

    Raises:
        LookupError: It does not know.
    """
    which = damage.number - 1 + (damage.complaint != "")
    manner = commission.manners[which % len(commission.manners)] if commission.manners else "raises"
    match manner:
        case "raises":
            raise LookupError("as the simulation would have it")
        case "nonsense":
            return PlanChange(drop=("nobody",), rewire=(Rewire(subtask=damage.failed[0]),))
        case "instead":
            return _instead(damage)
        case "without":
            return PlanChange(rewire=_rewired(damage, dict.fromkeys(damage.failed, ())))
        case "less":
            return _less(damage)


def _instead(damage: Damage) -> PlanChange:
    """Something else in the place of each."""
    specs = {one.subtask.uuid: one.subtask for one in damage.subtasks}
    new = {uuid: f"{uuid}+{damage.number}" for uuid in damage.failed}
    add = tuple(
        Subtask(
            uuid=new[uuid],
            name=new[uuid],
            estimated_duration=specs[uuid].estimated_duration,
            dependencies=tuple(_kept(specs[uuid].dependencies, damage)),
        )
        for uuid in damage.failed
    )
    instead = {uuid: (replaced,) for uuid, replaced in new.items()}
    return PlanChange(add=add, rewire=_rewired(damage, instead))


def _less(damage: Damage) -> PlanChange:
    """Without what waits for it: its dependents do without that, and something is new."""
    lost = set(damage.failed)
    specs = (one.subtask for one in damage.subtasks if one.subtask.uuid in damage.waiting)
    dropped = [spec.uuid for spec in specs if lost & set(spec.dependencies)]
    add = Subtask(uuid=f"{damage.failed[0]}-{damage.number}", name="rest", estimated_duration=5.0)
    gone = dict.fromkeys((*damage.failed, *dropped), (add.uuid,))
    rewire = tuple(one for one in _rewired(damage, gone) if one.subtask not in dropped)
    return PlanChange(add=(add,), rewire=rewire, drop=tuple(dropped))


def _rewired(
    damage: Damage, instead: Mapping[SubtaskId, tuple[SubtaskId, ...]]
) -> tuple[Rewire, ...]:
    """What waits for any of these waits for what stands in its place."""
    found: list[Rewire] = []
    for spec in (one.subtask for one in damage.subtasks):
        if spec.uuid in damage.waiting and instead.keys() & set(spec.dependencies):
            needs = [new for uuid in spec.dependencies for new in instead.get(uuid, (uuid,))]
            found.append(Rewire(subtask=spec.uuid, dependencies=tuple(dict.fromkeys(needs))))
    return tuple(found)


def _kept(uuids: Iterable[SubtaskId], damage: Damage) -> list[SubtaskId]:
    """Those of which there is a result, or may be."""
    stages = {
        one.subtask.uuid: one.stage if not one.subtask.optional else "completed"
        for one in damage.subtasks
    }
    return [uuid for uuid in uuids if stages.get(uuid) == "completed"]


def mended(commission: Commission, record: GoalRecord) -> Commission:
    """What was asked for, with all by which its plan was mended."""
    jobs = {job.id: job for job in commission.jobs}
    for change in record.changes:
        jobs |= {s.uuid: Job(id=s.uuid, after=s.dependencies) for s in change.add}
        for one in change.rewire:
            after = msgspec.structs.replace(jobs[one.subtask], after=one.dependencies)
            jobs[one.subtask] = after
    return msgspec.structs.replace(commission, jobs=tuple(jobs.values()))
