"""Why a subtask does not go on: what the orchestrator knows of that.

It knows the plan, so what a subtask waits for, and who has paused or drains it or what
it belongs to. The scheduler knows the rest (`explaining`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.approving import decided_by
from callboard.actors.logic.damage import waiting_for
from callboard.actors.logic.goal_states import ENDED, Status
from callboard.messages.reasons import (
    AnyReason,
    BeingMended,
    BeingVerified,
    Dependency,
    Draining,
    Paused,
    ToBeApproved,
    WaitsForOthers,
    WaitsForSubGoals,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callboard.actors.logic.goal_states import GoalState, SubtaskState
    from callboard.actors.logic.goals import Goals
    from callboard.messages.base import GoalId, SubtaskId


def obstacles(goals: Goals, uuid: SubtaskId) -> tuple[AnyReason, ...]:
    """What of its plan, or by somebody's word, stands in the way of a subtask.

    Nothing where it has ended, or is not known.
    """
    state = goals.subtasks.get(uuid)
    if state is None or state.status in ENDED:
        return ()
    goal = goals.by_id[state.goal]
    found = [*_paused(goals, goal, state), *_draining(goals, goal, state)]
    if state.status is Status.BLOCKED:
        found += _mended(goal, state)
        found.append(_waits(goal, state))
    children: list[GoalId] = []
    for child in goals.open_children(uuid):
        if child.goal.verifies:
            made = None if state.submitted is None else state.submitted.lease
            found.append(BeingVerified(goal=child.id, agent="" if made is None else made.agent))
        else:
            children.append(child.id)
    if children:
        found.append(WaitsForSubGoals(goals=tuple(children)))
    return tuple(found)


def _waits(goal: GoalState, state: SubtaskState) -> WaitsForOthers:
    unmet = goal.unmet(state)
    return WaitsForOthers(
        open=tuple(
            Dependency(subtask=one.spec.uuid, name=one.spec.name, status=one.status.value)
            for one in unmet
        ),
        met=len(set(state.spec.dependencies)) - len({one.spec.uuid for one in unmet}),
    )


def _mended(goal: GoalState, state: SubtaskState) -> Iterator[AnyReason]:
    failed = [goal.subtasks[uuid] for uuid in goal.mending]
    if failed and state.spec.uuid in waiting_for(goal, failed):
        yield BeingMended(
            failed=tuple(
                Dependency(subtask=one.spec.uuid, name=one.spec.name, status=one.status.value)
                for one in failed
            ),
            number=goal.repairs,
        )
        proposal = goal.proposal
        if proposal is not None:
            until = decided_by(goal.goal, proposal)
            yield ToBeApproved(goal=goal.id, number=proposal.number, until=until, what="change")


def _paused(goals: Goals, goal: GoalState, state: SubtaskState) -> Iterator[AnyReason]:
    """Its own pause, and those of all that it belongs to, the closest first."""
    pauses = goals.pauses
    above: GoalState | None = goal
    subtask: SubtaskState | None = state
    while above is not None and subtask is not None:
        pause = pauses.subtasks.get(subtask.spec.uuid)
        if pause is not None:
            yield Paused(what="subtask", name=subtask.spec.uuid, why=pause.reason)
        pause = pauses.goals.get(above.id)
        if pause is not None:
            yield Paused(what="goal", name=above.id, why=pause.reason)
        parent = above.goal.parent
        subtask = None if parent is None else goals.subtasks.get(parent.subtask)
        above = None if subtask is None else goals.by_id[subtask.goal]
    if pauses.runtime is not None:
        yield Paused(what="runtime", why=pauses.runtime.reason)


def _draining(goals: Goals, goal: GoalState, state: SubtaskState) -> Iterator[AnyReason]:
    pauses, uuid = goals.pauses, state.spec.uuid
    if uuid in pauses.draining_subtasks:
        yield Draining(what="subtask", name=uuid, why=pauses.draining_subtasks[uuid])
    if goal.id in pauses.draining_goals:
        yield Draining(what="goal", name=goal.id, why=pauses.draining_goals[goal.id])
