"""Agents go on by themselves with what follows what they run: the scheduler's side."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace as tuned

from callboard.actors.logic.ahead_options import AheadOptions, beside
from callboard.actors.logic.chaining import CHANGED, HELD, LOST
from callboard.actors.logic.effects import Effect, Record, Tell
from callboard.actors.logic.leasing import DUE, UNLED
from callboard.messages import facts
from callboard.messages.commands import EditSubtask, PauseAgent
from callboard.messages.unions import SchedulerMessage
from callboard.messages.values import Agent, Lease, Ready, Subtask, Verification, replace
from callboard.messages.work import (
    AgentDraining,
    AgentLeft,
    Assign,
    Cancelled,
    GivenBack,
    Hold,
    NotHeld,
    Resync,
    Revoke,
    Settled,
    Started,
    SubtaskDone,
    SubtasksReady,
    Waiting,
    WaitOver,
    Withdraw,
)
from tests.actors.logic.desk import (
    RESULT,
    Desk,
    agent,
    completed,
    done,
    down,
    failed,
    given,
    lease,
    leases_in,
    over,
    ready,
    refused,
    retried,
)

OPTIONS = AheadOptions(most=2, brief=1e9, patience=1e9, least=0, chain=3)


def quick(name: str, *skills: str, **more: Any) -> Agent:
    return agent(name, *skills, ahead=True, **more)


def after(before: str, uuid: str, *skills: str, **more: Any) -> Ready:
    """It waits for that one alone."""
    own = {name: more.pop(name) for name in ("verify",) if name in more}
    made = ready(uuid, *skills, **more)
    subtask = replace(made.subtask, dependencies=(before,), **own)
    return replace(made, goal_text="", subtask=subtask)


S1 = ready("s1")
S2, S3, S4, S5 = after("s1", "s2"), after("s2", "s3"), after("s3", "s4"), after("s4", "s5")
FIRST, SECOND, THIRD, FOURTH = (lease(f"s{n}", "a", n) for n in (1, 2, 3, 4))


def desk(*agents: Agent, options: AheadOptions = OPTIONS) -> Desk:
    return Desk(*(agents or (quick("a"),)), ahead=options)


def begun(*ahead: Ready, at: Desk | None = None, first: Ready = S1) -> tuple[Desk, list[Effect]]:
    """One that has handed out the first of what is there."""
    made = at or desk()
    return made, made.say(0.0, SubtasksReady(subtasks=(first,), ahead=ahead))


def chained(*ahead: Ready) -> Desk:
    return begun(*(ahead or (S2, S3, S4, S5)))[0]


def then_in(effects: list[Effect]) -> list[tuple[str, int]]:
    """What is to follow what is handed out, with its token."""
    words = [e.message for e in effects if isinstance(e, Tell)]
    return [
        (follower.lease.subtask, follower.lease.token.counter)
        for word in words
        if isinstance(word, Assign)
        for follower in word.then
    ]


def revoked_in(effects: list[Effect]) -> list[tuple[int, str]]:
    words = [e.message for e in effects if isinstance(e, Tell)]
    return [(word.token.counter, word.reason) for word in words if isinstance(word, Revoke)]


def went_on(held: Lease, before: Lease, spec: Subtask) -> Effect:
    """The orchestrator is told of all of it at once."""
    return Tell(
        "orchestrator",
        SubtaskDone(
            subtask=held.subtask,
            lease=held,
            result=RESULT,
            seconds=2.0,
            after=before.token,
            spec=spec,
        ),
    )


def known(held: Lease, before: Lease, now: float) -> Effect:
    fact = facts.SubtaskAssigned(at=now, lease=held, ahead=True, after=before.token)
    return Record(fact)


def started(held: Lease, now: float) -> Effect:
    return Record(facts.SubtaskStarted(at=now, lease=held))


# Made


def test_an_agent_is_given_what_follows_what_it_runs() -> None:
    _, effects = begun(S2, S3, S4, S5)

    assert given(effects) == [("s1", "a")]
    assert then_in(effects) == [("s2", 2), ("s3", 3), ("s4", 4)]
    [assign] = [e.message for e in effects if isinstance(e, Tell)]
    assert isinstance(assign, Assign)
    assert assign.then[0].ready == replace(S2, goal_text="a goal", since=0.0)


def test_nothing_of_that_is_on_record() -> None:
    _, effects = begun(S2, S3)
    assert [e.fact for e in effects if isinstance(e, Record)] == [
        facts.SubtaskAssigned(at=0.0, lease=FIRST)
    ]


@pytest.mark.parametrize(
    "ahead",
    [
        (after("s1", "s2"), after("s1", "s3")),  # it is not the only one
        (replace(S2, subtask=replace(S2.subtask, dependencies=("s1", "s0"))), ready("s0")),
        (after("s1", "s2", "law"),),  # the agent may not
        (after("s1", "s2", result_schema=RESULT),),
        (after("s1", "s2", keys=("db",)),),
        (after("s1", "s2", negotiate=True),),
        (after("s1", "s2", verify=Verification()),),
    ],
)
def test_what_something_stands_between_does_not_follow(ahead: tuple[Ready, ...]) -> None:
    assert then_in(begun(*ahead)[1]) == []


@pytest.mark.parametrize(
    "first",
    [
        replace(S1, subtask=replace(S1.subtask, verify=Verification())),
        ready("s1", result_schema=RESULT),
        ready("s1", keys=("db",)),
    ],
)
def test_nothing_follows_what_is_not_taken_as_it_is(first: Ready) -> None:
    assert then_in(begun(S2, S3, first=first)[1]) == []


@pytest.mark.parametrize("who", [agent("a"), quick("a", elsewhere=True), quick("a", pull=True)])
def test_not_every_agent_goes_on(who: Agent) -> None:
    assert then_in(begun(S2, at=desk(who))[1]) == []


@pytest.mark.parametrize(
    "options",
    [
        tuned(OPTIONS, chain=0),
        tuned(OPTIONS, brief=60.0),  # it is said to take an hour
        tuned(OPTIONS, least=1),
    ],
)
def test_only_what_is_known_to_be_brief_follows(options: AheadOptions) -> None:
    assert then_in(begun(S2, at=desk(options=options))[1]) == []


def test_all_that_follows_is_brief_together() -> None:
    two_hours = tuned(OPTIONS, brief=2 * 3600.0)
    assert then_in(begun(S2, S3, S4, at=desk(options=two_hours))[1]) == [("s2", 2), ("s3", 3)]


def test_nothing_follows_while_something_waits() -> None:
    at = desk()
    effects = at.say(0.0, SubtasksReady(subtasks=(S1, ready("other")), ahead=(S2,)))
    assert given(effects) == [("s1", "a")]
    assert then_in(effects) == []


def test_a_journal_that_survives_has_no_chains() -> None:
    assert beside(OPTIONS, lasting=True) == tuned(OPTIONS, chain=0)
    assert beside(OPTIONS, lasting=False) == OPTIONS
    assert beside(None, lasting=True) is None


# Gone on


def test_what_is_done_before_the_first_is_recorded_is_told_with_it() -> None:
    at = chained()
    assert at.say(1.0, completed(FIRST)) == done(FIRST, 1.0)
    assert at.say(1.0, Started(lease=SECOND)) == []
    assert at.say(2.0, completed(SECOND)) == [went_on(SECOND, FIRST, S2.subtask)]
    assert at.say(3.0, completed(THIRD)) == [went_on(THIRD, SECOND, S3.subtask)]
    assert at.state() == {"settling": 3}


def test_what_is_recorded_while_it_runs_is_a_lease_like_any_other() -> None:
    at = chained(S2)
    at.say(1.0, completed(FIRST))
    at.say(1.0, Started(lease=SECOND))
    told = replace(S2, goal_text="a goal")

    effects = at.say(2.0, SubtasksReady(subtasks=(told,)))
    assert effects == [known(SECOND, FIRST, 2.0), started(SECOND, 2.0)]
    assert at.state() == {"settling": 1, "leased": 1}
    assert at.say(3.0, completed(SECOND)) == done(SECOND, 3.0)


def test_what_has_failed_meanwhile_is_tried_again_when_it_is_on_record() -> None:
    at = chained(S2)
    at.say(1.0, completed(FIRST))
    at.say(1.0, Started(lease=SECOND))
    assert at.say(1.0, failed(SECOND)) == []
    effects = at.say(2.0, SubtasksReady(subtasks=(S2,)))
    assert effects == [known(SECOND, FIRST, 2.0), started(SECOND, 2.0), retried(SECOND, 10.0, 2.0)]


def test_word_of_what_follows_may_overtake_that_of_the_first() -> None:
    at = chained()
    assert at.say(1.0, Started(lease=SECOND)) == []
    assert at.say(1.0, completed(THIRD)) == []
    assert at.say(1.0, completed(SECOND)) == []
    assert at.say(2.0, completed(FIRST)) == [
        *done(FIRST, 2.0),
        went_on(SECOND, FIRST, S2.subtask),
        went_on(THIRD, SECOND, S3.subtask),
    ]


def test_a_completion_that_is_said_again_is_told_once() -> None:
    """By then it may be refused; whether it was, a new orchestrator would not know."""
    at = chained(S2)
    at.say(1.0, completed(FIRST))
    assert at.say(1.0, completed(SECOND)) == [went_on(SECOND, FIRST, S2.subtask)]
    assert at.say(9.0, completed(SECOND)) == []


def test_its_agent_has_no_slot_for_others_meanwhile() -> None:
    at = chained()
    at.say(1.0, completed(FIRST))
    assert at.load("a") == 1
    assert given(at.queue(ready("other"), now=1.0)) == []
    at.say(2.0, completed(SECOND))
    at.say(2.0, completed(THIRD))
    assert given(at.say(2.0, completed(FOURTH))) == [("other", "a")]


@pytest.mark.parametrize(
    "again",
    [
        SubtasksReady(subtasks=(), ahead=(S2, S3)),
        SubtasksReady(subtasks=(S1, ready("other", rank=1e9)), ahead=(S2, S3, S4)),
        Resync(subtasks=(S1,), ahead=(S2, S3)),
        AgentDraining(agent="a"),
        PauseAgent(agent="a", reply_to=""),
        Settled(subtasks=("s1",)),
        Settled(subtasks=("s1", "s2", "s3")),
    ],
    ids=lambda word: type(word).__name__,
)
@pytest.mark.parametrize("done_before", [0, 1, 2, 3])
def test_what_somebody_has_or_had_is_not_expected_as_well(
    again: SchedulerMessage, done_before: int
) -> None:
    """A second record of it would count its attempts anew, and nobody would hear of its end."""
    at = Desk(quick("a"), agent("b", "law"), ahead=OPTIONS)
    begun(S2, S3, S4, at=at)
    leasing = at.logic._leasing  # pyright: ignore[reportPrivateUsage]
    for held in (FIRST, SECOND, THIRD)[:done_before]:
        at.say(1.0, completed(held))
    for now in (2.0, 3.0):
        at.say(now, again)
        assert leasing.foresight.ahead.keys() & leasing.works.keys() == set()
        waiting = [w for needs in leasing.needs() for w in leasing.waiting(needs)]
        assert all(leasing.works[work.uuid] is work for work in waiting)


def test_nobody_waits_for_what_its_agent_has_already() -> None:
    at = desk(quick("a"), quick("b"))
    begun(S2, S3, at=at)
    at.say(1.0, completed(FIRST))
    assert given(at.queue(ready("other"), now=1.0)) == [("other", "b")]


# Broken off


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (failed(FIRST), UNLED),
        (Hold(goals=("g",)), HELD),
        (Hold(subtasks=("s2",)), HELD),
        (Hold(runtime=True), HELD),
        (EditSubtask(subtask="s2", to=S2.subtask, fields=(), reply_to="x"), "it was edited"),
        (Withdraw(subtasks=("s2",), reason="no more"), "no more"),
        (Settled(subtasks=("s2",), unready=True), LOST),
        (SubtasksReady(subtasks=(), ahead=(after("s1", "s2", "law"),)), CHANGED),
        (PauseAgent(agent="a", reason="lunch"), "agent 'a' is paused"),
        (AgentDraining(agent="a"), "its agent drains"),
        (Resync(subtasks=(S1,), ahead=(S2, S3)), LOST),
    ],
)
def test_whatever_makes_it_doubtful_breaks_it_off(message: SchedulerMessage, why: str) -> None:
    at = chained(S2, S3)
    assert revoked_in(at.say(1.0, message)) == [(2, why), (3, why)]
    [stale] = at.say(2.0, Started(lease=SECOND))[:1]
    assert [stale] == refused(SECOND, "Started", 2.0)[:1]


def test_what_ran_before_goes_on() -> None:
    at = chained(S2, S3)
    assert revoked_in(at.say(1.0, Withdraw(subtasks=("s3",), reason="no"))) == [(3, "no")]
    at.say(1.0, completed(FIRST))
    assert at.say(1.0, completed(SECOND)) == [went_on(SECOND, FIRST, S2.subtask)]


def test_its_slot_is_free_when_its_agent_has_said_that_it_has_stopped() -> None:
    at = chained(S2)
    at.say(1.0, completed(FIRST))
    at.say(1.0, Hold(subtasks=("s2",)))
    assert given(at.queue(ready("other"), now=1.0)) == []
    assert given(at.say(2.0, Cancelled(lease=SECOND))) == [("other", "a")]


def test_one_that_never_began_frees_it_as_well() -> None:
    at = chained(S2)
    at.say(0.5, Hold(subtasks=("s2",)))
    at.say(1.0, completed(FIRST))
    at.queue(ready("other"), now=1.0)
    assert given(at.say(2.0, NotHeld(agent="a", token=SECOND.token))) == [("other", "a")]


@pytest.mark.parametrize("word", [down("a"), AgentLeft(agent="a", reason="gone")])
def test_who_is_gone_is_told_nothing_and_goes_on_with_nothing(word: SchedulerMessage) -> None:
    at = chained(S2)
    at.say(1.0, completed(FIRST))
    at.say(2.0, word)
    at.join(quick("b"), 2.0)
    assert given(at.say(3.0, SubtasksReady(subtasks=(S2,)))) == [("s2", "b")]


def test_what_its_agent_gives_back_is_handed_out_when_it_is_ready() -> None:
    at = chained(S2, S3)
    tokens = (SECOND.token, THIRD.token)
    assert at.say(1.0, GivenBack(agent="a", tokens=tokens)) == []
    at.say(1.0, completed(FIRST))
    assert given(at.say(2.0, SubtasksReady(subtasks=(S2,)))) == [("s2", "a")]


def test_whoever_has_waited_for_the_slot_gets_it() -> None:
    at = desk(quick("a", max_load=1))
    [lent] = leases_in(at.queue(ready("lent")))
    at.start(lent)
    at.say(0.0, Waiting(lease=lent))
    [first] = leases_in(at.say(0.0, SubtasksReady(subtasks=(S1,), ahead=(S2,))))
    at.say(1.0, WaitOver(lease=lent))
    assert revoked_in(at.say(1.0, completed(first))) == [(3, DUE)]


def test_what_the_first_does_not_count_for_does_not_count_either() -> None:
    """The orchestrator has another end of it: what follows is not on record by then."""
    at = chained(S2)
    at.say(1.0, completed(FIRST))
    assert revoked_in(at.say(2.0, Settled(subtasks=("s1",)))) == [(2, LOST)]


def test_what_was_done_of_what_was_never_ready_teaches_nothing() -> None:
    at = chained(S2)
    at.say(1.0, completed(FIRST))
    at.say(1.0, completed(SECOND))
    at.say(2.0, Settled(subtasks=("s1",)))
    before = at.learning.attempts
    at.say(2.0, Settled(subtasks=("s2",), unready=True))
    assert at.learning.attempts == before
    assert at.state() == {}


def test_a_new_orchestrator_is_told_again_of_what_it_cannot_know() -> None:
    at = chained(S2)
    at.say(1.0, completed(FIRST))
    at.say(1.0, completed(SECOND))
    outcome = done(FIRST, 1.0)[1]
    said = at.say(2.0, Resync(subtasks=(S1,), ahead=(S2,)))
    assert said == [outcome, went_on(SECOND, FIRST, S2.subtask)]


def test_over_is_shown_of_what_is_on_record_only() -> None:
    at = chained(S2)
    assert over(FIRST, 1.0) in at.say(1.0, completed(FIRST))
    assert over(SECOND, 1.0) not in at.say(1.0, completed(SECOND))
