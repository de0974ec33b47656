"""The scheduler: a limit that is reached is a doubt, and nobody is judged unseen."""

from __future__ import annotations

import pytest

from callboard.actors.logic.effects import Effect, LookAt, Record
from callboard.messages.commands import Heartbeat
from callboard.messages.facts import LeaseRevoked
from callboard.messages.supervision import SignsSeen, Wake
from callboard.messages.values import Lease, Timeouts
from callboard.messages.work import Progress, Waiting
from tests.actors.logic.desk import Desk, agent, completed, failed, lease, ready

A, PULL = agent("a"), agent("p", pull=True)
FIRST = lease("s1", "a", 1)
LIMITS = ("run", "silence", "stall")


def desk_with(limit: str, seconds: float = 10.0, *, holder: str = "a") -> Desk:
    """A desk where the agent has begun with s1 at 0."""
    desk = Desk(A if holder == "a" else PULL, timeouts=Timeouts(**{limit: seconds}))
    desk.queue(ready("s1"))
    if holder == "a":
        desk.start(FIRST)
    return desk


def look(limit: str, held: Lease | None = FIRST, name: str = "a") -> LookAt:
    return LookAt(agent=name, lease=held, limit=limit)


def is_judged(effects: list[Effect]) -> bool:
    return any(isinstance(e, Record) and isinstance(e.fact, LeaseRevoked) for e in effects)


@pytest.mark.parametrize("limit", LIMITS)
def test_whoever_reaches_a_limit_is_looked_at_before_anything_follows(limit: str) -> None:
    desk = desk_with(limit)
    assert desk.hear(10.0, Wake()) == [look(limit)]
    assert desk.state() == {"leased": 1}
    assert is_judged(desk.show(10.0, look(limit)))


def test_what_the_worker_wrote_counts_although_nothing_was_said() -> None:
    desk = desk_with("silence")
    for now in (10.0, 16.0, 22.0):
        assert desk.hear(now, Wake()) == [look("silence")]
        assert desk.show(now, look("silence"), quiet=4.0) == []
        assert desk.hear(now + 5.9, Wake()) == []


@pytest.mark.parametrize("limit", ["run", "stall"])
def test_signs_of_life_are_no_progress_and_do_not_lengthen_the_run(limit: str) -> None:
    desk = desk_with(limit)
    desk.hear(10.0, Wake())
    assert is_judged(desk.show(10.0, look(limit), quiet=0.0))


@pytest.mark.parametrize("limit", LIMITS)
def test_what_waited_in_the_mailbox_goes_before_what_was_seen(limit: str) -> None:
    desk = desk_with(limit)
    desk.hear(10.0, Wake())
    desk.say(10.0, completed(FIRST))
    assert desk.show(10.0, look(limit)) == []
    assert desk.state() == {"settling": 1}


def test_progress_that_waited_in_the_mailbox_puts_the_limit_off() -> None:
    for limit in ("silence", "stall"):
        desk = desk_with(limit)
        desk.hear(10.0, Wake())
        desk.say(10.0, Progress(lease=FIRST, fraction=0.5))
        assert desk.show(10.0, look(limit)) == []
        assert desk.hear(19.9, Wake()) == []
        assert desk.hear(20.0, Wake()) == [look(limit)]


@pytest.mark.parametrize("limit", ["silence", "stall"])
def test_of_who_waits_for_a_sub_goal_nothing_is_expected_any_more(limit: str) -> None:
    desk = desk_with(limit)
    desk.hear(10.0, Wake())
    desk.say(10.0, Waiting(lease=FIRST))
    assert desk.show(10.0, look(limit)) == []
    assert desk.state() == {"leased": 1}


def test_an_answer_about_an_earlier_attempt_says_nothing_of_this_one() -> None:
    desk = desk_with("silence")
    desk.hear(10.0, Wake())
    desk.say(10.0, failed(FIRST))
    desk.say(20.0, Wake())
    second = lease("s1", "a", 2, attempt=2)
    desk.start(second, 20.0)
    assert desk.show(30.0, look("silence")) == []
    assert desk.state() == {"leased": 1}


def test_what_nobody_asked_for_is_passed_over() -> None:
    desk = desk_with("silence")
    assert desk.hear(5.0, SignsSeen(agent="a", limit="silence", lease=FIRST, quiet=99.0)) == []
    desk.hear(10.0, Wake())
    assert is_judged(desk.show(10.0, look("silence")))
    assert desk.show(10.0, look("silence")) == []


# Late ourselves


@pytest.mark.parametrize("limit", LIMITS)
def test_what_we_are_late_by_is_added_once(limit: str) -> None:
    desk = desk_with(limit)
    assert desk.hear(13.0, Wake()) == [look(limit)]
    assert desk.show(13.0, look(limit)) == []
    assert desk.hear(15.9, Wake()) == []
    assert desk.hear(16.0, Wake()) == [look(limit)]
    assert is_judged(desk.show(16.0, look(limit)))


