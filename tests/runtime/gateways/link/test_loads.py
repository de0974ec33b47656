"""What of agents' figures is told: what decides at once, what is shown now and then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard import Config, Runtime
from callboard.actors.logic.overload import Figures, excess
from callboard.actors.logic.overload_options import OverloadOptions
from callboard.messages.facts import SubtaskAssigned
from callboard.messages.values import Skill
from callboard.runtime.gateways.link import frames
from callboard.runtime.gateways.link.loads import CHANGE, PERIOD, Loads
from tests.live import LONG, eventually

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.runtime.gateways.link.peer import Peer


@pytest.fixture
def config() -> Config:
    return Config(overload=LIMITS, heartbeat_timeout=1.5)


LIMITS = OverloadOptions(cpu=0.8, memory=0.9, margin=0.1)
figures = st.builds(
    Figures, *(st.none() | st.floats(0, 1, allow_nan=False) for _ in ("cpu", "memory"))
)


@given(st.lists(st.tuples(figures, st.floats(0.0, 2 * PERIOD)), max_size=40))
def test_whoever_hears_what_is_told_knows_at_each_moment_who_is_overloaded(
    said: list[tuple[Figures, float]],
) -> None:
    loads, now = Loads(LIMITS), 0.0
    truth = heard = False
    last: tuple[float, Figures] | None = None
    for one, pause in said:
        now += pause
        truth = bool(excess(LIMITS, one, overloaded=truth))
        if loads.matters("ann", one, now):
            heard = bool(excess(LIMITS, one, overloaded=heard))
            last = (now, one)
        assert heard is truth
        assert last is not None
        at, shown = last
        assert now - at < PERIOD or _alike(shown, one)


def _alike(one: Figures, other: Figures) -> bool:
    return all(
        a is b or (a is not None and b is not None and abs(a - b) < CHANGE)
        for a, b in zip(one, other, strict=True)
    )


def test_without_limits_figures_are_told_once_a_period_where_they_change() -> None:
    loads = Loads(None)
    told = [
        now
        for now in range(int(3 * PERIOD))
        if loads.matters("ann", Figures(cpu=now % 2 / 2), float(now))
    ]

    assert told == [0, PERIOD + 1, 2 * PERIOD + 2]


def test_who_is_overloaded_is_told_again_and_who_is_forgotten_is_new() -> None:
    loads = Loads(LIMITS)
    over = Figures(memory=0.95)
    assert [loads.matters("ann", over, at) for at in (0.0, 1.0, PERIOD)] == [True, False, True]
    loads.forget("ann")
    assert loads.matters("ann", over, PERIOD)


@pytest.mark.parametrize("beat", [{"cpu": 1.1}, {"memory": -0.1}, {"cpu": float("nan")}])
def test_a_figure_that_is_none_is_refused_also_where_it_would_not_be_told(
    beat: dict[str, float], peer: Callable[..., Peer]
) -> None:
    ann = peer()
    ann.join()
    ann.say(frames.Heartbeat(cpu=0.5, memory=0.5), frames.Heartbeat(**beat))

    assert not any(isinstance(said, frames.Bye) for said in ann.hear())  # until it is closed


def test_an_agent_elsewhere_gets_nothing_new_while_it_says_that_it_has_too_much_to_do(
    peer: Callable[..., Peer], runtime: Runtime
) -> None:
    ann = peer()
    ann.join(skills=(Skill(name="sums"),), max_load=4)
    ann.say(frames.Heartbeat(memory=0.5), frames.Heartbeat(memory=0.95))
    eventually(lambda: runtime.agents()["ann"].memory == 0.95)
    goal = runtime.submit("sums", plan=[{"name": "sum", "required_skills": ["sums"]}])
    runtime.health(LONG)  # by now it would have been assigned
    assert not any(isinstance(fact, SubtaskAssigned) for fact in runtime.journal.history())

    ann.say(frames.Heartbeat(memory=0.94), frames.Heartbeat(memory=0.5))
    ann.done(ann.expect(frames.Assign), 3)
    assert goal.result(LONG) == {"sum": 3}


def test_heartbeats_are_asked_for_more_often_than_they_may_be_missed(
    peer: Callable[..., Peer],
) -> None:
    assert peer().join().heartbeat == 0.5
