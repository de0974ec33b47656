"""What an agent goes on with by itself: it stands behind what it follows until it begins."""

from __future__ import annotations

import pytest

from callboard.actors.logic.effects import Effect, StartWork, StopWork, TakeBack
from callboard.messages.execution import (
    WorkAbandoned,
    WorkCrashed,
    WorkFailed,
    WorkStopped,
    WorkTakenBack,
)
from callboard.messages.supervision import Shutdown
from callboard.messages.unions import AgentMessage
from callboard.messages.values import Follower, replace
from callboard.messages.work import (
    Accepted,
    Acknowledged,
    Assign,
    Cancelled,
    Completed,
    Declined,
    Failed,
    GivenBack,
    HadStarted,
    Recall,
    Reconcile,
    Revoke,
    Running,
    Started,
)
from tests.actors.logic.workshop import (
    PROBLEM,
    RESULT,
    Workshop,
    assign,
    begun,
    done,
    lease,
    not_held,
    ready,
    said,
    token,
)


def then(*numbers: int) -> tuple[Follower, ...]:
    return tuple(Follower(lease=lease(number), ready=ready(number)) for number in numbers)


def chain(first: int, *others: int) -> Assign:
    return replace(assign(first), then=then(*others))


def failed(number: int, began: int | None = None) -> WorkFailed:
    follower = None if began is None else token(began)
    return WorkFailed(token=token(number), problem=PROBLEM, seconds=1.0, began=follower)


def stopped(number: int) -> WorkStopped:
    return WorkStopped(token=token(number))


def revoke(number: int) -> Revoke:
    return Revoke(token=token(number), reason="why")


def started(number: int) -> Effect:
    return said(Started(lease=lease(number)))


def completed(number: int) -> Effect:
    return said(Completed(lease=lease(number), result=RESULT, seconds=1.0))


def cancelled(number: int) -> Effect:
    return said(Cancelled(lease=lease(number)))


def stop(number: int) -> Effect:
    return StopWork(token(number), "why")


def begins(first: int, *others: int) -> list[Effect]:
    return [StartWork(lease(first), ready(first), then=then(*others)), started(first)]


def busy() -> Workshop:
    """One that runs 1; 2 and 3 stand behind it, and 3 behind 2."""
    agent = Workshop()
    agent(chain(1, 2, 3))
    return agent


def waiting() -> Workshop:
    """One that has 1, 2 and 3 for when it has stopped 9."""
    agent = Workshop()
    agent.all(assign(0), chain(1, 2, 3))
    return agent


# They begin


def test_what_follows_is_handed_on_with_what_it_follows() -> None:
    assert Workshop()(chain(1, 2, 3)) == begins(1, 2, 3)


def test_of_each_there_is_word_when_it_has_begun() -> None:
    agent = busy()
    assert agent(done(1, began=2)) == [completed(1), started(2)]
    assert agent(done(2, began=3)) == [completed(2), started(3)]
    assert agent(done(3)) == [completed(3)]


def test_nothing_else_begins_as_long_as_they_go_on() -> None:
    agent = busy()
    agent(assign(4))
    assert agent(done(1, began=2)) == [completed(1), started(2)]
    assert agent(done(2, began=3)) == [completed(2), started(3)]
    assert agent(done(3)) == [completed(3), *begun(4)]


def test_they_wait_with_what_they_follow_for_a_slot() -> None:
    assert waiting()(done(0)) == [completed(0), *begins(1, 2, 3)]


# What they follow has not succeeded


@pytest.mark.parametrize(
    "end", [failed(1), stopped(1), WorkAbandoned(token=token(1), problem=PROBLEM)]
)
def test_nothing_is_left_behind_what_has_not_succeeded(end: AgentMessage) -> None:
    agent = busy()
    agent(end)
    assert agent.all(revoke(2), revoke(3)) == [not_held(2), not_held(3)]


def test_nor_behind_one_that_was_behind_another() -> None:
    agent = busy()
    assert agent.all(done(1, began=2), failed(2)) == [
        completed(1), started(2), said(Failed(lease=lease(2), problem=PROBLEM, seconds=1.0)),
    ]  # fmt: skip
    assert agent(revoke(3)) == [not_held(3)]


def test_those_that_were_to_stop_have_stopped_by_that() -> None:
    agent = busy()
    assert agent.all(revoke(2), revoke(3)) == [stop(2), stop(3)]
    assert agent(failed(1)) == [
        said(Failed(lease=lease(1), problem=PROBLEM, seconds=1.0)), cancelled(2), cancelled(3),
    ]  # fmt: skip


def test_what_stood_in_line_takes_the_place_of_what_would_have_followed() -> None:
    agent = busy()
    agent(replace(assign(4), ahead=True))
    assert agent(failed(1, began=4))[1:] == [started(4)]
    assert agent(revoke(2)) == [not_held(2)]


def test_what_has_succeeded_though_it_was_to_stop_is_followed() -> None:
    """What runs the work has begun the next one before it heard of that."""
    agent = busy()
    agent(revoke(1))
    assert agent(done(1, began=2))[1:] == [cancelled(1), started(2)]
    assert agent(revoke(2)) == [stop(2)]
    assert agent(stopped(2)) == [cancelled(2)]
    assert agent(revoke(3)) == [not_held(3)]


# Revoked


def test_what_is_revoked_behind_another_one_is_not_begun() -> None:
    agent = busy()
    assert agent(revoke(3)) == [stop(3)]
    assert agent(stopped(3)) == [cancelled(3)]
    assert agent(done(1, began=2)) == [completed(1), started(2)]
    assert agent(done(2)) == [completed(2)]


