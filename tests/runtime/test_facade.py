"""The one orchestrator of a process, and the end of any."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from callboard.messages.errors import (
    RuntimeClosed,
    UnknownSubtask,
)
from callboard.runtime import facade
from callboard.runtime.facade import (
    DistributedOrchestrator,
    get_orchestrator,
)


def new_place() -> object:
    """Where a process keeps its orchestrator, with none in it yet."""
    return facade._Shared()  # pyright: ignore[reportPrivateUsage]


def test_everybody_gets_the_same_orchestrator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facade, "_shared", new_place())
    with ThreadPoolExecutor(8) as threads:
        running = [threads.submit(get_orchestrator) for _ in range(32)]
        found = {future.result(20) for future in running}

    assert len(found) == 1
    assert isinstance(get_orchestrator(), DistributedOrchestrator)
    get_orchestrator().close()


def test_after_it_was_closed_there_is_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facade, "_shared", new_place())
    first = get_orchestrator()
    first.close()
    second = get_orchestrator()

    assert second is not first
    assert second.register_agent("a1") == "a1"
    second.close()


def test_nothing_is_started_by_the_import() -> None:
    program = "import threading, callboard.runtime.facade; print(threading.active_count())"

    assert _python(program) == "1"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_forked_child_gets_one_of_its_own() -> None:
    program = """
import os, sys, warnings
warnings.simplefilter("ignore")  # newer Pythons dislike a fork beside threads
from callboard.runtime.facade import _shared, get_orchestrator
get_orchestrator().register_agent("parent")
with _shared.lock:  # as if another thread were just asking for it
    child = os.fork()
if child == 0:
    status = 1
    try:
        orchestrator = get_orchestrator()
        orchestrator.register_agent("child")
        status = 0 if list(orchestrator.registered_agents) == ["child"] else 2
    finally:
        os._exit(status)
_, status = os.waitpid(child, 0)
print(os.waitstatus_to_exitcode(status), list(get_orchestrator().registered_agents))
"""

    assert _python(program) == "0 ['parent']"


def _python(program: str) -> str:
    run = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    return run.stdout.strip()


def test_two_orchestrators_know_nothing_of_each_other() -> None:
    with DistributedOrchestrator() as orchestrator, DistributedOrchestrator() as other:
        other.register_agent("a1")
        [subtask] = other.decompose_goal("anything")

        assert list(orchestrator.registered_agents) == []
        with pytest.raises(UnknownSubtask, match=subtask.uuid):
            orchestrator.can_execute_subtask(subtask)


def test_what_is_closed_says_so() -> None:
    orchestrator = DistributedOrchestrator()
    [subtask] = orchestrator.decompose_goal("anything")

    before = orchestrator.closed
    assert orchestrator.close() is orchestrator.close()
    assert (before, orchestrator.closed) == (False, True)
    for call in (
        lambda: orchestrator.register_agent("a1"),
        lambda: orchestrator.decompose_goal("more"),
        orchestrator.assign_subtasks,
        lambda: orchestrator.mark_subtask_completed(subtask, "done"),
        lambda: orchestrator.update_agent_heartbeat("a1"),
        lambda: orchestrator.unregister_agent("a1"),
    ):
        with pytest.raises(RuntimeClosed):
            call()
    assert subtask.name == "Goal Execution"
