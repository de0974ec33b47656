"""What takes agents down is parked; people look at it, change it, and have it tried again."""

from __future__ import annotations

import asyncio

import pytest

from callboard import Config, Retry, Runtime, Task, subtask
from callboard.messages import facts
from callboard.messages.errors import (
    AlreadyEnded,
    GoalFailed,
    InvalidOption,
    MalformedPlan,
    NotParked,
    StillRunning,
    UnknownSubtask,
)
from callboard.messages.notices import Unschedulable
from callboard.messages.values import Agent, Priority, Skill
from tests.live import LONG, eventually
from tests.runtime.settings import count, says


def poisonous(task: Task) -> str:
    """Takes its agent down, unless it is told to be careful."""
    if task.description == "carefully":
        return f"done with {task.data}"
    raise SystemExit(task.name)


REMOTE = Agent(id="far away", skills=(Skill(name="general"),), pull=True)
PLAN = [subtask("deadly", description="at once", data={"cut": "deep"})]


def test_a_parked_subtask_is_looked_at_edited_and_requeued(runtime: Runtime) -> None:
    runtime.register(poisonous, id="surgeon", skills=["general"])
    goal = runtime.submit("operate", plan=PLAN)
    [parked] = eventually(runtime.quarantine)

    assert parked.goal == goal.id
    assert parked.problem.text == "subtask 'deadly' took down surgeon, surgeon, surgeon"
    assert parked.agents == ("surgeon",)
    assert [setback.down for setback in parked.setbacks] == [True] * 3
    assert all("raise SystemExit" in setback.problem.traceback for setback in parked.setbacks)
    assert parked.until - parked.since == pytest.approx(24 * 3600)

    uuid = parked.subtask.uuid
    runtime.edit(uuid, data={"cut": "shallow"})
    assert runtime.quarantine()[0].subtask.data != parked.subtask.data
    runtime.requeue(uuid, description="carefully", priority="high")

    assert goal.result(LONG)["deadly"] == "done with {'cut': 'shallow'}"
    assert runtime.quarantine() == ()
    record = goal.subtasks[0].subtask
    assert (record.description, record.priority) == ("carefully", Priority.HIGH)
    kept = [type(f) for f in runtime.journal.replay()]
    assert kept.count(facts.SubtaskEdited) == 2


def test_coroutines_do_the_same(config: Config) -> None:
    async def main() -> object:
        async with Runtime(config) as runtime:
            runtime.register(poisonous, id="surgeon", skills=["general"])
            goal = await runtime.asubmit("operate", plan=PLAN)
            [parked] = await asyncio.to_thread(eventually, runtime.quarantine)
            await runtime.aedit(parked.subtask.uuid, data=None)
            await runtime.arequeue(parked.subtask.uuid, description="carefully")
            return (await goal.aresult(LONG))["deadly"]

    assert asyncio.run(main()) == "done with None"


def test_what_is_parked_can_be_cancelled(runtime: Runtime) -> None:
    runtime.register(poisonous, id="surgeon", skills=["general"])
    goal = runtime.submit("operate", plan=PLAN)
    [parked] = eventually(runtime.quarantine)
    runtime.cancel_subtask(parked.subtask.uuid, "better not")
    with pytest.raises(GoalFailed, match="better not"):
        goal.result(LONG)
    assert runtime.quarantine() == ()


def test_a_policy_may_park_what_only_fails(runtime: Runtime) -> None:
    def picky(task: Task) -> str:
        if task.description != "please":
            raise ValueError(task.description)
        return "with pleasure"

    runtime.register(picky, skills=["general"], retry=Retry(attempts=2, first=0.0, then="park"))
    goal = runtime.submit("ask", plan=[subtask("ask", description="now!")])
    [parked] = eventually(runtime.quarantine)
    assert (parked.problem.text, parked.attempts) == ("ValueError: now!", 2)
    runtime.requeue(parked.subtask.uuid, description="please")
    assert goal.result(LONG)["ask"] == "with pleasure"


def test_a_queued_subtask_is_edited_and_finds_an_agent(runtime: Runtime) -> None:
    goal = runtime.submit("paint", plan=[subtask("paint", required_skills=["oils"])])
    uuid = eventually(lambda: goal.subtasks)[0].subtask.uuid
    runtime.register(says("painted"), id="painter", skills=["watercolours"])
    runtime.edit(uuid, required_skills=["watercolours"])
    assert goal.result(LONG)["paint"] == "painted"


def test_what_makes_no_sense_is_refused_by_name(runtime: Runtime) -> None:
    goal = runtime.submit("wait", plan=[subtask("wait", required_skills=["patience"])])
    eventually(lambda: count(runtime, Unschedulable))
    uuid = goal.subtasks[0].subtask.uuid
    with pytest.raises(InvalidOption, match="what is edited must be some of description, data"):
        runtime.edit(uuid)
    with pytest.raises(InvalidOption, match="not 'name'"):
        runtime.edit(uuid, name="other")  # type: ignore[call-arg]
    with pytest.raises(MalformedPlan, match=r"timeouts\.run"):
        runtime.edit(uuid, timeouts={"run": -1})
    with pytest.raises(NotParked):
        runtime.requeue(uuid, description="anew")
    with pytest.raises(UnknownSubtask):
        runtime.edit("nobody's", description="anew")
    goal.cancel()
    with pytest.raises(AlreadyEnded):
        runtime.edit(uuid, description="anew")


def test_what_somebody_works_on_is_not_edited(runtime: Runtime) -> None:
    runtime.register_remote(REMOTE)
    goal = runtime.submit("work", plan=[subtask("work")])
    eventually(runtime.assign)
    with pytest.raises(StillRunning, match="cannot be edited while 'far away' works on it"):
        runtime.edit(goal.subtasks[0].subtask.uuid, description="anew")
