"""The scheduler: what has a result that is verified waits, and is tried again if it is bad."""

from __future__ import annotations

import pytest

from callboard.actors.logic.effects import Record, Tell
from callboard.messages import facts
from callboard.messages.commands import CompleteSubtask, Explain, Explained, RequeueSubtask
from callboard.messages.errors import ResultRejected, problem_of
from callboard.messages.supervision import Wake
from callboard.messages.values import Retry, Timeouts, Verification, replace
from callboard.messages.work import (
    AgentUp,
    Amended,
    Completed,
    Hold,
    Release,
    ResultReturned,
    ResultTaken,
    Resync,
    Revoke,
    Settled,
    SubtaskGivenUp,
    SubtaskIdle,
)
from tests.actors.logic.desk import (
    OTHER,
    WRONG,
    Desk,
    agent,
    assigned,
    completed,
    done,
    down,
    failed,
    given,
    lease,
    leases_in,
    queued,
    ready,
    retried,
)

WHY = ("too small",)
BAD = problem_of(ResultRejected("S1", WHY))
WORK = replace(ready("s1"), subtask=replace(ready("s1").subtask, verify=Verification()))
FIRST = lease("s1", "a")
TAKEN = ResultTaken(subtask="s1")
LIMITED = replace(WORK, subtask=replace(WORK.subtask, timeouts=Timeouts(total=100.0)))


def submitted(desk: Desk) -> None:
    """Its result is being verified."""
    desk.queue(WORK)
    desk.say(1.0, completed(FIRST))
    desk.say(1.0, TAKEN)


def returned(**more: object) -> ResultReturned:
    return ResultReturned(ready=replace(WORK, **more), problem=BAD, lease=FIRST)


def test_its_agent_is_free_and_nobody_begins_it_meanwhile() -> None:
    desk = Desk(agent("a"), agent("b"))
    desk.queue(WORK)

    assert desk.say(1.0, completed(FIRST)) == done(FIRST, 1.0)
    assert desk.say(1.0, TAKEN) == []
    assert given(desk.queue(ready("s2"), now=2.0)) == [("s2", "a")]
    assert desk.say(900.0, Wake()) == []
    assert desk.state()["settling"] == 1


def test_a_rejection_is_a_failed_attempt_and_the_next_one_is_told_why() -> None:
    desk = Desk(agent("a"))
    submitted(desk)

    assert desk.say(5.0, returned()) == [retried(FIRST, 10.0, 5.0, BAD)]
    assert desk.say(15.0, Wake()) == [
        queued("s1", 15.0),
        *assigned(lease("s1", "a", 2, attempt=2), replace(WORK, rejected=WHY), 15.0),
    ]


def test_rejections_and_failures_are_counted_together() -> None:
    desk = Desk(agent("a"))
    desk.queue(WORK)
    desk.say(0.0, failed(FIRST))
    desk.say(10.0, Wake())
    second = lease("s1", "a", 2, attempt=2)
    desk.say(11.0, completed(second))
    desk.say(11.0, TAKEN)
    again = ResultReturned(ready=WORK, problem=BAD, lease=second)
    assert desk.say(12.0, again) == [retried(second, 15.0, 12.0, BAD)]
    desk.say(27.0, Wake())
    third = lease("s1", "a", 3, attempt=3)
    desk.say(28.0, completed(third))
    desk.say(28.0, TAKEN)
    last = ResultReturned(ready=WORK, problem=BAD, lease=third)

    given_up = SubtaskGivenUp(subtask="s1", problem=BAD, lease=third)
    assert desk.say(29.0, last) == [Tell("orchestrator", given_up)]
    assert desk.say(30.0, Settled(subtasks=("s1",))) == []
    assert desk.state() == {}


def test_it_is_parked_where_its_policy_says_so() -> None:
    desk = Desk(agent("a"))
    submitted(desk)
    parks = replace(WORK.subtask, retry=Retry(attempts=1, then="park"))

    [effect] = desk.say(5.0, returned(subtask=parks))
    assert isinstance(effect, Record)
    assert isinstance(effect.fact, facts.SubtaskParked)
    assert effect.fact.problem == BAD


def test_the_next_attempt_does_what_is_wanted_by_then() -> None:
    desk = Desk(agent("a"))
    submitted(desk)
    edited = replace(WORK.subtask, description="another way")
    desk.say(5.0, returned(subtask=edited))

    [held] = leases_in(desk.say(15.0, Wake()))
    assert held.attempt == 2


