"""How a goal becomes a plan: the planner is asked, its answer checked, its silence timed.

Each `Decompose` is answered once, by `PlanReady` or `PlanRefused`, unless
`DropPlanning` came before. That overtakes work, so it may come even before its
`Decompose`, which is then passed over: a plan may cost money.

What history contradicts of a plan comes with it, and is corrected before it is checked.
A planner may hand in parts: each is checked and passed on at once (`PlanGrows`), and the
last one says that it is. Where somebody has to approve the plan, only the whole is passed on.
"""

from __future__ import annotations

from typing import assert_never

import msgspec

from callboard.actors.logic.alarms import Alarms, arm, glance
from callboard.actors.logic.approving import plan_waits
from callboard.actors.logic.correcting import corrected
from callboard.actors.logic.effects import After, DropPlan, Effect, MakePlan, Record, Show, Tell
from callboard.actors.logic.graph import check, check_part, well_formed
from callboard.actors.logic.mendings import Mendings
from callboard.messages import facts
from callboard.messages.base import DECOMPOSER, ORCHESTRATOR, SUPERVISOR, GoalId, SubtaskId
from callboard.messages.commands import Ping, Pong
from callboard.messages.errors.base import KNOWN, CallboardError, problem_of
from callboard.messages.errors.goals import MalformedPlan, PlanningError
from callboard.messages.errors.planning import PlanCutOff
from callboard.messages.notices import DeadLetter
from callboard.messages.planning import (
    ChangeMade,
    Decompose,
    DecomposerStarted,
    DropPlanning,
    PlanAwaited,
    PlanGrows,
    PlanMade,
    PlanningFailed,
    PlanningStumbled,
    PlanPart,
    PlanReady,
    PlanRefused,
    Repair,
    RepairFailed,
)
from callboard.messages.supervision import ActorStarted, Wake
from callboard.messages.unions import DecomposerMessage
from callboard.messages.values import Goal, Plan, Problem, Subtask

_REMEMBERED = 10_000
"""Goals that nobody wants: most were planned by then, and are never asked for again."""


_ANOTHER = "the plan is another one than that of which parts were handed in"


