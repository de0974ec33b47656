"""What the board takes note of about subtasks outside of their attempts."""

from __future__ import annotations

from callboard.actors.logic.folds.state import BoardState, Folds
from callboard.actors.logic.folds.steps import move, put_back, release
from callboard.actors.logic.records import SubtaskRecord, SubtaskStatus
from callboard.messages import facts

_READY = SubtaskStatus.READY
_COMPLETED = SubtaskStatus.COMPLETED


def _subtask_queued(state: BoardState, fact: facts.SubtaskQueued | facts.SubtaskRequeued) -> None:
    record = state.subtasks.get(fact.subtask)
    if record is None:
        return
    if record.latest is not None:
        # After a restart of the scheduler this is all that tells of the old leases' end.
        put_back(state, fact.subtask, _READY)
    elif record.status is not _READY and record.ended_at is None:
        move(state, record, _READY)  # what depends on nothing was never anything else


def _subtask_unparked(state: BoardState, fact: facts.SubtaskUnparked) -> None:
    put_back(state, fact.subtask, _READY)


def _subtask_parked(state: BoardState, fact: facts.SubtaskParked) -> None:
    record = put_back(state, fact.subtask, SubtaskStatus.PARKED)
    if record is not None:
        record.problem = fact.problem
        state.parked[fact.subtask] = fact


def _subtask_edited(state: BoardState, fact: facts.SubtaskEdited) -> None:
    record = state.subtasks.get(fact.subtask)
    if record is not None:
        record.subtask = fact.spec
        state.touch(fact.subtask)


def _subtask_held(state: BoardState, fact: facts.SubtaskPaused | facts.SubtaskResumed) -> None:
    record = state.subtasks.get(fact.subtask)
    if record is not None and record.ended_at is None:
        record.paused = isinstance(fact, facts.SubtaskPaused)


def _subtask_draining(state: BoardState, fact: facts.SubtaskDraining) -> None:
    record = state.subtasks.get(fact.subtask)
    if record is not None and record.ended_at is None:
        record.draining = True


def _result_submitted(state: BoardState, fact: facts.ResultSubmitted) -> None:
    record = put_back(state, fact.subtask, SubtaskStatus.PENDING)
    if record is not None:
        record.verifying = True


def _result_rejected(state: BoardState, fact: facts.ResultRejected) -> None:
    record = put_back(state, fact.subtask, SubtaskStatus.PENDING)
    if record is not None:
        record.verifying, record.problem = False, fact.problem


def _subtask_completed(state: BoardState, fact: facts.SubtaskCompleted) -> None:
    record = state.subtasks.get(fact.subtask)
    if record is None or record.ended_at is not None:
        return
    # As `_end`, but for what is known of the attempt that completed it.
    latest = record.latest or record.tried()
    for held in latest.leases:
        agent = state.agents.get(held.agent)
        if agent is not None:
            agent.held.pop(held.token, None)
    state.over.pop(fact.subtask, None)
    move(state, record, _COMPLETED)
    latest.leases, latest.assigned_agent = (), None
    latest.progress, latest.note = 1.0, ""
    latest.result, latest.seconds = fact.result, fact.seconds
    record.paused = record.draining = record.verifying = False
    record.ended_at, record.problem = fact.at, None
    lease = fact.lease
    if lease is not None:
        latest.assigned_agent = lease.agent
        latest.attempts = max(latest.attempts, lease.attempt)


def _subtask_failed(state: BoardState, fact: facts.SubtaskFailed) -> None:
    record = state.subtasks.get(fact.subtask)
    if record is not None and record.ended_at is None:
        _end(state, record, SubtaskStatus.FAILED, fact.at)
        record.problem = fact.problem


def _subtask_cancelled(state: BoardState, fact: facts.SubtaskCancelled) -> None:
    record = state.subtasks.get(fact.subtask)
    if record is not None and record.ended_at is None:
        _end(state, record, SubtaskStatus.CANCELLED, fact.at)
        record.reason = fact.reason


def _end(state: BoardState, record: SubtaskRecord, status: SubtaskStatus, at: float) -> None:
    release(state, record)
    move(state, record, status)
    record.ended_at = at
    record.paused = record.draining = record.verifying = False


FOLDS: Folds = {
    facts.ResultSubmitted: _result_submitted,
    facts.ResultRejected: _result_rejected,
    facts.SubtaskCompleted: _subtask_completed,
    facts.SubtaskFailed: _subtask_failed,
    facts.SubtaskCancelled: _subtask_cancelled,
    facts.SubtaskPaused: _subtask_held,
    facts.SubtaskResumed: _subtask_held,
    facts.SubtaskDraining: _subtask_draining,
    facts.SubtaskQueued: _subtask_queued,
    facts.SubtaskRequeued: _subtask_queued,
    facts.SubtaskParked: _subtask_parked,
    facts.SubtaskEdited: _subtask_edited,
    facts.SubtaskUnparked: _subtask_unparked,
}
