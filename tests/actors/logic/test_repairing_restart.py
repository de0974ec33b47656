"""Repairs outlive whoever was about to make them."""

from __future__ import annotations

from callboard.actors.logic.effects import Tell
from callboard.messages import facts
from callboard.messages.planning import DecomposerStarted
from callboard.messages.values import PlanChange, Rewire
from callboard.messages.work import SchedulerStarted
from tests.actors.logic.office import Office, given_up, statuses
from tests.actors.logic.repairs import D, asked, change, office


def test_a_decomposer_that_was_restarted_is_asked_again() -> None:
    here = office()
    here.say(1.0, given_up("a"))
    assert [r.damage.failed for r in asked(here.say(2.0, DecomposerStarted(incarnation=2)))] == [
        ("a",)
    ]


def test_an_orchestrator_that_was_restarted_asks_again() -> None:
    here = office()
    here.say(1.0, given_up("a"))
    after = Office(history=here.facts, repairs=1)

    assert [repair.damage.failed for repair in asked(after.started)] == [("a",)]
    assert after.say(2.0, change()) == here.say(2.0, change())


def test_a_scheduler_that_was_restarted_is_told_of_what_is_left() -> None:
    here = office()
    here.say(1.0, given_up("a"))
    here.say(2.0, change(of=PlanChange(add=(D,), rewire=(Rewire(subtask="c"),), drop=("b",))))
    [told] = here.say(3.0, SchedulerStarted(incarnation=2))

    assert isinstance(told, Tell)
    assert {one.subtask.uuid for one in told.message.subtasks} == {"x", "d", "c"}  # type: ignore[attr-defined]


def test_a_failure_that_the_journal_ends_with_is_made_up_for() -> None:
    here = office()
    here.say(1.0, given_up("a"))
    torn = [fact for fact in here.facts if not isinstance(fact, facts.RepairWanted)]
    after = Office(history=torn, repairs=1)

    assert [type(fact).__name__ for fact in after.facts[len(torn) :]] == ["RepairWanted"]
    assert [repair.damage.failed for repair in asked(after.started)] == [("a",)]


def test_a_change_that_the_journal_ends_with_is_carried_out() -> None:
    here = office()
    here.say(1.0, given_up("a"))
    here.say(2.0, change(of=PlanChange(rewire=(Rewire(subtask="c"),), drop=("b",))))
    [last] = [n for n, fact in enumerate(here.facts) if isinstance(fact, facts.PlanChanged)]
    after = Office(history=here.facts[: last + 1], repairs=1)

    assert (
        statuses(after)
        == statuses(here)
        == {
            "a": "failed",
            "b": "cancelled",
            "c": "ready",
            "x": "ready",
        }
    )
