"""The scheduler: what goes wrong with a subtask, and what follows."""

from __future__ import annotations

import pytest

from callboard.actors.logic.effects import Effect, Record, Show, Tell
from callboard.messages import facts
from callboard.messages.commands import Done, Refused, RequeueSubtask
from callboard.messages.errors import (
    AttemptTimedOut,
    NotParked,
    Poison,
    RetryLater,
    UnknownSubtask,
    problem_of,
)
from callboard.messages.notices import AgentRecovered
from callboard.messages.supervision import Wake
from callboard.messages.values import DAY, OnError, Problem, Retry, Setback, Timeouts, replace
from callboard.messages.work import AgentUp, Cancelled, Completed, SubtasksReady
from tests.actors.logic.desk import (
    CRASHED,
    LASTING,
    RESULT,
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
    slow,
    told,
)

A, B = agent("a"), agent("b")
S1 = ready("s1")
FIRST = lease("s1", "a", 1)


def too_late(limit: str, seconds: float) -> Problem:
    return problem_of(AttemptTimedOut("S1", limit, seconds))


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
    assert desk.say(5.0, failed(FIRST)) == [over(FIRST, 5.0), given_up("s1", WRONG)]
    assert desk.state() == {"settling": 1}


@pytest.mark.parametrize("problem", [LASTING, Problem(error="KeyError", text="KeyError: 'q4'")])
def test_what_no_further_attempt_would_mend_is_given_up_at_once(problem: Problem) -> None:
    desk = Desk(A, retry=replace(RETRY, never=("KeyError",)))
    desk.queue(S1)
    assert desk.say(5.0, failed(FIRST, problem)) == [over(FIRST, 5.0), given_up("s1", problem)]


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
    assert desk.say(12.0, failed(third, reset)) == [over(third, 12.0), given_up("s1", reset)]


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
    assert desk.say(5.0, failed(FIRST, busy)) == [over(FIRST, 5.0), given_up("s1", busy)]


def test_a_failure_with_an_old_token_is_refused_and_shown_and_the_agent_told() -> None:
    desk = Desk(A)
    desk.queue(S1)
    old = lease("s1", "a", 0)
    assert desk.say(5.0, failed(old)) == refused(old, "Failed", 5.0)
    assert desk.state() == {"leased": 1}


# A limit is reached


@pytest.mark.parametrize(("limit", "text"), [
    ("run", "subtask 'S1' was not finished within 60 s"),
    ("silence", "subtask 'S1' gave no sign of life for 60 s"),
    ("stall", "subtask 'S1' made no progress for 60 s"),
])  # fmt: skip
def test_an_attempt_that_takes_too_long_or_stalls_is_revoked_and_retried(
    limit: str, text: str
) -> None:
    desk = Desk(A)
    desk.queue(ready("s1", timeouts=Timeouts(**{limit: 60.0})))
    desk.start(FIRST, 1.0)
    assert desk.say(60.0, Wake()) == []  # its time counts from its start
    assert desk.say(61.0, Wake()) == [
        revoked(FIRST, text, 61.0),
        told(FIRST, text),
        slow(FIRST, limit, 60.0, 61.0),
        retried(FIRST, 10.0, 61.0, too_late(limit, 60.0)),
    ]
    recovered = Show(AgentRecovered(at=62.0, lease=FIRST, was="slow"))
    assert desk.say(62.0, failed(FIRST)) == [*refused(FIRST, "Failed", 62.0), recovered]


@pytest.mark.parametrize("given_up", [False, True])
def test_an_agent_is_slow_until_it_has_stopped_or_given_the_attempt_up(
    given_up: bool,  # noqa: FBT001
) -> None:
    desk = Desk(A, timeouts=Timeouts(run=60.0))
    desk.queue(S1)
    desk.say(60.0, Wake())
    ended = Cancelled(lease=FIRST, given_up=given_up)
    recovered = Show(AgentRecovered(at=61.0, lease=FIRST, was="slow"))
    assert desk.say(61.0, ended) == ([] if given_up else [recovered])
    assert desk.say(61.0, ended) == []
    assert desk.load("a") == 0


