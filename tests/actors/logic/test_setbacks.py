"""The scheduler: what goes wrong with a subtask, and what follows."""

from __future__ import annotations

import pytest

from callboard.messages.errors import (
    RetryLater,
    problem_of,
)
from callboard.messages.supervision import Wake
from callboard.messages.values import OnError, Problem, Retry, replace
from callboard.messages.work import AgentUp
from tests.actors.logic.desk import (
    CRASHED,
    LASTING,
    RETRY,
    WRONG,
    Desk,
    agent,
    assigned,
    down,
    failed,
    given_up,
    lease,
    over,
    queued,
    ready,
    refused,
    requeued,
    retried,
    revoked,
)

A, B = agent("a"), agent("b")
S1 = ready("s1")
FIRST = lease("s1", "a", 1)


# An attempt fails


def test_a_failed_attempt_is_tried_again_after_its_backoff() -> None:
    desk = Desk(A)
    desk.queue(S1)
    assert desk.say(5.0, failed(FIRST)) == [retried(FIRST, 10.0, 5.0)]
    assert desk.say(14.9, Wake()) == []
    second = lease("s1", "a", 2, attempt=2)
    assert desk.say(15.0, Wake()) == [queued("s1", 15.0), *assigned(second, S1, 15.0)]


def test_each_wait_is_twice_as_long_up_to_the_longest() -> None:
    desk = Desk(A)
    desk.queue(S1)
    desk.say(0.0, failed(FIRST))
    desk.say(10.0, Wake())
    second = lease("s1", "a", 2, attempt=2)
    assert desk.say(10.0, failed(second)) == [retried(second, 15.0, 10.0)]


def test_a_failed_attempt_frees_its_agent_for_others_meanwhile() -> None:
    desk = Desk(A)
    desk.queue(S1, ready("s2"))
    assert desk.say(5.0, failed(FIRST)) == [
        retried(FIRST, 10.0, 5.0),
        *assigned(lease("s2", "a", 2), ready("s2"), 5.0),
    ]


def test_after_the_last_attempt_the_subtask_is_given_up() -> None:
    desk = Desk(A, retry=replace(RETRY, attempts=1))
    desk.queue(S1)
    assert desk.say(5.0, failed(FIRST)) == [over(FIRST, 5.0), given_up("s1", WRONG, FIRST)]
    assert desk.state() == {"settling": 1}


@pytest.mark.parametrize("problem", [LASTING, Problem(error="KeyError", text="KeyError: 'q4'")])
def test_what_no_further_attempt_would_mend_is_given_up_at_once(problem: Problem) -> None:
    desk = Desk(A, retry=replace(RETRY, never=("KeyError",)))
    desk.queue(S1)
    ended = [over(FIRST, 5.0), given_up("s1", problem, FIRST)]
    assert desk.say(5.0, failed(FIRST, problem)) == ended


@pytest.mark.parametrize("whose", ["subtask", "agent"])
def test_a_policy_of_its_own_or_of_its_agent_goes_before_the_runtimes(whose: str) -> None:
    own = Retry(attempts=2, first=1.0, jitter=0.0)
    desk = Desk(agent("a", retry=own if whose == "agent" else None))
    desk.queue(ready("s1", retry=own if whose == "subtask" else None))
    assert desk.say(5.0, failed(FIRST)) == [retried(FIRST, 1.0, 5.0)]


def test_each_kind_of_error_has_attempts_and_waits_of_its_own() -> None:
    rule = OnError(errors=(ConnectionError,), attempts=2, first=1.0)
    desk = Desk(A, retry=replace(RETRY, attempts=2, on=(rule,)))
    desk.queue(S1)
    reset = problem_of(ConnectionResetError())
    assert desk.say(0.0, failed(FIRST, reset)) == [
        retried(FIRST, 1.0, 0.0, reset, ("ConnectionError",))
    ]
    desk.say(1.0, Wake())
    second = lease("s1", "a", 2, attempt=2)
    assert desk.say(1.0, failed(second)) == [retried(second, 10.0, 1.0)]
    desk.say(11.0, Wake())
    third = lease("s1", "a", 3, attempt=3)
    ended = [over(third, 12.0), given_up("s1", reset, third)]
    assert desk.say(12.0, failed(third, reset)) == ended