def test_with_it_goes_what_follows_it() -> None:
    """What runs the work lets go of all of them at once, and says so of the first one."""
    agent = busy()
    assert agent.all(revoke(2), revoke(3)) == [stop(2), stop(3)]
    assert agent(stopped(2)) == [cancelled(2), cancelled(3)]
    assert agent(done(1)) == [completed(1)]


def test_what_was_revoked_and_has_begun_stops() -> None:
    agent = busy()
    agent(revoke(2))
    assert agent(done(1, began=2)) == [completed(1)]
    assert agent(stopped(2)) == [cancelled(2)]


@pytest.mark.parametrize(("number", "left"), [(1, None), (2, ()), (3, (2,))])
def test_a_revocation_that_comes_before_the_assignment_cuts_there(
    number: int, left: tuple[int, ...] | None
) -> None:
    agent = Workshop()
    assert agent(revoke(number)) == [not_held(number)]
    effects = agent(chain(1, 2, 3))
    assert effects == ([cancelled(1)] if left is None else begins(1, *left))


@pytest.mark.parametrize(("number", "left"), [(2, ()), (3, (2,))])
def test_and_so_does_one_that_comes_before_the_first_has_begun(
    number: int, left: tuple[int, ...]
) -> None:
    agent = waiting()
    assert agent(revoke(number)) == [not_held(number)]
    assert agent(done(0)) == [completed(0), *begins(1, *left)]


def test_what_is_revoked_before_it_has_begun_takes_them_with_it() -> None:
    agent = waiting()
    assert agent(revoke(1)) == [cancelled(1)]
    assert agent(done(0)) == [completed(0)]


# Given back


def back(*numbers: int) -> Effect:
    return said(GivenBack(agent="a1", tokens=tuple(map(token, numbers))))


def taken(*numbers: int) -> WorkTakenBack:
    return WorkTakenBack(tokens=tuple(map(token, numbers)))


def test_all_of_them_are_given_back() -> None:
    agent = busy()
    assert agent(Recall(tokens=(token(2),))) == [TakeBack()]
    assert agent(taken(2, 3)) == [back(2, 3)]
    assert agent(done(1)) == [completed(1)]


def test_but_not_what_has_begun_meanwhile() -> None:
    agent = busy()
    assert agent(Recall(tokens=(token(2),))) == [TakeBack()]
    assert agent(done(1, began=2)) == [completed(1), started(2)]
    assert agent(taken(3)) == [back(3)]
    assert agent(failed(2))[1:] == []


def test_one_that_was_to_stop_has_stopped_by_that() -> None:
    agent = busy()
    agent.all(revoke(2), Recall(tokens=(token(3),)))
    assert agent(taken(2, 3)) == [cancelled(2), back(3)]


def test_those_whose_first_has_not_begun_are_given_back_at_once() -> None:
    agent = waiting()
    assert agent(Recall(tokens=(token(2),))) == [back(2)]
    assert agent(done(0)) == [completed(0), *begins(1)]


# It ends


def test_an_agent_that_stops_has_all_of_them_stopped() -> None:
    agent = busy()
    stops = [effect.token for effect in agent(Shutdown()) if isinstance(effect, StopWork)]
    assert stops == [token(2), token(3), token(1)]
    assert agent(stopped(2)) == [cancelled(2), cancelled(3)]
    assert agent(stopped(1))[0] == cancelled(1)


def test_it_declines_what_has_not_begun_with_all_that_follows() -> None:
    agent = waiting()
    agent(Shutdown())
    assert agent(stopped(0))[0] == cancelled(0)
    assert agent.all(revoke(2), revoke(3)) == [not_held(2), not_held(3)]


def test_one_that_goes_down_says_only_what_had_begun() -> None:
    agent = busy()
    agent(done(1, began=2))
    effects = agent(WorkCrashed(token=token(2), problem=PROBLEM))
    had = [said(HadStarted(lease=lease(number))) for number in (1, 2, 3)]
    assert [one for one in effects if one in had] == [had[1]]


# Assigned again


def test_what_comes_again_is_answered_and_begins_nothing_twice() -> None:
    agent = busy()
    assert agent(chain(1, 2, 3)) == [started(1)]
    agent(done(1, began=2))
    assert agent(chain(1, 2, 3)) == [completed(1)]
    agent(Acknowledged(tokens=(token(1),)))
    late = said(Declined(lease=lease(1), reason="it came after a later one"))
    assert agent(chain(1, 2, 3)) == [late]


def test_what_follows_comes_after_what_it_follows_only() -> None:
    """Whoever was given it with another one is not given it by itself."""
    agent = busy()
    assert agent(assign(2)) == [said(Accepted(lease=lease(2), max_load=1))]
    agent(failed(1))
    late = said(Declined(lease=lease(2), reason="it came after a later one"))
    assert agent(assign(2)) == [late]


# Asked by a new scheduler


def running(*numbers: int, stopping: tuple[int, ...] = ()) -> Effect:
    leases, stops = tuple(map(lease, numbers)), tuple(map(lease, stopping))
    return said(Running(agent="a1", leases=leases, incarnation=3, stopping=stops))


def test_a_new_scheduler_hears_of_none_of_them() -> None:
    agent = busy()
    assert agent(Reconcile()) == [TakeBack()]
    assert agent(taken(2, 3)) == [running(1)]
    assert agent(done(1)) == [completed(1)]


def test_but_of_what_has_begun_before_it_could_be_let_go() -> None:
    agent = busy()
    assert agent(Reconcile()) == [TakeBack()]
    assert agent(done(1, began=2)) == [completed(1), started(2)]
    assert agent(taken(3)) == [running(2, 1), completed(1)]


def test_what_has_not_begun_is_followed_by_nothing_then() -> None:
    agent = waiting()
    assert agent(Reconcile()) == [running(1, 0)]
    assert agent(done(0)) == [completed(0), *begins(1)]
