"""What the Orchestrator decides: it owns the truth about goals, plans and results.

A decision becomes facts first; the facts change the state; what the state then asks
for is told to the others. So a replay of the facts gives the same orchestrator.
Goals come in by `intake`, their subtasks end in `settling`, they themselves in
`closing`; `pausing` and `draining` hold them back meanwhile, and all of it is kept in
`books`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, assert_never

from callboard.actors.logic.alarms import glance
from callboard.actors.logic.approving import Approving
from callboard.actors.logic.books import Books
from callboard.actors.logic.closing import Closing
from callboard.actors.logic.draining import Draining
from callboard.actors.logic.editing import Editing
from callboard.actors.logic.effects import After, Effect, Tell
from callboard.actors.logic.goal_states import Status
from callboard.actors.logic.granting import passed_on
from callboard.actors.logic.growing import Growing
from callboard.actors.logic.intake import Intake
from callboard.actors.logic.obstacles import obstacles
from callboard.actors.logic.pausing import Pausing
from callboard.actors.logic.repairing import Repairing
from callboard.actors.logic.replies import refuse
from callboard.actors.logic.settling import Settling
from callboard.messages.base import ORCHESTRATOR, SCHEDULER, SUPERVISOR
from callboard.messages.commands import (
    Approve,
    CancelGoal,
    CancelSubtask,
    DrainGoal,
    DrainRuntime,
    DrainSubtask,
    EditSubtask,
    Explain,
    Explained,
    GrantBudget,
    PauseGoal,
    PauseRuntime,
    PauseSubtask,
    Ping,
    Pong,
    ProposePlan,
    Reject,
    RequeueSubtask,
    ResetLearning,
    ResumeGoal,
    ResumeRuntime,
    ResumeSubtask,
    SubmitGoal,
)
from callboard.messages.errors.lookups import UnknownSubtask
from callboard.messages.planning import (
    ChangeReady,
    ChangeRefused,
    DecomposerStarted,
    PlanGrows,
    PlanReady,
    PlanRefused,
)
from callboard.messages.supervision import ActorStarted, Wake
from callboard.messages.work import (
    Resync,
    SaveCheckpoint,
    SchedulerStarted,
    SubtaskDone,
    SubtaskGivenUp,
    SubtaskIdle,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callboard.messages.facts import Fact
    from callboard.messages.unions import OrchestratorMessage, RareOrchestratorMessage

Control: TypeAlias = (
    PauseGoal
    | ResumeGoal
    | DrainGoal
    | PauseSubtask
    | ResumeSubtask
    | DrainSubtask
    | PauseRuntime
    | ResumeRuntime
    | DrainRuntime
)
"""Commands that hold work back, or let it go on."""


class OrchestrationLogic:
    """Brings every goal to an end.

    Args:
        incarnation: Counts the orchestrators of this runtime.
        history: Facts to be rebuilt from.
        keep_goals: How many ended goals are remembered, for repeated completions
            and idempotency keys; None remembers all.
        repairs: How often the plan of a goal may be mended that does not say.
    """

    def __init__(
        self,
        incarnation: int = 1,
        history: Iterable[Fact] = (),
        keep_goals: int | None = 1000,
        repairs: int = 0,
    ) -> None:
        self._incarnation = incarnation
        self._books = Books(history)
        self._closing = Closing(self._books, keep_goals)
        self._pausing = Pausing(self._books)
        self._intake = Intake(self._books, self._closing, self._pausing)
        self._editing = Editing(self._books)
        self._repairing = Repairing(self._books, self._closing, repairs)
        self._approving = Approving(self._books, self._intake, self._repairing, self._closing)
        self._settling = Settling(self._books, self._closing, self._intake, self._repairing)
        self._growing = Growing(self._books, self._intake, self._closing, self._repairing)
        self._draining = Draining(self._books, self._closing, self._settling, self._repairing)

    def start(self, now: float) -> list[Effect]:
        """Take up what the journal says was under way."""
        started = ActorStarted(address=ORCHESTRATOR, incarnation=self._incarnation)
        effects: list[Effect] = [Tell(SUPERVISOR, started)]
        if self._incarnation > 1 or self._books.goals.by_id:
            effects += self._take_up(now)
        return [*effects, *self.settle(now)]

    def handle(self, message: OrchestratorMessage, now: float) -> list[Effect]:
        """Decide about one message."""
        return [*self.take(message, now), *self.settle(now)]

    def settle(self, now: float) -> list[Effect]:
        """What follows a batch: who is told what is ready and what has ended; the next look."""
        effects = self._books.release() if self._books.freed else []
        effects += self._settling.confirm()
        if self._repairing.to_ask:
            effects += self._repairing.asked()
        if self._books.deadlines.early:
            effects += self._books.deadlines.arm(now)
        return effects

    def glance(self, now: float) -> list[After] | None:
        """See `glance` of `alarms`."""
        return glance((self._books.deadlines,), now)

    def take(self, message: OrchestratorMessage, now: float) -> list[Effect]:
        """Decide about one message of a batch."""
        if isinstance(message, SubtaskDone):  # most of what comes
            effects = self._settling.done(message, now)
        else:
            effects = self._books.release() if self._books.freed else []
            effects += self._take(message, now)
        if self._closing.undecided:
            effects += self._approving.undecided(now)
        if self._closing.verified:
            effects += self._settling.judge(now)
        return effects

    def _take(self, message: RareOrchestratorMessage, now: float) -> list[Effect]:
        match message:
            case SubmitGoal():
                return self._intake.submit(message, now)
            case PlanReady():
                return self._intake.planned(message, now)
            case PlanGrows():
                return self._growing.grow(message, now)
            case ChangeReady():
                return self._repairing.changed(message, now)
            case ChangeRefused():
                return self._repairing.refused(message, now)
            case PlanRefused():
                return self._intake.unplanned(message, now)
            case SubtaskGivenUp():
                # A deadline that has come ends its goal, whoever looks at the clock first.
                late = self._closing.deadlines(now)
                return [*late, *self._settling.given_up(message, now)]
            case SaveCheckpoint():
                return self._settling.save(message, now)
            case Approve():
                return self._approving.approve(message, now)
            case Reject():
                return self._approving.reject(message, now)
            case ProposePlan():
                return self._approving.propose(message, now)
            case CancelGoal():
                return self._closing.cancel(message, now)
            case CancelSubtask():
                return self._settling.cancel(message, now)
            case SubtaskIdle():
                return self._draining.idle(message, now)
            case EditSubtask():
                return self._editing.edit(message, now)
            case RequeueSubtask():
                return self._editing.not_parked(message)
            case SchedulerStarted():
                return self._resync(message.incarnation)
            case DecomposerStarted():
                return self._undecomposed()
            case Explain():
                return self._explain(message)
            case Ping():
                return [Tell(message.reply_to, self._pong())]
            case ResetLearning():
                return self._settling.reset_learning(message, now)
            case GrantBudget():
                return passed_on(self._books.goals, message)
            case Wake():
                return self._closing.deadlines(now)
            case _:
                return self._control(message, now)

    def _control(self, message: Control, now: float) -> list[Effect]:
        match message:
            case PauseGoal():
                return self._pausing.pause_goal(message, now)
            case ResumeGoal():
                return self._pausing.resume_goal(message, now)
            case DrainGoal():
                return self._draining.drain_goal(message, now)
            case PauseSubtask():
                return self._pausing.pause_subtask(message, now)
            case ResumeSubtask():
                return self._pausing.resume_subtask(message, now)
            case DrainSubtask():
                return self._draining.drain_subtask(message, now)
            case PauseRuntime():
                return self._pausing.pause_runtime(message, now)
            case ResumeRuntime():
                return self._pausing.resume_runtime(message, now)
            case DrainRuntime():
                return self._draining.drain_runtime(message, now)
            case _:
                assert_never(message)

    def _explain(self, message: Explain) -> list[Effect]:
        goals = self._books.goals
        if message.subtask not in goals.subtasks:
            return refuse(message.reply_to, UnknownSubtask(message.subtask))
        reasons = obstacles(goals, message.subtask)
        return [Tell(message.reply_to, Explained(reasons=reasons))]

    def _take_up(self, now: float) -> list[Effect]:
        effects = self._closing.end_orphans(now)
        for goal in list(self._books.goals.open_goals()):
            self._books.watch(goal)
            effects += self._draining.mend(goal, now)
            effects += self._repairing.mend(goal, now)
        effects += self._settling.verify_again(now)
        return [*effects, *self._resync(), *self._undecomposed()]

    def _undecomposed(self) -> list[Effect]:
        """Ask for all plans that are still to be made, and all changes of them."""
        self._repairing.ask_again()
        return self._intake.undecomposed()

    def _resync(self, asker: int = 0) -> list[Effect]:
        """All that is open, and first what of it must not be begun."""
        held = [*self._pausing.all_held(), *self._draining.all_last()]
        ready = (
            goal.ready(state)
            for goal in self._books.goals.open_goals()
            for state in goal.subtasks.values()
            if state.status in (Status.READY, Status.VERIFYING)
        )
        ahead = (one for goal in self._books.goals.open_goals() for one in goal.ahead())
        told = Resync(subtasks=tuple(ready), ahead=tuple(ahead), incarnation=asker)
        return [*held, Tell(SCHEDULER, told)]

    def _pong(self) -> Pong:
        goals = self._books.goals
        ended = len(goals.ended)
        state = {"open_goals": len(goals.by_id) - ended, "ended_goals": ended}
        return Pong(address=ORCHESTRATOR, state=state)
