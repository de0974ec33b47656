"""The scheduler gives a skill a rest that only fails, and says so to whoever waits."""

from __future__ import annotations

from callboard.actors.logic.breaker_options import BreakerOptions
from callboard.actors.logic.effects import Effect, Show
from callboard.messages.base import SubtaskId
from callboard.messages.commands import AssignNow
from callboard.messages.notices import BreakerClosed, BreakerHalfOpen, BreakerOpened, HeldBack
from callboard.messages.supervision import Wake
from callboard.messages.values import Problem, Retry, Timeouts, replace
from callboard.messages.work import AgentUp, Cancelled, Declined, Withdraw
from tests.actors.logic.desk import (
    CRASHED,
    WRONG,
    Desk,
    agent,
    assigned,
    completed,
    done,
    down,
    failed,
    given_up,
    lease,
    over,
    ready,
)

OPTIONS = BreakerOptions(failures=2, subtasks=2, first=8.0, longest=60.0, jitter=0.0)
ONCE = Retry(attempts=1)
A = agent("a", "sql", max_load=9)


def opened(now: float, until: float, problem: Problem = WRONG) -> Effect:
    return Show(BreakerOpened(at=now, skill="sql", failures=2, until=until, problem=problem))


def held(uuid: SubtaskId, now: float, until: float | None) -> Effect:
    return Show(HeldBack(at=now, goal="g", subtask=uuid, skill="sql", until=until))


def resting(*waiting: str, timeouts: Timeouts | None = None) -> Desk:
    """Attempts with SQL have only failed, at 5.0; *waiting* are queued, at 6.0."""
    desk = Desk(A, agent("b", "law"), retry=ONCE, breaker=OPTIONS, timeouts=timeouts)
    desk.queue(ready("s1", "sql"), ready("s2", "sql"))
    desk.say(4.0, failed(lease("s1", "a", 1)))
    second = lease("s2", "a", 2)
    assert desk.say(5.0, failed(second)) == [
        over(second, 5.0),
        given_up("s2", WRONG, second),
        opened(5.0, 13.0),
    ]
    for uuid in waiting:
        assert desk.queue(ready(uuid, "sql"), now=6.0) == [held(uuid, 6.0, 13.0)]
    return desk


def test_what_needs_the_skill_waits_until_its_rest_is_over_and_then_goes_one_by_one() -> None:
    desk = resting("s3", "s4")
    assert desk.say(12.9, Wake()) == []
    probe = lease("s3", "a", 3)
    half_open = Show(BreakerHalfOpen(at=13.0, skill="sql"))
    assert desk.say(13.0, Wake()) == [half_open, *assigned(probe, ready("s3", "sql"), 13.0)]
    assert desk.say(14.0, completed(probe)) == [
        *done(probe, 14.0),
        Show(BreakerClosed(at=14.0, skill="sql")),
        *assigned(lease("s4", "a", 4), ready("s4", "sql"), 14.0),
    ]


def test_a_probe_that_fails_is_followed_by_a_longer_rest() -> None:
    desk = resting("s3", "s4")
    desk.say(13.0, Wake())
    probe = lease("s3", "a", 3)
    assert desk.say(14.0, failed(probe))[-1] == opened(14.0, 30.0)
    assert desk.say(29.0, Wake()) == []
    assert desk.say(30.0, Wake())[1:] == assigned(lease("s4", "a", 4), ready("s4", "sql"), 30.0)


def test_what_waits_already_is_told_when_the_rest_begins_and_told_once() -> None:
    desk = Desk(agent("a", "sql"), agent("b", "sql"), retry=ONCE, breaker=OPTIONS)
    desk.queue(*(ready(f"s{n}", "sql") for n in range(1, 5)))
    desk.say(4.0, failed(lease("s1", "a", 1)))
    assert desk.say(5.0, failed(lease("s2", "b", 2)))[2:] == [
        opened(5.0, 13.0),
        held("s4", 5.0, 13.0),
    ]
    desk.say(13.0, Wake())
    late = desk.say(13.5, failed(lease("s3", "a", 3)))  # begun before, so it shows nothing
    third = lease("s3", "a", 3)
    assert late == [over(third, 13.5), given_up("s3", WRONG, third)]
    assert desk.say(14.0, failed(lease("s4", "b", 4)))[2:] == [opened(14.0, 30.0)]


