"""What is broken of a plan that is being carried out, and who waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.goal_states import Status
from callboard.messages.errors.endings import DependencyFailed
from callboard.messages.values import Damage, Failure, Stands

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callboard.actors.logic.goal_states import GoalState, SubtaskState
    from callboard.messages.base import SubtaskId


def damage_of(goal: GoalState) -> Damage:
    """What is broken of the plan of a goal that is being mended."""
    states = goal.subtasks
    failed = [states[uuid] for uuid in goal.mending]
    return Damage(
        number=goal.repairs,
        subtasks=tuple(
            Stands(subtask=state.spec, stage=state.status.value)
            for uuid, state in states.items()
            if uuid not in goal.superseded
        ),
        failures=tuple(
            Failure(subtask=state.spec.uuid, problem=state.problem)
            for state in failed
            if state.problem is not None
        ),
        waiting=tuple(waiting_for(goal, failed)),
    )


def waiting_for(goal: GoalState, lost: Iterable[SubtaskState]) -> list[SubtaskId]:
    """What waits for any of these, directly or not; in the order of the plan."""
    found: set[SubtaskId] = set()
    todo = list(lost)
    while todo:
        for uuid in todo.pop().dependents:
            state = goal.subtasks[uuid]
            if uuid not in found and state.status is Status.BLOCKED:
                found.add(uuid)
                todo.append(state)
    return [uuid for uuid in goal.subtasks if uuid in found]


def unaccounted(goal: GoalState) -> list[SubtaskId]:
    """What fails the goal, and is not about to be made up for."""
    return [uuid for uuid in goal.problems if uuid not in goal.mending]


def failed_itself(state: SubtaskState) -> bool:
    """Whether it failed, and not something that it depends on."""
    if state.status is not Status.FAILED or state.problem is None:
        return False
    return state.problem.error != DependencyFailed.__name__