def test_what_nobody_held_is_tried_at_once_and_counts_as_no_attempt() -> None:
    desk = Desk()
    desk.queue(WORK)
    desk.say(1.0, TAKEN)
    outside = ResultReturned(ready=WORK, problem=BAD, lease=None)

    desk.say(2.0, outside)
    desk.say(2.0, Wake())
    assert assigned(FIRST, replace(WORK, rejected=WHY), 3.0)[-1] in desk.join(agent("a"), 3.0)


def kept_aside() -> Desk:
    """It took an agent down, and somebody has brought a result from outside."""
    desk = Desk(agent("a"), poison=1)
    desk.queue(WORK)
    desk.start(FIRST)
    desk.say(1.0, down())
    desk.say(2.0, AgentUp(agent="a", incarnation=2))
    desk.say(3.0, CompleteSubtask(subtask="s1", result=OTHER))
    desk.say(3.0, TAKEN)
    return desk


def test_what_was_parked_is_parked_again_for_the_same_reason() -> None:
    desk = kept_aside()

    [effect] = desk.say(4.0, replace(returned(), lease=None))
    assert isinstance(effect, Record)
    assert isinstance(effect.fact, facts.SubtaskParked)
    assert effect.fact.problem.error == "Poison"
    assert [setback.agent for setback in effect.fact.setbacks] == ["a", ""]
    assert desk.state() == {"parked": 1}
    assert given(desk.say(5.0, Wake())) == []


@pytest.mark.parametrize("told", [True, False])
def test_so_it_is_by_a_scheduler_that_is_rebuilt_before_or_after(*, told: bool) -> None:
    parked = facts.SubtaskParked(at=1.0, goal="g", subtask="s1", problem=WRONG, until=99.0)
    result = facts.ResultSubmitted(
        at=2.0, goal="g", subtask="s1", lease=None, result=OTHER, seconds=0.0, number=1
    )
    queue = facts.SubtaskQueued(at=0.0, goal="g", subtask="s1")
    rejected = facts.ResultRejected(
        at=3.0, goal="g", subtask="s1", lease=None, problem=BAD, number=1
    )
    desk = Desk(agent("a"), recorded=[queue, parked, result, *([rejected] if told else [])])
    effects = desk.say(4.0, Resync(subtasks=(replace(WORK, verifying=not told),)))

    [effect] = effects if told else desk.say(5.0, replace(returned(), lease=None))
    assert isinstance(effect, Record)
    assert isinstance(effect.fact, facts.SubtaskParked)
    assert (effect.fact.problem, effect.fact.attempts) == (WRONG, 0)


def test_somebody_who_has_put_it_back_has_it_tried_as_ever() -> None:
    desk = kept_aside()
    desk.say(4.0, replace(returned(), lease=None))
    [second] = leases_in(desk.say(5.0, RequeueSubtask(subtask="s1")))
    desk.say(6.0, completed(second))
    desk.say(6.0, TAKEN)

    assert desk.say(7.0, replace(returned(), lease=second)) == [retried(second, 10.0, 7.0, BAD)]


@pytest.mark.parametrize("runs", [True, False])
def test_a_scheduler_that_did_not_know_takes_back_what_it_gave_out(*, runs: bool) -> None:
    desk = Desk(*([agent("a")] if runs else []))
    desk.queue(WORK)

    told = [e.message for e in desk.say(1.0, TAKEN) if isinstance(e, Tell)]
    assert [type(word) for word in told] == ([Revoke] if runs else [])
    assert given(desk.join(agent("b"), 2.0)) == []
    assert desk.state()["settling"] == 1


def test_a_rebuilt_scheduler_goes_on_with_it_as_it_was() -> None:
    recorded = [
        facts.SubtaskQueued(at=0.0, goal="g", subtask="s1"),
        facts.SubtaskAssigned(at=0.0, lease=FIRST),
        facts.SubtaskStarted(at=0.0, lease=FIRST),
        facts.RetryScheduled(at=1.0, lease=FIRST, problem=WRONG, delay=0.0),
    ]
    second = lease("s1", "a", 2, attempt=2)
    result = facts.ResultSubmitted(
        at=2.0, goal="g", subtask="s1", lease=second, result=OTHER, seconds=1.0, number=1
    )
    desk = Desk(recorded=[*recorded, facts.SubtaskAssigned(at=1.0, lease=second), result])
    verifying = replace(WORK, verifying=True)
    desk.say(3.0, Resync(subtasks=(verifying,)))
    desk.join(agent("a"), 3.0)
    assert desk.state()["settling"] == 1

    again = ResultReturned(ready=WORK, problem=BAD, lease=second)
    assert desk.say(4.0, again) == [retried(second, 15.0, 4.0, BAD)]


