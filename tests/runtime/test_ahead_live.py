"""Brief work that is given to busy agents ahead, with real threads: nobody waits behind a hang."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from callboard import Config, Runtime, Task
from callboard import subtask as step
from callboard.actors.logic.ahead_options import AheadOptions
from callboard.actors.logic.records import SubtaskStatus
from callboard.messages import facts
from tests.live import LONG, eventually
from tests.runtime.settings import QUICK, with_settings

if TYPE_CHECKING:
    from callboard.messages.values import Subtask

AHEAD = with_settings(QUICK, ahead=AheadOptions(brief=1000.0, patience=0.02, least=1))
"""On a busy machine nothing is sure to be brief; here everything is."""


def steps(*names: str) -> list[Subtask]:
    return [step(name, uuid=name, kind="step", required_skills=["steps"]) for name in names]


def learn(runtime: Runtime) -> None:
    """Let it be known how long a step takes."""
    runtime.submit("known", plan=steps(*(f"known {n}" for n in range(3)))).result(LONG)
    eventually(lambda: runtime.learning().judged)


def given_ahead(runtime: Runtime, *names: str) -> list[str]:
    found: list[str] = []
    for name in names:
        assigned = [e for e in runtime.story(name) if isinstance(e, facts.SubtaskAssigned)]
        found += [name for event in assigned if event.ahead]
    return found


def named(task: Task) -> str:
    return task.name


class Counted:
    """A handler that knows how many run at once."""

    def __init__(self) -> None:
        self.most = self.now = self.runs = 0
        self._lock = threading.Lock()

    def work(self) -> None:
        with self._lock:
            self.now += 1
            self.runs += 1
            self.most = max(self.most, self.now)
        with self._lock:
            self.now -= 1


def test_each_is_done_once_and_never_more_at_once_than_the_agent_may() -> None:
    counted = Counted()

    def work(task: Task) -> str:
        counted.work()
        return task.name

    names = [f"step {number}" for number in range(200)]
    with Runtime(AHEAD) as runtime:
        runtime.register(work, id="a", skills=["steps"])
        learn(runtime)
        results = runtime.submit("many", plan=steps(*names)).result(LONG)
        assert [results[name] for name in names] == names
        ahead = given_ahead(runtime, *names)
    assert len(ahead) > len(names) // 2
    assert (counted.most, counted.runs) == (1, len(names) + 3)


def test_what_waits_behind_a_hang_is_done_by_others() -> None:
    go_on, hangs = threading.Event(), threading.Event()

    def work(task: Task) -> str:
        if task.name == "hang":
            hangs.set()
            assert go_on.wait(LONG)
        return task.name

    others = [f"step {number}" for number in range(6)]
    with Runtime(AHEAD) as runtime:
        runtime.register(work, id="a", skills=["steps"])
        learn(runtime)
        goal = runtime.submit("stuck", plan=steps("hang", *others))
        assert hangs.wait(LONG)
        eventually(lambda: given_ahead(runtime, *others))
        runtime.register(work, id="b", skills=["steps"])
        stuck, *rest = goal.subtasks
        eventually(lambda: all(one.status is SubtaskStatus.COMPLETED for one in rest))
        assert stuck.status is SubtaskStatus.RUNNING
        assert {one.assigned_agent for one in rest} == {"b"}
        go_on.set()
        goal.result(LONG)
        assert stuck.attempts == 1


def test_nothing_is_given_ahead_where_that_is_switched_off() -> None:
    names = [f"step {number}" for number in range(50)]
    with Runtime(with_settings(QUICK, ahead=None)) as runtime:
        runtime.register(named, id="a", skills=["steps"])
        learn(runtime)
        runtime.submit("many", plan=steps(*names)).result(LONG)
        assert given_ahead(runtime, *names) == []


def test_it_is_switched_on_by_itself() -> None:
    assert isinstance(Config().ahead, AheadOptions)