def test_a_handler_may_say_that_an_attempt_makes_sense_only_later() -> None:
    desk = Desk(A)
    desk.queue(S1)
    busy = problem_of(RetryLater(99.0, "the rate limit is reached"))
    assert desk.say(5.0, failed(FIRST, busy)) == [retried(FIRST, 99.0, 5.0, busy)]
    assert desk.say(103.9, Wake()) == []
    second = lease("s1", "a", 2, attempt=2)
    assert desk.say(104.0, Wake()) == [queued("s1", 104.0), *assigned(second, S1, 104.0)]
    sooner = problem_of(RetryLater(1.0))
    assert desk.say(105.0, failed(second, sooner)) == [retried(second, 15.0, 105.0, sooner)]


def test_who_says_later_has_no_more_attempts_than_others() -> None:
    desk = Desk(A, retry=Retry(attempts=1))
    desk.queue(S1)
    busy = problem_of(RetryLater(99.0))
    assert desk.say(5.0, failed(FIRST, busy)) == [over(FIRST, 5.0), given_up("s1", busy, FIRST)]


def test_a_failure_with_an_old_token_is_refused_and_shown_and_the_agent_told() -> None:
    desk = Desk(A)
    desk.queue(S1)
    old = lease("s1", "a", 0)
    assert desk.say(5.0, failed(old)) == refused(old, "Failed", 5.0)
    assert desk.state() == {"leased": 1}


# An agent is lost


def test_a_crashed_agents_subtask_goes_back_to_the_front() -> None:
    desk = Desk(A)
    desk.queue(S1)
    desk.start(FIRST)
    desk.queue(ready("s2", rank=999.0))
    assert desk.say(5.0, down()) == [
        revoked(FIRST, CRASHED.text, 5.0, blamed=True),
        requeued("s1", CRASHED.text, 5.0),
    ]
    assert desk.say(6.0, AgentUp(agent="a", incarnation=2)) == assigned(
        lease("s1", "a", 2), S1, 6.0, incarnation=2
    )


def test_an_agents_death_uses_up_no_attempt() -> None:
    desk = Desk(A, retry=Retry(attempts=1), poison=99)
    desk.queue(S1)
    for number in range(1, 20):
        held = lease("s1", "a", number)
        desk.start(held)
        assert desk.say(5.0, down("a", number))[0] == revoked(held, CRASHED.text, 5.0, blamed=True)
        assert desk.say(5.0, AgentUp(agent="a", incarnation=number + 1)) == assigned(
            lease("s1", "a", number + 1), S1, 5.0, incarnation=number + 1
        )


def test_only_the_front_of_its_own_class_is_its() -> None:
    desk = Desk(A)
    desk.queue(S1)
    urgent = ready("s2", urgency=0)
    desk.queue(urgent)
    desk.say(5.0, down())
    assert desk.say(6.0, AgentUp(agent="a", incarnation=2)) == assigned(
        lease("s2", "a", 2), urgent, 6.0, incarnation=2
    )


def test_another_agent_takes_it_at_once() -> None:
    desk = Desk(A, B)
    desk.queue(S1)
    desk.start(FIRST)
    assert desk.say(5.0, down()) == [
        revoked(FIRST, CRASHED.text, 5.0, blamed=True),
        requeued("s1", CRASHED.text, 5.0),
        *assigned(lease("s1", "b", 2), S1, 5.0),
    ]
    assert desk.say(6.0, failed(FIRST)) == refused(FIRST, "Failed", 6.0)[:1]  # it is down
