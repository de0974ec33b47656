from __future__ import annotations

import json

from hypothesis import given

from callboard.actors.logic.skills import Equivalences
from callboard.actors.logic.status import status
from callboard.actors.logic.tensor import task_tensor
from callboard.messages import facts
from callboard.messages.facts import Fact
from callboard.messages.notices import AgentOverloaded, BreakerOpened, LoadReported, Notice
from callboard.messages.resources import Claim, Pool, Supplied
from tests.actors.logic.boards import board_of
from tests.actors.logic.happenings import (
    WRONG,
    accepted,
    adopted,
    assigned,
    cancelled,
    completed,
    failed,
    goal_failed,
    lease,
    parked,
    registered,
    runs,
    runtime_failed,
    started_up,
    subtask,
)


def test_all_is_counted() -> None:
    held = lease("s1", "a1")
    restart = facts.RestartScheduled(
        at=7.0, address="scheduler", attempt=1, delay=0.1, problem=WRONG
    )
    stated = [subtask(f"s{n}") for n in range(1, 7)]
    board = board_of(
        *(registered("a1", "sql", "law", max_load=5), registered("a2")),
        started_up("a1", at=1.5),
        *(accepted(), adopted(*stated, subtask("s7", "s6"))),
        *(assigned(held), completed("s2", None), failed("s3"), cancelled("s4"), parked("s5")),
        *(accepted("g2"), goal_failed("g2"), restart, runtime_failed()),
        BreakerOpened(at=5.0, skill="sql", failures=7, until=9.0, problem=WRONG),
        LoadReported(at=5.0, agent="a2", cpu=0.5, memory=0.99),
        AgentOverloaded(at=5.0, agent="a2", of="memory", cpu=0.5, memory=0.99),
        facts.ResourcesSupplied(at=0.0, supplies=(Supplied(resource="gpu", supply=Pool(2.0)),)),
        facts.ResourcesReserved(at=1.0, lease=held, claims=(Claim(resource="gpu", of="runtime"),)),
    )
    assert status(board) == {
        "total_subtasks": 7,
        "completed_subtasks": 1,
        "running_subtasks": 1,
        "pending_subtasks": 3,
        "registered_agents": 2,
        "agent_status": {
            "a1": {
                "current_load": 1,
                "max_load": 5,
                "skills": ["sql", "law"],
                "last_heartbeat": "1970-01-01T00:00:01.500000+00:00",
                "status": "up",
                "health": "well",
                "incarnation": 1,
                "restarts": 0,
                "paused": False,
                "overloaded": False,
                "cpu": None,
                "memory": None,
            },
            "a2": {
                "current_load": 0,
                "max_load": 1,
                "skills": [],
                "last_heartbeat": "1970-01-01T00:00:00.000000+00:00",
                "status": "starting",
                "health": "well",
                "incarnation": 0,
                "restarts": 0,
                "paused": False,
                "overloaded": True,
                "cpu": 0.5,
                "memory": 0.99,
            },
        },
        "task_tensor_shape": (7, 2, 4),
        "copies": 0,
        "ready_subtasks": 1,
        "parked_subtasks": 1,
        "failed_subtasks": 1,
        "cancelled_subtasks": 1,
        "resting_skills": {
            "sql": {
                "since": "1970-01-01T00:00:05.000000+00:00",
                "until": "1970-01-01T00:00:09.000000+00:00",
                "failures": 7,
                "problem": "ValueError: no data",
            }
        },
        "resources": {
            "gpu": {
                "kind": "pool",
                "amount": 2.0,
                "reserved": 1.0,
                "used": 0.0,
                "available": 1.0,
                "per": None,
            }
        },
        "goals": {
            "accepted": 0,
            "proposed": 0,
            "running": 1,
            "completed": 0,
            "failed": 1,
            "cancelled": 0,
        },
        "actor_restarts": {"scheduler": 1},
        "paused": False,
        "draining": False,
        "failure": "ValueError: no data",
    }


@given(runs())
def test_it_adds_up_and_is_plain(events: list[Fact | Notice]) -> None:
    board = board_of(*events)
    found = status(board)
    kinds = ("completed", "running", "pending", "failed", "cancelled")
    assert sum(found[f"{kind}_subtasks"] for kind in kinds) == found["total_subtasks"]
    assert found["task_tensor_shape"] == task_tensor(board, Equivalences()).values.shape
    assert json.loads(json.dumps(found))["goals"] == found["goals"]
