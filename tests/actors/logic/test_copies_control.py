"""Copies are withdrawn and interrupted as any attempt, and a new scheduler takes them over."""

from __future__ import annotations

import pytest

from callboard.actors.logic.effects import Record
from callboard.messages import facts
from callboard.messages.commands import PauseAgent
from callboard.messages.supervision import Wake
from callboard.messages.values import Agent, Lease, Saved, replace
from callboard.messages.work import (
    AgentLeft,
    Hold,
    Progress,
    Release,
    Resync,
    Running,
    Withdraw,
)
from tests.actors.logic.desk import (
    OTHER,
    RESULT,
    Desk,
    assigned,
    completed,
    done,
    lease,
    revoked,
    told,
)
from tests.actors.logic.twins import (
    COPY,
    FIRST,
    OPTIONS,
    REASON,
    S1,
    A,
    B,
    C,
    doubled,
)

# Control


def test_what_is_withdrawn_is_taken_back_everywhere() -> None:
    desk, now = doubled()

    said = desk.say(now, Withdraw(subtasks=("s1",), reason="enough"))
    assert said == [
        revoked(COPY, "enough", now),
        told(COPY, "enough"),
        revoked(FIRST, "enough", now),
        told(FIRST, "enough"),
    ]
    assert desk.state() == {}


def test_what_is_interrupted_is_taken_back_everywhere_and_loses_no_attempt() -> None:
    desk, now = doubled()
    hold = Hold(subtasks=("s1",), ready=("s1",), interrupt=True)

    taken = [e.fact for e in desk.say(now, hold) if isinstance(e, Record)]
    assert [type(fact).__name__ for fact in taken] == [
        "LeaseRevoked",
        "LeaseRevoked",
        "SubtaskRequeued",
    ]
    for name in ("a", "b"):
        desk.say(now, AgentLeft(agent=name, reason="it goes"))
    desk.join(C, now)
    said = desk.say(now, Release(subtasks=("s1",), ready=("s1",)))
    assert said == assigned(lease("s1", "c", 3), S1, now)


def test_an_agent_that_is_interrupted_loses_the_copy_only() -> None:
    desk, now = doubled()

    said = desk.say(now, PauseAgent(agent="b", reason="", interrupt=True, reply_to=""))
    assert revoked(COPY, "agent 'b' is paused", now) in said
    assert desk.state() == {"leased": 1}
    assert desk.say(now, completed(FIRST)) == done(FIRST, now)


def test_an_agent_that_leaves_takes_its_copy_with_it() -> None:
    desk, now = doubled()
    desk.say(now, AgentLeft(agent="a", reason="it goes"))

    assert desk.say(now, completed(COPY)) == done(COPY, now)


# A new scheduler


def restarted(*agents: Agent) -> Desk:
    """After all that `doubled` has recorded."""
    desk, now = doubled()
    recorded = [
        facts.SubtaskQueued(at=0.0, goal="g", subtask="s1"),
        facts.SubtaskAssigned(at=0.0, lease=FIRST),
        facts.SubtaskStarted(at=0.0, lease=FIRST),
        facts.CopyStarted(at=now, lease=COPY, of=FIRST, seconds=now, expected=now),
        facts.SubtaskAssigned(at=now, lease=COPY),
        facts.SubtaskStarted(at=now, lease=COPY),
    ]
    del desk
    return Desk(*agents, incarnation=2, recorded=recorded, speculation=OPTIONS)


def runs(*leases: Lease, agent: str) -> Running:
    return Running(agent=agent, leases=leases, incarnation=1)


def adopted(held: Lease, now: float) -> Record:
    return Record(facts.LeaseAdopted(at=now, lease=held))


def synced(desk: Desk, now: float = 0.0) -> None:
    desk.say(now, Resync(subtasks=(S1,), incarnation=2))


@pytest.mark.parametrize("order", [(FIRST, COPY), (COPY, FIRST)])
def test_a_restarted_scheduler_takes_both_over_in_any_order(order: tuple[Lease, ...]) -> None:
    desk = restarted(A, B)
    synced(desk)
    for held in order:
        assert adopted(held, 0.5) in desk.say(0.5, runs(held, agent=held.agent))
    desk.say(2.0, Wake())

    assert desk.state() == {"leased": 1, "copies": 1}
    said = desk.say(3.0, completed(order[1]))
    assert said[:2] == [revoked(order[0], REASON, 3.0), told(order[0], REASON)]


@pytest.mark.parametrize("again", [True, False])
def test_what_was_saved_before_is_kept_once_where_the_later_one_was_adopted_first(
    *, again: bool
) -> None:
    desk = restarted(A, B)
    kept = replace(S1, checkpoint=OTHER, saved=Saved(token=FIRST.token, number=1))
    desk.say(0.0, Resync(subtasks=(kept,), incarnation=2))
    for held in (COPY, FIRST):
        desk.say(0.5, runs(held, agent=held.agent))
    if again:
        desk.say(1.0, Progress(lease=COPY, checkpoint=RESULT, number=1))

    said = desk.say(3.0, completed(FIRST))
    assert said == [revoked(COPY, REASON, 3.0), told(COPY, REASON), *done(FIRST, 3.0)]


def test_of_what_only_one_runs_yet_the_other_one_has_ended() -> None:
    desk = restarted(A, B)
    synced(desk)
    desk.say(0.5, runs(agent="a"))
    desk.say(0.5, runs(COPY, agent="b"))

    said = desk.say(2.0, Wake())
    assert revoked(FIRST, "its agent does not run it", 2.0) in said
    assert desk.state() == {"leased": 1}
    wanted = desk.say(3.0, runs(FIRST, agent="a"))
    assert wanted == [told(FIRST, "it is not wanted any more")]


def test_what_nobody_runs_yet_waits_again() -> None:
    desk = restarted(A, B)
    synced(desk)
    desk.say(0.5, runs(agent="a"))
    desk.say(0.5, runs(agent="b"))
    desk.say(2.0, Wake())

    assert desk.state() == {"leased": 1}
