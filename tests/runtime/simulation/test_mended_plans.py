"""Trials in which plans are mended: that they are, and that the oracle would see it if not."""

from __future__ import annotations

from collections import Counter

import pytest

from callboard.actors.logic.skills import Equivalences
from callboard.messages.errors import CannotRepair, problem_of
from callboard.messages.facts import (
    GoalAccepted,
    GoalCompleted,
    PlanAdopted,
    PlanChanged,
    RepairAbandoned,
    RepairWanted,
    SubtaskCompleted,
    SubtaskFailed,
)
from callboard.messages.values import Goal, Payload, Plan, PlanChange, Problem, Rewire, Subtask
from callboard.runtime.simulation.oracle import Oracle
from callboard.runtime.simulation.scenario import PROMISES
from callboard.runtime.simulation.trial import Trial

A, B = Subtask(uuid="a", name="A"), Subtask(uuid="b", name="B", dependencies=("a",))
NEW = Subtask(uuid="n", name="N")
CHANGE = PlanChange(add=(NEW,), rewire=(Rewire(subtask="b", dependencies=("n",)),))
FAILED = SubtaskFailed(at=2.0, goal="g", subtask="a", problem=Problem(error="OSError", text="x"))
WANTED = RepairWanted(at=2.0, goal="g", number=1, failed=("a",))
CHANGED = PlanChanged(at=3.0, goal="g", number=1, failed=("a",), change=CHANGE)
DONE = [
    SubtaskCompleted(at=4.0, goal="g", subtask=u, lease=None, result=Payload(), seconds=0.0)
    for u in ("n", "b")
]
END = GoalCompleted(at=5.0, goal="g")


def violations(*told: object) -> tuple[str, ...]:
    oracle = Oracle(Equivalences(), PROMISES, frozenset())
    oracle.see(GoalAccepted(at=1.0, goal=Goal(id="g", text="dig")))
    oracle.see(PlanAdopted(at=1.0, goal="g", plan=Plan(subtasks=(A, B))))
    for fact in told:
        oracle.see(fact)  # type: ignore[arg-type]
    return tuple(oracle.violations)


def test_a_goal_is_completed_without_what_was_made_up_for() -> None:
    assert violations(FAILED, WANTED, CHANGED, *DONE, END) == ()


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ((WANTED,), "makes up for what is ['open']"),
        ((FAILED, CHANGED), "is the answer to None"),
        ((FAILED, WANTED, END), "is completed while it is mended"),
        ((FAILED, WANTED, CHANGED, END), "has ended before ['b', 'n']"),
        ((FAILED, *DONE[1:], END), "is completed without ['a']"),
        (
            (
                FAILED,
                RepairAbandoned(at=3.0, goal="g", number=1, problem=problem_of(CannotRepair("no"))),
            ),
            "abandons (0, ())",
        ),
        ((FAILED, WANTED, *DONE[1:], CHANGED), "changes what has ended"),
        ((FAILED, RepairWanted(at=2.0, goal="g", number=2, failed=("a",))), "for the 1. time"),
    ],
)
def test_what_the_oracle_complains_of(told: tuple[object, ...], said: str) -> None:
    assert said in str(violations(*told))


@pytest.mark.parametrize("seed", [18, 20])
def test_there_are_seeds_in_which_plans_are_mended(seed: int) -> None:
    trial = Trial.of_seed(seed, keep_story=True)
    assert trial.play().violations == ()
    kinds = Counter(type(event).__name__ for event in trial.story)
    assert kinds["PlanChanged"] > 0
