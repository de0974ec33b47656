"""What an agent was given before it has a slot for it: it stands in line until it begins."""

from __future__ import annotations

from callboard.actors.logic.effects import Show, StartWork, StopWork, TakeBack
from callboard.messages.commands import ResizeAgent
from callboard.messages.execution import (
    WorkAbandoned,
    WorkBegan,
    WorkCrashed,
    WorkStopped,
    WorkTakenBack,
)
from callboard.messages.notices import DeadLetter
from callboard.messages.supervision import Shutdown
from callboard.messages.values import replace
from callboard.messages.work import (
    Accepted,
    Assign,
    Cancelled,
    Completed,
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


def ahead(number: int) -> Assign:
    return replace(assign(number), ahead=True)


def completed(number: int) -> object:
    return said(Completed(lease=lease(number), result=RESULT, seconds=1.0))


def in_line(number: int, room: int = 1) -> StartWork:
    return StartWork(lease(number), ready(number), room)


def back(*numbers: int) -> object:
    return said(GivenBack(agent="a1", tokens=tuple(map(token, numbers))))


def recall(*numbers: int) -> Recall:
    return Recall(tokens=tuple(map(token, numbers)))


def busy() -> Workshop:
    """One that runs 1; 2 and 3 stand in line behind it."""
    agent = Workshop()
    agent.at_once(assign(1), ahead(2), ahead(3))
    return agent


def test_what_comes_ahead_stands_in_line() -> None:
    effects = Workshop().at_once(assign(1), ahead(2), ahead(3))
    assert effects == [*begun(1), in_line(2), in_line(3)]


def test_it_stands_in_line_also_where_a_slot_seems_free() -> None:
    """What runs the work may have begun another one, of which there is no word yet."""
    assert Workshop(max_load=2).at_once(ahead(1)) == [in_line(1, room=2)]


def test_it_begins_in_the_place_of_another_one() -> None:
    agent = busy()
    assert agent(done(1, began=2)) == [completed(1), said(Started(lease=lease(2)))]
    assert agent(done(2, began=3)) == [completed(2), said(Started(lease=lease(3)))]
    assert agent(done(3)) == [completed(3)]


def test_it_begins_by_itself_where_there_is_room() -> None:
    agent = busy()
    agent(done(1))
    assert agent(WorkBegan(token=token(2))) == [said(Started(lease=lease(2)))]


def test_nothing_else_begins_while_it_stands_in_line() -> None:
    agent = busy()
    agent(assign(4))
    assert agent(done(1, began=2)) == [completed(1), said(Started(lease=lease(2)))]
    agent(done(2, began=3))
    assert agent(done(3)) == [completed(3), *begun(4)]


def test_it_is_told_again_that_it_waits() -> None:
    agent = busy()
    assert agent(ahead(2)) == [said(Accepted(lease=lease(2), max_load=1))]


def test_a_word_of_what_is_not_known_is_shown() -> None:
    [effect] = Workshop()(WorkBegan(token=token(7)))
    assert isinstance(effect, Show)
    assert isinstance(effect.notice, DeadLetter)


# Given back


def test_what_runs_the_work_is_asked_first() -> None:
    agent = busy()
    assert agent(recall(2, 3)) == [TakeBack()]
    assert agent(WorkTakenBack(tokens=(token(2), token(3)))) == [back(2, 3)]
    assert agent(recall(2)) == [back(2)]  # it was lost on its way


def test_what_has_begun_is_kept() -> None:
    agent = busy()
    assert agent.all(recall(2, 3), done(1, began=2)) == [
        TakeBack(), completed(1), said(Started(lease=lease(2))),
    ]  # fmt: skip
    assert agent(WorkTakenBack(tokens=(token(3),))) == [back(3)]
    assert agent(recall(2)) == [said(Started(lease=lease(2)))]  # the word of it was lost


def test_what_has_not_come_yet_comes_too_late() -> None:
    agent = Workshop()
    assert agent(recall(2)) == [back(2)]
    assert agent(ahead(2)) == [said(Cancelled(lease=lease(2)))]


# Revoked, and stopped


def test_what_is_revoked_leaves_the_line() -> None:
    agent = busy()
    assert agent(Revoke(token=token(2), reason="why")) == [StopWork(token(2), "why")]
    assert agent(WorkStopped(token=token(2))) == [said(Cancelled(lease=lease(2)))]
    assert agent(Revoke(token=token(2), reason="why")) == [not_held(2)]


def test_what_is_revoked_and_taken_back_has_stopped() -> None:
    agent = busy()
    agent.all(recall(2, 3), Revoke(token=token(2), reason="why"))
    assert agent(WorkTakenBack(tokens=(token(2), token(3)))) == [
        said(Cancelled(lease=lease(2))), back(3),
    ]  # fmt: skip


def test_what_is_revoked_and_has_begun_stops() -> None:
    agent = busy()
    agent(Revoke(token=token(2), reason="why"))
    assert agent(done(1, began=2)) == [completed(1)]
    assert agent(WorkStopped(token=token(2), began=token(3))) == [
        said(Cancelled(lease=lease(2))), said(Started(lease=lease(3))),
    ]  # fmt: skip


def test_an_agent_that_stops_lets_go_of_it() -> None:
    stopped = {effect for effect in busy()(Shutdown()) if isinstance(effect, StopWork)}
    assert {effect.token for effect in stopped} == {token(1), token(2), token(3)}


def test_an_agent_that_goes_down_says_only_what_had_begun() -> None:
    agent = busy()
    agent(done(1, began=2))
    effects = agent(WorkCrashed(token=token(2), problem=PROBLEM))
    assert said(HadStarted(lease=lease(2))) in effects
    assert said(HadStarted(lease=lease(3))) not in effects


def test_one_that_is_given_up_leaves_its_place() -> None:
    agent = busy()
    agent(Revoke(token=token(1), reason="why"))
    agent(WorkAbandoned(token=token(1), problem=PROBLEM))
    assert agent(WorkBegan(token=token(2))) == [said(Started(lease=lease(2)))]


def test_a_smaller_agent_says_what_waits() -> None:
    agent = Workshop(max_load=2)
    agent.at_once(assign(1), ahead(2))
    assert agent(ResizeAgent(agent="a1", max_load=1)) == []


# Asked by a new scheduler


def test_a_new_scheduler_hears_of_what_has_begun_alone() -> None:
    agent = busy()
    assert agent(Reconcile()) == [TakeBack()]
    agent(done(1, began=2))
    assert agent(WorkTakenBack(tokens=(token(3),))) == [
        said(Running(agent="a1", leases=(lease(2), lease(1)), incarnation=3)),
        completed(1),
    ]