def test_who_cannot_be_told_to_stop_is_not_slow() -> None:
    desk = Desk(agent("p", pull=True), timeouts=Timeouts(run=60.0))
    desk.queue(S1)
    [held] = desk.logic._dispatching.hand_out(0.0)[0]  # pyright: ignore[reportPrivateUsage]
    text = too_late("run", 60.0).text
    assert desk.say(60.0, Wake()) == [
        revoked(held, text, 60.0),
        retried(held, 10.0, 60.0, too_late("run", 60.0)),
    ]


def test_a_timeout_of_the_last_attempt_is_the_reason_of_the_end() -> None:
    desk = Desk(A, timeouts=Timeouts(run=60.0), retry=Retry(attempts=1))
    desk.queue(S1)
    assert desk.say(60.0, Wake()) == [
        revoked(FIRST, too_late("run", 60.0).text, 60.0),
        told(FIRST, too_late("run", 60.0).text),
        slow(FIRST, "run", 60.0, 60.0),
        over(FIRST, 60.0),
        given_up("s1", too_late("run", 60.0)),
    ]


def test_an_attempt_without_limits_may_take_a_day() -> None:
    desk = Desk(A, retry=Retry(attempts=1))
    desk.queue(replace(S1, subtask=replace(S1.subtask, timeouts=Timeouts(total=2 * DAY))))
    assert desk.say(DAY - 1, Wake()) == []
    assert desk.say(DAY, Wake())[-1] == given_up("s1", too_late("run", DAY))


def test_what_finds_no_agent_in_time_is_given_up() -> None:
    desk = Desk(A, timeouts=Timeouts(queue=60.0))
    desk.queue(ready("s0"), S1)
    assert desk.say(59.0, Wake()) == []
    assert desk.say(60.0, Wake()) == [given_up("s1", too_late("queue", 60.0))]


def test_each_time_in_the_queue_counts_by_itself() -> None:
    desk = Desk(A, timeouts=Timeouts(queue=60.0))
    desk.queue(S1)
    desk.say(50.0, failed(FIRST))
    desk.queue(ready("s2", rank=99.0), now=50.0)
    desk.say(60.0, Wake())  # back in the queue
    assert desk.say(119.0, Wake()) == []
    assert desk.say(120.0, Wake()) == [given_up("s1", too_late("queue", 60.0))]


@pytest.mark.parametrize("where", ["queued", "leased", "delayed"])
def test_too_long_over_all_attempts_is_the_end_wherever_it_is(where: str) -> None:
    desk = Desk(*[A] if where != "queued" else [], timeouts=Timeouts(total=60.0), poison=1)
    desk.queue(S1)
    if where == "delayed":
        desk.say(55.0, failed(FIRST))
    text = too_late("total", 60.0).text
    before = [revoked(FIRST, text, 60.0), told(FIRST, text)] if where == "leased" else []
    assert desk.say(60.0, Wake()) == [*before, given_up("s1", too_late("total", 60.0))]
    assert desk.state() == {"settling": 1}


def test_a_parked_subtask_rests_and_who_requeues_it_gives_it_new_time() -> None:
    desk = Desk(A, timeouts=Timeouts(total=60.0), poison=1)
    desk.queue(S1)
    desk.start(FIRST)
    desk.say(20.0, down())
    assert desk.say(60.0, Wake()) == []
    desk.say(70.0, RequeueSubtask(subtask="s1"))
    assert desk.say(129.0, Wake()) == []
    assert desk.say(130.0, Wake()) == [given_up("s1", too_late("total", 60.0))]


def test_the_time_that_is_named_is_the_time_that_was_given() -> None:
    desk = Desk(A)
    desk.queue(ready("s1", "law", timeouts=Timeouts(total=60.0)), now=40.0)
    assert desk.say(100.0, Wake()) == [given_up("s1", too_late("total", 60.0))]


def test_the_goals_deadline_is_the_orchestrators_to_keep() -> None:
    desk = Desk(A)
    desk.queue(ready("s1", "law", deadline=100.0), now=40.0)
    assert desk.say(100.0, Wake()) == []


