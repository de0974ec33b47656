"""Steps that several folds share: who holds a subtask, and what is counted of it."""

from __future__ import annotations

from callboard.actors.logic.folds.state import BoardState
from callboard.actors.logic.records import SubtaskRecord, SubtaskStatus
from callboard.messages.base import SubtaskId
from callboard.messages.values import Lease


def remove(state: BoardState, uuid: SubtaskId) -> None:
    """Take a subtask off the board; whoever held it has a slot more."""
    # The record itself stays as it ended, for whoever holds it.
    record = state.subtasks.pop(uuid, None)
    if record is not None:
        for lease in record.leases:
            drop(state, lease)
        state.counts[record.status] -= 1
        state.parked.pop(uuid, None)
        state.over.pop(uuid, None)
        state.touch_end(uuid, removed=True)


def move(state: BoardState, record: SubtaskRecord, status: SubtaskStatus) -> None:
    """Give it another status, and keep the counts in step."""
    state.counts[record.status] -= 1
    state.counts[status] += 1
    record.status = status
    if state.touched is not None:
        state.touch(record.subtask.uuid)
    if state.parked and status is not SubtaskStatus.PARKED:
        state.parked.pop(record.subtask.uuid, None)


def put_back(state: BoardState, uuid: SubtaskId, status: SubtaskStatus) -> SubtaskRecord | None:
    """Nobody holds it any more; None where it has ended, or is not there."""
    record = state.subtasks.get(uuid)
    if record is None or record.ended_at is not None:
        return None
    if record.leases or record.status is not status:
        release(state, record)
        move(state, record, status)
    return record


def lose(state: BoardState, lease: Lease, status: SubtaskStatus) -> SubtaskRecord | None:
    """End one lease; the status is that of a subtask that nobody else holds.

    Returns:
        The subtask; None where it was not held by that lease.
    """
    record = state.subtasks.get(lease.subtask)
    latest = None if record is None else record.latest
    if record is None or latest is None or lease not in latest.leases:
        return None
    drop(state, lease)
    latest.leases = tuple(held for held in latest.leases if held != lease)
    if latest.leases:
        latest.assigned_agent = latest.leases[0].agent
        latest.progress, latest.note = 0.0, ""  # until another one says how far it is
        state.touch(lease.subtask)
    else:
        release(state, record)
        move(state, record, status)
    return record


def release(state: BoardState, record: SubtaskRecord) -> None:
    """End all leases of a subtask, and what was said of its attempt."""
    latest = record.latest
    if latest is None:
        return
    for lease in latest.leases:
        drop(state, lease)
    state.over.pop(record.subtask.uuid, None)
    latest.leases = ()
    latest.assigned_agent = latest.started_at = None
    latest.progress, latest.note = 0.0, ""


def drop(state: BoardState, lease: Lease) -> None:
    """Free the agent of a lease, if it holds it."""
    agent = state.agents.get(lease.agent)
    if agent is not None:
        agent.held.pop(lease.token, None)
