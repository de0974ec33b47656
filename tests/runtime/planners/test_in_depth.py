from __future__ import annotations

import math
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callboard import Runtime, Task
from callboard.actors.logic.graph import check, well_formed
from callboard.actors.logic.hierarchy import Limits
from callboard.actors.ports import Desk, Planner
from callboard.messages.errors import CallboardError, DuplicateSubtask, PlanTooLarge
from callboard.messages.values import Goal, Plan, Subtask
from callboard.runtime.planners.in_depth import InDepth
from tests.runtime.settings import QUICK


class Splits:
    """Each goal says in minutes how large it is, and becomes so many equal parts."""

    def __init__(self, ways: int, *, first: int = 1) -> None:
        self.ways = ways
        self.asked: list[Goal] = []
        self._ids = count(first)

    def plan(self, goal: Goal) -> Plan:
        self.asked.append(goal)
        minutes = float(goal.text) / self.ways
        made = [
            Subtask(
                uuid=f"t{next(self._ids)}",
                name=f"part {number}",
                description=str(minutes),
                estimated_duration=minutes,
            )
            for number in range(self.ways)
        ]
        return Plan(subtasks=tuple(made), source="splits")


def describe(task: Task) -> str:
    return task.description


def made(planner: Planner, size: float, **limits: float) -> Plan:
    return InDepth(planner, Limits(**limits)).plan(Goal(id="g", text=str(size), context="c"))  # type: ignore[arg-type]


def test_what_is_too_large_is_asked_for_again() -> None:
    planner = Splits(2)
    plan = made(planner, 100, minutes=30)
    assert [s.estimated_duration for s in plan.subtasks] == [25.0] * 4
    assert [c.subtask.uuid for c in plan.compounds] == ["t1", "t2"]
    asked = planner.asked[1]
    assert (asked.text, asked.context, asked.id) == ("50.0", "c", "g")
    assert asked.parent is not None
    assert asked.parent.subtask == "t1"


def test_one_subtask_is_no_decomposition() -> None:
    plan = made(Splits(1), 100, minutes=30)
    assert ([s.uuid for s in plan.subtasks], plan.compounds) == (["t1"], ())


def test_it_goes_no_deeper_than_it_may() -> None:
    plan = made(Splits(2), 64, minutes=1, depth=2)
    assert [s.estimated_duration for s in plan.subtasks] == [8.0] * 8


def test_it_takes_no_more_than_it_may() -> None:
    with pytest.raises(PlanTooLarge):
        made(Splits(2), 64, minutes=1, depth=5, subtasks=20)


def test_a_planner_that_gives_a_uuid_twice_is_refused() -> None:
    class Again(Splits):
        def plan(self, goal: Goal) -> Plan:
            self._ids = count(1)
            return super().plan(goal)

    with pytest.raises(DuplicateSubtask):
        made(Again(2), 64, minutes=1)


def test_a_planner_at_a_desk_keeps_its_desk_and_hands_in_nothing_early() -> None:
    class AtDesk(Splits):
        def plan_at(self, goal: Goal, desk: Desk) -> Plan:
            plan = self.plan(goal)
            desk.put(plan)
            assert desk.parts == 0
            assert not desk.dropped
            assert 0 < desk.seconds < math.inf
            desk.on_drop(lambda: None)
            self.offered = [[skill.name for skill in trade] for trade in desk.trades()]
            desk.stumbled(PlanTooLarge(2, 1), "goes on")
            assert desk.equivalences.instead_of("qa")
            return plan

    planner = AtDesk(2)
    with Runtime(QUICK, planner=InDepth(planner, Limits(minutes=30))) as runtime:
        runtime.register(describe, id="hand", skills=["any"])
        goal = runtime.submit("100")
        results = goal.result(timeout=20)
        record = goal.record
    assert list(results.values()) == ["25.0"] * 4
    assert [c.source for c in record.compounds] == ["splits", "splits"]
    assert [p.error for p in record.setbacks] == ["PlanTooLarge"] * 3
    assert planner.offered == [["any"]]


def test_planners_without_a_desk_work_in_a_runtime_too() -> None:
    with Runtime(QUICK, planner=InDepth(Splits(2), Limits(minutes=60))) as runtime:
        runtime.register(describe, id="hand")
        assert list(runtime.submit("100").result(timeout=20).values()) == ["50.0", "50.0"]


@st.composite
def anything(draw: st.DrawFn) -> Plan:
    """What a planner may say that knows nothing of rules."""
    uuids = [f"u{n}" for n in range(draw(st.integers(0, 4)))]
    return Plan(
        subtasks=tuple(
            Subtask(
                uuid=draw(st.sampled_from([*uuids, "", "other"])),
                name=draw(st.sampled_from(["a", "b", ""])),
                estimated_duration=draw(st.sampled_from([1.0, 90.0, -1.0, math.nan])),
                dependencies=tuple(draw(st.lists(st.sampled_from(uuids), max_size=2))),
            )
            for _ in uuids
        )
    )


@settings(max_examples=50)
@given(st.lists(anything(), min_size=1, max_size=6))
def test_whatever_a_planner_says_no_invalid_plan_comes_of_it(plans: list[Plan]) -> None:
    answers = iter(plans)

    class Whatever:
        def plan(self, goal: Goal) -> Plan:
            del goal
            return next(answers, plans[-1])

    try:
        plan = made(Whatever(), 100, minutes=30, subtasks=50)
    except CallboardError:
        return
    check(well_formed(plan), 50)
