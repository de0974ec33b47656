"""Limits of time and of attempts, as subtasks and agents state them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, cast

import msgspec

from callboard.messages.base import Value

if TYPE_CHECKING:
    Errors: TypeAlias = tuple[str | type[BaseException], ...]
else:  # whoever writes them may write classes, whoever reads them finds names
    Errors = tuple[str, ...]


class OnError(Value):
    """What follows errors of some classes; the rest is as the policy says it.

    Attributes:
        errors: Exception classes or their names; what is derived from them is meant too.
        attempts: How many may fail in this way, in all; 1 means no other attempt.
        first: Seconds before the next attempt after the first failure of this kind.
        longest: Seconds that no wait exceeds.
        jitter: Part of each wait, in [0, 1], that is drawn by lot.
    """

    errors: Errors
    attempts: int | None = None
    first: float | None = None
    longest: float | None = None
    jitter: float | None = None

    def __post_init__(self) -> None:
        """Keep names only."""
        msgspec.structs.force_setattr(self, "errors", _names(self.errors))


class Retry(Value):
    """When a failed attempt is tried again.

    Of several rules that fit an error that of the closest class holds, and of equals
    `never`, then the first one.

    Attributes:
        attempts: How many may fail in all, those apart for which `on` has a number of
            its own; 1 means no second one.
        first: Seconds before the second attempt; each further wait is twice as long.
        longest: Seconds that no wait exceeds.
        jitter: Part of each wait, in [0, 1], that is drawn by lot.
        never: Exception classes, or their names, that no further attempt would mend;
            what is derived from them is meant too.
        on: Other numbers for errors of some classes.
        then: What follows when no attempt is left, or none would help: "fail", or "park"
            to keep it aside until somebody decides.
    """

    attempts: int = 3
    first: float = 0.5
    longest: float = 60.0
    jitter: float = 0.5
    never: Errors = ()
    on: tuple[OnError, ...] = ()
    then: Literal["fail", "park"] = "fail"

    def __post_init__(self) -> None:
        """Keep names only."""
        msgspec.structs.force_setattr(self, "never", _names(self.never))


def _names(errors: object) -> object:
    """The names of the classes among them; what makes no sense is refused at the door."""
    if not isinstance(errors, tuple | list):
        return errors
    return tuple(_name(one) for one in cast("tuple[object, ...]", errors))


def _name(error: object) -> object:
    kind = cast("type[object]", error) if isinstance(error, type) else object
    return kind.__name__ if issubclass(kind, BaseException) else error


class Timeouts(Value):
    """Seconds that a subtask may spend; None takes the runtime's default.

    Attributes:
        queue: Waiting for an agent, each time it is queued.
        run: From start to finish of one attempt.
        total: From ready to done, over all attempts.
        silence: Without a sign of life from the attempt.
        stall: Without progress of the attempt: its fraction grew, or a checkpoint came.
            Signs of life alone do not count.
    """

    queue: float | None = None
    run: float | None = None
    total: float | None = None
    silence: float | None = None
    stall: float | None = None
