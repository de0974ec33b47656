"""What the board takes note of about single attempts: who holds what."""

from __future__ import annotations

from callboard.actors.logic.folds.state import BoardState, Folds
from callboard.actors.logic.folds.steps import drop, lose, move
from callboard.actors.logic.records import AttemptRecord, SubtaskRecord, SubtaskStatus
from callboard.messages import facts, notices
from callboard.messages.base import Message
from callboard.messages.values import Lease

_PENDING = SubtaskStatus.PENDING
_READY = SubtaskStatus.READY
_RUNNING = SubtaskStatus.RUNNING


def _subtask_assigned(state: BoardState, fact: facts.SubtaskAssigned | facts.LeaseAdopted) -> None:
    if type(fact) is facts.SubtaskAssigned and fact.ahead:
        return  # it waits, if at its agent: nobody has it before it has started
    record = state.subtasks.get(fact.lease.subtask)
    if record is None or record.ended_at is not None:
        return  # an assignment that crossed the subtask's end is revoked at once
    latest = record.latest
    if latest is None or fact.lease not in latest.leases:
        _take(state, record, fact.lease, fact.at)


def _subtask_started(state: BoardState, fact: facts.SubtaskStarted) -> None:
    if state.ledger.held:
        state.ledger.apply(fact)
    lease = fact.lease
    record = state.subtasks.get(lease.subtask)
    if record is None or record.ended_at is not None:
        return
    latest = record.latest
    if latest is None or lease not in latest.leases:
        if lease.agent not in state.agents or lease.token in state.fallen.get(lease.agent, ()):
            return  # its agent has fallen or left, and its scheduler not heard of that yet
        # A scheduler that was restarted may adopt what runs without assigning it anew.
        latest = _take(state, record, lease, fact.at)
    if latest.started_at is None or len(latest.leases) == 1:
        latest.started_at = fact.at


def _progress_made(state: BoardState, notice: notices.ProgressMade) -> None:
    agent = state.agents.get(notice.lease.agent)
    if agent is not None:
        agent.last_heartbeat = notice.at
    record = state.subtasks.get(notice.lease.subtask)
    if record is not None and notice.lease in record.leases:
        if len(record.leases) > 1 and notice.fraction < record.progress:
            return  # a copy that is not so far
        latest = record.tried()
        latest.progress, latest.note = notice.fraction, notice.note


def _attempt_over(state: BoardState, notice: notices.AttemptOver) -> None:
    lease = notice.lease
    agent = state.agents.get(lease.agent)
    if agent is not None and agent.held.pop(lease.token, None) is not None:
        state.over[lease.subtask] = lease


def _retry_scheduled(state: BoardState, fact: facts.RetryScheduled) -> None:
    record = lose(state, fact.lease, _PENDING if fact.delay > 0 else _READY)
    if record is not None:
        record.problem = fact.problem


def _copy_failed(state: BoardState, fact: facts.CopyFailed) -> None:
    record = lose(state, fact.lease, _READY)
    if record is not None:
        record.problem = fact.problem


def _lease_revoked(state: BoardState, fact: facts.LeaseRevoked) -> None:
    lose(state, fact.lease, _READY)


def _nothing(state: BoardState, event: Message) -> None:
    """What this says is not on the board."""


def _take(state: BoardState, record: SubtaskRecord, lease: Lease, at: float) -> AttemptRecord:
    latest = record.latest or record.tried()
    others: tuple[Lease, ...] = ()
    for held in latest.leases:
        if held.copy == lease.copy:
            drop(state, held)
        else:
            others = (*others, held)
    if not others:
        latest.started_at, latest.progress, latest.note = None, 0.0, ""
        move(state, record, _RUNNING)
    elif state.touched is not None:
        state.touch(lease.subtask)
    latest.leases = (*others, lease)
    latest.assigned_agent = latest.leases[0].agent
    latest.assigned_at = at
    latest.attempts = max(latest.attempts, lease.attempt)
    agent = state.agents.get(lease.agent)
    if agent is not None:
        agent.held[lease.token] = lease
        if agent.agent.pull and latest.started_at is None:
            # Nobody will say when it starts.
            latest.started_at = at
    return latest


FOLDS: Folds = {
    facts.CheckpointSaved: _nothing,
    facts.CopyStarted: _nothing,
    facts.CopyFailed: _copy_failed,
    facts.BidAwarded: _nothing,
    facts.HonestyLearnt: _nothing,
    facts.SubtaskAssigned: _subtask_assigned,
    facts.SubtaskStarted: _subtask_started,
    facts.LeaseAdopted: _subtask_assigned,
    facts.LeaseRevoked: _lease_revoked,
    facts.RetryScheduled: _retry_scheduled,
    notices.ProgressMade: _progress_made,
    notices.AttemptOver: _attempt_over,
}