REJECTED = [
    facts.SubtaskQueued(at=0.0, goal="g", subtask="s1"),
    facts.SubtaskAssigned(at=0.0, lease=FIRST),
    facts.ResultRejected(at=2.0, goal="g", subtask="s1", lease=FIRST, problem=BAD, number=1),
]


@pytest.mark.parametrize("known", [True, False])
def test_a_rejection_that_was_recorded_is_counted_once(*, known: bool) -> None:
    followed = facts.RetryScheduled(at=2.0, lease=FIRST, problem=BAD, delay=11.0)
    desk = Desk(recorded=[*REJECTED, followed] if known else REJECTED)
    assert desk.queue(WORK, now=3.0) == ([] if known else [retried(FIRST, 10.0, 3.0, BAD)])
    assert given(desk.join(agent("a"), 3.0)) == []
    again = lease("s1", "a", attempt=2)
    assert desk.say(13.0, Wake()) == [
        queued("s1", 13.0),
        *assigned(again, replace(WORK, rejected=WHY), 13.0),
    ]


def test_one_that_an_earlier_scheduler_queued_again_is_not_put_off_again() -> None:
    desk = Desk(recorded=[*REJECTED, facts.SubtaskQueued(at=2.5, goal="g", subtask="s1")])
    desk.queue(WORK, now=3.0)
    [held] = leases_in(desk.join(agent("a"), 3.0))
    assert held.attempt == 2


ONCE = Retry(attempts=1)


@pytest.mark.parametrize("whose", ["its own", "its agent's"])
def test_nobody_gets_an_attempt_too_many_for_the_death_of_a_scheduler(whose: str) -> None:
    """It was dead when the last result that there may be was not found good."""
    own = whose == "its own"
    joined = facts.AgentRegistered(at=0.0, agent=replace(agent("a"), retry=None if own else ONCE))
    last = replace(WORK, subtask=replace(WORK.subtask, retry=ONCE if own else None))
    desk = Desk(incarnation=2, recorded=[joined, *REJECTED])

    given_up = SubtaskGivenUp(subtask="s1", problem=BAD, lease=FIRST)
    synced = Resync(subtasks=(last,), incarnation=2)
    assert desk.say(3.0, synced) == [Tell("orchestrator", given_up)]


def test_the_next_scheduler_counts_no_pause_as_time_over_all_attempts() -> None:
    queue, *others = REJECTED
    paused = facts.GoalPaused(at=0.0, goal="g")
    resumed = facts.GoalResumed(at=70.0, goal="g")
    later = [replace(fact, at=80.0) for fact in others]
    desk = Desk(recorded=[queue, paused, resumed, *later])
    assert desk.queue(LIMITED, now=85.0) == [retried(FIRST, 10.0, 85.0, BAD)]
    assert desk.say(169.9, Wake())[0] == queued("s1", 169.9)
    assert [type(e.message) for e in desk.say(170.0, Wake()) if isinstance(e, Tell)] == [
        SubtaskGivenUp
    ]


@pytest.mark.parametrize("still", [True, False])
def test_nor_does_one_that_was_told_that_its_result_is_verified(*, still: bool) -> None:
    """The pause lasts, or was over before it came."""
    begun = [*REJECTED[:2], facts.GoalPaused(at=10.0, goal="g")]
    desk = Desk(recorded=begun if still else [*begun, facts.GoalResumed(at=80.0, goal="g")])
    if still:
        desk.say(60.0, Hold(goals=("g",), ready=("s1",)))
    desk.queue(replace(LIMITED, verifying=True), now=60.0 if still else 85.0)
    if still:
        desk.say(80.0, Release(goals=("g",), ready=("s1",)))
    desk.say(90.0, ResultReturned(ready=LIMITED, problem=BAD, lease=FIRST))
    desk.say(120.0, Wake())
    assert gives_up_at(desk, 170.0, somebody_has_it=False)


