"""The scheduler: ready subtasks come, are handed out, and go."""

from __future__ import annotations

import math

import pytest

from callboard.actors.logic.effects import Effect, Record, Show, Tell
from callboard.messages import facts
from callboard.messages.commands import Assignments, AssignNow
from callboard.messages.notices import Unschedulable
from callboard.messages.supervision import Wake
from callboard.messages.values import Lease, Priority
from callboard.messages.work import (
    AgentJoined,
    AgentLeft,
    AgentUp,
    Cancelled,
    Completed,
    Failed,
    Resync,
    Settled,
    Withdraw,
    Withdrawn,
)
from tests.actors.logic.desk import (
    TAU,
    Desk,
    agent,
    assigned,
    completed,
    done,
    down,
    failed,
    lease,
    leases_in,
    over,
    ready,
    refused,
    revoked,
    told,
)

A, B = agent("a"), agent("b")
S1 = ready("s1")
FIRST = lease("s1", "a", 1)


def unschedulable(uuid: str, *missing: str, now: float = 0.0) -> Effect:
    return Show(Unschedulable(at=now, goal="g", subtask=uuid, missing=missing))


def order(desk: Desk, now: float) -> list[str]:
    """Names of what one agent that can do everything gets, one after the other."""
    names: list[str] = []
    effects = desk.join(agent("a", "general"), now)
    while found := leases_in(effects):
        names += [held.subtask for held in found]
        effects = desk.say(now, completed(found[0]))
    return names


# They come, and are handed out


def test_a_ready_subtask_is_assigned_at_once_to_who_is_free() -> None:
    desk = Desk(A)
    assert desk.queue(S1) == assigned(FIRST, S1)


def test_a_subtask_that_comes_twice_is_done_once() -> None:
    desk = Desk(A, B)
    desk.queue(S1)
    assert desk.queue(S1) == []


def test_the_most_urgent_goes_first_then_the_one_with_the_longest_way_then_the_oldest() -> None:
    desk = Desk()
    desk.queue(
        ready("short", rank=1.0),
        ready("long", rank=9.0),
        ready("long too", rank=9.0),
        ready("urgent", "law", urgency=Priority.HIGH),
        ready("idle", urgency=Priority.LOW, rank=99.0),
    )
    assert order(desk, 0.0) == ["urgent", "long", "long too", "short", "idle"]


def test_the_least_slack_to_a_deadline_goes_before_the_longest_way() -> None:
    desk = Desk()
    desk.queue(
        ready("long", rank=500.0),
        ready("loose", rank=10.0, deadline=900.0),
        ready("tight", rank=300.0, deadline=1000.0),
    )
    assert order(desk, 0.0) == ["tight", "loose", "long"]


def test_a_low_one_ranks_with_critical_after_three_tau_and_then_goes_by_age() -> None:
    for now, expected in ((3 * TAU - 1, ["new", "old"]), (3 * TAU, ["old", "new"])):
        desk = Desk()
        desk.queue(ready("old", urgency=Priority.LOW, since=0.0, rank=1.0))
        desk.queue(ready("new", urgency=Priority.CRITICAL, since=now, rank=99.0), now=now)
        assert order(desk, now) == expected


def test_without_ageing_priorities_are_strict() -> None:
    desk = Desk(tau=math.inf)
    desk.queue(ready("old", urgency=Priority.LOW))
    desk.queue(ready("new", urgency=Priority.MEDIUM, since=9e5), now=5e4)
    assert order(desk, 5e4) == ["new", "old"]


def test_what_was_taken_from_a_dead_agent_goes_first_in_its_class() -> None:
    desk = Desk(B)
    desk.queue(ready("lost", rank=1.0))
    desk.queue(ready("long", rank=99.0), ready("high", urgency=Priority.HIGH))
    desk.say(1.0, down("b"))
    assert order(desk, 1.0) == ["high", "lost", "long"]


