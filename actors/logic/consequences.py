"""A subtask has failed, and what depends on it fails too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.goal_states import Status
from callboard.messages import facts
from callboard.messages.errors.base import problem_of
from callboard.messages.errors.endings import DependencyFailed
from callboard.messages.values import replace

if TYPE_CHECKING:
    from callboard.actors.logic.books import Books
    from callboard.actors.logic.closing import Closing
    from callboard.actors.logic.effects import Effect
    from callboard.actors.logic.goal_states import SubtaskState
    from callboard.messages.facts import Fact
    from callboard.messages.values import Lease, Problem


def failed(state: SubtaskState, problem: Problem, now: float, lease: Lease | None = None) -> Fact:
    """No further attempt will be made at that subtask."""
    goal, uuid = state.goal, state.spec.uuid
    problem = replace(problem, subject=state.spec.name)
    return facts.SubtaskFailed(at=now, goal=goal, subtask=uuid, problem=problem, lease=lease)


def fail_dependents(
    books: Books, closing: Closing, first: SubtaskState, now: float
) -> list[Effect]:
    """Whatever waits for that one, directly or not, fails, as it has not ended well.

    The goals that serve what fails end with it.
    """
    effects: list[Effect] = []
    todo = [first]
    while todo:
        state = todo.pop()
        for uuid in state.dependents:
            dependent = books.goals.subtasks[uuid]
            if dependent.status is Status.BLOCKED:
                why = DependencyFailed(dependent.spec.name, state.spec.name)
                effects += books.record(failed(dependent, problem_of(why), now))
                if books.goals.children:
                    effects += closing.end_children(dependent, now)
                if not dependent.spec.optional:
                    todo.append(dependent)
    return effects