def test_it_is_parked_by_the_next_scheduler_too() -> None:
    parks = replace(WORK.subtask, retry=replace(ONCE, then="park"))
    [effect] = Desk(recorded=REJECTED).queue(replace(WORK, subtask=parks), now=3.0)
    assert isinstance(effect, Record)
    assert isinstance(effect.fact, facts.SubtaskParked)
    assert (effect.fact.problem, effect.fact.attempts, effect.fact.lease) == (BAD, 1, FIRST)

    later = Desk(recorded=[*REJECTED, effect.fact])
    assert later.queue(replace(WORK, subtask=parks), now=4.0) == []
    assert later.state() == {"parked": 1}


def test_what_is_drained_meanwhile_is_not_tried_again() -> None:
    desk = Desk(agent("a"))
    submitted(desk)
    desk.say(2.0, Hold(goals=("g",), ready=("s1",), last=True))

    assert Tell("orchestrator", SubtaskIdle(subtask="s1")) in desk.say(5.0, returned())
    assert given(desk.say(60.0, Wake())) == []


def test_what_is_paused_meanwhile_waits() -> None:
    desk = Desk(agent("a"))
    submitted(desk)
    desk.say(2.0, Hold(goals=("g",), ready=("s1",)))
    desk.say(5.0, returned())

    assert given(desk.say(60.0, Wake())) == []


def test_word_of_what_is_gone_changes_nothing() -> None:
    desk = Desk(agent("a"))
    assert desk.say(1.0, TAKEN) == []
    assert desk.say(1.0, returned()) == []


def test_why_it_stands_still_is_the_orchestrators_to_say() -> None:
    desk = Desk(agent("a"))
    submitted(desk)
    [answer] = desk.say(2.0, Explain(subtask="s1", reply_to="caller/1"))
    assert answer == Tell("caller/1", Explained(reasons=()))


def gives_up_at(desk: Desk, when: float, *, somebody_has_it: bool = True) -> bool:
    """Whether its time over all attempts ends then."""
    desk.say(when - 0.1, Wake())
    assert "settling" not in desk.state()
    told = [e.message for e in desk.say(when, Wake()) if isinstance(e, Tell)]
    ends = [Revoke, SubtaskGivenUp] if somebody_has_it else [SubtaskGivenUp]
    return [type(message) for message in told] == ends


@pytest.mark.parametrize(
    ("paused", "resumed", "completed_at", "returned_at", "end"),
    [
        (None, None, 10.0, 20.0, 100.0),
        (10.0, 80.0, 90.0, 95.0, 170.0),  # while it ran
        (10.0, 80.0, 5.0, 85.0, 170.0),  # while it was verified
        (10.0, 80.0, 20.0, 85.0, 170.0),  # both
        (10.0, 80.0, 20.0, 60.0, 170.0),  # and when it came back
        (30.0, 80.0, 10.0, 20.0, 150.0),  # after that
    ],
)
def test_no_pause_counts_as_time_over_all_attempts(
    paused: float | None, resumed: float, completed_at: float, returned_at: float, end: float
) -> None:
    desk = Desk(agent("a"))
    desk.queue(LIMITED, now=0.0)
    steps: list[tuple[float, Completed | ResultTaken | ResultReturned | Hold | Release]] = [
        (completed_at, completed(FIRST)),
        (completed_at, TAKEN),
        (returned_at, ResultReturned(ready=LIMITED, problem=BAD, lease=FIRST)),
    ]
    if paused is not None:
        steps.append((paused, Hold(goals=("g",), ready=("s1",))))
        steps.append((resumed, Release(goals=("g",), ready=("s1",))))
    for when, message in sorted(steps, key=lambda step: step[0]):
        desk.say(when, message)
    desk.say(max(resumed or 0.0, returned_at) + 10.0, Wake())
    assert gives_up_at(desk, end)


def test_another_limit_counts_from_the_edit_also_while_a_result_is_verified() -> None:
    desk = Desk(agent("a"))
    desk.queue(LIMITED, now=0.0)
    desk.say(10.0, completed(FIRST))
    desk.say(10.0, TAKEN)
    edited = replace(LIMITED, subtask=replace(LIMITED.subtask, timeouts=Timeouts(total=50.0)))
    desk.say(20.0, Amended(subtasks=(edited,)))
    desk.say(30.0, ResultReturned(ready=edited, problem=BAD, lease=FIRST))
    desk.say(45.0, Wake())
    assert gives_up_at(desk, 70.0)