def test_a_subtask_that_has_ended_reaches_no_limit_any_more() -> None:
    limits = Timeouts(run=60.0, queue=60.0, total=60.0, silence=60.0, stall=60.0)
    desk = Desk(A, timeouts=limits)
    desk.queue(S1)
    desk.say(1.0, Completed(lease=FIRST, result=RESULT, seconds=1.0))
    assert desk.say(99.0, Wake()) == []


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


# Poison


def fell(name: str, at: float) -> Setback:
    crash = replace(CRASHED, traceback=f"in {name}")
    return Setback(agent=name, at=at, problem=crash, down=True)


def erred(name: str, at: float, problem: Problem = WRONG) -> Setback:
    return Setback(agent=name, at=at, problem=problem)


def parked(
    now: float, *setbacks: Setback, until: float, why: Problem | None = None, attempts: int = 0
) -> Effect:
    downs = [setback.agent for setback in setbacks if setback.down]
    failures = [setback.agent for setback in setbacks if not setback.down]
    traceback = "\n".join(s.problem.traceback for s in setbacks if s.problem.traceback)
    poison = replace(problem_of(Poison("S1", downs, failures)), traceback=traceback)
    return Record(
        facts.SubtaskParked(
            at=now,
            goal="g",
            subtask="s1",
            problem=why or poison,
            until=until,
            setbacks=setbacks,
            attempts=attempts,
        )
    )


def poisoned(desk: Desk, *, deadline: float | None = None) -> list[Effect]:
    """A subtask takes down two agents; what follows from the second time."""
    desk.queue(ready("s1", deadline=deadline))
    for name, number in (("a", 1), ("b", 2)):
        desk.start(lease("s1", name, number), now=float(number))
        crash = replace(CRASHED, traceback=f"in {name}")
        effects = desk.say(float(number), down(name, 1, crash))
    return effects


def test_a_subtask_that_took_down_so_many_agents_is_parked_with_their_tracebacks() -> None:
    desk = Desk(A, B, poison=2)
    assert poisoned(desk) == [
        revoked(lease("s1", "b", 2), CRASHED.text, 2.0, blamed=True),
        parked(2.0, fell("a", 1.0), fell("b", 2.0), until=2.0 + DAY),
    ]
    assert desk.state() == {"parked": 1}


def test_agents_at_which_it_failed_count_once_each_when_another_one_goes_down() -> None:
    desk = Desk(A, B, agent("c"), poison=3)
    desk.queue(S1)
    for number, now in ((1, 0.0), (2, 10.0)):
        desk.say(now, failed(lease("s1", "a", number, attempt=number)))
        desk.say(now + 15.0, Wake())
    third = lease("s1", "a", 3, attempt=3)
    desk.start(third, 25.0)
    assert desk.say(26.0, down())[1] == requeued("s1", CRASHED.text, 26.0)  # a counts as one
    fourth = lease("s1", "b", 4, attempt=3)
    desk.start(fourth, 26.0)
    desk.say(27.0, failed(fourth))
    assert desk.state() == {"settling": 1}


def test_so_it_is_kept_from_those_that_are_left() -> None:
    desk = Desk(A, B, poison=2)
    desk.queue(S1)
    desk.say(0.0, failed(FIRST))
    desk.queue(ready("s0"), now=1.0)  # keeps a busy
    desk.say(10.0, Wake())
    second = lease("s1", "b", 3, attempt=2)
    desk.start(second, 10.0)
    crash = replace(CRASHED, traceback="in b")
    assert desk.say(11.0, down("b", 1, crash)) == [
        revoked(second, CRASHED.text, 11.0, blamed=True),
        parked(11.0, erred("a", 0.0), fell("b", 11.0), until=11.0 + DAY, attempts=1),
    ]


def test_who_only_fails_is_not_kept_aside_however_many_agents_saw_it() -> None:
    desk = Desk(A, B, agent("c"), poison=1, retry=Retry(attempts=3, first=0.0))
    desk.queue(S1)
    desk.say(0.0, failed(FIRST))
    assert desk.state() == {"delayed": 1}


