"""The orchestrator: a subtask is to be done otherwise than its plan says."""

from __future__ import annotations

import pytest

from callboard.actors.logic.editing import EDITABLE
from callboard.actors.logic.effects import Effect, Record, Tell
from callboard.messages import facts
from callboard.messages.commands import CancelSubtask, Done, EditSubtask, Refused, RequeueSubtask
from callboard.messages.errors import (
    AlreadyEnded,
    CallboardError,
    InvalidOption,
    NotParked,
    UnknownSubtask,
    problem_of,
)
from callboard.messages.values import (
    Payload,
    Priority,
    Skill,
    Subtask,
    Timeouts,
    Verification,
    replace,
)
from callboard.messages.work import Amended, SubtasksReady
from tests.actors.logic.office import (
    Office,
    done,
    foreseen,
    goal,
    goals_of,
    plan,
    ready,
    result_of,
    sent,
    subtask,
)

A, B = subtask("a"), subtask("b", "a")
CRITICAL = replace(B, priority=Priority.CRITICAL)


def edit(to: Subtask, *fields: str, requeue: bool = False) -> EditSubtask:
    return EditSubtask(subtask=to.uuid, to=to, fields=fields, requeue=requeue, reply_to="caller/1")


def edited(spec: Subtask, now: float) -> Effect:
    return Record(facts.SubtaskEdited(at=now, goal="g", subtask=spec.uuid, spec=spec))


def refused(why: CallboardError) -> list[Effect]:
    return [Tell("caller/1", Refused(problem=problem_of(why)))]


DONE = Tell("caller/1", Done())


def test_an_edit_is_recorded_then_the_scheduler_is_told_then_who_waits() -> None:
    office = Office(plan(A, B))
    new = replace(A, description="anew")
    assert office.say(1.0, edit(new, "description")) == [
        edited(new, 1.0),
        Tell("scheduler", Amended(subtasks=(ready(new, rank=120.0),))),
        DONE,
    ]


def test_what_is_being_verified_is_told_as_it_was_edited_too() -> None:
    checked = replace(A, verify=Verification())
    office = Office(plan(checked))
    office.say(1.0, done("a"))
    new = replace(checked, required_skills=(Skill(name="law"),))
    amended = Amended(subtasks=(replace(ready(new), verifying=True),))
    assert office.say(2.0, edit(new, "required_skills"))[1:] == [Tell("scheduler", amended), DONE]


def test_only_the_fields_that_are_named_are_changed() -> None:
    office = Office(plan(replace(A, description="as it was")))
    to = replace(A, name="ignored", data=Payload(data=b"\x07"))
    new = replace(A, description="as it was", data=Payload(data=b"\x07"))
    assert office.say(1.0, edit(to, "data"))[0] == edited(new, 1.0)


def test_what_waits_for_others_is_edited_too_and_then_sent_so() -> None:
    office = Office(plan(A, B))
    new = replace(B, timeouts=Timeouts(run=5.0))
    told = Tell("scheduler", SubtasksReady(subtasks=(), ahead=(foreseen(new),)))
    assert office.say(1.0, edit(new, "timeouts")) == [edited(new, 1.0), told, DONE]
    assert office.say(2.0, done("a"))[1:3] == sent(ready(new, result_of("a"), since=2.0), now=2.0)


def test_with_a_subtask_all_becomes_urgent_that_it_waits_for() -> None:
    office = Office(plan(A, B))
    urgent = ready(A, rank=120.0, urgency=Priority.CRITICAL)
    later = foreseen(CRITICAL, urgency=Priority.CRITICAL)
    assert office.say(1.0, edit(CRITICAL, "priority")) == [
        edited(CRITICAL, 1.0),
        Tell("scheduler", SubtasksReady(subtasks=(), ahead=(later,))),
        Tell("scheduler", Amended(subtasks=(urgent,))),
        DONE,
    ]


def test_another_duration_is_another_rank() -> None:
    office = Office(plan(A, B))
    longer = replace(B, estimated_duration=9.0)
    [_, _, told, _] = office.say(1.0, edit(longer, "estimated_duration"))
    assert told == Tell("scheduler", Amended(subtasks=(ready(A, rank=600.0),)))


def test_what_changes_nothing_is_not_recorded() -> None:
    office = Office(plan(A, B))
    assert office.say(1.0, edit(A, "description")) == [DONE]


def test_the_scheduler_answers_who_wants_it_requeued() -> None:
    office = Office(plan(A))
    new = replace(A, required_skills=(Skill(name="law"),))
    amended = Amended(subtasks=(ready(new),), requeue="a", reply_to="caller/1")
    assert office.say(1.0, edit(new, "required_skills", requeue=True)) == [
        edited(new, 1.0),
        Tell("scheduler", amended),
    ]
    same = Amended(subtasks=(), requeue="a", reply_to="caller/1")
    assert office.say(2.0, edit(new, "required_skills", requeue=True)) == [Tell("scheduler", same)]


def test_what_is_not_known_or_has_ended_cannot_be_edited() -> None:
    office = Office(plan(A, B))
    assert office.say(1.0, edit(subtask("x"), "data")) == refused(UnknownSubtask("x"))
    office.say(1.0, CancelSubtask(subtask="a"))
    assert office.say(2.0, edit(A, "data")) == refused(AlreadyEnded("a", "cancelled"))


def test_why_the_scheduler_does_not_have_what_is_to_be_requeued_is_said() -> None:
    office = Office(plan(A, B))
    waits = RequeueSubtask(subtask="b", reply_to="caller/1")
    assert office.say(1.0, waits) == refused(NotParked("b"))
    office.say(2.0, CancelSubtask(subtask="a"))
    for uuid, why in (("x", UnknownSubtask("x")), ("a", AlreadyEnded("a", "cancelled"))):
        asked = RequeueSubtask(subtask=uuid, reply_to="caller/1")
        assert office.say(3.0, asked) == refused(why)


@pytest.mark.parametrize("field", ["uuid", "name", "dependencies", "optional", "parent_task_uuid"])
def test_what_others_go_by_cannot_be_edited(field: str) -> None:
    office = Office(plan(A))
    why = InvalidOption("what is edited", field, f"one of {', '.join(EDITABLE)}")
    assert office.say(1.0, edit(A, "data", field)) == refused(why)


def test_a_goals_own_priority_stands_for_all_of_its_subtasks() -> None:
    office = Office()
    office.submit(goal(priority=Priority.LOW), plan(A, B))
    why = InvalidOption("priority", "CRITICAL", "left out: its goal has one, which stands for all")
    assert office.say(1.0, edit(CRITICAL, "priority")) == refused(why)


def test_nobody_need_wait_for_it() -> None:
    office = Office(plan(A))
    new = replace(A, description="anew")
    silent = replace(edit(new, "description"), reply_to="")
    assert len(office.say(1.0, silent)) == 2
    assert office.say(2.0, replace(edit(A, "name"), reply_to="")) == []


def test_a_successor_knows_what_was_edited() -> None:
    office = Office(plan(A, B))
    office.say(1.0, edit(replace(A, description="anew"), "description"))
    office.say(2.0, edit(CRITICAL, "priority"))
    successor = Office(history=office.facts)
    for logic in (office.logic, successor.logic):
        known = goals_of(logic).by_id["g"]
        assert known.plan == plan(replace(A, description="anew"), CRITICAL)
        assert known.subtasks["a"].urgency is Priority.CRITICAL
