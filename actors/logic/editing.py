"""A subtask is to be done otherwise than its plan says: what the orchestrator makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.correcting import without_stale
from callboard.actors.logic.effects import Effect, Tell
from callboard.actors.logic.goal_states import ENDED, Status
from callboard.actors.logic.growing import waiting
from callboard.actors.logic.replies import answer, refuse
from callboard.actors.logic.skills import VERIFICATION, is_mark
from callboard.messages import facts
from callboard.messages.base import SCHEDULER
from callboard.messages.commands import Done
from callboard.messages.errors.agents import InvalidOption
from callboard.messages.errors.lookups import AlreadyEnded, NotParked, UnknownSubtask
from callboard.messages.values import Skill, replace
from callboard.messages.work import Amended, SubtasksReady

if TYPE_CHECKING:
    from callboard.actors.logic.books import Books
    from callboard.actors.logic.goal_states import GoalState, SubtaskState
    from callboard.messages.commands import EditSubtask, RequeueSubtask
    from callboard.messages.errors.base import CallboardError
    from callboard.messages.values import Ready, Subtask

EDITABLE = (
    "description",
    "data",
    "required_skills",
    "priority",
    "estimated_duration",
    "timeouts",
    "retry",
    "demands",
    "keys",
)
"""Fields of a subtask that can be changed while it waits: none that others go by."""


class Editing:
    """Changes plans that are being carried out.

    Args:
        books: All goals.
    """

    def __init__(self, books: Books) -> None:
        self._books = books

    def edit(self, message: EditSubtask, now: float) -> list[Effect]:
        """Record what is new, and tell the scheduler of all that it changes."""
        state = self._books.goals.subtasks.get(message.subtask)
        if state is None:
            return refuse(message.reply_to, UnknownSubtask(message.subtask))
        goal = self._books.goals.by_id[state.goal]
        refusal = _refusal(message, state, goal)
        if refusal is not None:
            return refuse(message.reply_to, refusal)
        # What is being verified is no longer to be done, but learnt from as it was edited.
        before, later = waiting(goal, Status.VERIFYING), goal.ahead()
        effects = self._record(state, _edited(state.spec, message), now)
        after = waiting(goal, Status.VERIFYING)
        changed = tuple(ready for uuid, ready in after.items() if ready != before.get(uuid))
        ahead = tuple(new for new, old in zip(goal.ahead(), later, strict=True) if new != old)
        if ahead:
            effects.append(Tell(SCHEDULER, SubtasksReady(subtasks=(), ahead=ahead)))
        return [*effects, *_tell(message, changed)]

    def not_parked(self, message: RequeueSubtask) -> list[Effect]:
        """The scheduler does not have what is to be tried again, so it is not parked: say why."""
        state = self._books.goals.subtasks.get(message.subtask)
        if state is None:
            why: CallboardError = UnknownSubtask(message.subtask)
        elif state.status in ENDED:
            why = AlreadyEnded(message.subtask, state.status.value)
        else:
            why = NotParked(message.subtask)
        return refuse(message.reply_to, why)

    def _record(self, state: SubtaskState, spec: Subtask, now: float) -> list[Effect]:
        if spec == state.spec:
            return []
        goal, uuid = state.goal, spec.uuid
        return self._books.record(facts.SubtaskEdited(at=now, goal=goal, subtask=uuid, spec=spec))


def _tell(message: EditSubtask, changed: tuple[Ready, ...]) -> list[Effect]:
    """Who waits is answered when there is nothing more to be done for it."""
    if message.requeue:
        to = message.reply_to
        amended = Amended(subtasks=changed, requeue=message.subtask, reply_to=to)
        return [Tell(SCHEDULER, amended)]
    told = [Tell(SCHEDULER, Amended(subtasks=changed))] if changed else []
    return [*told, *answer(message.reply_to, Done())]


def _edited(spec: Subtask, message: EditSubtask) -> Subtask:
    changes: dict[str, object] = {name: getattr(message.to, name) for name in message.fields}
    if "required_skills" in changes:
        # Of a verification: whatever else it takes, nobody verifies what it has made.
        kept = tuple(skill for skill in spec.required_skills if is_mark(skill.name))
        verifies = (Skill(name=VERIFICATION), *kept) if kept else ()
        given = (s for s in message.to.required_skills if s not in verifies)
        changes["required_skills"] = (*verifies, *given)
    return without_stale(replace(spec, **changes))


def _refusal(message: EditSubtask, state: SubtaskState, goal: GoalState) -> CallboardError | None:
    if state.status in ENDED:
        return AlreadyEnded(message.subtask, state.status.value)
    for name in message.fields:
        if name not in EDITABLE:
            return InvalidOption("what is edited", name, f"one of {', '.join(EDITABLE)}")
    if "priority" in message.fields and goal.goal.priority is not None:
        given = message.to.priority.name
        return InvalidOption("priority", given, "left out: its goal has one, which stands for all")
    return None
