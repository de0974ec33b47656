"""An attempt that takes long gets a copy beside it, and the first to be completed counts."""

from __future__ import annotations

from typing import Any

import pytest

from callboard.actors.logic.effects import Effect, LookAt, Record, Show, Tell
from callboard.actors.logic.learning import Sample
from callboard.actors.logic.speculation_options import SpeculationOptions
from callboard.messages import facts
from callboard.messages.base import ORCHESTRATOR
from callboard.messages.commands import CompleteSubtask, PauseAgent, Ping
from callboard.messages.notices import AttemptDeclined, ProgressMade
from callboard.messages.supervision import Wake
from callboard.messages.values import Agent, Lease, Ready, Retry, Timeouts
from callboard.messages.work import (
    AgentLeft,
    CheckLease,
    Completed,
    Declined,
    Hold,
    LeaseStands,
    Progress,
    Release,
    Resync,
    Running,
    SaveCheckpoint,
    Settled,
    SubtaskDone,
    Waiting,
    Withdraw,
)
from tests.actors.logic.desk import (
    OTHER,
    RESULT,
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
    refused,
    retried,
    revoked,
    slow,
    told,
    too_late,
)

A, B, C = agent("a", "sql"), agent("b", "sql"), agent("c", "sql")
OPTIONS = SpeculationOptions(least=3)
S1 = ready("s1", "sql", kind="query", speculate=True)
FIRST, COPY = lease("s1", "a"), lease("s1", "b", 2, attempt=2, copy=1)
QUERY = Sample("query", "sql", "a")
REASON = "another copy was first"


def desk_of(*agents: Agent, options: SpeculationOptions | None = OPTIONS, **more: Any) -> Desk:
    """Whose scheduler has learnt that a query takes a minute."""
    desk = Desk(*agents, speculation=options, **more)
    teach(desk)
    return desk


def teach(desk: Desk, count: int = 20) -> None:
    for _ in range(count):
        for name in ("a", "b", "c"):
            desk.learning.finished(Sample("query", "sql", name), 3600.0, 60.0)


def expected(desk: Desk, who: str = "a") -> float:
    return desk.learning.expect(Sample("query", "sql", who), 3600.0).high


def late(desk: Desk) -> float:
    """When an attempt is late that began at once."""
    return expected(desk) + 0.1


def copied(
    desk: Desk, copy: Lease, of: Lease, now: float, *, since: float = 0.0, work: Ready = S1
) -> list[Effect]:
    usual = expected(desk, of.agent)
    said = facts.CopyStarted(at=now, lease=copy, of=of, seconds=now - since, expected=usual)
    return [Record(said), *assigned(copy, work, now)]


def doubled(*agents: Agent, **more: Any) -> tuple[Desk, float]:
    """Somebody who runs S1 and its copy; with the time of now."""
    desk = desk_of(*(agents or (A, B)), **more)
    desk.queue(S1)
    desk.start(FIRST)
    now = late(desk)
    assert desk.say(now, Wake()) == copied(desk, COPY, FIRST, now)
    desk.start(COPY, now)
    return desk, now


# When there is one


def test_what_takes_longer_than_it_should_gets_a_copy_at_an_agent_that_is_idle() -> None:
    desk = desk_of(A, B)
    desk.queue(S1)
    desk.start(FIRST)

    assert desk.say(expected(desk) - 0.1, Wake()) == []
    now = late(desk)
    assert desk.say(now, Wake()) == copied(desk, COPY, FIRST, now)
    assert desk.state() == {"leased": 1, "copies": 1}


def test_there_is_one_copy_at_a_time_and_none_of_a_copy() -> None:
    desk, now = doubled(A, B, C)

    assert desk.say(10 * now, Wake()) == []


def test_more_copies_are_made_one_after_the_other_where_that_is_allowed() -> None:
    desk, now = doubled(A, B, C, options=SpeculationOptions(least=3, copies=2, share=1.0))
    later = now + late(desk)
    second = lease("s1", "c", 3, attempt=3, copy=2)

    assert desk.say(later, Wake()) == copied(desk, second, COPY, later, since=now)


