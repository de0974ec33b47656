"""Settings that make no sense are refused, and what is no settings."""

from __future__ import annotations

import math
from typing import Any

import pytest

from callboard import Config, Runtime
from callboard.actors.logic.breaker_options import BreakerOptions
from callboard.messages.errors.running import InvalidCall

SETTINGS: list[tuple[dict[str, Any], str]] = [
    ({"call_timeout": -1}, "call_timeout must be a number of seconds, not negative, not -1"),
    ({"call_timeout": "30"}, "call_timeout must be a number of seconds, not negative, not '30'"),
    ({"call_timeout": math.inf}, "call_timeout must be"),
    ({"close_timeout": math.nan}, "close_timeout must be"),
    ({"largest_goal": 0}, "largest_goal must be a whole number above 0, not 0"),
    ({"largest_plan": 1.5}, "largest_plan must be a whole number above 0, not 1.5"),
    ({"keep_goals": -1}, "keep_goals must be None or a number of goals, not -1"),
    ({"heartbeat_timeout": 0}, "heartbeat_timeout must be a number of seconds above 0, not 0"),
    ({"ageing": 0}, "ageing must be a number of seconds above 0, or infinity, not 0"),
    ({"poison": True}, "poison must be a whole number above 0, not True"),
    ({"timeouts": None}, "timeouts must be Timeouts"),
    ({"retry": 3}, "retry must be of type Retry, not 3"),
    ({"stop_grace": None}, "stop_grace must be"),
    ({"supervision": {}}, "supervision must be of type SupervisionOptions, not {}"),
    ({"dispatcher": "fibers"}, "dispatcher must be 'pool' or 'threads', not 'fibers'"),
    ({"breaker": 3}, "breaker must be BreakerOptions, or None, not 3"),
    ({"breaker": BreakerOptions(failures=0)}, "breaker.failures must be a whole number above 0"),
    ({"breaker": BreakerOptions(subtasks=0)}, "breaker.subtasks must be a whole number above 0"),
    ({"breaker": BreakerOptions(first=-1)}, "breaker.first must be a number of seconds"),
    ({"breaker": BreakerOptions(longest=math.inf)}, "breaker.longest must be a number of sec"),
    ({"breaker": BreakerOptions(jitter=2)}, "breaker.jitter must be a number from 0 to 1"),
    ({"pool_size": 0}, "pool_size must be a whole number above 0, not 0"),
]


@pytest.mark.parametrize(("settings", "text"), SETTINGS)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidCall) as caught:
        Config(**settings)

    assert text in str(caught.value)


def test_a_runtime_takes_nothing_but_settings() -> None:
    with pytest.raises(InvalidCall, match=r"config must be a Config, or None, not 'work\.db'"):
        Runtime("work.db")  # type: ignore[arg-type]
