"""What a supervisor does about order, time, failing starts, wishes, and its own end."""

from __future__ import annotations

import pytest

from callboard.actors.logic.family.exits import Exit, Restart
from callboard.actors.logic.family.phases import TRANSITIONS, Phase
from callboard.actors.logic.family.specs import Budget, ChildSpec, FamilyOptions
from callboard.actors.logic.family.strategies import AutoShutdown, Strategy
from callboard.actors.logic.family.words import (
    ChildExited,
    ChildStarted,
    DeleteChild,
    Leave,
    RestartChild,
    StartChild,
    Stop,
    TerminateChild,
)
from callboard.messages.errors import (
    ChildIdTaken,
    ChildNotStarted,
    ChildNotStopped,
    InvalidCall,
    SupervisorEnds,
    UnknownChild,
)
from callboard.messages.facts import ActorRestarted, Escalated, RestartScheduled
from callboard.messages.notices import ActorAbandoned, ActorEnded
from tests.actors.logic.family.world import BOOM, World, options, specs

GROUPS = [Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE]


# Beginning


def test_children_start_in_order_each_when_the_one_before_it_runs() -> None:
    world = World(specs("abc"), options())
    world.slow = {"b"}
    world.start()
    assert world.log == ["+a1", "+b1"]
    assert not world.opened
    world.say(ChildStarted("b", 1))
    assert world.log == ["+a1", "+b1", "+c1"]
    assert world.opened


def test_a_child_that_cannot_start_in_the_beginning_is_the_end_of_it() -> None:
    world = World(specs("abc"), options())
    world.broken = {"c"}
    world.start()
    assert world.log == ["+a1", "+b1", "+c1", "-b1", "-a1"]
    assert not world.opened
    assert world.left is not None
    assert (world.left.end, world.left.problem and world.left.problem.error) == (
        Exit.FAILED,
        "ChildNotStarted",
    )


def test_a_child_that_declines_to_start_is_kept_and_the_others_start() -> None:
    """OTP's `ignore`."""
    children = [ChildSpec("a", None, restart=Restart.TRANSIENT), ChildSpec("b", None)]
    world = World(children, options())
    world.slow = {"a"}
    world.start()
    world.exit("a", Exit.NORMAL)
    assert world.phases() == {"a": Phase.STOPPED, "b": Phase.RUNNING}
    assert world.opened


# Restarts


def test_a_failure_is_counted_before_the_attempt_and_a_failed_start_is_one_too() -> None:
    world = World(specs("a"), options()).start()
    world.broken = {"a"}
    world.exit("a")
    world.advance(1.0)
    assert world.log == ["+a1", "+a2"]
    assert not world.has_left()
    world.advance(2.0)
    assert world.left is not None
    assert world.left.end is Exit.SHUTDOWN
    assert [type(e) for e in world.events] == [RestartScheduled, RestartScheduled, Escalated]
    assert isinstance(world.events[1], RestartScheduled)
    assert (world.events[1].address, world.events[1].attempt) == ("tree/a", 2)


@pytest.mark.parametrize(("later", "allowed"), [(10.0, False), (10.5, True)])
def test_a_restart_exactly_one_period_ago_still_counts(later: float, *, allowed: bool) -> None:
    world = World(specs("a"), options(budget=Budget(1, 10.0))).start()
    world.exit("a")
    world.advance(later)
    world.exit("a")
    assert (world.left is None) is allowed


@pytest.mark.parametrize("strategy", GROUPS)
def test_a_groups_restart_counts_once(strategy: Strategy) -> None:
    world = World(specs("abc"), options(strategy=strategy)).start()
    world.exit("a")
    world.advance(1.0)
    world.exit("a")
    world.advance(2.0)
    assert not world.has_left()
    assert world.alive == {"a": 3, "b": 3, "c": 3}


def test_waits_double_and_begin_anew_for_one_that_ran_well() -> None:
    world = World(specs("a"), options(budget=Budget(9, 99.0))).start()
    world.exit("a")
    world.advance(1.0)
    world.exit("a")
    world.advance(1.9)
    assert world.alive == {}
    world.advance(0.1)
    world.advance(8.0)
    world.exit("a")
    world.advance(1.0)
    assert world.alive == {"a": 4}


def test_a_group_stops_in_reverse_order_and_starts_in_order() -> None:
    world = World(specs("abcd"), options(strategy=Strategy.REST_FOR_ONE)).start()
    del world.log[:]
    world.exit("b")
    assert world.log == ["-d1", "-c1"]
    world.advance(1.0)
    assert world.log == ["-d1", "-c1", "+b2", "+c2", "+d2"]
    assert [e.address for e in world.events if isinstance(e, ActorRestarted)] == [
        "tree/b",
        "tree/c",
        "tree/d",
    ]


