"""The ledger follows the facts, and notices what should not be."""

from __future__ import annotations

from callboard.demo.fleet.ledger import Attempt, Down, GoalEntry, Ledger, Wait
from callboard.messages import facts
from callboard.messages.base import Message
from callboard.messages.values import Priority
from tests.demo.fleet.happenings import (
    ACCEPTED,
    BEGAN,
    FAILURE,
    HANG,
    back,
    crashed,
    done,
    lease,
    queued,
    requeued,
    retried,
    revoked,
    started,
)


def entered(*events: Message) -> Ledger:
    ledger = Ledger(BEGAN)
    for event in (*ACCEPTED, *events):
        ledger.see(event)
    return ledger


def test_an_attempt_is_entered_with_the_wait_before_it() -> None:
    ledger = entered(queued(0.0), started(3.0, lease()), done(10.0, lease(), seconds=6.5))

    assert ledger.attempts == [
        Attempt(agent="ann", subtask="s1", start=3.0, end=10.0, number=1, again="", outcome="done")
    ]
    assert ledger.waits == [
        Wait(subtask="s1", priority=Priority.HIGH, start=0.0, end=3.0, served=True)
    ]
    assert ledger.subtasks["s1"].ends == ["finished"]
    assert ledger.subtasks["s1"].seconds == 6.5
    assert (ledger.ended, ledger.load["ann"], ledger.open_goals) == (1, 0, 1)


def test_what_a_crash_took_away_is_lost_and_its_next_attempt_a_requeued_one() -> None:
    ledger = entered(
        queued(0.0),
        started(0.0, lease()),
        crashed(5.0),
        revoked(5.0, lease()),
        requeued(5.0, lease()),
        started(6.0, lease(agent="bob", number=2)),
        back(7.0),
    )

    assert [(a.agent, a.outcome, a.end, a.again) for a in ledger.attempts] == [
        ("ann", "lost", 5.0, ""),
        ("bob", "running", 6.0, "requeued"),
    ]
    assert ledger.downs == [Down(agent="ann", start=5.0, end=7.0)]
    assert ledger.load == {"ann": 0, "bob": 1}
    assert [(w.start, w.end) for w in ledger.waits] == [(0.0, 0.0), (5.0, 6.0)]


def test_a_failure_and_a_hang_are_told_apart() -> None:
    ledger = entered(
        queued(0.0),
        started(0.0, lease()),
        retried(1.0, lease(), FAILURE),
        queued(3.0),
        started(3.0, lease(number=2)),
        revoked(9.0, lease(number=2)),
        retried(9.0, lease(number=2), HANG),
        queued(11.0),
        started(11.0, lease(number=3)),
    )

    assert [(a.outcome, a.number, a.again) for a in ledger.attempts] == [
        ("failed", 1, ""),
        ("hung", 2, "retried"),
        ("running", 3, "retried"),
    ]


def test_a_restarted_scheduler_does_not_begin_a_wait_anew() -> None:
    ledger = entered(queued(0.0), queued(8.0), started(10.0, lease()))

    assert [(w.start, w.end) for w in ledger.waits] == [(0.0, 10.0)]


def test_what_ends_while_it_waits_was_not_served() -> None:
    failed = facts.SubtaskFailed(at=BEGAN + 4.0, goal="g", subtask="s1", problem=FAILURE)
    ledger = entered(queued(0.0), failed)

    assert [w.served for w in ledger.waits] == [False]
    assert ledger.subtasks["s1"].ends == ["failed"]


def test_a_second_end_of_a_subtask_is_seen() -> None:
    ledger = entered(started(0.0, lease()), done(1.0, lease()), done(2.0, lease()))

    assert ledger.subtasks["s1"].ends == ["finished", "finished"]


def test_what_is_put_aside_is_remembered_until_it_is_put_back() -> None:
    parked = facts.SubtaskParked(
        at=BEGAN + 5.0, goal="g", subtask="s1", problem=FAILURE, until=BEGAN + 99.0
    )
    unparked = facts.SubtaskUnparked(at=BEGAN + 9.0, goal="g", subtask="s1")

    assert entered(parked).parked == {"s1": 5.0}
    assert entered(parked, unparked).parked == {}
    assert entered(parked, unparked).waiting == {"s1": 9.0}


def test_goals_end_with_their_reasons() -> None:
    ledger = entered(facts.GoalFailed(at=BEGAN + 7.5, goal="g", problems=(FAILURE,)))

    assert ledger.goals == {
        "g": GoalEntry(
            text="Study 1", start=0.0, end=7.5, ending="failed", reasons=("ValueError: no",)
        )
    }
    assert (ledger.open_goals, ledger.makespan) == (0, 7.5)


def test_actors_of_the_runtime_and_agents_that_left_are_remembered() -> None:
    ledger = entered(
        facts.ActorRestarted(at=BEGAN + 3.0, address="scheduler", incarnation=2),
        facts.AgentRemoved(at=BEGAN + 4.0, agent="ann", reason="too many restarts"),
    )

    assert ledger.restarted == [("scheduler", 3.0)]
    assert ledger.removed == ["ann"]
    assert ledger.counts["ActorRestarted"] == 1
