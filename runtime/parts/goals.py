"""Goals are handed in, and found again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from callboard.messages import values
from callboard.messages.base import ORCHESTRATOR, GoalId
from callboard.messages.commands import GoalTaken
from callboard.runtime.executors.waiting import text_of
from callboard.runtime.handle import GoalHandle
from callboard.runtime.parts.explaining import ExplainCalls
from callboard.runtime.submission import GivenGoal, GoalOptions, submission

if TYPE_CHECKING:
    from callboard.messages.values import Parent
    from callboard.runtime.calls import Call


class GoalCalls(ExplainCalls):
    """What may be asked of a runtime about goals; the rest is asked of their handles."""

    def submit(self, goal: GivenGoal, **options: Unpack[GoalOptions]) -> GoalHandle:
        """Hand in a goal; it is acknowledged when this returns.

        Args:
            goal: What is to be done, in words; or a plan.
            options: `context`, what else is known; `priority`, of all of its subtasks;
                `deadline`, seconds from now, after which it fails; `plan`, its subtasks
                where the planner is not to make them; `key`, an idempotency key: the
                same key gives the same goal; `planning`, how it is found what of it goes
                first; `budget`, what it may use up of resources. See `GoalOptions`.

        Raises:
            InvalidGoal: The text, the priority or the deadline cannot be taken.
            InvalidPlan: The plan cannot be adopted.
            Overloaded: As much is open as is allowed, and stays so.
            RuntimeDraining: No more goals are taken.
            JournalError: The journal's file cannot be read or written now; see its classes.
        """
        return self._submitting(goal, **options).now()

    async def asubmit(self, goal: GivenGoal, **options: Unpack[GoalOptions]) -> GoalHandle:
        """The twin of `submit`."""
        return await self._submitting(goal, **options)

    def goal(self, goal: GoalId = "", *, key: str = "") -> GoalHandle:
        """The handle of a goal that was accepted, in this run or an earlier one.

        Args:
            goal: Its id.
            key: Its idempotency key, in place of the id.

        Raises:
            UnknownGoal: There is none with that id or key, or it was forgotten.
        """
        wanted = self._keeping.keyed(text_of("key", key)) if key else text_of("goal", goal)
        return self._handle(wanted)

    # How

    def _handle(self, goal: GoalId) -> GoalHandle:
        return GoalHandle(goal, self.hub, self._calls, self._forecaster, self)

    def _submitting(
        self, goal: object, *, parent: Parent | None = None, **options: Unpack[GoalOptions]
    ) -> Call[GoalHandle]:
        command = submission(goal, world=self._world, config=self.config, parent=parent, **options)
        self._check_open()
        self._keeping.check()
        known = self._keeping.known(command.goal.key)
        if known is not None:
            return self._calls.answered(self._handle(known))
        return self._calls.visit(
            "submit",
            ORCHESTRATOR,
            lambda here: values.replace(command, reply_to=here),
            GoalTaken,
            lambda taken: self._handle(taken.goal),
            door=self._doors.submit if parent is None else self._doors.orchestrator,
            subtasks=1 if command.plan is None else len(command.plan.subtasks),
        )