@pytest.mark.parametrize(
    ("own", "holder", "taker", "default", "made"),
    [
        (None, None, None, False, False),
        (None, None, None, True, True),
        (False, True, True, True, False),
        (True, False, False, False, True),
        (None, True, None, False, True),
        (None, True, True, False, True),
        (None, False, True, True, False),
        (None, True, False, True, False),
    ],
)
def test_only_what_may_be_done_twice_is(
    *, own: bool | None, holder: bool | None, taker: bool | None, default: bool, made: bool
) -> None:
    agents = agent("a", "sql", speculate=holder), agent("b", "sql", speculate=taker)
    desk = desk_of(*agents, options=SpeculationOptions(least=3, default=default))
    work = ready("s1", "sql", kind="query", speculate=own)
    desk.queue(work)
    desk.start(FIRST)
    now = late(desk)

    said = desk.say(now, Wake())
    assert said == (copied(desk, COPY, FIRST, now, work=work) if made else [])


def test_nothing_gets_a_copy_where_that_is_switched_off() -> None:
    desk = desk_of(A, B, options=None)
    desk.queue(S1)
    desk.start(FIRST)

    assert desk.say(late(desk), Wake()) == []


def test_nothing_gets_a_copy_before_enough_is_known_and_then_it_does() -> None:
    desk = Desk(A, B, C, speculation=OPTIONS)
    others = [ready(f"o{n}", "sql", kind="query") for n in range(5)]
    desk.queue(S1)
    desk.start(FIRST)
    assert desk.say(5000.0, Wake()) == []

    for number, other in enumerate(others):
        [held] = [lease(f"o{number}", "b", number + 2)]
        desk.queue(other, now=5000.0)
        desk.start(held, 5000.0)
        desk.say(5000.0, Completed(lease=held, result=RESULT, seconds=60.0))
        said = desk.say(5000.0, Settled(subtasks=(f"o{number}",)))
        assert not said
    copy = lease("s1", "b", 7, attempt=2, copy=1)
    assert desk.say(5000.0, Wake()) == copied(desk, copy, FIRST, 5000.0)


def test_what_was_learnt_meanwhile_puts_it_off() -> None:
    desk = desk_of(A, B)
    desk.queue(S1)
    desk.start(FIRST)
    early = late(desk)
    for _ in range(40):
        desk.learning.finished(Sample("query", "sql", "a"), 3600.0, 600.0)

    assert desk.say(early, Wake()) == []
    now = late(desk)
    assert desk.say(now, Wake()) == copied(desk, COPY, FIRST, now)


def test_an_agent_that_something_ready_waits_for_takes_no_copies() -> None:
    desk = desk_of(A)
    desk.queue(S1)
    desk.start(FIRST)
    other = ready("s2", "sql")
    desk.queue(other)
    now = late(desk)
    desk.say(now, Wake())
    again = lease("s2", "b", 2)

    assert desk.join(B, now) == assigned(again, other, now)
    third = lease("s1", "b", 3, attempt=2, copy=1)
    said = desk.say(now, completed(again))
    assert said == [*done(again, now), *copied(desk, third, FIRST, now)]


def test_nobody_else_is_idle_so_it_waits_until_somebody_is() -> None:
    desk = desk_of(A)
    desk.queue(S1)
    desk.start(FIRST)
    now = late(desk)
    assert desk.say(now, Wake()) == []

    assert desk.join(B, now) == copied(desk, COPY, FIRST, now)


def test_the_agent_that_has_it_gets_no_copy_though_it_has_a_slot() -> None:
    desk = desk_of(agent("a", "sql", max_load=2))
    desk.queue(S1)
    desk.start(FIRST)

    assert desk.say(late(desk), Wake()) == []
    other = ready("s2", "sql")
    assert desk.queue(other, now=1.0) == assigned(lease("s2", "a", 2), other, 1.0)


def test_copies_take_no_more_than_their_share_of_the_slots() -> None:
    agents = [agent(f"a{n}", "sql") for n in range(20)]
    desk = desk_of(*agents, options=SpeculationOptions(least=3, share=0.1))
    works = [ready(f"s{n}", "sql", kind="query", speculate=True) for n in range(8)]
    desk.queue(*works)
    for number in range(8):
        desk.start(lease(f"s{number}", f"a{number}", number + 1))
    desk.say(10 * late(desk), Wake())

    assert desk.state() == {"leased": 8, "copies": 2}


