"""What the Scheduler decides: who does what, when, and for how long it may.

It owns queues, loads and leases, and can be rebuilt from the orchestrator (what is
open), the supervisor (who is there) and the agents (what they run).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from callboard.actors.logic.ahead import RECALLS, Ahead
from callboard.actors.logic.ahead_options import beside
from callboard.actors.logic.alarms import arm, glance
from callboard.actors.logic.amending import Amending
from callboard.actors.logic.calibration import report
from callboard.actors.logic.chaining import Chaining
from callboard.actors.logic.dispatching import Dispatching
from callboard.actors.logic.effects import Effect, Show, Tell
from callboard.actors.logic.explaining import explain
from callboard.actors.logic.granting import grant
from callboard.actors.logic.history import histories
from callboard.actors.logic.holding import Holding
from callboard.actors.logic.idling import idling
from callboard.actors.logic.leasing import Leasing
from callboard.actors.logic.ledger import Ledger
from callboard.actors.logic.lessons import Lessons
from callboard.actors.logic.lineup import WAITS
from callboard.actors.logic.membership import Membership
from callboard.actors.logic.negotiated import Negotiated
from callboard.actors.logic.negotiating import Negotiating
from callboard.actors.logic.rationing import refill, wakes
from callboard.actors.logic.recovering import Recovering
from callboard.actors.logic.repeats import AUDIT
from callboard.actors.logic.reports import Reports
from callboard.actors.logic.returning import Returning
from callboard.actors.logic.setbacks import Setbacks
from callboard.actors.logic.watching import WATCHED, Watching
from callboard.messages.base import ORCHESTRATOR, SCHEDULER, SUPERVISOR
from callboard.messages.bids import BidDeclined, BidSent
from callboard.messages.commands import (
    Assignments,
    AssignNow,
    CompleteSubtask,
    EditSubtask,
    Explain,
    Explained,
    FailSubtask,
    ForgetHonesty,
    Forgotten,
    GrantBudget,
    Heartbeat,
    LearningShown,
    PauseAgent,
    Ping,
    Pong,
    Refused,
    RequeueSubtask,
    ResizeAgent,
    ResumeAgent,
    ShowLearning,
)
from callboard.messages.errors.base import problem_of
from callboard.messages.errors.lookups import StaleLease
from callboard.messages.supervision import ActorStarted, AllSignsSeen, SignsSeen, Wake
from callboard.messages.work import (
    Accepted,
    Advise,
    AgentDown,
    AgentDraining,
    AgentJoined,
    AgentLeft,
    AgentsJoined,
    AgentUp,
    Amended,
    Cancelled,
    CheckLease,
    CheckpointLeft,
    Completed,
    Declined,
    Failed,
    ForgetLearnt,
    GivenBack,
    HadStarted,
    Hold,
    Introduced,
    LoadSeen,
    NotHeld,
    Progress,
    Release,
    ResultReturned,
    ResultTaken,
    Resync,
    Running,
    SchedulerStarted,
    Settled,
    Started,
    SubtaskDone,
    SubtasksReady,
    Waiting,
    WaitOver,
    Withdraw,
    Withdrawn,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callboard.actors.logic.ahead_options import AheadOptions
    from callboard.actors.logic.alarms import Clocked
    from callboard.actors.logic.breaker_options import BreakerOptions
    from callboard.actors.logic.effects import After
    from callboard.actors.logic.learning import Learning
    from callboard.actors.logic.limits import Limits
    from callboard.actors.logic.membership import Addressed
    from callboard.actors.logic.negotiation_options import Manner, NegotiationOptions
    from callboard.actors.logic.overload_options import OverloadOptions
    from callboard.actors.logic.paces import Paces
    from callboard.actors.logic.resource_options import ResourceOptions
    from callboard.actors.logic.skills import Equivalences
    from callboard.actors.logic.speculation_options import SpeculationOptions
    from callboard.messages.base import SubtaskId
    from callboard.messages.facts import Fact
    from callboard.messages.unions import SchedulerMessage


class SchedulingLogic:
    """Hands out work and watches over it.

    Args:
        boot: Of the runtime; the first part of every token.
        incarnation: Of the scheduler; the second part.
        equivalences: Which skills stand in for which.
        limits: The runtime's time limits and retry policy.
        heartbeat_timeout: Seconds of silence after which an agent is doubted.
        tau: Seconds of waiting that promote a subtask by one class.
        poison: How many agents have gone down with a subtask or failed at it, the one that
            goes down now included, when it is parked.
        audit: Seconds after which an agent is told again what it has not answered.
        recorded: Facts of earlier schedulers, to go on where they were.
        breaker: When a skill is given a rest; None never gives it one.
        speculation: What gets copies; None gives none.
        resources: What the runtime limits; None for nothing.
        overload: How much load of an agent is too much; None for never.
        unheard: See `Membership`; None for none.
        paces: Who is faster than others at what; None for what is learnt.
        negotiate: Which subtasks are negotiated.
        negotiation: How; None as `NegotiationOptions` says.
        ahead: What brief work agents are given before they have a slot for it; None for none.
    """

    def __init__(  # noqa: PLR0913 - each is a setting of the runtime
        self,
        *,
        boot: int,
        incarnation: int,
        equivalences: Equivalences,
        limits: Limits,
        heartbeat_timeout: float,
        tau: float,
        poison: int,
        audit: float = AUDIT,
        recorded: Iterable[Fact] = (),
        breaker: BreakerOptions | None = None,
        speculation: SpeculationOptions | None = None,
        resources: ResourceOptions | None = None,
        overload: OverloadOptions | None = None,
        unheard: list[Addressed] | None = None,
        paces: Paces | None = None,
        negotiate: Manner = "asked",
        negotiation: NegotiationOptions | None = None,
        ahead: AheadOptions | None = None,
    ) -> None:
        self._incarnation = incarnation
        self._asks = Tell(ORCHESTRATOR, SchedulerStarted(incarnation=incarnation))
        ledger, lessons, past = Ledger(), Lessons(), Negotiated()
        before = histories(lessons.heard(past.passing(ledger.reading(recorded))))
        self._leasing = leasing = Leasing(
            boot=boot,
            incarnation=incarnation,
            equivalences=equivalences,
            limits=limits,
            tau=tau,
            audit=audit,
            patience=heartbeat_timeout,
            histories=before,
            learning=lessons.learning,
            breaker=breaker,
            speculation=speculation,
            resources=resources,
            paces=paces,
            # Who goes down in a chain parks nothing by that, see `blame_links`.
            ahead=beside(ahead, lasting=poison == 1),
        )
        leasing.reserving.inherit(ledger)
        self._negotiating = Negotiating(leasing, boot, negotiate, negotiation, past)
        self._alarms: tuple[Clocked, ...] = (
            leasing.alarms,
            leasing.beats,
            leasing.timing.alarms,
            *leasing.auditing.alarms,
            self._negotiating.alarms,
        )
        self._setbacks = Setbacks(leasing, poison, self._negotiating)
        self._ahead = Ahead(leasing, self._negotiating, self._setbacks)
        self._returning = Returning(leasing, self._setbacks)
        self._chaining = Chaining(leasing, self._negotiating)
        self._dispatching = Dispatching(
            leasing, self._negotiating, self._ahead, self._chaining, self._returning
        )
        self._holding = Holding(leasing, self._setbacks, self._ahead, self._chaining)
        self._amending = Amending(leasing, self._setbacks, self._chaining)
        self._reports = Reports(leasing, self._setbacks, self._negotiating, self._chaining)
        self._recovering = Recovering(leasing, self._setbacks, self._reports)
        self._membership = Membership(
            leasing,
            self._dispatching,
            self._setbacks,
            self._recovering,
            heartbeat_timeout,
            unheard=[] if unheard is None else unheard,
            overload=overload,
        )

        self._watching = Watching(leasing, self._membership, self._setbacks, heartbeat_timeout)

    @property
    def learning(self) -> Learning:
        """How long work takes, as far as it is known; read-only for others."""
        return self._leasing.learning

    @property
    def paces(self) -> Paces:
        """Who is faster than others, as far as it is known; read-only for others."""
        return self._leasing.paces

    def idling(self, now: float) -> list[SubtaskId]:
        """What waits for a resource although there is enough for it: see `idling`."""
        return [work.uuid for work in idling(self._leasing, now)]

    def start(self, now: float) -> list[Effect]:
        """Ask for all that is open; after a restart also who runs what."""
        started = ActorStarted(address=SCHEDULER, incarnation=self._incarnation)
        effects: list[Effect] = [
            Tell(SUPERVISOR, started),
            self._asks,
        ]
        if self._incarnation > 1:
            self._recovering.begin(now)
        effects += self._leasing.reserving.begin(now)
        return effects + self.settle(now)

    def handle(self, message: SchedulerMessage, now: float) -> list[Effect]:
        """Decide about one message and hand out what can be."""
        return [*self.take(message, now), *self.settle(now)]

    def settle(self, now: float) -> list[Effect]:
        """After a batch: hand out what can be, and set the next look at the clock."""
        leasing, effects = self._leasing, list[Effect]()
        touched, short = leasing.reserving.touched, leasing.reserving.shortages.lines
        if leasing.gates.unsettled:
            effects += self._holding.settle(now)
        if (touched or short) and wakes(leasing):
            effects += refill(leasing, now)
        if leasing.tenders.ripe or leasing.tenders.left:
            effects += self._negotiating.settle(now)
        if leasing.queues.waiting:  # else there is nothing to hand out
            effects += self._dispatching.dispatch(now)
        # Who lacks something else may have left it to others.
        while (touched or short) and wakes(leasing):
            effects += refill(leasing, now)
            effects += self._dispatching.dispatch(now)
        if leasing.speculating.late:
            effects += leasing.speculating.settle(now)
        # Last: what is handed out has limits too, and needs an answer.
        effects += arm(self._alarms, now)
        return effects

    def glance(self, now: float) -> list[After] | None:
        """See `glance` of `alarms`."""
        return glance(self._alarms, now)

    def take(self, message: SchedulerMessage, now: float) -> list[Effect]:
        """Decide about one message of a batch."""
        dispatching, agents = self._dispatching, self._membership
        match message:  # the commonest first
            case Completed():
                return self._reports.completed(message, now)
            case Started() | HadStarted():
                return self._reports.started(message, now)
            case Settled():
                return dispatching.settled(message, now)
            case SubtasksReady():
                return self._ready(message, now)
            case Wake():
                return self._wake(now)
            case SignsSeen(limit="answer"):
                return self._leasing.auditing.seen(message.agent, now)
            case SignsSeen():
                return self._watching.seen(message, now)
            case AgentUp():
                return agents.up(message, now)
            case (
                Progress()
                | Accepted()
                | Failed()
                | Waiting()
                | WaitOver()
                | CheckLease()
                | Cancelled()
                | Declined()
                | CheckpointLeft()
                | FailSubtask()
            ):
                return self._reports.take(message, now)
            case Advise():
                return dispatching.advise(message, now)
            case Hold():
                return self._holding.hold(message, now)
            case Release():
                return self._holding.release(message, now)
            case GivenBack():
                return self._ahead.given_back(message, now)
            case NotHeld():
                return self._leasing.not_held(message.agent, message.token, now)
            case ResultTaken():
                return self._returning.taken(message, now)
            case ResultReturned():
                return self._returning.returned(message, now)
            case Withdraw():
                return dispatching.withdraw(message.subtasks, message.reason, now)
            case Withdrawn():
                return dispatching.withdrawn(message.subtasks)
            case ForgetLearnt():
                count = self._leasing.forget_learnt(message.work, message.agent)
                return [Tell(message.reply_to, Forgotten(count=count))]
            case ShowLearning():
                shown = LearningShown(report=report(self._leasing.learning))
                return [Tell(message.reply_to, shown)]
            case Resync():
                return self._resync(message, now)
            case Running():
                return self._recovering.running(message, now)
            case AgentJoined() | AgentsJoined():
                return agents.joined(message, now)
            case AgentDown():
                return agents.down(message, now)
            case AgentDraining():
                return agents.draining(message.agent, now)
            case Introduced():
                return self._recovering.introduced(message.incarnation, now)
            case AgentLeft():
                return agents.left(message, now)
            case Heartbeat():
                return agents.heartbeat(message, now)
            case LoadSeen():
                return agents.laden(message, now)
            case ResizeAgent():
                return agents.resize(message, now)
            case PauseAgent() | ResumeAgent():
                return agents.pause(message, now)
            case CompleteSubtask():
                return self._complete(message, now)
            case GrantBudget():
                return grant(self._leasing.reserving, message, now)
            case RequeueSubtask():
                return self._amending.requeue(message, now)
            case EditSubtask():
                return self._amending.edit(message, now)
            case BidSent() | BidDeclined():
                return self._negotiating.answered(message, now)
            case ForgetHonesty():
                return self._negotiating.forget(message, now)
            case Amended():
                return self._amending.amended(message, now)
            case AssignNow():
                return self._assign_now(message, now)
            case Explain():
                reasons = explain(self._leasing, message.subtask, message.lease, now)
                return [Tell(message.reply_to, Explained(reasons=reasons))]
            case Ping():
                return [Tell(message.reply_to, self._pong())]
            case AllSignsSeen():
                return self._watching.all_seen(message, now)
            case _:
                assert_never(message)

    def _resync(self, message: Resync, now: float) -> list[Effect]:
        if self._recovering.waits_for(message.incarnation):
            # Who began anew may have lost the question.
            return [] if message.incarnation else [self._asks]
        resynced = self._dispatching.resync(message.subtasks, now, message.ahead)
        return [*resynced, *self._recovering.synced(now)]

    def _ready(self, message: SubtasksReady, now: float) -> list[Effect]:
        effects = self._dispatching.queue_all(message.subtasks, now, message.ahead)
        for said in self._chaining.heard():
            effects += self._reports.take(said, now)
        return effects

    def _complete(self, message: CompleteSubtask, now: float) -> list[Effect]:
        """Somebody says it is done: the lease is added, the orchestrator decides."""
        if message.lease is not None and self._reports.is_stale(message.lease):
            stale = StaleLease(message.subtask, str(message.lease.token))
            return [Tell(message.reply_to, Refused(problem=problem_of(stale)))]
        done = SubtaskDone(
            subtask=message.subtask,
            lease=None,
            result=message.result,
            seconds=0.0,
            reply_to=message.reply_to,
        )
        return self._reports.completed_outside(done, now)

    def _assign_now(self, message: AssignNow, now: float) -> list[Effect]:
        leases, effects = self._dispatching.hand_out(now)
        return [*effects, Tell(message.reply_to, Assignments(leases=leases))]

    def _wake(self, now: float) -> list[Effect]:
        leasing, watching = self._leasing, self._watching
        effects = watching.beats(now)
        for kind, key in leasing.alarms.due(now):
            if kind == WAITS:
                self._dispatching.look_again(key)
            elif kind == RECALLS:
                effects += self._ahead.overdue(key, now)
            elif kind == "turn":
                leasing.advice.look_again()
            elif kind == "resource":
                leasing.reserving.rung(key)
            elif kind == "breaker":
                effects += [Show(notice) for notice in leasing.breakers.rested(key, now)]
            else:
                effects += self._recovered(now)
        self._negotiating.wake(now)
        for kind, work, when in leasing.timing.overdue(now):
            if kind in WATCHED:
                effects += watching.limit(kind, work, when, now)
            elif kind == "late":
                leasing.speculating.due(work, now)
            else:
                effects += self._setbacks.due(kind, work, now)
        return [*effects, *leasing.auditing.due(now)]

    def _recovered(self, now: float) -> list[Effect]:
        if not self._recovering.over(now):
            return []
        return [*self._membership.introduced(now), *self._recovering.go_on(now)]

    def _pong(self) -> Pong:
        resting = {"resting_skills": self._leasing.breakers.shut}
        resting["copies"] = len(self._leasing.copies)
        figures = {**self._leasing.figures(), **self._membership.figures(), **resting}
        return Pong(address=SCHEDULER, state=figures)