@pytest.mark.parametrize("problem", [WRONG, LASTING])
def test_a_policy_may_have_it_kept_aside_when_no_attempt_is_left(problem: Problem) -> None:
    desk = Desk(A, retry=Retry(attempts=1, then="park"))
    desk.queue(ready("s1", deadline=99.0))
    assert desk.say(5.0, failed(FIRST, problem)) == [
        over(FIRST, 5.0),
        parked(5.0, erred("a", 5.0, problem), until=99.0, why=problem, attempts=1),
    ]
    assert desk.say(99.0, Wake()) == [given_up("s1", problem)]


def test_who_requeues_it_gives_it_all_its_attempts_again() -> None:
    desk = Desk(A, retry=replace(RETRY, attempts=2, then="park"))
    desk.queue(S1)
    desk.say(0.0, failed(FIRST))
    desk.say(10.0, Wake())
    desk.say(10.0, failed(lease("s1", "a", 2, attempt=2)))
    assert desk.state() == {"parked": 1}
    desk.say(20.0, RequeueSubtask(subtask="s1"))
    third = lease("s1", "a", 3, attempt=3)
    assert desk.say(20.0, failed(third)) == [retried(third, 10.0, 20.0)]


def test_what_takes_too_long_is_not_kept_aside_by_the_policy() -> None:
    desk = Desk(timeouts=Timeouts(queue=5.0), retry=Retry(then="park"))
    desk.queue(S1)
    assert desk.say(5.0, Wake()) == [given_up("s1", too_late("queue", 5.0))]


def test_what_had_not_started_is_not_to_blame() -> None:
    desk = Desk(A, B, poison=1)
    desk.queue(S1)
    assert desk.say(1.0, down())[1] == requeued("s1", CRASHED.text, 1.0)


def test_who_replaces_an_agent_blames_no_subtask() -> None:
    desk = Desk(A, B, poison=1)
    desk.queue(S1)
    desk.start(FIRST)
    replaced = replace(CRASHED, fault="caller")
    assert desk.say(1.0, down("a", 1, replaced))[1] == requeued("s1", CRASHED.text, 1.0)


def test_a_parked_subtask_that_somebody_requeues_is_tried_again() -> None:
    desk = Desk(A, B, poison=2)
    poisoned(desk)
    desk.say(3.0, AgentUp(agent="b", incarnation=2))
    requeue = RequeueSubtask(subtask="s1", reply_to="caller/1")
    assert desk.say(4.0, requeue) == [
        Record(facts.SubtaskUnparked(at=4.0, goal="g", subtask="s1")),
        Tell("caller/1", Done()),
        *assigned(lease("s1", "b", 3), S1, 4.0, incarnation=2),
    ]
    desk.start(lease("s1", "b", 3))
    assert desk.say(5.0, down("b", 2))[1] == requeued("s1", CRASHED.text, 5.0)  # counted anew


@pytest.mark.parametrize("deadline", [None, 1000.0])
def test_a_parked_subtask_fails_at_its_deadline_or_after_a_day(deadline: float | None) -> None:
    desk = Desk(A, B, poison=2)
    until = deadline or 2.0 + DAY
    evidence = (fell("a", 1.0), fell("b", 2.0))
    assert poisoned(desk, deadline=deadline)[-1] == parked(2.0, *evidence, until=until)
    assert desk.say(until - 0.5, Wake()) == []
    problem = replace(problem_of(Poison("S1", ["a", "b"])), traceback="in a\nin b")
    assert desk.say(until, Wake()) == [given_up("s1", problem)]


def test_only_what_is_parked_can_be_requeued_by_hand() -> None:
    desk = Desk(A)
    desk.queue(S1)
    for uuid, why in (("s1", NotParked("s1")), ("s9", UnknownSubtask("s9"))):
        requeue = RequeueSubtask(subtask=uuid, reply_to="caller/1")
        answer = Tell("caller/1", Refused(problem=problem_of(why)))
        assert desk.say(1.0, requeue) == [answer]


def test_several_limits_at_the_same_instant_are_one_end() -> None:
    limits = Timeouts(run=60.0, total=60.0, silence=60.0, stall=60.0)
    desk = Desk(A, timeouts=limits, retry=Retry(attempts=1))
    desk.say(0.0, SubtasksReady(subtasks=(S1,)))
    ends = [e for e in desk.say(60.0, Wake()) if isinstance(e, Tell) and e.to == "orchestrator"]
    assert len(ends) == 1