def test_an_agent_in_pull_mode_gets_work_only_when_somebody_asks() -> None:
    desk = Desk(agent("p", pull=True, max_load=2))
    assert desk.queue(S1, ready("s2"), ready("s3")) == []
    held = [lease("s1", "p", 1), lease("s2", "p", 2)]
    assert desk.say(1.0, AssignNow(reply_to="caller/1")) == [
        *(e for one in held for e in _pulled(one, 1.0)),
        Tell("caller/1", Assignments(leases=tuple(held))),
    ]
    assert desk.say(2.0, AssignNow(reply_to="caller/1")) == [Tell("caller/1", Assignments())]


def test_work_goes_to_whoever_fits_best() -> None:
    desk = Desk(agent("all", "general"), agent("dev", "development"), agent("coder", "coding"))
    subtasks = [ready(f"s{n}", "Coding") for n in range(1, 4)]
    held = [lease("s1", "coder", 1), lease("s2", "dev", 2), lease("s3", "all", 3)]
    expected = [e for one, work in zip(held, subtasks, strict=True) for e in assigned(one, work)]
    assert desk.queue(*subtasks) == expected


def _pulled(held: Lease, now: float) -> list[Effect]:
    return [
        Record(facts.SubtaskAssigned(at=now, lease=held)),
        Record(facts.SubtaskStarted(at=now, lease=held)),
    ]


# Nobody can do them


def test_what_nobody_could_ever_do_is_reported_once_with_the_skills_that_are_missing() -> None:
    desk = Desk(agent("a", "sql"), agent("p", "law", pull=True))
    assert desk.queue(ready("s1", "sql", "charts")) == [unschedulable("s1", "charts")]
    assert desk.queue(ready("s2", "sql", "law")) == [unschedulable("s2")]  # no single one
    assert desk.say(9.0, Wake()) == []


def test_who_is_busy_or_down_could_still_do_it() -> None:
    desk = Desk(agent("a", "sql"))
    desk.queue(ready("s1", "sql"))
    desk.say(1.0, down())
    assert desk.queue(ready("s2", "sql"), now=2.0) == []


def test_it_is_reported_again_when_the_last_who_could_has_left_and_not_for_others() -> None:
    desk = Desk(agent("a", "sql", max_load=0), agent("b", "sql", max_load=0), agent("c"))
    desk.queue(ready("s1", "sql"), ready("s2", "law"))
    for name, expected in (
        ("c", []),
        ("a", []),
        ("b", [unschedulable("s1", "sql", now=1.0)]),
    ):
        assert desk.say(1.0, AgentLeft(agent=name, reason="unregistered")) == expected


def test_it_is_reported_when_the_last_who_could_has_other_skills_now() -> None:
    desk = Desk(agent("a", "sql", max_load=0))
    desk.queue(ready("s1", "sql"))
    assert desk.say(1.0, AgentJoined(agent=agent("a", "law"))) == [
        unschedulable("s1", "sql", now=1.0)
    ]


def test_it_is_done_as_soon_as_somebody_comes_who_can() -> None:
    desk = Desk()
    work = ready("s1", "sql")
    desk.queue(work)
    assert desk.join(agent("a", "SQL"), 5.0) == assigned(FIRST, work, 5.0)


# They go


def test_a_withdrawn_subtask_is_revoked_and_forgotten() -> None:
    desk = Desk(A)
    desk.queue(S1)
    assert desk.say(1.0, Withdraw(subtasks=("s1",), reason="not wanted")) == [
        revoked(FIRST, "not wanted", 1.0),
        told(FIRST, "not wanted"),
    ]
    assert desk.state() == {}
    assert desk.say(2.0, completed(FIRST)) == refused(FIRST, "Completed", 2.0)


@pytest.mark.parametrize("where", ["queued", "delayed", "settling"])
def test_a_subtask_is_withdrawn_from_wherever_it_is(where: str) -> None:
    desk = Desk(*[] if where == "queued" else [A])
    desk.queue(S1)
    if where == "delayed":
        desk.say(0.5, failed(FIRST))
    elif where == "settling":
        desk.say(0.5, completed(FIRST))
    assert desk.say(1.0, Withdraw(subtasks=("s1",), reason="not wanted")) == []
    assert desk.state() == {}
    assert desk.say(999.0, Wake()) == []