def test_whoever_is_late_again_and_more_waits_for_longer() -> None:
    desk = desk_with("silence")
    desk.hear(12.0, Wake())
    assert desk.show(12.0, look("silence")) == []  # 2 over, 2 late: until 14
    assert desk.hear(22.0, Wake()) == [look("silence")]
    assert desk.show(22.0, look("silence")) == []  # 12 over, 8 late: until 26
    desk.hear(26.0, Wake())
    assert is_judged(desk.show(26.0, look("silence")))


def test_who_starves_as_we_do_is_never_judged() -> None:
    desk, now = desk_with("silence"), 0.0
    while now < 1000.0:
        if now > 0:
            [asked] = desk.hear(now, Wake())
            assert asked == look("silence")
            assert desk.show(now, look("silence"), quiet=14.0) == []
        due = desk.logic._leasing.works["s1"].due["silence"]  # pyright: ignore[reportPrivateUsage]
        now = due + 5.0


def test_after_a_long_sleep_of_the_machine_everybody_has_one_more_limit() -> None:
    desk = desk_with("silence")
    desk.hear(3600.0, Wake())
    assert desk.show(3600.0, look("silence"), quiet=3590.0) == []
    desk.hear(3610.0, Wake())
    assert is_judged(desk.show(3610.0, look("silence"), quiet=3600.0))


def test_a_sleep_of_the_machine_lengthens_no_run_by_more_than_a_moment() -> None:
    desk = desk_with("run", 3600.0)
    desk.hear(7200.0, Wake())
    assert desk.show(7200.0, look("run")) == []
    desk.hear(7210.0, Wake())
    assert is_judged(desk.show(7210.0, look("run")))


def test_a_new_limit_is_a_new_doubt() -> None:
    desk = desk_with("silence")
    desk.hear(15.0, Wake())
    desk.show(15.0, look("silence"))
    desk.say(16.0, Progress(lease=FIRST))
    desk.hear(31.0, Wake())
    assert desk.show(31.0, look("silence")) == []  # 5 late, as if for the first time
    assert desk.hear(35.9, Wake()) == []
    assert desk.hear(36.0, Wake()) != []


# What has ended over there


@pytest.mark.parametrize("limit", LIMITS)
def test_the_end_of_what_runs_no_more_is_waited_for_a_moment(limit: str) -> None:
    desk = desk_with(limit)
    desk.hear(10.0, Wake())
    assert desk.show(10.0, look(limit), quiet=None) == []
    desk.hear(11.0, Wake())
    assert is_judged(desk.show(11.0, look(limit), quiet=None))


def test_who_works_elsewhere_is_known_by_what_is_said_alone() -> None:
    desk = desk_with("run", holder="p")
    [held] = desk.logic._dispatching.hand_out(0.0)[0]  # pyright: ignore[reportPrivateUsage]
    assert desk.hear(10.0, Wake()) == [look("run", held, "p")]
    assert is_judged(desk.show(10.0, look("run", held, "p"), quiet=None))


# Heartbeats


def test_a_heartbeat_that_waited_in_the_mailbox_saves_its_agent() -> None:
    desk = Desk(PULL)
    desk.say(0.0, Heartbeat(agent="p"))
    assert desk.hear(30.0, Wake()) == [look("heartbeat", None, "p")]
    desk.say(30.0, Heartbeat(agent="p"))
    assert desk.show(30.0, look("heartbeat", None, "p"), quiet=None) == []
    assert desk.hear(59.9, Wake()) == []


def test_an_agent_whose_workers_live_has_not_fallen_silent() -> None:
    desk = Desk(A)
    desk.say(0.0, Heartbeat(agent="a"))
    desk.hear(30.0, Wake())
    assert desk.show(30.0, look("heartbeat", None), quiet=10.0) == []
    assert desk.hear(49.9, Wake()) == []
    assert desk.hear(50.0, Wake()) == [look("heartbeat", None)]
    assert desk.show(50.0, look("heartbeat", None), quiet=None) != []


def test_doubts_are_not_kept_for_what_has_ended() -> None:
    desk = Desk(agent("a", max_load=1000), timeouts=Timeouts(silence=10.0))
    watching = desk.logic._watching  # pyright: ignore[reportPrivateUsage]
    for number in range(1, 501):
        held, since = lease(f"s{number}", "a", number), 100.0 * number
        desk.queue(ready(held.subtask), now=since)
        desk.start(held, since)
        for effect in desk.hear(since + 15.0, Wake()):
            assert isinstance(effect, LookAt)
            desk.show(since + 15.0, effect)
        desk.say(since + 16.0, completed(held))
    assert len(watching._doubts) < 200  # pyright: ignore[reportPrivateUsage]