def test_an_attempt_that_waits_for_a_sub_goal_gets_no_copy() -> None:
    desk = desk_of(A, B)
    desk.queue(S1)
    desk.start(FIRST)
    desk.say(1.0, Waiting(lease=FIRST, number=1))

    assert desk.say(late(desk), Wake()) == []


def test_what_has_taken_an_agent_down_is_not_done_twice_at_once() -> None:
    desk = desk_of(A, B)
    desk.queue(S1)
    desk.start(FIRST)
    desk.say(1.0, down())
    again = lease("s1", "b", 2)
    desk.start(again, 1.0)
    desk.join(A, 1.0, 2)

    assert desk.say(1.0 + late(desk), Wake()) == []


def test_a_copy_is_an_attempt_so_where_only_one_is_allowed_there_is_none() -> None:
    desk = desk_of(A, B, retry=Retry(attempts=1))
    desk.queue(S1)
    desk.start(FIRST)

    assert desk.say(late(desk), Wake()) == []


def test_what_is_paused_gets_no_copy_until_it_is_resumed() -> None:
    desk = desk_of(A, B)
    desk.queue(S1)
    desk.start(FIRST)
    desk.say(1.0, Hold(subtasks=("s1",), ready=("s1",)))
    now = late(desk)
    assert desk.say(now, Wake()) == []

    said = desk.say(now, Release(subtasks=("s1",), ready=("s1",)))
    assert said == copied(desk, COPY, FIRST, now)


def test_who_was_free_already_is_given_work_as_before_after_it_was_passed_over() -> None:
    desk = desk_of(agent("a", "sql", max_load=2), B)
    desk.queue(S1)
    desk.start(FIRST)
    desk.say(now := late(desk), Wake())
    last = ready("s3", "sql")

    said = desk.queue(last, now=now)
    assert said == assigned(lease("s3", "a", 3), last, now)


def test_a_copy_that_goes_on_alone_gets_one_too_with_a_number_of_its_own() -> None:
    desk, now = doubled(A, B, C)
    desk.say(now, failed(FIRST))
    later = now + 10 * late(desk)
    another = lease("s1", "a", 3, attempt=3, copy=2)

    assert desk.say(later, Wake()) == copied(desk, another, COPY, later, since=now)


def test_rounding_has_nothing_due_for_ever() -> None:
    desk = desk_of(A, B)
    began = 1_800_000_000.1
    desk.queue(S1, now=began)
    desk.start(FIRST, began)
    due = began + expected(desk)

    assert copied(desk, COPY, FIRST, due, since=began)[1:] == desk.say(due, Wake())[1:]


def test_who_is_late_no_more_for_what_was_learnt_meanwhile_gets_no_copy() -> None:
    desk = desk_of(A)
    desk.queue(S1)
    desk.start(FIRST)
    now = late(desk)
    desk.say(now, Wake())
    for _ in range(40):
        desk.learning.finished(QUERY, 3600.0, 600.0)

    assert desk.join(B, now) == []
    then = late(desk)
    assert desk.say(then, Wake()) == copied(desk, COPY, FIRST, then)


# The first is completed


def test_the_first_completion_ends_the_subtask_and_takes_the_copy_back() -> None:
    desk, now = doubled()

    said = desk.say(now, completed(FIRST))
    assert said == [revoked(COPY, REASON, now), told(COPY, REASON), *done(FIRST, now)]
    assert desk.state() == {"settling": 1}


def test_a_copy_that_is_first_takes_the_other_one_back() -> None:
    desk, now = doubled()

    said = desk.say(now, completed(COPY))
    assert said == [revoked(FIRST, REASON, now), told(FIRST, REASON), *done(COPY, now)]
    assert desk.say(now, completed(FIRST)) == refused(FIRST, "Completed", now)


def test_of_three_only_one_counts() -> None:
    desk, now = doubled(A, B, C, options=SpeculationOptions(least=3, copies=2, share=1.0))
    now += late(desk)
    desk.say(now, Wake())
    second = lease("s1", "c", 3, attempt=3, copy=2)

    said = desk.say(now, completed(second))
    assert said == [
        revoked(FIRST, REASON, now),
        told(FIRST, REASON),
        revoked(COPY, REASON, now),
        told(COPY, REASON),
        *done(second, now),
    ]


