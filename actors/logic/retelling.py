"""Why a subtask stood as it did at an instant of the past, as the facts tell it.

The facts up to then are played to an orchestrator and to the books of a scheduler of
their own, as after a restart, and these are asked. What was never a fact is not there:
progress, rests of skills, and who was chosen for what reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from callboard.actors.logic.ahead import Ahead
from callboard.actors.logic.board import Board
from callboard.actors.logic.chaining import Chaining
from callboard.actors.logic.dispatching import Dispatching
from callboard.actors.logic.effects import Effect, Tell
from callboard.actors.logic.endings import joined
from callboard.actors.logic.explaining import explain
from callboard.actors.logic.history import histories
from callboard.actors.logic.holding import Holding
from callboard.actors.logic.leasing import Leasing
from callboard.actors.logic.ledger import Ledger
from callboard.actors.logic.lessons import Lessons
from callboard.actors.logic.lifecycle import State
from callboard.actors.logic.limits import Limits
from callboard.actors.logic.negotiating import Negotiating
from callboard.actors.logic.orchestration import OrchestrationLogic
from callboard.actors.logic.places import AGEING
from callboard.actors.logic.records import AgentStatus
from callboard.actors.logic.repeats import AUDIT
from callboard.actors.logic.returning import Returning
from callboard.actors.logic.setbacks import Setbacks
from callboard.messages.base import NOBODY
from callboard.messages.commands import Explain, Explained
from callboard.messages.errors.lookups import UnknownSubtask
from callboard.messages.facts import SubtaskAssigned
from callboard.messages.work import Hold, Resync, SchedulerStarted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from callboard.actors.logic.records import SubtaskRecord
    from callboard.actors.logic.resource_options import ResourceOptions
    from callboard.actors.logic.skills import Equivalences
    from callboard.messages.base import Message, SubtaskId
    from callboard.messages.facts import Fact
    from callboard.messages.reasons import AnyReason, Explanation
    from callboard.messages.values import Lease

_POISON = 1  # nothing goes wrong in a story that is only told


class Rules(NamedTuple):
    """What a runtime goes by.

    Attributes:
        equivalences: Which skills stand in for which.
        limits: Of time.
        tau: Seconds of waiting that promote a subtask by one class.
        resources: What the runtime limits.
    """

    equivalences: Equivalences
    limits: Limits = Limits()
    tau: float = AGEING
    resources: ResourceOptions | None = None


def retold(told: Sequence[Fact], uuid: SubtaskId, at: float, rules: Rules) -> Explanation:
    """Why it stood as it did.

    Args:
        told: Every fact up to then, in order.
        uuid: Of the subtask.
        at: The instant, seconds since the epoch.
        rules: What the runtime went by.

    Raises:
        UnknownSubtask: No fact says that there was such a subtask then.
    """
    board = Board()
    for fact in told:
        board.apply(fact)
    record = board.subtasks.get(uuid)
    if record is None:
        raise UnknownSubtask(uuid)
    story = [fact for fact in told if fact.subtask_id == uuid]
    reasons = [] if record.ended_at is not None else _reasons(told, board, uuid, at, rules)
    return joined(record, board.subtasks, reasons, story, at)


def _reasons(
    told: Sequence[Fact], board: Board, uuid: SubtaskId, at: float, rules: Rules
) -> list[AnyReason]:
    """What orchestrator and scheduler would have said."""
    orchestrator = OrchestrationLogic(2, told, keep_goals=None)
    leasing = _leasing(told, board, rules)
    negotiating = Negotiating(leasing, 0)
    setbacks = Setbacks(leasing, _POISON, negotiating)
    ahead = Ahead(leasing, negotiating, setbacks)
    chaining = Chaining(leasing, negotiating)
    holding = Holding(leasing, setbacks, ahead, chaining)
    returning = Returning(leasing, setbacks)
    dispatching = Dispatching(leasing, negotiating, ahead, chaining, returning)
    for word in _words(orchestrator.take(SchedulerStarted(incarnation=1), at)):
        if isinstance(word, Hold):
            holding.hold(word, at)
        elif isinstance(word, Resync):
            dispatching.resync(word.subtasks, at, word.ahead)
    for record in board.subtasks.values():
        for lease in record.leases:
            _hold(leasing, record, lease)
    _hold_ahead(leasing, told, uuid)
    asked = _words(orchestrator.take(Explain(subtask=uuid, reply_to=NOBODY), at))
    reasons = [reason for said in asked if isinstance(said, Explained) for reason in said.reasons]
    return [*reasons, *explain(leasing, uuid, None, at)]


def _words(effects: Iterable[Effect]) -> Iterator[Message]:
    return (effect.message for effect in effects if isinstance(effect, Tell))


def _leasing(told: Sequence[Fact], board: Board, rules: Rules) -> Leasing:
    """The scheduler's books, with the agents as they stood."""
    ledger, lessons = Ledger(), Lessons()
    before = histories(lessons.heard(ledger.reading(told)))
    leasing = Leasing(
        boot=0,
        incarnation=1,
        equivalences=rules.equivalences,
        limits=rules.limits,
        tau=rules.tau,
        audit=AUDIT,
        patience=AUDIT,
        histories=before,
        learning=lessons.learning,
        resources=rules.resources,
    )
    leasing.reserving.inherit(ledger)
    for known in board.agents.values():
        member = leasing.slots.join(known.agent)
        member.up = known.status is AgentStatus.UP
        leasing.slots.changed(member)
    return leasing


def _hold_ahead(leasing: Leasing, told: Sequence[Fact], uuid: SubtaskId) -> None:
    """It waits at the agent that was given it, before there was a slot for it."""
    work = leasing.works.get(uuid)
    lease = None if work is None or work.state is not State.QUEUED else work.before
    member = None if lease is None else leasing.slots.member(lease.agent)
    if work is None or lease is None or member is None:
        return
    for fact in reversed(told):
        if isinstance(fact, SubtaskAssigned) and fact.lease == lease:
            if fact.ahead:
                leasing.hold(work, member, lease, fact.at, ahead=True)
            return


def _hold(leasing: Leasing, record: SubtaskRecord, lease: Lease) -> None:
    """Its agent has it, since then."""
    work, member = leasing.works.get(lease.subtask), leasing.slots.member(lease.agent)
    if work is None or member is None:
        return
    begun = record.created_at if record.assigned_at is None else record.assigned_at
    if work.lease is not None:
        leasing.hold_copy(work, member, lease, begun)
    elif work.state is State.QUEUED:
        leasing.hold(work, member, lease, begun)
        work.started = record.started_at is not None
