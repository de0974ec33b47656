"""What the board takes note of about goals."""

from __future__ import annotations

from callboard.actors.logic.folds.state import BoardState, Folds
from callboard.actors.logic.folds.steps import remove
from callboard.actors.logic.records import GoalRecord, GoalStatus, SubtaskRecord, SubtaskStatus
from callboard.messages import facts
from callboard.messages.base import GoalId, SubtaskId
from callboard.messages.values import Subtask, replace

_PENDING = SubtaskStatus.PENDING
_READY = SubtaskStatus.READY


def _goal_accepted(state: BoardState, fact: facts.GoalAccepted) -> None:
    if fact.goal.id not in state.goals:
        state.goals[fact.goal.id] = GoalRecord(fact.goal, fact.at)
        if fact.goal.key:
            state.keys[fact.goal.key] = fact.goal.id
        state.open_goals += 1
        state.open_roots += fact.goal.parent is None


def _plan_adopted(state: BoardState, fact: facts.PlanAdopted) -> None:
    goal = state.goals.get(fact.goal)
    if goal is None or goal.ended_at is not None:
        return
    stated = {s.uuid: _new(state, s, fact.goal, fact.at) for s in fact.plan.subtasks}
    if goal.subtasks:
        for uuid in goal.subtasks.keys() - stated.keys():
            remove(state, uuid)
    goal.subtasks = stated
    goal.compounds, goal.source = fact.plan.compounds, fact.plan.source
    goal.proposal, goal.approved = None, fact.number
    goal.status = GoalStatus.RUNNING
    if goal.planned_at is None:
        goal.planned_at = fact.at


def _proposed(state: BoardState, fact: facts.PlanProposed | facts.ChangeProposed) -> None:
    goal = state.goals.get(fact.goal)
    if goal is not None and goal.ended_at is None:
        goal.proposal, goal.status = fact, GoalStatus.PROPOSED


def _plan_grown(state: BoardState, fact: facts.PlanGrown) -> None:
    goal = state.goals.get(fact.goal)
    if goal is None or goal.ended_at is not None:
        return
    new = {s.uuid: _new(state, s, fact.goal, fact.at) for s in fact.plan.subtasks}
    goal.subtasks = {**goal.subtasks, **new}
    goal.compounds = (*goal.compounds, *fact.plan.compounds)
    goal.source = fact.plan.source
    goal.status = GoalStatus.RUNNING
    if fact.last and goal.planned_at is None:
        goal.planned_at = fact.at


def _repair_wanted(state: BoardState, fact: facts.RepairWanted) -> None:
    goal = state.goals.get(fact.goal)
    if goal is not None and goal.ended_at is None:
        goal.mending = fact.failed
        _go_on(goal)


def _plan_changed(state: BoardState, fact: facts.PlanChanged) -> None:
    goal, change = state.goals.get(fact.goal), fact.change
    if goal is None or goal.ended_at is not None or fact.number <= len(goal.changes):
        return
    new = {s.uuid: _new(state, s, fact.goal, fact.at) for s in change.add}
    goal.subtasks = {**goal.subtasks, **new}
    for one in change.rewire:
        record = goal.subtasks[one.subtask]
        record.subtask = replace(record.subtask, dependencies=one.dependencies)
        state.touch(one.subtask)
    goal.mending, goal.approved = (), fact.proposal or goal.approved
    _go_on(goal)
    goal.changes = (*goal.changes, change)
    goal.superseded = (*goal.superseded, *fact.failed, *change.drop)


def _repair_abandoned(state: BoardState, fact: facts.RepairAbandoned) -> None:
    goal = state.goals.get(fact.goal)
    if goal is not None and goal.ended_at is None:
        goal.mending = ()
        _go_on(goal)
        goal.setbacks = (*goal.setbacks, fact.problem)