def test_it_is_learnt_that_the_one_that_was_overtaken_is_slow() -> None:
    desk, now = doubled()
    alike = Desk(A, B)
    teach(alike)
    desk.say(20 * now, Completed(lease=COPY, result=RESULT, seconds=60.0))
    desk.say(20 * now, Settled(subtasks=("s1",)))
    alike.learning.completed(S1.subtask, "b", 60.0)
    assert (
        desk.learning.expect(QUERY, 3600.0).seconds > alike.learning.expect(QUERY, 3600.0).seconds
    )

    alike.learning.outlasted(S1.subtask, "a", 20 * now)
    assert desk.learning.expect(QUERY, 3600.0) == alike.learning.expect(QUERY, 3600.0)


def test_somebody_says_from_outside_that_it_is_done_and_all_are_taken_back() -> None:
    desk, now = doubled()
    reason = "it was completed by somebody else"
    outside = CompleteSubtask(subtask="s1", result=RESULT, reply_to="caller/1")

    said = desk.say(now, outside)
    ends = SubtaskDone(subtask="s1", lease=FIRST, result=RESULT, seconds=0.0, reply_to="caller/1")
    assert said == [
        revoked(COPY, reason, now),
        told(COPY, reason),
        told(FIRST, reason),
        over(FIRST, now),
        Tell(ORCHESTRATOR, ends),
    ]


# One of them fails


def copy_failed(held: Lease, now: float) -> Record:
    return Record(facts.CopyFailed(at=now, lease=held, problem=WRONG))


def test_when_one_fails_the_other_goes_on_and_nothing_is_tried_anew() -> None:
    desk, now = doubled()

    assert desk.say(now, failed(FIRST)) == [copy_failed(FIRST, now)]
    assert desk.state() == {"leased": 1}
    assert desk.say(now, completed(COPY)) == done(COPY, now)


def test_each_failure_is_a_failed_attempt_so_the_last_one_ends_it() -> None:
    desk, now = doubled(retry=Retry(attempts=2))
    desk.say(now, failed(COPY))

    assert desk.say(now, failed(FIRST)) == [over(FIRST, now), given_up("s1", WRONG, FIRST)]


def test_when_both_have_failed_the_wait_is_that_after_two_failures() -> None:
    desk, now = doubled()
    desk.say(now, failed(COPY))

    assert desk.say(now, failed(FIRST)) == [retried(FIRST, 15.0, now)]
    third = lease("s1", "a", 3, attempt=3)
    assert desk.say(now + 15.0, Wake())[1:] == assigned(third, S1, now + 15.0)


def test_a_copy_that_is_lost_with_its_agent_uses_up_no_attempt() -> None:
    desk, now = doubled(retry=Retry(attempts=2, first=10.0, jitter=0.0))
    crashed = down("b")

    said = desk.say(now, crashed)
    assert said == [revoked(COPY, crashed.problem.text, now, blamed=True)]
    assert desk.say(now, failed(FIRST)) == [retried(FIRST, 10.0, now)]


def test_when_the_first_agent_dies_its_copy_takes_the_place_and_nothing_is_requeued() -> None:
    desk, now = doubled()
    crashed = down("a")

    said = desk.say(now, crashed)
    assert said == [revoked(FIRST, crashed.problem.text, now, blamed=True)]
    assert desk.state() == {"leased": 1}
    assert desk.say(now, completed(COPY)) == done(COPY, now)


def test_what_takes_down_too_many_agents_is_parked_with_all_that_goes_on_of_it() -> None:
    desk, now = doubled(poison=1)

    kinds = [
        type(effect.fact).__name__
        for effect in desk.say(now, down("a"))
        if isinstance(effect, Record)
    ]
    assert kinds == ["LeaseRevoked", "LeaseRevoked", "SubtaskParked"]
    assert desk.state() == {"parked": 1}


def test_another_copy_is_made_after_a_while_in_place_of_one_that_was_lost() -> None:
    desk, now = doubled(A, B, C)
    desk.say(now, failed(COPY))
    another = lease("s1", "b", 3, attempt=3, copy=1)

    assert desk.say(now + 0.5, Wake()) == []
    assert desk.say(now + 1.0, Wake()) == copied(desk, another, FIRST, now + 1.0)


