"""The server's time, told over a network, as a worker has it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.runtime.gateways.worker.clock import DRIFT, ServerClock


class Quartz:
    """A clock without a hand of its own."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def clock_of(quartz: Quartz, wall: float = 1_000.0) -> ServerClock:
    return ServerClock(wall=lambda: wall, monotonic=quartz)


def test_until_the_server_has_spoken_it_is_this_machines_time() -> None:
    quartz = Quartz()
    clock = clock_of(quartz)

    quartz.at += 5.0

    assert (clock.now(), clock.error) == (1_005.0, float("inf"))


def test_the_server_told_its_time_halfway_between_question_and_answer() -> None:
    quartz = Quartz()
    clock = clock_of(quartz)
    quartz.at = 102.0

    clock.learn(sent=100.0, received=102.0, server=5_000.0)

    assert (clock.now(), clock.error) == (5_001.0, 1.0)


def test_a_slower_answer_does_not_spoil_what_a_faster_one_told() -> None:
    quartz = Quartz()
    clock = clock_of(quartz)
    quartz.at = 110.0
    clock.learn(sent=109.9, received=110.0, server=5_000.0)
    before = clock.now()

    clock.learn(sent=104.0, received=110.0, server=7_000.0)

    assert clock.now() == before


def test_what_is_known_gets_worse_with_time_until_a_new_answer_is_better() -> None:
    quartz = Quartz()
    clock = clock_of(quartz)
    clock.learn(sent=100.0, received=100.002, server=5_000.0)
    quartz.at += 1_000.0

    assert clock.error == pytest.approx(0.001 + 1_000 * DRIFT, rel=1e-3)
    clock.learn(sent=quartz.at - 0.1, received=quartz.at, server=6_000.5)

    assert clock.now() == pytest.approx(6_000.55)


def test_an_answer_that_came_before_its_question_says_nothing() -> None:
    quartz = Quartz()
    clock = clock_of(quartz)

    clock.learn(sent=101.0, received=100.0, server=5_000.0)

    assert clock.now() == 1_000.0


@given(
    st.lists(
        st.tuples(
            st.floats(0.0, 10.0),
            st.floats(0.0, 5.0),
            st.floats(-1e6, 1e6),
        ),
        max_size=20,
    )
)
def test_it_never_goes_back_whatever_the_server_says(
    said: list[tuple[float, float, float]],
) -> None:
    quartz = Quartz()
    clock = clock_of(quartz)
    before = clock.now()
    for passed, took, server in said:
        quartz.at += passed + took
        clock.learn(sent=quartz.at - took, received=quartz.at, server=server)

        assert clock.now() >= before
        before = clock.now()