class DecompositionLogic:
    """The decomposer's decisions.

    Args:
        incarnation: Of its actor.
        largest_plan: Subtasks that a plan may have.
        planning_seconds: How long the planner may take over one goal.
    """

    def __init__(
        self, incarnation: int, largest_plan: int, planning_seconds: float = 300.0
    ) -> None:
        self._incarnation = incarnation
        self._largest_plan = largest_plan
        self._planning_seconds = planning_seconds
        self._alarms = Alarms[GoalId]()  # one for each goal that is being planned
        self._forsaken: dict[GoalId, bool] = {}  # before they were asked for, oldest first
        self._parts: dict[GoalId, dict[SubtaskId, Subtask]] = {}  # that were passed on
        self._whole: set[GoalId] = set()  # whose parts are kept until their plans are whole
        self._mendings = Mendings(largest_plan, planning_seconds)

    def start(self, now: float) -> list[Effect]:  # noqa: ARG002 - as every logic's
        """What to do first; one that follows another asks for what that one may have lost."""
        started = ActorStarted(address=DECOMPOSER, incarnation=self._incarnation)
        effects: list[Effect] = [Tell(SUPERVISOR, started)]
        if self._incarnation > 1:
            effects.append(Tell(ORCHESTRATOR, DecomposerStarted(incarnation=self._incarnation)))
        return effects

    def handle(self, message: DecomposerMessage, now: float) -> list[Effect]:
        """What follows from *message*."""
        return [*self._decide(message, now), *arm(self._clocked, now)]

    def glance(self, now: float) -> list[After] | None:
        """See `glance` of `alarms`."""
        return glance(self._clocked, now)

    @property
    def _clocked(self) -> tuple[Alarms[GoalId], Alarms[GoalId]]:
        return self._alarms, self._mendings.alarms

    def _decide(self, message: DecomposerMessage, now: float) -> list[Effect]:
        match message:
            case Decompose():
                return self._ask(message.goal, now)
            case Repair():
                return self._repair(message, now)
            case ChangeMade():
                return self._mendings.made(message, now)
            case RepairFailed():
                return self._mendings.failed(message, now)
            case PlanMade():
                return self._check(message, now)
            case PlanningFailed():
                return self._give_up(message, now)
            case PlanPart():
                return self._grow(message, now)
            case PlanAwaited():
                return self._look(message)
            case PlanningStumbled():
                return self._stumble(message, now)
            case DropPlanning():
                return self._drop(message.goal)
            case Wake():
                late = [effect for goal in self._alarms.due(now) for effect in self._late(goal)]
                due = self._mendings.alarms.due(now)
                return [*late, *(effect for goal in due for effect in self._mendings.late(goal))]
            case Ping():
                state = {"planning": len(self._alarms) + len(self._mendings.alarms)}
                return [Tell(message.reply_to, Pong(address=DECOMPOSER, state=state))]
            case _:
                assert_never(message)

    def _ask(self, goal: Goal, now: float) -> list[Effect]:
        if self._forsaken.pop(goal.id, False):
            return []
        if goal.id in self._alarms:  # asked again by an orchestrator that was restarted
            return []
        self._alarms.set(goal.id, now + self._planning_seconds)
        if plan_waits(goal):
            self._whole.add(goal.id)
        return [MakePlan(goal, self._planning_seconds)]

    def _repair(self, repair: Repair, now: float) -> list[Effect]:
        if self._forsaken.pop(repair.goal.id, False):
            return []
        return self._mendings.ask(repair, now)

    def _check(self, made: PlanMade, now: float) -> list[Effect]:
        if made.goal not in self._alarms:
            return [_unwanted(made, now)]
        whole = made.goal in self._whole
        parts = self._forget(made.goal)
        try:
            plan = well_formed(made.plan)
            if plan.subtasks[: len(parts)] != tuple(parts.values()):
                raise PlanningError(_ANOTHER)
            plan = corrected(plan, made.corrections)
            check(plan, self._largest_plan)
        except CallboardError as error:
            return [_refusal(made.goal, problem_of(error))]
        if parts and not whole:
            return [Tell(ORCHESTRATOR, _rest(made.goal, plan, len(parts)))]
        return [Tell(ORCHESTRATOR, PlanReady(goal=made.goal, plan=plan))]

    def _grow(self, part: PlanPart, now: float) -> list[Effect]:
        """Pass it on, if it fits to what was passed on before."""
        if part.goal not in self._alarms:
            return [_unwanted(part, now)]
        known = self._parts.setdefault(part.goal, {})
        try:
            said = self._fitting(part.plan, known, part.first)
            plan = corrected(said, part.corrections)
            check_part(plan, known, self._largest_plan - part.first)
        except CallboardError as error:
            self._forget(part.goal)
            return [DropPlan(part.goal), _refusal(part.goal, problem_of(error))]
        grows = PlanGrows(goal=part.goal, first=len(known), plan=plan)
        known.update((subtask.uuid, subtask) for subtask in said.subtasks)
        # Nothing begins before all of it is approved.
        return [] if part.goal in self._whole else [Tell(ORCHESTRATOR, grows)]

    def _fitting(self, plan: Plan, known: dict[SubtaskId, Subtask], first: int) -> Plan:
        if first != len(known):
            raise PlanCutOff(len(known))
        plan = well_formed(plan)
        if plan.compounds:
            raise MalformedPlan("$.compounds", "only a whole plan has them, in the end")
        return plan

    def _look(self, awaited: PlanAwaited) -> list[Effect]:
        """Whether that plan is still being made; its planner may have gone with another."""
        if awaited.goal in self._alarms:
            return []
        return [_refusal(awaited.goal, problem_of(PlanCutOff(awaited.first)))]

    def _forget(self, goal: GoalId) -> dict[SubtaskId, Subtask]:
        """It is not planned any more; what was passed on of it."""
        self._alarms.clear(goal)
        self._whole.discard(goal)
        return self._parts.pop(goal, {})

    def _give_up(self, failed: PlanningFailed, now: float) -> list[Effect]:
        if failed.goal not in self._alarms:
            return [_unwanted(failed, now)]
        self._forget(failed.goal)
        return [_refusal(failed.goal, _as_ours(failed.problem))]

    def _stumble(self, said: PlanningStumbled, now: float) -> list[Effect]:
        if said.goal not in self._alarms and said.goal not in self._mendings:
            return []  # its goal has ended, or has its plan: nothing follows from it
        setback = facts.PlanningSetback(
            at=now, goal=said.goal, problem=said.problem, then=said.then
        )
        return [Record(setback)]

    def _drop(self, goal: GoalId) -> list[Effect]:
        if goal in self._mendings:
            return self._mendings.drop(goal)
        if goal not in self._alarms:
            self._forsaken[goal] = True
            if len(self._forsaken) > _REMEMBERED:
                del self._forsaken[next(iter(self._forsaken))]
            return []
        self._forget(goal)
        return [DropPlan(goal)]

    def _late(self, goal: GoalId) -> list[Effect]:
        why = f"the planner gave no answer within {self._planning_seconds:g} s"
        self._forget(goal)
        return [DropPlan(goal), _refusal(goal, problem_of(PlanningError(why)))]


def _rest(goal: GoalId, plan: Plan, first: int) -> PlanGrows:
    rest = msgspec.structs.replace(plan, subtasks=plan.subtasks[first:])
    return PlanGrows(goal=goal, first=first, plan=rest, last=True)


def _refusal(goal: GoalId, problem: Problem) -> Effect:
    return Tell(ORCHESTRATOR, PlanRefused(goal=goal, problem=problem))


def _unwanted(message: PlanMade | PlanningFailed | PlanPart, now: float) -> Effect:
    reason = f"nobody waits for a plan of goal {message.goal!r} any more"
    return Show(DeadLetter(at=now, to=DECOMPOSER, what=type(message).__name__, reason=reason))


def _as_ours(problem: Problem) -> Problem:
    """An error of a planner that is not one of our tree is a `PlanningError` with its text."""
    if problem.error in KNOWN:
        return problem
    return msgspec.structs.replace(
        problem_of(PlanningError(problem.text)), traceback=problem.traceback
    )
