"""The settings of a runtime, each with its unit and the reason for its default."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, TypeAlias

import msgspec

from callboard.actors.logic.given import retry_of
from callboard.actors.logic.queues import AGEING
from callboard.actors.logic.supervision_options import SupervisionOptions
from callboard.messages.errors.running import InvalidCall
from callboard.messages.values import Retry, Timeouts


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """How a runtime behaves; every field has a default that suits most.

    Attributes:
        call_timeout: Seconds until a call into the runtime gives up; no call hangs.
        close_timeout: Seconds that `close` takes at the most.
        largest_goal: Bytes of a goal with its context.
        largest_plan: Subtasks of a plan.
        keep_goals: Ended goals whose subtasks, results and stories are remembered;
            None keeps everything.
        heartbeat_timeout: Seconds of silence after which an agent that once gave a
            heartbeat is doubted.
        ageing: Seconds of waiting that promote a subtask by one priority class;
            infinity keeps priorities strict.
        poison: Agents that a subtask may take down before it is parked.
        timeouts: Limits for attempts that state none of their own.
        retry: What follows a failed attempt that states no policy of its own.
        stop_grace: Seconds that a handler has to end once it was told to; then its
            thread is given up.
        supervision: Budgets and waits of restarts.
        dispatcher: "pool" runs all actors on a few threads, "threads" each on its own.
        pool_size: Threads of the pool; no user code runs there.

    Raises:
        InvalidCall: A setting has a value that makes no sense.
    """

    call_timeout: float = 30.0
    close_timeout: float = 10.0
    largest_goal: int = 100_000
    largest_plan: int = 100_000
    keep_goals: int | None = 10_000
    heartbeat_timeout: float = 30.0
    ageing: float = AGEING
    poison: int = 3
    timeouts: Timeouts = Timeouts()
    retry: Retry = Retry()
    stop_grace: float = 2.0
    supervision: SupervisionOptions = SupervisionOptions()
    dispatcher: Literal["pool", "threads"] = "pool"
    pool_size: int = 2

    def __post_init__(self) -> None:
        """Check every setting."""
        for name, (fits, expected) in _EXPECTED.items():
            value: object = getattr(self, name)
            if not fits(value):
                raise InvalidCall(name, value, expected)
        retry_of(self.retry)


_Check: TypeAlias = tuple[Callable[[object], bool], str]


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _seconds(value: object) -> bool:
    return isinstance(value, (int, float)) and _number(value) and 0 <= value < math.inf


def _above_zero(value: object) -> bool:
    return isinstance(value, (int, float)) and _number(value) and value > 0


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _limits(value: object) -> bool:
    limits = msgspec.structs.astuple(value) if isinstance(value, Timeouts) else (0.0,)
    return all(limit is None or _above_zero(limit) for limit in limits)


_EXPECTED: dict[str, _Check] = {
    "call_timeout": (_seconds, "a number of seconds, not negative"),
    "close_timeout": (_seconds, "a number of seconds, not negative"),
    "largest_goal": (_count, "a whole number above 0"),
    "largest_plan": (_count, "a whole number above 0"),
    "keep_goals": (lambda v: v is None or v == 0 or _count(v), "None or a number of goals"),
    "heartbeat_timeout": (
        lambda v: _seconds(v) and _above_zero(v),
        "a number of seconds above 0",
    ),
    "ageing": (_above_zero, "a number of seconds above 0, or infinity"),
    "poison": (_count, "a whole number above 0"),
    "timeouts": (_limits, "Timeouts with seconds above 0, or infinity"),
    "retry": (lambda v: isinstance(v, Retry), "of type Retry"),
    "stop_grace": (_seconds, "a number of seconds, not negative"),
    "supervision": (lambda v: isinstance(v, SupervisionOptions), "of type SupervisionOptions"),
    "dispatcher": (lambda v: v in ("pool", "threads"), "'pool' or 'threads'"),
    "pool_size": (_count, "a whole number above 0"),
}
