"""Nothing urgent waits behind what is not: priorities are inherited by all that it waits for."""

from __future__ import annotations

import pytest

from callboard.messages.values import Priority
from tests.actors.logic.office import Office, child, done, plan, subtask

LOW, CRITICAL = Priority.LOW, Priority.CRITICAL


def urgencies(office: Office) -> dict[str, Priority]:
    return {uuid: state.urgency for uuid, state in office.goals.subtasks.items()}


def test_all_that_something_critical_waits_for_is_critical() -> None:
    stated = plan(
        subtask("a", priority=LOW),
        subtask("b", "a", priority=LOW),
        subtask("c", "b", priority=CRITICAL),
        subtask("d", "a", priority=LOW),
    )
    assert urgencies(Office(stated)) == {"a": CRITICAL, "b": CRITICAL, "c": CRITICAL, "d": LOW}


@pytest.mark.parametrize("stated", [None, LOW])
def test_a_sub_goal_is_as_urgent_as_the_subtask_that_waits_for_it(stated: Priority | None) -> None:
    office = Office(plan(subtask("a", priority=LOW), subtask("b", "a", priority=CRITICAL)))
    office.submit(child("h", "a", priority=stated), plan(subtask("x", priority=LOW)))
    assert urgencies(office)["x"] is CRITICAL

    again = Office(history=office.facts)
    assert urgencies(again) == urgencies(office)


def test_a_sub_goal_may_be_more_urgent_than_its_superior() -> None:
    office = Office(plan(subtask("a", priority=LOW)))
    office.submit(
        child("h", "a"), plan(subtask("x", priority=CRITICAL), subtask("y", priority=LOW))
    )
    office.say(1.0, done("x", of="h"))
    assert (urgencies(office)["x"], urgencies(office)["y"]) == (CRITICAL, LOW)
