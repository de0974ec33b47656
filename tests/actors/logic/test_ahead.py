"""Brief work is given to busy agents before they have a slot for it."""

from __future__ import annotations

import pytest

from callboard.actors.logic.ahead_options import AheadOptions
from callboard.actors.logic.effects import Record, Show, Tell
from callboard.messages import facts
from callboard.messages.commands import Explain, Explained
from callboard.messages.notices import AttemptOver
from callboard.messages.reasons import Runs
from callboard.messages.supervision import Wake
from callboard.messages.values import Agent, Priority, Timeouts
from callboard.messages.work import AgentLeft, Completed, HadStarted, Settled, SubtasksReady
from tests.actors.logic.brief import (
    OPTIONS,
    ahead_in,
    desk,
    eager,
    long,
    revocations,
    revoked_in,
    several,
)
from tests.actors.logic.desk import (
    CRASHED,
    RESULT,
    Desk,
    agent,
    completed,
    down,
    given,
    lease,
    leases_in,
    ready,
)

BRIEF = AheadOptions(most=2, brief=1e4, patience=1e6, least=0)
PATIENT = AheadOptions(most=2, brief=1e6, patience=1e6, least=0)


def thirsty(*names: str) -> Desk:
    """One whose agents have done what there was, and could be given something ahead."""
    at = desk(*map(eager, names))
    for held in leases_in(at.queue(*several(len(names)))):
        at.say(0.0, completed(held))
    assert at.thirsty == [*names]
    return at


def test_an_agent_is_given_a_few_before_it_has_a_slot_for_them() -> None:
    effects = desk().queue(*several(5))

    assert given(effects) == [("s1", "a"), ("s2", "a"), ("s3", "a")]
    assert ahead_in(effects) == [("s2", "a"), ("s3", "a")]
    records = [e.fact for e in effects if isinstance(e, Record)]
    assigned = [fact for fact in records if isinstance(fact, facts.SubtaskAssigned)]
    assert [(fact.lease.subtask, fact.ahead) for fact in assigned] == [
        ("s1", False), ("s2", True), ("s3", True),
    ]  # fmt: skip


def test_it_is_given_more_when_little_is_left() -> None:
    at = desk()
    first, second, third = leases_in(at.queue(*several(9)))
    at.start(first)
    assert given(at.say(1.0, completed(first))) == []
    assert given(at.say(1.0, HadStarted(lease=second))) == []
    at.say(1.0, completed(second))
    assert ahead_in(at.say(1.0, HadStarted(lease=third))) == [("s4", "a"), ("s5", "a")]


@pytest.mark.parametrize(
    "who",
    [
        agent("a"),  # what runs its work has no line
        eager("a", pull=True),
    ],
)
def test_not_every_agent_is_given_any(who: Agent) -> None:
    made = Desk(who, ahead=OPTIONS)
    [held] = leases_in(made.queue(ready("first"))) or [lease("first", "a")]
    made.say(0.0, Completed(lease=held, result=RESULT, seconds=0.5))
    made.say(0.0, Settled(subtasks=("first",)))
    assert ahead_in(made.queue(*several(5))) == []


def test_nobody_is_given_any_where_that_is_switched_off() -> None:
    made = Desk(eager("a"))
    made.queue(ready("first"))
    made.say(0.0, completed(lease("first", "a")))
    made.say(0.0, Settled(subtasks=("first",)))
    assert given(made.queue(*several(5))) == [("s1", "a")]


def test_who_has_left_is_not_kept_for_it() -> None:
    at = thirsty("a", "b")
    at.say(1.0, AgentLeft(agent="b", reason="it was let go"))
    assert at.thirsty == ["a"]


def test_who_pulls_from_now_on_is_not_kept_for_it() -> None:
    at = thirsty("a", "b")
    at.join(eager("b", pull=True), now=1.0)
    assert at.thirsty == ["a"]


def test_what_takes_longer_is_given_to_whoever_is_free() -> None:
    at = desk(options=BRIEF)
    effects = at.queue(*map(long, several(5)))
    assert (given(effects), ahead_in(effects)) == ([("s1", "a")], [])


def test_nobody_knows_how_long_a_kind_takes_that_was_never_done() -> None:
    at = desk(options=AheadOptions(most=2, brief=1e6, patience=10.0, least=5))
    assert ahead_in(at.queue(*several(5))) == []


def test_little_is_left_to_whoever_is_free_first() -> None:
    at = desk(eager("a"), eager("b"))
    effects = at.queue(*several(3))
    assert (given(effects), ahead_in(effects)) == ([("s1", "a"), ("s2", "b")], [])


