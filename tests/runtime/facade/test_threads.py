"""Many threads use one orchestrator at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from callboard.runtime.facade import (
    DistributedOrchestrator,
)
from tests.runtime.facade.facades import loads


def test_many_threads_at_once_lose_nothing_and_assign_nothing_twice(
    orchestrator: DistributedOrchestrator,
) -> None:
    lock = threading.Lock()
    assigned: list[str] = []
    goals, threads = 20, 8
    total = threads * goals * 3
    start = threading.Barrier(2 * threads)
    done = threading.Event()

    def submit(number: int) -> None:
        start.wait()
        orchestrator.register_agent(f"agent {number}", ["general"])
        for n in range(goals):
            orchestrator.decompose_goal(f"analyze {number} {n}")
            orchestrator.register_agent(f"agent {number}", ["general"])
            orchestrator.update_agent_heartbeat(f"agent {number}")

    def work() -> None:
        start.wait()
        while not done.is_set():
            for subtask, agent in orchestrator.assign_subtasks():
                with lock:
                    assigned.append(subtask.uuid)
                assert subtask.assigned_agent_id == agent
                orchestrator.mark_subtask_completed(subtask.uuid, agent)
            orchestrator.get_task_tensor()
            if orchestrator.get_orchestration_status()["completed_subtasks"] == total:
                done.set()

    with ThreadPoolExecutor(2 * threads) as pool:
        running = [pool.submit(submit, n) for n in range(threads)]
        running += [pool.submit(work) for _ in range(threads)]
        for future in running:
            future.result(50)

    assert len(assigned) == len(set(assigned)) == total
    assert loads(orchestrator) == {f"agent {n}": 0 for n in range(threads)}


def test_agents_may_leave_while_others_work(orchestrator: DistributedOrchestrator) -> None:
    orchestrator.register_agent("steady", ["general"])
    subtasks = [s for n in range(30) for s in orchestrator.decompose_goal(f"errand {n}")]
    stop = threading.Event()

    def come_and_go() -> None:
        while not stop.is_set():
            orchestrator.register_agent("fickle", ["general"])
            orchestrator.assign_subtasks()
            orchestrator.unregister_agent("fickle")

    with ThreadPoolExecutor(1) as pool:
        fickle = pool.submit(come_and_go)
        try:
            while any(s.completed_at is None for s in subtasks):
                orchestrator.assign_subtasks()
                for subtask in subtasks:
                    if subtask.assigned_agent_id == "steady" and subtask.completed_at is None:
                        orchestrator.mark_subtask_completed(subtask, "done")
        finally:
            stop.set()
        fickle.result(20)

    assert {s.result for s in subtasks} == {"done"}
    assert loads(orchestrator) == {"steady": 0}