def test_with_all_for_one_who_was_started_is_stopped_again_when_another_cannot_start() -> None:
    world = World(specs("abc"), options(strategy=Strategy.ONE_FOR_ALL)).start()
    del world.log[:]
    world.broken = {"b"}
    world.exit("c")
    world.advance(1.0)
    assert world.log == ["-b1", "-a1", "+a2", "+b2", "-a2"]
    world.broken = set()
    world.advance(1.0)
    assert world.log[5:] == ["+a3", "+b3", "+c2"]


def test_with_rest_for_one_who_stands_before_it_is_not_restarted_twice() -> None:
    world = World(specs("abc"), options(strategy=Strategy.REST_FOR_ONE)).start()
    del world.log[:]
    world.broken = {"c"}
    world.exit("b")
    world.advance(1.0)
    world.broken = set()
    world.advance(1.0)
    assert world.log == ["-c1", "+b2", "+c2", "+c3"]


def test_a_supervisor_in_a_failing_restart_loop_still_answers_and_can_be_stopped() -> None:
    world = World(specs("ab"), options(budget=Budget(10**6, 10.0))).start()
    world.broken = {"a"}
    world.exit("a")
    for n in range(20):
        world.advance(2.0**n)
        assert world.logic.count().restarting == 1
    world.say(TerminateChild("a", 1))
    assert world.answers == {1: None}
    world.exit("b")
    world.say(Stop())
    assert world.left == Leave(Exit.SHUTDOWN)


def test_an_own_budget_gives_up_the_child_alone() -> None:
    world = World(
        [ChildSpec("a", None, budget=Budget(1, 60.0)), ChildSpec("b", None)],
        options(budget=Budget(9, 60.0)),
    ).start()
    world.exit("a")
    world.advance(1.0)
    world.exit("a")
    assert world.phases() == {"a": Phase.GIVEN_UP, "b": Phase.RUNNING}
    assert isinstance(world.events[-1], Escalated)
    assert world.logic.count().given_up == 1
    world.say(RestartChild("a", 1))
    assert (world.answers, world.alive) == ({1: None}, {"a": 3, "b": 1})


def test_where_siblings_depend_on_it_an_own_budget_ends_the_supervisor() -> None:
    children = [ChildSpec("a", None, budget=Budget(0, 60.0)), ChildSpec("b", None)]
    world = World(children, options(strategy=Strategy.ONE_FOR_ALL)).start()
    world.exit("a")
    assert world.left is not None
    assert world.left.end is Exit.SHUTDOWN


# Stopping


def test_all_stop_in_reverse_order_each_with_its_own_time() -> None:
    children = [ChildSpec("a", None, shutdown=3.0), ChildSpec("b", None, shutdown=1.0)]
    world = World(children, options()).start()
    world.stubborn = {"a", "b"}
    world.say(Stop())
    assert world.log[2:] == ["-b1"]
    world.advance(1.0)
    assert world.log[2:] == ["-b1", "?b1", "-a1"]
    world.advance(2.9)
    assert not world.has_left()
    world.advance(0.1)
    assert world.left == Leave(Exit.SHUTDOWN)
    assert [e.seconds for e in world.events if isinstance(e, ActorAbandoned)] == [1.0, 3.0]
    assert world.logic.count().abandoned == 2


def test_together_they_take_the_time_of_the_slowest() -> None:
    children = [ChildSpec(name, None, shutdown=n) for n, name in enumerate("abc", 1)]
    world = World(children, options(together=True)).start()
    world.stubborn = {"a", "b", "c"}
    world.say(Stop())
    assert world.log[3:] == ["-c1", "-b1", "-a1"]
    world.advance(2.9)
    assert not world.has_left()
    world.advance(0.1)
    assert world.left is not None


def test_one_that_needs_not_be_waited_for_is_not_and_one_may_take_for_ever() -> None:
    children = [ChildSpec("a", None, shutdown=None), ChildSpec("b", None, shutdown=0)]
    world = World(children, options()).start()
    world.stubborn = {"a"}
    world.say(Stop())
    assert world.log[2:] == ["?b1", "-a1"]
    world.advance(1e6)
    assert not world.has_left()
    world.exit("a", Exit.SHUTDOWN)
    assert world.left is not None


def test_who_was_abandoned_is_counted_until_it_ends_and_no_word_of_it_counts() -> None:
    world = World([ChildSpec("a", None, shutdown=0)], options()).start()
    world.say(TerminateChild("a", 1))
    world.say(DeleteChild("a", 2))
    assert world.logic.count().abandoned == 1
    world.say(StartChild(ChildSpec("a", None), 3))
    assert world.alive == {"a": 2}
    world.say(ChildExited("a", 1, Exit.FAILED, BOOM))
    assert world.logic.count().abandoned == 0
    assert world.alive == {"a": 2}


# Wishes


@pytest.mark.parametrize("strategy", Strategy)
def test_an_explicit_stop_is_never_undone(strategy: Strategy) -> None:
    world = World(specs("abc"), options(strategy=strategy)).start()
    world.say(TerminateChild("b", 1))
    assert world.phases()["b"] is Phase.STOPPED
    world.exit("a")
    world.advance(99.0)
    assert "b" not in world.alive
    assert world.alive["a"] == 2