def test_each_gets_its_share() -> None:
    at = desk(eager("a"), eager("b"))
    assert ahead_in(at.queue(*several(5))) == [("s3", "a"), ("s4", "b")]


def test_what_is_urgent_goes_first_there_too() -> None:
    at = desk()
    at.queue(ready("running"))
    urgent = ready("urgent", urgency=Priority.CRITICAL)
    assert ahead_in(at.queue(*several(4), urgent)) == [("urgent", "a"), ("s1", "a")]


def test_an_agent_is_given_none_while_something_goes_first_that_is_not_brief() -> None:
    at = desk(options=BRIEF)
    at.queue(ready("running"))
    urgent = long(ready("urgent", urgency=Priority.CRITICAL))
    assert ahead_in(at.queue(*several(4), urgent)) == []
    assert given(at.say(1.0, completed(lease("running", "a", 2)))) == [
        ("urgent", "a"), ("s1", "a"), ("s2", "a"),
    ]  # fmt: skip


def test_what_took_an_agent_down_is_not_given_ahead_nor_anything_behind_it() -> None:
    at = desk(eager("a"), eager("b"))
    bad, other = leases_in(at.queue(ready("bad", urgency=Priority.CRITICAL), ready("other")))
    at.start(bad)
    at.start(other)
    at.say(1.0, down(problem=CRASHED))
    effects = at.queue(*several(6), now=3.0)  # "b" is busy, and "bad" goes first
    assert (given(effects), ahead_in(effects)) == ([], [])


def test_of_other_skills_it_is_given_none() -> None:
    at = Desk(eager("a", "dig"), eager("b", "sing"), ahead=OPTIONS)
    [held] = leases_in(at.queue(ready("first", "dig")))
    at.say(0.0, Completed(lease=held, result=RESULT, seconds=0.5))
    at.say(0.0, Settled(subtasks=("first",)))
    at.queue(ready("song", "sing"))
    songs = [ready(f"song {n}", "sing") for n in range(4)]
    assert ahead_in(at.queue(*songs, ready("hole", "dig"))) == [("song 0", "b"), ("song 1", "b")]


def test_what_is_ready_later_is_given_ahead_too() -> None:
    at = desk()
    at.queue(ready("s1"))
    ready_now = SubtasksReady(subtasks=(ready("s2"), ready("s3")))
    assert ahead_in(at.say(1.0, ready_now)) == [("s2", "a"), ("s3", "a")]


# Held


def test_it_takes_no_slot_before_it_has_begun() -> None:
    at = desk()
    first, second, third = leases_in(at.queue(*several(3)))
    assert at.load("a") == 1
    at.start(first)
    at.say(1.0, completed(first))
    assert at.load("a") == 0
    assert given(at.queue(ready("late"), now=1.0)) == []  # those that wait there go first
    at.start(second, 1.0)
    assert at.load("a") == 1
    del third


def test_its_time_counts_from_when_it_begins() -> None:
    at = desk(options=PATIENT, timeouts=Timeouts(run=5.0))
    first, second, _ = leases_in(at.queue(*several(3)))
    at.start(first)
    at.say(4.0, completed(first))
    at.start(second, 4.0)
    assert at.say(8.0, Wake()) == []
    assert revoked_in(at.say(9.0, Wake())) == ["s2"]


def test_until_then_it_waits() -> None:
    at = desk(options=PATIENT, timeouts=Timeouts(queue=50.0))
    at.queue(*several(3))
    effects = at.say(50.0, Wake())
    assert revoked_in(effects) == ["s2", "s3"]


def test_that_it_has_begun_may_be_known_from_its_end() -> None:
    at = desk()
    first, second, _ = leases_in(at.queue(*several(3)))
    at.start(first)
    at.say(1.0, completed(first))
    effects = at.say(1.0, completed(second))
    assert effects[:2] == [
        Record(facts.SubtaskStarted(at=1.0, lease=second)),
        Show(AttemptOver(at=1.0, lease=second)),
    ]


def test_why_it_waits_can_be_told() -> None:
    at = desk()
    at.queue(*several(3))
    [effect] = at.say(1.0, Explain(subtask="s2", lease=None, reply_to="caller/1"))
    assert isinstance(effect, Tell)
    assert isinstance(effect.message, Explained)
    [reason] = effect.message.reasons
    assert isinstance(reason, Runs)
    assert reason.said(1.0) == "a was given it 1 s ago and has not begun yet"


def test_its_agent_goes_down_and_it_is_not_blamed() -> None:
    at = desk()
    first, second, third = leases_in(at.queue(*several(3)))
    at.start(first)
    effects = at.say(1.0, down())
    assert {fact.lease: fact.blamed for fact in revocations(effects)} == {
        first: True,
        second: False,
        third: False,
    }
