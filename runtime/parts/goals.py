"""Goals are handed in, and found again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from callboard.messages import values
from callboard.messages.base import ORCHESTRATOR, GoalId
from callboard.messages.commands import GoalTaken
from callboard.messages.errors.approving import AwaitsApproval
from callboard.messages.errors.base import error_of
from callboard.messages.errors.endings import GoalFailed
from callboard.messages.errors.requests import KeyReused
from callboard.runtime.executors.waiting import text_of
from callboard.runtime.handle import GoalHandle
from callboard.runtime.parts.explaining import ExplainCalls
from callboard.runtime.planners.plans import GivenPlan, make_plan
from callboard.runtime.submission import GivenGoal, GoalOptions, submission

if TYPE_CHECKING:
    from callboard.messages.values import Goal, Parent, Plan
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
                first; `budget`, what it may use up of resources; `approve`, what of it
                somebody has to approve first; `correct`, whether its plan is corrected by
                what is learnt. See `GoalOptions`.

        Raises:
            InvalidGoal: The text, the priority or the deadline cannot be taken.
            InvalidPlan: The plan cannot be adopted.
            Overloaded: As much is open as is allowed, and stays so.
            RuntimeDraining: No more goals are taken.
            KeyReused: The key came with another digest before.
            JournalError: The journal's file cannot be read or written now; see its classes.
        """
        return self._submitting(goal, **options).now()

    async def asubmit(self, goal: GivenGoal, **options: Unpack[GoalOptions]) -> GoalHandle:
        """The twin of `submit`."""
        return await self._submitting(goal, **options)

    def decompose(self, goal: GivenGoal, **options: Unpack[GoalOptions]) -> GoalHandle:
        """Hand in a goal, and wait for its plan; its subtasks can be assigned then.

        Args:
            goal: As for `submit`.
            options: As for `submit`.

        Raises:
            InvalidGoal: As `submit`; so does what else that raises.
            PlanningError: The planner failed.
            AwaitsApproval: Somebody has to approve its plan first; the goal is accepted.
            CallTimedOut: It was not done in time; the goal is accepted all the same.
        """
        handle = self.submit(goal, **options)
        try:
            self._planning(handle).now()
        except GoalFailed as failed:
            raise error_of(failed.problems[0]) from None
        _check_approved(handle)
        self.health(self.config.call_timeout)
        return handle

    async def adecompose(self, goal: GivenGoal, **options: Unpack[GoalOptions]) -> GoalHandle:
        """The twin of `decompose`."""
        handle = await self.asubmit(goal, **options)
        try:
            await self._planning(handle)
        except GoalFailed as failed:
            raise error_of(failed.problems[0]) from None
        _check_approved(handle)
        await self.ahealth(self.config.call_timeout)
        return handle

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

    def _planning(self, handle: GoalHandle) -> Call[None]:
        """Until it has a plan.

        A plan is seen before the scheduler is told of it. Once the orchestrator answers
        after that, it was told, so whoever assigns then finds these subtasks.
        """
        return self._calls.call(self.hub.planned(handle.id), "decompose", self.config.call_timeout)

    def _handle(self, goal: GoalId) -> GoalHandle:
        make = self._make_plan
        return GoalHandle(goal, self.hub, self._calls, self._forecaster, self, make)

    def _make_plan(self, given: GivenPlan) -> Plan:
        return make_plan(given, self._world.ids, largest_plan=self.config.largest_plan)

    def _submitting(
        self, goal: object, *, parent: Parent | None = None, **options: Unpack[GoalOptions]
    ) -> Call[GoalHandle]:
        command = submission(
            goal,
            world=self._world,
            config=self.config,
            archive=self._cast.archive,
            parent=parent,
            **options,
        )
        self._check_open()
        self._keeping.check()
        known = self._keeping.known(command.goal.key)
        if known is not None:
            return self._calls.answered(self._taken(known, command.goal))
        return self._calls.visit(
            "submit",
            ORCHESTRATOR,
            lambda here: values.replace(command, reply_to=here),
            GoalTaken,
            lambda taken: self._taken(taken.goal, command.goal),
            door=self._doors.submit if parent is None else self._doors.orchestrator,
            subtasks=1 if command.plan is None else len(command.plan.subtasks),
        )

    def _taken(self, accepted: GoalId, wanted: Goal) -> GoalHandle:
        """The handle of what was accepted, which may have been long ago, under the same key."""
        handle = self._handle(accepted)
        if wanted.digest:
            digest = handle.record.goal.digest
            if digest and digest != wanted.digest:
                raise KeyReused(wanted.key, accepted)
        return handle


def _check_approved(handle: GoalHandle) -> None:
    proposal = handle.record.proposal
    if proposal is not None:
        raise AwaitsApproval(handle.id, proposal.number)