def test_other_skills_go_on() -> None:
    desk = resting("s3")
    work = ready("s9", "law")
    assert desk.queue(work, now=7.0) == assigned(lease("s9", "b", 3), work, 7.0)
    both = ready("s8", "law", "sql")
    desk.join(agent("c", "law", "sql"), now=7.0)
    assert desk.queue(both, now=7.0) == [held("s8", 7.0, 13.0)]


def test_who_asks_for_work_gets_none_of_it_either() -> None:
    desk = resting("s3")
    desk.join(agent("p", "sql", pull=True), now=7.0)
    [answer] = desk.say(8.0, AssignNow(reply_to="caller/1"))
    assert "leases=()" in repr(answer)


def test_a_limit_of_time_holds_within_a_rest() -> None:
    desk = resting("s3", timeouts=Timeouts(queue=5.0))
    [effect] = desk.say(11.0, Wake())
    assert "found no agent within 5 s" in repr(effect)


def test_an_agent_that_went_down_counts_if_the_handler_ran() -> None:
    for started, count in ((True, 3), (False, 0)):
        desk = Desk(A, breaker=OPTIONS)
        desk.queue(ready("s1", "sql"), ready("s2", "sql"))
        if started:
            desk.start(lease("s1", "a", 1))
            desk.start(lease("s2", "a", 2))
        effects = desk.say(5.0, down())
        shown = [e.notice for e in effects if isinstance(e, Show)]
        assert len(shown) == count
        if started:
            held_back = [held("s1", 5.0, 13.0), held("s2", 5.0, 13.0)]
            assert effects[-3:] == [opened(5.0, 13.0, CRASHED), *held_back]


def test_an_attempt_that_never_began_does_not_count() -> None:
    desk = Desk(A, retry=ONCE, breaker=OPTIONS, timeouts=Timeouts(run=5.0))
    desk.queue(ready("s1", "sql"), ready("s2", "sql"))
    desk.say(5.0, Wake())
    assert desk.state() == {"settling": 2}


def test_what_is_not_the_agents_fault_does_not_count() -> None:
    desk = Desk(A, retry=ONCE, breaker=OPTIONS)
    desk.queue(ready("s1", "sql"), ready("s2", "sql"))
    ours = replace(WRONG, fault="callboard")
    for number, uuid in ((1, "s1"), (2, "s2")):
        desk.say(5.0, failed(lease(uuid, "a", number), ours))
    assert desk.state() == {"settling": 2}


def test_a_probe_that_was_declined_stopped_or_is_not_wanted_makes_way_for_another() -> None:
    probe = lease("s3", "a", 3)
    for way in (
        Declined(lease=probe, reason="not today"),
        Cancelled(lease=probe),
        Withdraw(subtasks=("s3",), reason="enough"),
    ):
        desk = resting("s3", "s4")
        desk.say(13.0, Wake())
        assert "Assign(" in repr(desk.say(14.0, way)[-1])
        assert desk.state()["resting_skills"] == 1


def test_a_probe_whose_agent_dies_before_it_has_begun_shows_nothing() -> None:
    desk = resting("s3")
    desk.say(13.0, Wake())
    desk.say(14.0, down())
    assert desk.say(15.0, AgentUp(agent="a", incarnation=2)) == assigned(
        lease("s3", "a", 4), ready("s3", "sql"), 15.0, incarnation=2
    )


def test_the_figures_say_how_many_skills_rest() -> None:
    assert resting("s3").state() == {"settling": 2, "queued": 1, "resting_skills": 1}


def test_without_options_nothing_is_ever_given_a_rest() -> None:
    desk = Desk(A, retry=ONCE)
    for number in range(1, 99):
        desk.queue(ready(f"s{number}", "sql"))
        assert len(desk.say(5.0, failed(lease(f"s{number}", "a", number)))) == 2