def _go_on(goal: GoalRecord) -> None:
    """No change of its plan waits to be approved."""
    if goal.proposal is not None:
        goal.proposal, goal.status = None, GoalStatus.RUNNING


def _planning_setback(state: BoardState, fact: facts.PlanningSetback) -> None:
    goal = state.goals.get(fact.goal)
    if goal is not None and goal.ended_at is None:
        goal.setbacks = (*goal.setbacks, fact.problem)


def _goal_completed(state: BoardState, fact: facts.GoalCompleted) -> None:
    _end_goal(state, fact.goal, GoalStatus.COMPLETED, fact.at)


def _goal_failed(state: BoardState, fact: facts.GoalFailed) -> None:
    goal = _end_goal(state, fact.goal, GoalStatus.FAILED, fact.at)
    if goal is not None:
        goal.problems = fact.problems


def _goal_cancelled(state: BoardState, fact: facts.GoalCancelled) -> None:
    goal = _end_goal(state, fact.goal, GoalStatus.CANCELLED, fact.at)
    if goal is not None:
        goal.reason = fact.reason


def _goal_forgotten(state: BoardState, fact: facts.GoalForgotten) -> None:
    forget(state, fact.goal)


def _goal_held(state: BoardState, fact: facts.GoalPaused | facts.GoalResumed) -> None:
    goal = state.goals.get(fact.goal)
    if goal is not None and goal.ended_at is None:
        goal.paused = isinstance(fact, facts.GoalPaused)


def _goal_draining(state: BoardState, fact: facts.GoalDraining) -> None:
    goal = state.goals.get(fact.goal)
    if goal is not None and goal.ended_at is None:
        goal.draining = True


def forget(state: BoardState, goal: GoalId) -> tuple[SubtaskId, ...]:
    """Remove a goal that has ended; the answer names its subtasks.

    A goal that is open, or not there, is left alone.
    """
    record = state.goals.get(goal)
    if record is None or record.ended_at is None:
        return ()
    del state.goals[goal]
    if state.keys.get(record.goal.key) == goal:
        del state.keys[record.goal.key]
    for uuid in record.subtasks:
        remove(state, uuid)
    return tuple(record.subtasks)


def _new(state: BoardState, subtask: Subtask, goal: GoalId, at: float) -> SubtaskRecord:
    record = state.subtasks.get(subtask.uuid)
    if record is None:
        status = _PENDING if subtask.dependencies else _READY
        record = state.subtasks[subtask.uuid] = SubtaskRecord(subtask, goal, status, at)
        state.counts[status] += 1
        if state.touched is not None:
            state.touch_end(subtask.uuid, removed=False)
    else:
        state.touch(subtask.uuid)
        record.subtask = subtask
    return record


def _end_goal(state: BoardState, goal: GoalId, status: GoalStatus, at: float) -> GoalRecord | None:
    record = state.goals.get(goal)
    if record is None or record.ended_at is not None:
        return None
    record.status, record.ended_at = status, at
    record.paused = record.draining = False
    record.mending = ()
    state.open_goals -= 1
    state.open_roots -= record.goal.parent is None
    return record


FOLDS: Folds = {
    facts.GoalAccepted: _goal_accepted,
    facts.PlanAdopted: _plan_adopted,
    facts.PlanGrown: _plan_grown,
    facts.PlanProposed: _proposed,
    facts.ChangeProposed: _proposed,
    facts.PlanningSetback: _planning_setback,
    facts.RepairWanted: _repair_wanted,
    facts.PlanChanged: _plan_changed,
    facts.RepairAbandoned: _repair_abandoned,
    facts.GoalCompleted: _goal_completed,
    facts.GoalFailed: _goal_failed,
    facts.GoalCancelled: _goal_cancelled,
    facts.GoalForgotten: _goal_forgotten,
    facts.GoalPaused: _goal_held,
    facts.GoalResumed: _goal_held,
    facts.GoalDraining: _goal_draining,
}
