"""Whom a child's failure concerns.

Source: OTP's documentation of `supervisor`, "strategy" of the supervisor flags.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TypeVar

T = TypeVar("T")


class Strategy(StrEnum):
    """Who is restarted along with a child that failed."""

    ONE_FOR_ONE = "one_for_one"
    ONE_FOR_ALL = "one_for_all"
    REST_FOR_ONE = "rest_for_one"


class AutoShutdown(StrEnum):
    """When a supervisor ends because of children that have ended by themselves."""

    NEVER = "never"
    ANY_SIGNIFICANT = "any_significant"
    ALL_SIGNIFICANT = "all_significant"


def concerned(strategy: Strategy, order: Sequence[T], failed: T) -> Sequence[T]:
    """Who is restarted along with *failed*, itself included, in the order of their start.

    >>> [list(concerned(strategy, "abc", "b")) for strategy in Strategy]
    [['b'], ['a', 'b', 'c'], ['b', 'c']]
    """
    if strategy is Strategy.ONE_FOR_ONE:
        return [failed]
    return order if strategy is Strategy.ONE_FOR_ALL else order[order.index(failed) :]
