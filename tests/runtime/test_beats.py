"""Heartbeats from afar: the first one is heard, those that follow are seen."""

from __future__ import annotations

import threading

import pytest

from callboard import Config, Context, Runtime, Task
from callboard.actors.logic.board import Board
from callboard.messages.errors import RuntimeClosed, UnknownAgent
from callboard.messages.facts import AgentRegistered, AgentRemoved
from callboard.messages.values import Agent, Skill
from callboard.runtime.beats import Beats
from tests.live import LONG, eventually
from tests.runtime.settings import QUICK, with_settings

FAR = Agent(id="far", skills=(Skill(name="general"),), pull=True)


class Clock:
    """Stands until it is set."""

    def __init__(self) -> None:
        self.time = 100.0

    def now(self) -> float:
        return self.time


def test_who_is_not_expected_to_beat_is_to_be_told_of() -> None:
    board, clock = Board(), Clock()
    board.apply(AgentRegistered(at=90.0, agent=FAR))
    beats = Beats(board.agents, clock)

    assert (beats.note("far"), beats.quiet("far")) == (False, None)
    assert board.agents["far"].last_heartbeat == 90.0


def test_who_is_expected_leaves_a_timestamp_that_the_board_shows() -> None:
    board, clock = Board(), Clock()
    board.apply(AgentRegistered(at=90.0, agent=FAR))
    beats = Beats(board.agents, clock)
    beats.expect("far", expected=True)

    assert beats.quiet("far") == 10.0
    assert beats.note("far")
    clock.time = 107.0
    assert (board.agents["far"].last_heartbeat, beats.quiet("far")) == (100.0, 7.0)


def test_who_has_left_is_not_expected_whatever_was_said_of_it_before() -> None:
    board, clock = Board(), Clock()
    beats = Beats(board.agents, clock)
    beats.expect("far", expected=True)

    assert (beats.note("far"), beats.quiet("far")) == (False, None)
    board.apply(AgentRegistered(at=90.0, agent=FAR))
    board.apply(AgentRemoved(at=91.0, agent="far", reason=""))
    assert not beats.note("far")


def test_nobody_is_expected_once_all_are_forgotten() -> None:
    board, clock = Board(), Clock()
    board.apply(AgentRegistered(at=90.0, agent=FAR))
    beats = Beats(board.agents, clock)
    beats.expect("far", expected=True)
    beats.forget()

    assert not beats.note("far")


def test_newer_signs_that_were_seen_elsewhere_are_shown_too() -> None:
    board, clock = Board(), Clock()
    for name in ("far", "near"):
        board.apply(AgentRegistered(at=90.0, agent=Agent(id=name)))
    Beats(board.agents, clock).take_in({"far": 4.0, "near": 20.0, "gone": 1.0})

    assert {name: a.last_heartbeat for name, a in board.agents.items()} == {
        "far": 96.0,
        "near": 90.0,
    }


def test_a_handlers_signs_of_life_are_seen_by_who_looks(runtime: Runtime) -> None:
    beaten, enough = threading.Event(), threading.Event()

    def work(task: Task, ctx: Context) -> None:
        del task
        while not enough.is_set():
            ctx.heartbeat()
            beaten.set()
            enough.wait(0.001)

    runtime.register(work, skills=["general"])
    goal = runtime.submit("be alive")
    assert beaten.wait(LONG)
    first = eventually(lambda: runtime.agents()["work"].last_heartbeat)
    eventually(lambda: runtime.agents()["work"].last_heartbeat > first)
    enough.set()
    goal.result(LONG)

    assert "ProgressMade" not in runtime.hub.counts()


def heard(runtime: Runtime) -> int:
    return runtime.hub.counts().get("HeartbeatSeen", 0)


def test_the_first_heartbeat_is_heard_and_the_others_are_seen(runtime: Runtime) -> None:
    runtime.register_remote(FAR)
    dates = [runtime.agents()["far"].last_heartbeat]
    for _ in range(5):
        runtime.heartbeat("far")
        dates.append(runtime.agents()["far"].last_heartbeat)

    assert heard(runtime) == 1
    assert dates == sorted(set(dates))


def test_one_that_carries_figures_is_heard(runtime: Runtime) -> None:
    runtime.register_remote(FAR)
    for _ in range(3):
        runtime.heartbeat("far", cpu=0.5)

    assert (heard(runtime), runtime.agents()["far"].cpu) == (3, 0.5)


def test_who_beats_is_not_doubted_and_who_falls_silent_is_and_is_heard_again() -> None:
    config = with_settings(QUICK, heartbeat_timeout=0.3)
    with Runtime(config) as runtime:
        runtime.register_remote(FAR)
        beating = iter(range(1_000_000))

        def long_enough() -> bool:
            runtime.heartbeat("far")
            return next(beating) > 0 and runtime.agents()["far"].last_heartbeat > first + 0.7

        runtime.heartbeat("far")
        first = runtime.agents()["far"].last_heartbeat
        eventually(long_enough)
        assert (heard(runtime), runtime.hub.counts().get("AgentDoubted", 0)) == (1, 0)

        eventually(lambda: runtime.agents()["far"].health == "dead")
        runtime.heartbeat("far")
        assert (heard(runtime), runtime.agents()["far"].health) == (2, "well")


def test_a_new_scheduler_hears_everybody_once(runtime: Runtime) -> None:
    runtime.register_remote(FAR)
    runtime.heartbeat("far")
    runtime.crash("scheduler", "drill")
    eventually(lambda: runtime.hub.counts().get("ActorRestarted"))
    runtime.health(LONG)

    for _ in range(3):
        runtime.heartbeat("far")

    assert heard(runtime) == 2


def test_who_was_registered_again_is_heard_once_more(runtime: Runtime) -> None:
    runtime.register_remote(FAR)
    runtime.heartbeat("far")
    runtime.unregister("far")
    with pytest.raises(UnknownAgent):
        runtime.heartbeat("far")
    runtime.register_remote(FAR)
    for _ in range(3):
        runtime.heartbeat("far")

    assert heard(runtime) == 2


def test_a_closed_runtime_takes_no_heartbeat(config: Config) -> None:
    with Runtime(config) as runtime:
        runtime.register_remote(FAR)
        runtime.heartbeat("far")

    with pytest.raises(RuntimeClosed):
        runtime.heartbeat("far")