@pytest.mark.parametrize("resync", [False, True])
def test_a_withdrawal_also_holds_for_what_it_has_overtaken(*, resync: bool) -> None:
    desk = Desk(A)
    assert desk.say(1.0, Withdraw(subtasks=("s1",), reason="not wanted")) == []
    late = desk.say(2.0, Resync(subtasks=(S1,))) if resync else desk.queue(S1, now=2.0)
    assert late == []
    assert desk.say(3.0, Withdrawn(subtasks=("s1",))) == []
    assert desk.queue(S1, now=4.0) == assigned(FIRST, S1, 4.0)


def test_what_is_settled_while_somebody_holds_it_is_taken_from_him() -> None:
    desk = Desk(A)
    desk.queue(S1)
    assert desk.say(1.0, Settled(subtasks=("s1", "s9"))) == [
        told(FIRST, "it has ended"),
        over(FIRST, 1.0),
    ]
    assert (desk.state(), desk.load("a")) == ({}, 1)
    assert desk.say(2.0, Cancelled(lease=FIRST)) == []
    assert desk.load("a") == 0


STOPS = (Cancelled(lease=FIRST), completed(FIRST), failed(FIRST))


@pytest.mark.parametrize("stop", STOPS, ids=lambda s: type(s).__name__)
def test_a_slot_is_free_when_the_handler_has_ended_and_not_when_it_is_told_to(
    stop: Cancelled | Completed | Failed,
) -> None:
    desk = Desk(A)
    desk.queue(S1)
    desk.say(1.0, Withdraw(subtasks=("s1",), reason="not wanted"))
    other = ready("s2")
    assert desk.queue(other, now=2.0) == []
    assert desk.say(3.0, stop)[-2:] == assigned(lease("s2", "a", 2), other, 3.0)
    assert desk.say(4.0, Cancelled(lease=FIRST)) == []
    assert desk.load("a") == 1


def test_an_agent_that_comes_back_has_stopped_whatever_it_ran() -> None:
    desk = Desk(A)
    desk.queue(S1)
    desk.say(1.0, Withdraw(subtasks=("s1",), reason="not wanted"))
    desk.say(2.0, down())
    desk.say(3.0, AgentUp(agent="a", incarnation=2))
    assert desk.queue(ready("s2"), now=4.0) == assigned(
        lease("s2", "a", 2), ready("s2"), 4.0, incarnation=2
    )


# An orchestrator that was restarted says what is open


def test_what_is_open_goes_on_and_what_is_not_is_forgotten() -> None:
    desk = Desk(A, B)
    desk.queue(S1, ready("s2"))
    assert desk.say(1.0, Resync(subtasks=(S1, ready("s3")))) == [
        revoked(lease("s2", "b", 2), "it has ended", 1.0),
        told(lease("s2", "b", 2), "it has ended"),
    ]
    assert desk.state() == {"leased": 1, "queued": 1}
    stopped = Cancelled(lease=lease("s2", "b", 2))
    assert desk.say(1.5, stopped) == assigned(lease("s3", "b", 3), ready("s3"), 1.5)


def test_an_end_that_was_not_confirmed_is_reported_again() -> None:
    desk = Desk(A)
    desk.queue(S1)
    desk.say(1.0, completed(FIRST))
    assert desk.say(2.0, Resync(subtasks=(S1,))) == done(FIRST, 2.0)[1:]


def test_what_was_forgotten_so_may_come_again() -> None:
    desk = Desk(A)
    desk.queue(S1)
    desk.say(1.0, Resync(subtasks=()))
    desk.say(1.5, Cancelled(lease=FIRST))
    assert desk.queue(S1, now=2.0) == assigned(lease("s1", "a", 2), S1, 2.0)