def test_a_wished_stop_in_the_middle_of_a_groups_restart_counts() -> None:
    world = World(specs("abc"), options(strategy=Strategy.ONE_FOR_ALL)).start()
    world.stubborn = {"b"}
    world.exit("a")
    world.say(TerminateChild("b", 1))
    assert world.answers == {}
    world.advance(5.0)
    assert world.answers == {1: None}
    assert world.alive == {"a": 2, "c": 2}


def test_what_is_asked_for_is_answered_with_what_is_wrong() -> None:
    world = World(specs("a"), options()).start()
    world.broken = {"x"}
    world.say(StartChild(ChildSpec("a", None), 1))
    world.say(StartChild(ChildSpec("x", None), 2))
    world.say(TerminateChild("y", 3))
    world.say(RestartChild("a", 4))
    world.say(DeleteChild("a", 5))
    world.say(DeleteChild("y", 6))
    assert [(type(e), str(e)) for _, e in sorted(world.answers.items())] == [
        (ChildIdTaken, "there is a child 'a' already"),
        (ChildNotStarted, "child 'x' did not start: KeyError: 'q4'"),
        (UnknownChild, "unknown child 'y'"),
        (ChildNotStopped, "child 'a' is running"),
        (ChildNotStopped, "child 'a' is running"),
        (UnknownChild, "unknown child 'y'"),
    ]
    assert world.phases() == {"a": Phase.RUNNING}


def test_a_failed_restart_by_hand_is_told_and_not_tried_again() -> None:
    world = World(specs("a"), options()).start()
    world.say(TerminateChild("a", 1))
    world.broken = {"a"}
    world.say(RestartChild("a", 2))
    assert isinstance(world.answers[2], ChildNotStarted)
    world.advance(99.0)
    assert world.phases() == {"a": Phase.STOPPED}


def test_nothing_is_begun_while_it_ends() -> None:
    world = World(specs("ab"), options()).start()
    world.say(TerminateChild("b", 1))
    world.stubborn = {"a"}
    world.say(Stop())
    world.say(StartChild(ChildSpec("c", None), 2))
    world.say(RestartChild("b", 3))
    assert [type(world.answers[n]) for n in (2, 3)] == [SupervisorEnds, SupervisorEnds]


# Significant children


@pytest.mark.parametrize(
    ("auto", "ends"),
    [(AutoShutdown.ANY_SIGNIFICANT, [True]), (AutoShutdown.ALL_SIGNIFICANT, [False, True])],
)
def test_significant_children_end_their_supervisor(auto: AutoShutdown, ends: list[bool]) -> None:
    kinds = [Restart.TRANSIENT, Restart.TEMPORARY]
    children = [
        ChildSpec(name, None, restart=kind, significant=True)
        for name, kind in zip("ab", kinds, strict=True)
    ]
    world = World([*children, ChildSpec("c", None)], options(auto_shutdown=auto)).start()
    found: list[bool] = []
    for name in "ab"[: len(ends)]:
        world.exit(name, Exit.NORMAL)
        found.append(world.left == Leave(Exit.SHUTDOWN))
    assert found == ends


def test_a_significant_child_that_comes_back_or_was_stopped_on_purpose_ends_nothing() -> None:
    children = [ChildSpec("a", None, restart=Restart.TRANSIENT, significant=True)]
    world = World(children, options(auto_shutdown=AutoShutdown.ANY_SIGNIFICANT)).start()
    world.exit("a")
    world.advance(1.0)
    world.say(TerminateChild("a", 1))
    assert not world.has_left()


def test_an_end_that_nobody_mends_is_seen() -> None:
    world = World(specs("a", Restart.TEMPORARY), options()).start()
    world.exit("a")
    assert world.events == [ActorEnded(at=0.0, address="tree/a", end="failed", problem=BOOM)]


# What makes no sense


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(InvalidCall, match="significant"):
        ChildSpec("a", None, significant=True)
    with pytest.raises(InvalidCall, match="shutdown"):
        ChildSpec("a", None, shutdown=-1.0)
    with pytest.raises(InvalidCall, match="id"):
        ChildSpec("", None)
    with pytest.raises(InvalidCall, match="restarts"):
        Budget(-1, 5.0)
    with pytest.raises(InvalidCall, match="seconds"):
        Budget(1, 0.0)
    with pytest.raises(ChildIdTaken):
        World(specs("aa"), FamilyOptions())
    never = ChildSpec("a", None, restart=Restart.TRANSIENT, significant=True)
    with pytest.raises(InvalidCall, match="auto_shutdown is never"):
        World([never], FamilyOptions())


def test_every_phase_but_the_last_has_an_end_and_a_way_there() -> None:
    assert {phase for phase, _ in TRANSITIONS} == set(Phase) - {Phase.GONE}
    assert {Phase.WAITING, *TRANSITIONS.values()} == set(Phase)
