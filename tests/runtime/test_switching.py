"""The interpreter's switch interval: changed for who asks, and put back."""

from __future__ import annotations

import sys
from collections.abc import Generator

import pytest

from callboard import Config, Runtime
from callboard.messages.errors import InvalidCall
from tests.runtime.settings import QUICK, with_settings


@pytest.fixture(autouse=True)
def before() -> Generator[float]:
    """The interval that stands before and after each test."""
    interval = sys.getswitchinterval()
    yield interval
    assert sys.getswitchinterval() == interval


def config(interval: float) -> Config:
    return with_settings(QUICK, switch_interval=interval)


def test_it_is_left_alone_unless_somebody_asks(before: float) -> None:
    with Runtime(QUICK):
        assert sys.getswitchinterval() == before


def test_it_is_set_for_as_long_as_the_runtime_is_open() -> None:
    with Runtime(config(0.001)) as runtime:
        assert sys.getswitchinterval() == pytest.approx(0.001)
        runtime.close()
    runtime.close()


def test_of_several_the_shortest_counts(before: float) -> None:
    long, short = Runtime(config(0.002)), Runtime(config(0.001))
    assert sys.getswitchinterval() == pytest.approx(0.001)
    short.close()
    assert sys.getswitchinterval() == pytest.approx(0.002)
    long.close()
    assert sys.getswitchinterval() == before


def test_what_somebody_else_has_set_meanwhile_stays(before: float) -> None:
    with Runtime(config(0.001)):
        sys.setswitchinterval(0.003)
    assert sys.getswitchinterval() == pytest.approx(0.003)
    sys.setswitchinterval(before)


@pytest.mark.parametrize("wrong", [0, -0.005, float("nan"), float("inf"), True, "fast"])
def test_what_is_no_interval_is_refused(wrong: object) -> None:
    with pytest.raises(InvalidCall, match="switch_interval"):
        Config(switch_interval=wrong)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
