"""The orchestrator: a result that somebody has to find good counts when somebody has."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from callboard.actors.logic.effects import Effect, Record, Tell
from callboard.actors.logic.obstacles import obstacles
from callboard.actors.logic.skills import others, stated
from callboard.messages import facts
from callboard.messages.commands import CancelGoal, CancelSubtask, Done, EditSubtask
from callboard.messages.errors import NotVerified, ResultRejected, problem_of
from callboard.messages.facts import Fact
from callboard.messages.reasons import BeingVerified
from callboard.messages.values import (
    Goal,
    Input,
    Parent,
    Payload,
    Problem,
    Retry,
    Skill,
    Timeouts,
    Verification,
    replace,
    unpack,
)
from callboard.messages.work import (
    Acknowledged,
    ResultReturned,
    ResultTaken,
    Resync,
    SchedulerStarted,
    Settled,
    SubtaskDone,
    SubtasksReady,
)
from tests.actors.logic.office import (
    OTHER,
    RESULT,
    Office,
    cancelled,
    completed,
    done,
    given_up,
    goal_cancelled,
    goal_completed,
    lease,
    outside,
    plan,
    ready,
    result_of,
    sent,
    settled,
    subtask,
)

WANTED = Verification(skills=(Skill(name="law"),), timeouts=Timeouts(total=60.0), retry=Retry())
A, B = subtask("a", verify=WANTED), subtask("b", "a")
BOTH = plan(A, B)
CHECK = "a.verify-1"
REASONS = ("too small", "too late")
BAD = problem_of(ResultRejected("A", REASONS))


def kinds(effects: list[Effect]) -> list[str]:
    return [type(e.message).__name__ for e in effects if isinstance(e, Tell)]


def submitted(**more: Any) -> tuple[Office, list[Effect]]:
    office = Office(BOTH, **more)
    return office, office.say(1.0, done("a"))


def verdict(name: str = CHECK, **said: Any) -> SubtaskDone:
    result = Payload(data=msgspec.msgpack.encode(said))
    held = replace(lease(name, 9, of=name), agent="v")
    return SubtaskDone(subtask=name, lease=held, result=result, seconds=1.0)


def sent_check(effects: list[Effect]) -> Any:
    [word] = [
        e.message for e in effects if isinstance(e, Tell) and isinstance(e.message, SubtasksReady)
    ]
    [one] = word.subtasks
    return one


def test_a_result_is_kept_and_acknowledged_and_a_goal_is_made_of_its_verification() -> None:
    _, effects = submitted()

    assert effects[0] == Record(
        facts.ResultSubmitted(
            at=1.0, goal="g", subtask="a", lease=lease("a"), result=RESULT, seconds=2.0, number=1
        )
    )
    assert effects[1] == Tell("scheduler", ResultTaken(subtask="a"))
    assert effects[2] == Record(
        facts.GoalAccepted(
            at=1.0,
            goal=Goal(
                id=CHECK,
                text="Verify A",
                context="do g",
                parent=Parent(goal="g", subtask="a"),
                verifies=1,
            ),
        )
    )
    token = lease("a").token
    assert effects[-1] == Tell("agent/a", Acknowledged(tokens=(token,)))
    assert settled("a") not in effects


def test_who_verifies_gets_the_result_and_is_not_the_one_that_made_it() -> None:
    _, effects = submitted()
    one = sent_check(effects)

    assert one.inputs == (Input(subtask="a", name="A", result=RESULT),)
    assert one.subtask.required_skills == (
        Skill(name="verification"),
        Skill(name="law"),
        others("a"),
    )
    assert stated(one.subtask.required_skills[-1]) == "to be another one than a"
    assert (one.subtask.timeouts, one.subtask.retry) == (WANTED.timeouts, WANTED.retry)
    assert unpack(one.subtask.data)["agent"] == "a"


def test_found_good_it_is_completed_and_its_dependents_go_on() -> None:
    office, _ = submitted()
    effects = office.say(5.0, verdict(accepted=True))

    assert effects[2:] == [
        completed("a", 5.0),
        *sent(ready(B, result_of("a"), since=5.0), now=5.0),
        Tell("scheduler", Settled(subtasks=(CHECK, "a"))),
        Tell("agent/v", Acknowledged(tokens=(lease(CHECK, 9).token,))),
    ]
    assert goal_completed(5.0, CHECK) == effects[1]


def test_rejected_it_goes_back_with_the_reasons() -> None:
    office, _ = submitted()
    effects = office.say(5.0, verdict(accepted=False, reasons=list(REASONS)))

    rejected = facts.ResultRejected(
        at=5.0, goal="g", subtask="a", lease=lease("a"), problem=BAD, number=1
    )
    again = ResultReturned(ready=ready(A, rank=120.0), problem=BAD, lease=lease("a"))
    assert effects[2:4] == [Record(rejected), Tell("scheduler", again)]
    assert settled("a") not in effects
    second = office.say(9.0, done("a", 2))
    assert sent_check(second).subtask.uuid == "a.verify-2"


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"accepted": "yes"},
        {"accepted": False},
        {"accepted": False, "reasons": []},
        {"accepted": True, "result": 7},
    ],
)
def test_what_is_no_verdict_completes_nothing(said: dict[str, Any]) -> None:
    office, _ = submitted()
    effects = office.say(5.0, verdict(**said))

    [problem] = failures(effects, "a")
    assert problem.error == "NotVerified"
    assert "that is no verdict" in problem.text
    assert not [e for e in effects if isinstance(e, Record) and _ends_well(e.fact, "a")]


def failures(effects: list[Effect], uuid: str) -> list[Problem]:
    """Why that subtask has failed."""
    found = [e.fact for e in effects if isinstance(e, Record)]
    return [f.problem for f in found if isinstance(f, facts.SubtaskFailed) and f.subtask == uuid]


def _ends_well(fact: Fact, uuid: str) -> bool:
    return isinstance(fact, facts.SubtaskCompleted) and fact.subtask == uuid


def not_verified(why: str) -> Problem:
    return replace(problem_of(NotVerified("A", why)), subject="A")


@pytest.mark.parametrize(
    ("word", "why"),
    [
        (given_up(CHECK), "ValueError: no data"),
        (
            CancelGoal(goal=CHECK, reason="no time", reply_to="caller/2"),
            "subtask 'Verify A' was cancelled: no time",
        ),
        (
            CancelSubtask(subtask=CHECK, reason="no", reply_to="caller/2"),
            "subtask 'Verify A' was cancelled: no",
        ),
    ],
)
def test_without_a_verdict_it_fails_and_says_why(word: Any, why: str) -> None:
    office, _ = submitted()
    effects = office.say(5.0, word)

    [problem] = failures(effects, "a")
    assert problem == not_verified(why)


def test_said_again_it_is_acknowledged_again_and_verified_once() -> None:
    office, _ = submitted()
    token = lease("a").token

    assert office.say(2.0, done("a")) == [
        Tell("scheduler", ResultTaken(subtask="a")),
        Tell("agent/a", Acknowledged(tokens=(token,))),
    ]
    assert kinds(office.say(2.0, outside("a", OTHER))) == ["Refused"]


def test_what_somebody_outside_says_is_verified_too() -> None:
    office = Office(BOTH)
    effects = office.say(1.0, outside("a"))

    assert Tell("caller/1", Done()) in effects
    assert sent_check(effects).subtask.required_skills[-1] == others("")
    assert office.say(2.0, outside("a")) == [
        Tell("scheduler", ResultTaken(subtask="a")),
        Tell("caller/1", Done()),
    ]


@pytest.mark.parametrize("restarted", [True, False])
def test_what_was_rejected_is_not_verified_again_where_word_of_it_comes_again(
    *, restarted: bool
) -> None:
    """A scheduler says again what it has reported, before it hears of the rejection."""
    office, _ = submitted()
    office.say(5.0, verdict(accepted=False, reasons=["no"]))
    known = Office(history=office.facts) if restarted else office

    acknowledged = Tell("agent/a", Acknowledged(tokens=(lease("a").token,)))
    assert known.say(6.0, done("a")) == [acknowledged]
    assert isinstance(known.say(7.0, done("a", 2))[0], Record)


def test_a_verdict_that_comes_after_the_end_changes_nothing() -> None:
    office, _ = submitted()
    effects = office.say(2.0, CancelGoal(goal="g", reason="enough", reply_to="caller/2"))
    assert cancelled("a", "enough", 2.0) in effects
    assert goal_cancelled(2.0, "subtask 'A', which it served, has ended", CHECK) in effects

    late = office.say(3.0, verdict(accepted=True))
    assert not [e for e in late if isinstance(e, Record)]


def test_a_scheduler_that_was_restarted_is_told_not_to_begin_it() -> None:
    office, _ = submitted()
    [word] = [
        e.message
        for e in office.say(2.0, SchedulerStarted(incarnation=2))
        if isinstance(e, Tell) and isinstance(e.message, Resync)
    ]

    assert [(one.subtask.uuid, one.verifying) for one in word.subtasks] == [
        ("a", True),
        (CHECK, False),
    ]


def test_a_restart_goes_on_wherever_the_journal_ends() -> None:
    """No result is verified twice, made twice, or counts without a verdict."""
    office, _ = submitted()
    office.say(5.0, verdict(accepted=True))
    for end in range(office.facts.index(_submission(office)) + 1, len(office.facts)):
        again = Office(history=office.facts[:end])
        state = again.goals.subtasks["a"]
        if state.status.value == "verifying":
            checks = [g for g in again.goals.by_id.values() if g.goal.verifies]
            assert [(g.id, g.plan is not None) for g in checks] == [(CHECK, True)], end
            check = again.goals.subtasks[CHECK]
            assert check.spec.required_skills[-1] == others("a")
            again.say(9.0, verdict(accepted=True))
        assert again.goals.subtasks["a"].status.value == "completed", end
        assert len([f for f in again.facts if _ends_well(f, "a")]) == 1, end
        assert len([f for f in again.facts if _ends_well(f, CHECK)]) == 1, end


def _submission(office: Office) -> Fact:
    return next(f for f in office.facts if isinstance(f, facts.ResultSubmitted))


def test_whoever_edits_a_verification_cannot_have_it_done_by_who_made_the_result() -> None:
    office, _ = submitted()
    to = replace(subtask("x"), required_skills=(Skill(name="art"),))
    fields = ("required_skills",)
    office.say(2.0, EditSubtask(subtask=CHECK, to=to, fields=fields, reply_to="caller/2"))

    assert office.goals.subtasks[CHECK].spec.required_skills == (
        Skill(name="verification"),
        others("a"),
        Skill(name="art"),
    )


def test_it_is_said_that_it_is_verified() -> None:
    office, _ = submitted()

    assert obstacles(office.goals, "a") == (BeingVerified(goal=CHECK, agent="a"),)


def test_a_name_that_is_taken_is_not_taken_again() -> None:
    office = Office(plan(A, subtask(CHECK)))

    assert sent_check(office.say(1.0, done("a"))).subtask.uuid == f"{CHECK}'"


def test_without_a_wish_for_it_nothing_is_verified() -> None:
    office = Office(plan(subtask("a")))

    assert kinds(office.say(1.0, done("a"))) == ["Settled", "Acknowledged"]
    assert not [f for f in office.facts if isinstance(f, facts.ResultSubmitted)]
