"""Agents with processes of their own, in a whole runtime."""

from __future__ import annotations

import os

from callboard import Runtime
from callboard.messages import facts, notices
from callboard.messages.user import Note
from tests.live import LONG, eventually
from tests.runtime.executors.processes import staff
from tests.runtime.settings import completions, count


def test_what_a_killed_process_held_is_done_by_another_one(runtime: Runtime) -> None:
    def mortal(name: str) -> None:
        runtime.register(staff.first_one_dies, id=name, skills=["general"], isolation="process")

    mortal("ann")
    mortal("bob")
    plan = [{"name": "Survive", "data": os.urandom(8).hex(), "required_skills": ["general"]}]
    goal = runtime.submit(plan)
    assert goal.result(LONG)["Survive"] == "survived"
    [subtask] = goal.subtasks
    [crash] = [e for e in _facts(runtime) if isinstance(e, facts.AgentCrashed)]
    assert crash.problem.text.endswith("was killed by SIGKILL")
    assert count(runtime, facts.RetryScheduled) == 0  # no attempt was used up
    assert completions(runtime) == {subtask.subtask.uuid: 1}


def test_a_goal_that_is_cancelled_ends_a_process_that_will_not_listen(runtime: Runtime) -> None:
    runtime.register(staff.deaf, skills=["general"], isolation="process")
    goal = runtime.submit("compute for ever")
    eventually(lambda: count(runtime, notices.ProgressMade))
    goal.cancel("enough")
    eventually(lambda: count(runtime, notices.ProcessLost))
    [lost] = [
        e
        for e in runtime.story(goal.subtasks[0].subtask.uuid)
        if isinstance(e, notices.ProcessLost)
    ]
    assert "in deaf" in lost.problem.traceback


def test_an_agent_in_a_process_talks_to_agents_here(runtime: Runtime) -> None:
    runtime.register(staff.reads, id="reader", skills=["general"], isolation="process")
    goal = runtime.submit([{"name": "Read", "data": 1, "required_skills": ["general"]}])
    runtime.send("reader", Note(text="hello"))
    assert goal.result(LONG)["Read"] == ["hello", "None"]


def test_closing_the_runtime_ends_all_processes() -> None:
    with Runtime() as runtime:
        runtime.register(staff.who, skills=["general"], isolation="process")
        pid = runtime.submit("who are you?").result(LONG)["Goal Execution"]
        os.kill(pid, 0)
    eventually(lambda: not _lives(pid))


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _facts(runtime: Runtime) -> list[facts.Fact]:
    return list(runtime.journal.replay())
