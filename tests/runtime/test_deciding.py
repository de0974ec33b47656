"""Plans that somebody has to approve, from Python."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from callboard import Config, GoalHandle, Runtime, subtask
from callboard.actors.logic.planned import GoalPlan
from callboard.messages import facts
from callboard.messages.errors import (
    AwaitsApproval,
    CallTimedOut,
    GoalCancelled,
    GoalFailed,
    InvalidCall,
    NothingProposed,
    ProposalChanged,
    UnknownDependency,
    UnknownSubtask,
)
from callboard.messages.values import Plan
from callboard.runtime.simulation import SimulatedRuntime, simulated_runtime
from tests.live import LONG, eventually
from tests.runtime.menders import DIG, PLANT, Handy, clumsy
from tests.runtime.settings import says

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from callboard import Task
    from callboard.messages.values import Goal
    from callboard.runtime.executors.context import Context

PLAN = Plan(subtasks=(DIG, PLANT))
OTHER = [subtask("Fill", uuid="fill")]
HOUR = 3600.0


@pytest.fixture
def sim() -> Generator[SimulatedRuntime]:
    """Time passes while a call waits, and anybody can do anything."""
    with simulated_runtime() as made:
        made.register(says("done"), id="a", skills=["general"])
        yield made


def names(planned: GoalPlan) -> list[str]:
    return [one.name for one in planned.plan.subtasks]


def test_nothing_of_a_plan_begins_before_it_is_approved(sim: SimulatedRuntime) -> None:
    goal = sim.submit("garden", plan=PLAN, approve="plan")
    sim.advance(hours=1)
    assert goal.status == "proposed"
    assert goal.subtasks == ()
    assert sim.status()["total_subtasks"] == 0
    assert sim.tensor().shape == (0, 1, 4)
    since = goal.record.accepted_at
    assert goal.plan() == GoalPlan(
        plan=PLAN, status="proposed", number=1, since=since, until=since + 24 * HOUR
    )
    goal.approve(1, by="ann")
    assert list(goal.result()) == ["Dig", "Plant"]
    planned = goal.plan()
    assert (planned.status, planned.number, planned.until) == ("adopted", 1, None)
    assert planned.plan == PLAN
    [adopted] = [f for f in sim.journal.replay() if isinstance(f, facts.PlanAdopted)]
    assert (adopted.number, adopted.by) == (1, "ann")


def test_a_plan_by_the_planner_is_waited_for(sim: SimulatedRuntime) -> None:
    goal = sim.submit("analyze it", approve="plan")
    assert names(goal.plan()) == ["Data Collection", "Data Analysis", "Report Generation"]
    assert goal.plan(0.0).plan.source == goal.plan().plan.source != ""


def test_a_plan_can_be_edited_until_it_is_approved(sim: SimulatedRuntime) -> None:
    goal = sim.submit(PLAN, approve="plan")
    assert goal.edit(OTHER, by="ann") == 2
    planned = goal.plan()
    assert (names(planned), planned.number, planned.by) == (["Fill"], 2, "ann")
    with pytest.raises(ProposalChanged, match="number 2 is the latest"):
        goal.approve(1)
    with pytest.raises(ProposalChanged):
        goal.edit(OTHER, 1)
    with pytest.raises(UnknownDependency):
        goal.edit([subtask("Fill", dependencies=["Nothing"])])
    goal.approve()
    goal.approve(2)
    assert list(goal.result()) == ["Fill"]
    again = sim.submit(PLAN, approve="plan")
    again.approve()
    with pytest.raises(NothingProposed, match="approved before"):
        again.edit(OTHER)


def test_what_is_rejected_is_a_failure_that_says_why(sim: SimulatedRuntime) -> None:
    goal = sim.submit(PLAN, approve="plan")
    goal.reject("the ground is frozen", by="ann")
    with pytest.raises(GoalFailed, match="rejected by ann: the ground is frozen"):
        goal.result()
    assert goal.plan().status == "dropped"
    assert goal.record.problems[0].fault == "caller"


def test_without_a_word_the_goal_fails_after_a_day(sim: SimulatedRuntime) -> None:
    goal = sim.submit(PLAN, approve="plan")
    with pytest.raises(GoalFailed, match="nobody has approved its plan"):
        goal.result()
    assert sim.elapsed == pytest.approx(24 * HOUR)
    early = sim.submit(PLAN, approve="plan", deadline=HOUR)
    with pytest.raises(GoalFailed, match="deadline"):
        early.result()
    assert sim.elapsed == pytest.approx(25 * HOUR)


def test_there_is_no_plan_to_be_seen_of_a_goal_that_got_none(sim: SimulatedRuntime) -> None:
    sim.pause()
    goal = sim.submit(PLAN, approve="plan")
    goal.cancel("not needed")
    assert goal.plan().status == "dropped"

    class Never:
        def plan(self, goal: Goal) -> Plan:
            raise ValueError(f"no plan of {goal.text}")

    with Runtime(planner=Never()) as runtime:
        failed = runtime.submit("x", approve="plan")
        with pytest.raises(GoalFailed, match="no plan of x"):
            failed.plan(LONG)


def test_a_setting_of_the_runtime_holds_for_every_goal_and_its_sub_goals() -> None:
    with simulated_runtime(config=Config(approve="plan")) as sim:

        def work(task: Task, ctx: Context) -> object:
            if task.name != "Dig":
                return "done"
            return dict(ctx.wait(ctx.submit([subtask("Deeper")])))

        sim.register(work, id="a", skills=["general"], max_load=2)
        goal = sim.submit([subtask("Dig")], approve=None)
        goal.approve()
        sim.advance(minutes=1)
        [below] = [g.goal.id for g in sim.goals().goals if g.goal.parent is not None]
        assert sim.goal(below).status == "proposed"
        sim.goal(below).approve()
        assert goal.result() == {"Dig": {"Deeper": "done"}}


@pytest.fixture
def broken() -> Generator[GoalHandle]:
    """One whose plan has to be mended, which somebody has to approve."""
    with simulated_runtime(planner=Handy()) as sim:
        sim.register(clumsy, id="a", skills=["general"], retry=1)
        goal = sim.submit("a garden", approve="changes")
        sim.advance(minutes=1)
        yield goal


def test_a_change_waits_to_be_approved(broken: GoalHandle) -> None:
    assert broken.status == "proposed"
    planned = broken.plan()
    assert (planned.status, planned.number, names(planned)) == ("changing", 1, ["Dig", "Plant"])
    assert planned.change is not None
    assert [one.name for one in planned.change.add] == ["Borrow"]
    said = "a change of its plan (number 1) waits to be approved: approve or reject it"
    assert said in broken.explain("Plant").text
    with pytest.raises(NothingProposed, match="approved or rejected as it is"):
        broken.edit(OTHER)
    broken.approve(1, by="ann")
    assert broken.result()["Plant"] == "Plant is done"
    after = broken.plan()
    assert (after.status, after.number, after.change) == ("adopted", 1, None)


def test_a_change_that_is_rejected_fails_the_goal_by_what_had_failed(broken: GoalHandle) -> None:
    broken.reject("it is not ours", by="ann")
    with pytest.raises(GoalFailed, match="the spade is broken"):
        broken.result()
    why = "the change of its plan was rejected by ann: it is not ours"
    assert [problem.text for problem in broken.record.setbacks] == [why]
    assert broken.plan().status == "adopted"


def test_a_change_that_nobody_decides_about_is_not_made(broken: GoalHandle) -> None:
    with pytest.raises(GoalFailed, match="the spade is broken"):
        broken.result()
    [setback] = broken.record.setbacks
    assert setback.text == "nobody has approved the change of its plan (number 1) within 24 h"


def test_a_goal_asks_for_more_than_the_runtime_and_never_for_less() -> None:
    with simulated_runtime(config=Config(approve="plan"), planner=Handy()) as sim:
        sim.register(clumsy, id="a", skills=["general"], retry=1)
        goal = sim.submit("a garden", approve="changes")
        assert goal.record.goal.approve == "all"
        goal.plan()
        goal.approve(1)
        sim.advance(minutes=1)
        assert (goal.plan().status, goal.plan().number) == ("changing", 2)
        goal.approve(2)
        assert goal.result()["Plant"] == "Plant is done"


def test_who_waits_for_subtasks_is_told_that_somebody_has_to_approve_them(
    sim: SimulatedRuntime,
) -> None:
    with pytest.raises(AwaitsApproval, match="waits to be approved") as told:
        sim.decompose("analyze it", approve="plan")
    sim.goal(told.value.goal).approve(told.value.number)
    assert len(sim.goal(told.value.goal).result()) == 3


def test_a_subtask_that_is_only_proposed_says_so(sim: SimulatedRuntime) -> None:
    goal = sim.submit(PLAN, approve="plan", deadline=2 * HOUR)
    told = "'Dig' is proposed\n- its plan (number 1) waits to be approved: "
    assert goal.explain("Dig").text == (
        f"{told}approve, edit or reject it, else its goal fails in 2 h"
    )
    assert sim.explain("plant").goal == goal.id
    asked = sim.elapsed
    assert asyncio.run(sim.aexplain("plant")).goal == goal.id
    assert sim.at(goal.record.accepted_at).explain("plant").goal == goal.id
    assert sim.elapsed == asked
    with pytest.raises(UnknownSubtask):
        goal.explain("Sow")
    goal.cancel()
    with pytest.raises(UnknownSubtask):
        sim.explain("plant")


@pytest.mark.parametrize("wrong", [0, -1, True, "1", 1.0])
def test_a_number_is_one(sim: SimulatedRuntime, wrong: Any) -> None:
    goal = sim.submit(PLAN, approve="plan")
    with pytest.raises(InvalidCall, match="number"):
        goal.approve(wrong)
    with pytest.raises(InvalidCall, match="number"):
        goal.reject("", wrong)
    with pytest.raises(InvalidCall, match="number"):
        goal.edit(OTHER, wrong)


def test_only_what_there_is_can_be_approved(sim: SimulatedRuntime) -> None:
    wrong: Any = "everything"
    with pytest.raises(InvalidCall, match="'all', or None"):
        sim.submit(PLAN, approve=wrong)
    with pytest.raises(InvalidCall, match="'all', or None"):
        Config(approve=wrong)


def test_the_twins_say_the_same(runtime: Runtime) -> None:
    runtime.register(says("done"), id="a", skills=["general"])

    async def decide() -> list[object]:
        goal = await runtime.asubmit(PLAN, approve="plan")
        number = (await goal.aplan(LONG)).number
        edited = await goal.aedit(OTHER, number)
        await goal.aapprove(edited, by="ann")
        other = await runtime.asubmit([subtask("Sow")], approve="plan")
        await other.areject("no")
        with pytest.raises(GoalFailed):
            await other.aresult(LONG)
        return [number, edited, dict(await goal.aresult(LONG))]

    assert asyncio.run(decide()) == [1, 2, {"Fill": "done"}]


def test_a_plan_that_is_not_made_yet_is_not_waited_for_longer_than_wanted() -> None:
    class Slow:
        def plan(self, goal: Goal) -> Plan:
            assert went_on.wait(LONG), goal
            return PLAN

    import threading  # noqa: PLC0415 - for this one

    went_on = threading.Event()
    with Runtime(planner=Slow()) as runtime:
        goal = runtime.submit("x", approve="plan")
        try:
            with pytest.raises(CallTimedOut):
                goal.plan(0.0)
            with pytest.raises(NothingProposed, match="still being made"):
                goal.approve()
        finally:
            went_on.set()
        assert goal.plan(LONG).number == 1
        goal.cancel()
        with pytest.raises(GoalCancelled):
            goal.result(LONG)


def test_what_is_proposed_is_still_proposed_after_the_process_has_gone(tmp_path: Path) -> None:
    path = tmp_path / "work.db"
    with Runtime.open(path) as runtime:
        known = runtime.submit(PLAN, approve="plan").id
        runtime.goal(known).edit(OTHER)
    with Runtime.open(path) as runtime:
        goal: GoalHandle = runtime.goal(known)
        assert (goal.status, goal.plan(LONG).number, names(goal.plan())) == (
            "proposed",
            2,
            ["Fill"],
        )
        runtime.register(says("done"), id="a", skills=["general"])
        goal.approve(2)
        assert list(goal.result(LONG)) == ["Fill"]
    with Runtime.open(path) as runtime:
        eventually(lambda: runtime.goal(known).done)
        assert runtime.goal(known).plan(LONG).number == 2
