"""Later plans have the durations and skills that earlier work has shown, and say so."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from callboard import Config, Plan, Runtime, Task, subtask
from callboard.messages.errors import InvalidCall, InvalidDuration
from callboard.messages.facts import PlanAdopted, PlanChanged
from callboard.messages.values import (
    Correction,
    LearntDuration,
    PlanChange,
    Rewire,
    Subtask,
    replace,
)
from callboard.runtime.gateways.cli.story import Story
from callboard.runtime.gateways.operations.views import subtask_view
from callboard.runtime.simulation import simulated_runtime
from tests.live import LONG, eventually

if TYPE_CHECKING:
    from pathlib import Path

    from callboard import Context, GoalHandle
    from callboard.actors.ports import Desk
    from callboard.messages.values import Damage, Goal


class Hopeful:
    """Plans one subtask, and always says that it takes an hour."""

    def __init__(self) -> None:
        self.made = 0

    def plan(self, goal: Goal) -> Plan:
        self.made += 1
        return Plan(subtasks=(subtask(goal.text, uuid=f"s{self.made}-{goal.id}"),))


class Handy(Hopeful):
    """Knows another way where one has failed."""

    def repair_at(self, goal: Goal, damage: Damage, desk: Desk) -> PlanChange:
        del desk
        [lost] = damage.failed
        return PlanChange(
            add=(subtask("Train model", uuid=f"again-{goal.id}"),),
            rewire=tuple(
                Rewire(subtask=uuid, dependencies=(f"again-{goal.id}",)) for uuid in damage.waiting
            ),
            reason=f"{lost} has failed",
        )


def quick(task: Task, ctx: Context) -> None:
    del task
    ctx.sleep(1320.0)


def spec(goal: GoalHandle) -> Subtask:
    [record] = goal.record.subtasks.values()
    return record.subtask


def train(rt: Runtime, times: int = 10, **options: Any) -> GoalHandle:
    """Have so many plans carried out, and one more made."""
    for _ in range(times):
        rt.submit("Train model").result(timeout=LONG * 600)
    rt.advance(seconds=1)  # type: ignore[attr-defined]
    return rt.decompose("Train model", **options)


LEARNT = Correction(
    duration=LearntDuration(stated=60.0, minutes=23.0, attempts=10, low=14.0, high=35.0)
)
SAID = "60 min said by the planner, 23 min learnt from 10 attempts (14 to 35)"


def test_a_later_plan_has_what_was_learnt_and_everybody_can_see_it() -> None:
    with simulated_runtime(planner=Hopeful()) as rt:
        rt.register(quick, id="ann")
        goal = train(rt)
        goal.result(timeout=LONG * 600)
        made = spec(goal)

        assert (made.estimated_duration, made.correction) == (23.0, LEARNT)
        [adopted] = [e for e in rt.hub.goal_story(goal.id) if isinstance(e, PlanAdopted)]
        assert adopted.plan.subtasks == (made,)
        line = Story(begin=0.0).see(adopted)
        assert line is not None
        assert line.text == f"the plan has 1 subtask; corrected: 'Train model': {SAID}"
        assert f"- its plan was corrected: {SAID}" in rt.explain(made.uuid).text.splitlines()
        view = subtask_view(goal.record.subtasks[made.uuid])
        assert (view.estimated_duration, view.stated_duration, view.corrected) == (23, 60, SAID)


def test_what_is_learnt_from_corrected_plans_corrects_no_further() -> None:
    with simulated_runtime(planner=Hopeful()) as rt:
        rt.register(quick, id="ann")
        assert spec(train(rt, 60)).estimated_duration == 22.0
        assert rt.learning().kinds[0].factor == pytest.approx(1320 / 3600, rel=0.1)


def test_a_plan_that_was_handed_in_is_corrected_only_if_somebody_asks_for_it() -> None:
    with simulated_runtime(planner=Hopeful()) as rt:
        rt.register(quick, id="ann")
        train(rt).result(timeout=LONG * 600)
        given = [subtask("Train model", estimated_duration=60)]
        assert spec(rt.submit(given)).correction is None
        made = spec(rt.submit(given, correct=True))
        assert made.correction is not None
        assert made.estimated_duration == 23.0


def test_what_is_forecast_of_a_corrected_plan_is_what_was_learnt_and_not_twice_that() -> None:
    with simulated_runtime(planner=Hopeful()) as rt:
        rt.register(quick, id="ann")
        goal = train(rt, 30)
        assert spec(goal).estimated_duration < 25.0
        assert goal.eta().median == pytest.approx(1320.0, rel=0.2)


def test_a_correction_that_is_handed_in_counts_only_where_the_plan_shows_it() -> None:
    with simulated_runtime() as rt:
        learnt = replace(
            subtask("Train model", uuid="s1"), estimated_duration=23.0, correction=LEARNT
        )
        assert spec(rt.submit([learnt])).correction == LEARNT
        edited = replace(learnt, uuid="s2", estimated_duration=40.0)
        assert spec(rt.submit([edited])).correction is None
        duration = LEARNT.duration
        assert duration is not None
        forged = Correction(duration=replace(duration, stated=float("nan")))
        with pytest.raises(InvalidDuration):
            rt.submit([replace(learnt, uuid="s3", correction=forged)])


def test_it_can_be_switched_off_for_all_and_for_one() -> None:
    with simulated_runtime(planner=Hopeful()) as rt:
        rt.register(quick, id="ann")
        assert spec(train(rt, correct=False)).correction is None
    with simulated_runtime(planner=Hopeful(), config=Config(correct_plans=False)) as rt:
        rt.register(quick, id="ann")
        assert spec(train(rt)).correction is None
        assert spec(rt.decompose("Train model", correct=True)).correction is not None


def test_it_is_said_what_the_switch_can_be() -> None:
    with simulated_runtime() as rt, pytest.raises(InvalidCall, match="correct"):
        rt.submit("dig", correct="yes")  # type: ignore[arg-type]
    with pytest.raises(InvalidCall, match="correct_plans"):
        Config(correct_plans=1)  # type: ignore[arg-type]


def test_what_mends_a_plan_is_corrected_as_plans_are() -> None:
    def clumsy(task: Task, ctx: Context) -> None:
        if task.name == "Break":
            raise ValueError("it is broken")
        ctx.sleep(1320.0)

    with simulated_runtime(planner=Handy(), config=Config(repairs=1)) as rt:
        rt.register(clumsy, id="ann", retry={"attempts": 1})
        train(rt).result(timeout=LONG * 600)
        plan = [subtask("Break", optional=False), subtask("Go on", dependencies=["Break"])]
        goal = rt.submit(plan, repairs=1)
        goal.result(timeout=LONG * 600)
        mended = goal.record.subtasks[f"again-{goal.id}"].subtask
        assert mended.correction is not None
        assert mended.estimated_duration == 23.0
        [changed] = [e for e in rt.hub.goal_story(goal.id) if isinstance(e, PlanChanged)]
        line = Story(begin=0.0).see(changed)
        assert line is not None
        assert "corrected: 'Train model': 60 min said by the planner, 23 min" in line.text


def test_what_is_forgotten_corrects_nothing() -> None:
    with simulated_runtime(planner=Hopeful()) as rt:
        rt.register(quick, id="ann")
        train(rt).result(timeout=LONG * 600)
        rt.reset_learning()
        assert spec(rt.decompose("Train model")).correction is None


def test_who_edits_an_estimate_has_the_last_word() -> None:
    with simulated_runtime(planner=Hopeful()) as rt:
        rt.register(quick, id="ann")
        goal = train(rt)
        uuid = spec(goal).uuid
        rt.unregister("ann")
        rt.advance(seconds=1)
        rt.edit(uuid, priority="HIGH")
        assert spec(goal).correction == LEARNT
        rt.edit(uuid, estimated_duration=40)
        assert (spec(goal).estimated_duration, spec(goal).correction) == (40.0, None)


def test_corrected_plans_and_what_was_learnt_survive(tmp_path: Path) -> None:
    def brief(task: Task) -> str:
        time.sleep(0.003)
        return task.name

    path = tmp_path / "journal.db"
    with Runtime.open(path, planner=Hopeful()) as rt:
        rt.register(brief, id="ann")
        for number in range(1, 8):
            rt.submit("Train model").result(timeout=LONG)
            eventually(lambda done=number: rt.learning().attempts == done)  # type: ignore[misc]
        goal = rt.submit("Train model")
        goal.result(timeout=LONG)
        made = spec(goal)
        assert made.correction is not None
        assert made.estimated_duration < 1.0
    with Runtime.open(path, planner=Hopeful()) as rt:
        assert spec(rt.goal(goal.id)) == made
        again = rt.decompose("Train model")
        found = spec(again)
        assert found.correction is not None
        assert replace(found, uuid="", correction=None, estimated_duration=1.0) == replace(
            made, uuid="", correction=None, estimated_duration=1.0
        )
        again.cancel()
