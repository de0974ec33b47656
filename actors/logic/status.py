"""The status of the runtime in one dictionary, as the specification's callers know it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from callboard.actors.logic.instants import iso
from callboard.actors.logic.records import AgentRecord, GoalStatus, RestRecord, SubtaskStatus
from callboard.actors.logic.supplied import standings
from callboard.messages.values import Priority

if TYPE_CHECKING:
    from callboard.actors.logic.board import Board


def status(board: Board) -> dict[str, Any]:
    """Figures of all that is on *board*; plain data that can be encoded as JSON.

    Every subtask is counted in exactly one of `completed_subtasks`,
    `running_subtasks`, `pending_subtasks` (which are pending, ready or parked),
    `failed_subtasks` and `cancelled_subtasks`; together they are `total_subtasks`.
    `ready_subtasks` and `parked_subtasks` say how many of the pending ones are that.
    `copies` says how many attempts go on beside another one at the same subtask.
    `resources` says how those stand that the runtime limits.
    `resting_skills` has those that no work is done with for a while, and why.
    """
    counts = board.counts
    return {
        "total_subtasks": len(board.subtasks),
        "completed_subtasks": counts[SubtaskStatus.COMPLETED],
        "running_subtasks": counts[SubtaskStatus.RUNNING],
        "pending_subtasks": counts[SubtaskStatus.PENDING]
        + counts[SubtaskStatus.READY]
        + counts[SubtaskStatus.PARKED],
        "registered_agents": len(board.agents),
        "agent_status": {name: agent_status(a) for name, a in board.agents.items()},
        "task_tensor_shape": (len(board.subtasks), len(board.agents), len(Priority)),
        "copies": _copies(board),
        "ready_subtasks": counts[SubtaskStatus.READY],
        "parked_subtasks": counts[SubtaskStatus.PARKED],
        "failed_subtasks": counts[SubtaskStatus.FAILED],
        "cancelled_subtasks": counts[SubtaskStatus.CANCELLED],
        "resting_skills": {skill: _resting(record) for skill, record in board.resting.items()},
        "resources": {
            name: msgspec.structs.asdict(standing)
            for name, standing in standings(board.ledger).items()
        },
        "goals": _goals(board),
        "actor_restarts": dict(board.actor_restarts),
        "paused": board.paused,
        "draining": board.draining,
        "failure": None if board.failure is None else board.failure.text,
    }


def agent_status(record: AgentRecord) -> dict[str, Any]:
    """One entry of `agent_status`."""
    return {
        "current_load": record.load,
        "max_load": record.agent.max_load,
        "skills": [skill.name for skill in record.agent.skills],
        "last_heartbeat": iso(record.last_heartbeat),
        "status": record.status.value,
        "health": record.health.value,
        "incarnation": record.incarnation,
        "restarts": record.restarts,
        "paused": record.paused,
        "overloaded": record.overloaded,
        "cpu": record.cpu,
        "memory": record.memory,
    }


def _copies(board: Board) -> int:
    held = [lease.subtask for agent in board.agents.values() for lease in agent.held.values()]
    return len(held) - len(set(held))


def _resting(record: RestRecord) -> dict[str, Any]:
    return {
        "since": iso(record.since),
        "until": None if record.until is None else iso(record.until),
        "failures": record.failures,
        "problem": record.problem.text,
    }


def _goals(board: Board) -> dict[str, int]:
    counts = Counter(goal.status for goal in board.goals.values())
    return {status.value: counts[status] for status in GoalStatus}
