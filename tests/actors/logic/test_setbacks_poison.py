"""The scheduler: a subtask that takes down its agents is kept aside."""

from __future__ import annotations

import pytest

from callboard.actors.logic.effects import Effect, Record, Tell
from callboard.messages import facts
from callboard.messages.commands import Done, Refused, RequeueSubtask
from callboard.messages.errors import (
    NotParked,
    Poison,
    problem_of,
)
from callboard.messages.supervision import Wake
from callboard.messages.values import DAY, Lease, Problem, Retry, Setback, Timeouts, replace
from callboard.messages.work import AgentUp, SubtasksReady
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
    ready,
    requeued,
    retried,
    revoked,
    too_late,
)

A, B = agent("a"), agent("b")
S1 = ready("s1")
FIRST = lease("s1", "a", 1)


def fell(name: str, at: float) -> Setback:
    crash = replace(CRASHED, traceback=f"in {name}")
    return Setback(agent=name, at=at, problem=crash, down=True)


def erred(name: str, at: float, problem: Problem = WRONG) -> Setback:
    return Setback(agent=name, at=at, problem=problem)


def parked(
    now: float,
    *setbacks: Setback,
    until: float,
    why: Problem | None = None,
    attempts: int = 0,
    last: Lease | None = None,
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
            lease=last,
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
    why = erred("a", 5.0, problem)
    assert desk.say(5.0, failed(FIRST, problem)) == [
        over(FIRST, 5.0),
        parked(5.0, why, until=99.0, why=problem, attempts=1, last=FIRST),
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
    requeue = RequeueSubtask(subtask="s1", reply_to="caller/1")
    answer = Tell("caller/1", Refused(problem=problem_of(NotParked("s1"))))
    assert desk.say(1.0, requeue) == [answer]


def test_several_limits_at_the_same_instant_are_one_end() -> None:
    limits = Timeouts(run=60.0, total=60.0, silence=60.0, stall=60.0)
    desk = Desk(A, timeouts=limits, retry=Retry(attempts=1))
    desk.say(0.0, SubtasksReady(subtasks=(S1,)))
    ends = [e for e in desk.say(60.0, Wake()) if isinstance(e, Tell) and e.to == "orchestrator"]
    assert len(ends) == 1