def test_who_would_not_take_a_copy_is_not_asked_again_at_once() -> None:
    desk, now = doubled()
    said = desk.say(now, Declined(lease=COPY, reason="it stops"))

    shown = Show(AttemptDeclined(at=now, lease=COPY, reason="it stops"))
    assert said == [shown, revoked(COPY, "it was declined: it stops", now)]
    assert desk.say(now, Ping(reply_to="caller/1"))
    assert desk.state() == {"leased": 1}


# Limits


def test_each_has_limits_of_its_own() -> None:
    desk, now = doubled(timeouts=Timeouts(run=1000.0))
    problem = too_late("run", 1000.0)

    said = desk.say(1000.0, Wake())
    assert said == [
        revoked(FIRST, problem.text, 1000.0),
        told(FIRST, problem.text),
        slow(FIRST, "run", 1000.0, 1000.0),
        Record(facts.CopyFailed(at=1000.0, lease=FIRST, problem=problem)),
    ]
    assert desk.say(1000.0 + now - 1.0, Wake()) == []
    last = desk.say(1000.0 + now, Wake())
    assert last[0] == revoked(COPY, problem.text, 1000.0 + now)
    assert desk.state() == {"delayed": 1}


def test_a_copy_that_is_silent_is_taken_back_and_the_first_goes_on() -> None:
    desk, now = doubled(timeouts=Timeouts(silence=400.0))
    desk.say(now + 300.0, Progress(lease=FIRST, fraction=0.5))

    said = desk.say(now + 400.0, Wake())
    assert said[0] == revoked(COPY, too_late("silence", 400.0).text, now + 400.0)
    assert desk.state() == {"leased": 1}
    assert desk.say(now + 401.0, completed(FIRST)) == done(FIRST, now + 401.0)


def test_a_limit_that_is_looked_into_goes_on_to_count_where_the_copy_takes_the_place() -> None:
    desk, now = doubled(timeouts=Timeouts(run=1000.0))
    then = 1000.0 + now
    desk.say(then - 10.0, Progress(lease=FIRST))
    looks = [effect for effect in desk.hear(then, Wake()) if isinstance(effect, LookAt)]
    desk.say(then, failed(FIRST))
    assert desk.state() == {"leased": 1}

    said = desk.show(then, looks[-1])
    assert said[0] == revoked(COPY, too_late("run", 1000.0).text, then)
    assert desk.state() == {"delayed": 1}


# Progress, checkpoints, effects


def test_the_checkpoints_of_the_first_are_kept_and_those_of_the_copy_when_it_takes_over() -> None:
    desk, now = doubled()
    copys = Progress(lease=COPY, fraction=0.2, checkpoint=RESULT, number=1)
    firsts = Progress(lease=FIRST, fraction=0.9, checkpoint=OTHER, number=1)

    assert desk.say(now, copys) == [shown(COPY, 0.2, now)]
    assert desk.say(now, firsts) == [
        shown(FIRST, 0.9, now),
        Tell(ORCHESTRATOR, SaveCheckpoint(lease=FIRST, checkpoint=OTHER, number=1)),
    ]
    save = SaveCheckpoint(lease=COPY, checkpoint=RESULT, number=1)
    assert desk.say(now, failed(FIRST)) == [copy_failed(FIRST, now), Tell(ORCHESTRATOR, save)]


def shown(held: Lease, fraction: float, now: float) -> Show:
    return Show(ProgressMade(at=now, lease=held, fraction=fraction, note=""))


def test_the_checkpoints_of_a_copy_that_is_lost_are_lost_with_it() -> None:
    desk, now = doubled()
    desk.say(now, Progress(lease=COPY, checkpoint=RESULT, number=1))
    desk.say(now, failed(COPY))
    desk.say(now, failed(FIRST))

    [*_, assign] = desk.say(now + 15.0, Wake())
    assert isinstance(assign, Tell)
    assert assign == assigned(lease("s1", "a", 3, attempt=3), S1, now + 15.0)[1]


def test_both_may_have_their_side_effects_which_have_the_same_name() -> None:
    desk, now = doubled()
    for held in (FIRST, COPY):
        said = desk.say(now, CheckLease(lease=held, reply_to="caller/1"))
        assert said == [Tell("caller/1", LeaseStands(lease=held))]


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
    desk.say(now, Resync(subtasks=(S1,)))


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
