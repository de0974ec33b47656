"""What a person decides about a goal: its plan is looked at, approved, edited or rejected.

Every method is part of a goal's handle; see `callboard.runtime.handle`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.planned import goal_plan
from callboard.messages.base import ORCHESTRATOR
from callboard.messages.commands import Approve, Proposed, ProposePlan, Reject
from callboard.messages.errors.approving import NothingProposed
from callboard.messages.errors.running import InvalidCall
from callboard.runtime.executors.waiting import not_negative, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.actors.logic.planned import GoalPlan
    from callboard.actors.logic.records import GoalRecord
    from callboard.messages.base import GoalId
    from callboard.messages.values import Plan
    from callboard.runtime.calls import Call, Calls
    from callboard.runtime.hub import Hub
    from callboard.runtime.planners.plans import GivenPlan


class Deciding:
    """The part of a goal's handle that is about its plan.

    Args:
        goal: Its id.
        hub: Knows how it stands.
        calls: Asks the runtime.
        make_plan: Checks what somebody hands in as a plan.
    """

    def __init__(
        self, goal: GoalId, hub: Hub, calls: Calls, make_plan: Callable[[GivenPlan], Plan]
    ) -> None:
        self.id = goal
        self._hub = hub
        self._calls = calls
        self._make_plan = make_plan
        self._record: GoalRecord = hub.goal(goal)

    def plan(self, timeout: float | None = None) -> GoalPlan:
        """Its plan: the one that is proposed, else the one that is carried out.

        Where it is still being made it is waited for.

        Args:
            timeout: Seconds; None waits until there is one, or the goal ends.

        Raises:
            GoalFailed: It has failed, and had no plan.
            GoalCancelled: Somebody has cancelled it before it had one.
            NothingProposed: It has ended so long ago that its plan is not kept any more.
            CallTimedOut: It was not made in time; it is still being made.
            RuntimeClosed: The runtime was closed before.
        """
        self._planned(timeout).now()
        return self._plan()

    async def aplan(self, timeout: float | None = None) -> GoalPlan:  # noqa: ASYNC109 - the twin of `plan`
        """The same as `plan`, without blocking the event loop."""
        await self._planned(timeout)
        return self._plan()

    def approve(
        self, number: int | None = None, *, by: str = "", timeout: float | None = None
    ) -> None:
        """Have what is proposed for it carried out.

        Harmless where that very proposal was approved before.

        Args:
            number: Of the proposal that was looked at, as `plan().number` says it; where
                another one has taken its place, that is refused. None for whichever there is.
            by: Who says so, for people; it is recorded.
            timeout: Seconds; None for the runtime's `call_timeout`.

        Raises:
            ProposalChanged: It is not that which is proposed.
            NothingProposed: Its plan is still being made, or nobody has to approve it.
            DuplicateSubtask: A uuid of the plan is that of another goal's subtask by now.
            GoalAlreadyEnded: It has ended.
            UnknownGoal: It has been forgotten.
            CallTimedOut: The runtime did not answer in time.
        """
        self._approving(number, by, timeout).now()

    async def aapprove(
        self,
        number: int | None = None,
        *,
        by: str = "",
        timeout: float | None = None,  # noqa: ASYNC109 - the twin of `approve`
    ) -> None:
        """The same as `approve`, without blocking the event loop."""
        await self._approving(number, by, timeout)

    def edit(
        self,
        plan: GivenPlan,
        number: int | None = None,
        *,
        by: str = "",
        timeout: float | None = None,
    ) -> int:
        """Propose another plan in place of the one that is proposed.

        It waits to be approved as that one did, and without a deadline of the goal as long
        as that one could.

        Args:
            plan: What `submit` takes as one.
            number: Of the proposal whose place it takes, as for `approve`.
            by: Who says so, for people; it is recorded.
            timeout: Seconds; None for the runtime's `call_timeout`.

        Returns:
            Its number.

        Raises:
            InvalidPlan: It cannot be adopted.
            ProposalChanged: It is not that which is proposed.
            NothingProposed: Its plan is still being made, or nobody has to approve it.
            GoalAlreadyEnded: It has ended.
            UnknownGoal: It has been forgotten.
            CallTimedOut: The runtime did not answer in time.
        """
        return self._proposing(plan, number, by, timeout).now()

    async def aedit(
        self,
        plan: GivenPlan,
        number: int | None = None,
        *,
        by: str = "",
        timeout: float | None = None,  # noqa: ASYNC109 - the twin of `edit`
    ) -> int:
        """The same as `edit`, without blocking the event loop."""
        return await self._proposing(plan, number, by, timeout)

    def reject(
        self,
        reason: str = "",
        number: int | None = None,
        *,
        by: str = "",
        timeout: float | None = None,
    ) -> None:
        """Do not have carried out what is proposed for it: the goal fails, as `Rejected`.

        Args:
            reason: For people.
            number: As for `approve`.
            by: Who says so, for people.
            timeout: Seconds; None for the runtime's `call_timeout`.

        Raises:
            ProposalChanged: It is not that which is proposed.
            NothingProposed: Its plan is still being made, or nobody has to approve it.
            GoalAlreadyEnded: It has ended.
            UnknownGoal: It has been forgotten.
            CallTimedOut: The runtime did not answer in time.
        """
        self._rejecting(reason, number, by, timeout).now()

    async def areject(
        self,
        reason: str = "",
        number: int | None = None,
        *,
        by: str = "",
        timeout: float | None = None,  # noqa: ASYNC109 - the twin of `reject`
    ) -> None:
        """The same as `reject`, without blocking the event loop."""
        await self._rejecting(reason, number, by, timeout)

    # How

    def _planned(self, timeout: float | None) -> Call[None]:
        seconds = None if timeout is None else not_negative("timeout", timeout)
        return self._calls.call(self._hub.planned(self.id), f"the plan of {self.id}", seconds)

    def _plan(self) -> GoalPlan:
        found = self._hub.read(lambda _: goal_plan(self._record))
        if found is None:
            raise NothingProposed(self.id, "its plan is not kept any more")
        return found

    def _approving(self, number: int | None, by: str, timeout: float | None) -> Call[None]:
        wanted, who = self._number(number), text_of("by", by)
        return self._calls.command(
            "approve",
            ORCHESTRATOR,
            lambda here: Approve(goal=self.id, number=wanted, by=who, reply_to=here),
            self._calls.limit(timeout),
        )

    def _proposing(
        self, plan: GivenPlan, number: int | None, by: str, timeout: float | None
    ) -> Call[int]:
        wanted, who, made = self._number(number), text_of("by", by), self._make_plan(plan)
        return self._calls.ask(
            "edit",
            ORCHESTRATOR,
            lambda here: ProposePlan(goal=self.id, number=wanted, plan=made, by=who, reply_to=here),
            Proposed,
            lambda proposed: proposed.number,
            self._calls.limit(timeout),
        )

    def _rejecting(
        self, reason: str, number: int | None, by: str, timeout: float | None
    ) -> Call[None]:
        wanted, who, why = self._number(number), text_of("by", by), text_of("reason", reason)
        return self._calls.command(
            "reject",
            ORCHESTRATOR,
            lambda here: Reject(goal=self.id, number=wanted, reason=why, by=who, reply_to=here),
            self._calls.limit(timeout),
        )

    def _number(self, given: object) -> int:
        """Of the proposal that is meant: what is given, or that which is seen now."""
        if given is None:
            proposal = self._record.proposal
            return self._record.approved if proposal is None else proposal.number
        if isinstance(given, bool) or not isinstance(given, int) or given < 1:
            raise InvalidCall("number", given, "that of a proposal: a whole number above 0")
        return given
