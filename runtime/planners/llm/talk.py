"""What all that is said to a model about one goal has in common: where, how much, until when."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import msgspec

from callboard.messages.errors.goals import PlanningError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callboard.actors.ports import Desk
    from callboard.messages.errors.base import CallboardError
    from callboard.messages.values import Goal
    from callboard.runtime.planners.llm.endpoint import Endpoint
    from callboard.runtime.planners.llm.options import Limits
    from callboard.runtime.planners.llm.prompt import Message
    from callboard.runtime.planners.llm.wire import Pieces


class Talk:
    """Questions about one goal, and their answers.

    Args:
        goal: That is planned, or whose plan is mended.
        desk: Who is told what goes wrong.
        endpoint: Where the model is.
        body: What every request says, beside its messages.
        limits: How much may be said.
        end: When it must be done, seconds of `time.monotonic`.
    """

    def __init__(  # noqa: PLR0913 - a value object would only rename them
        self,
        goal: Goal,
        desk: Desk,
        endpoint: Endpoint,
        *,
        body: dict[str, Any],
        limits: Limits,
        end: float,
    ) -> None:
        self._goal = goal
        self._desk = desk
        self._endpoint = endpoint
        self._body = body
        self._limits = limits
        self._end = end
        self._pieces: Pieces | None = None

    async def ask(
        self,
        messages: Sequence[Message],
        form: dict[str, Any],
        heard: Callable[[Pieces], None] | None = None,
    ) -> str:
        """The model's answer, without the key.

        Args:
            messages: All of the question.
            form: The JSON schema of the answer, as `response_format` has it.
            heard: Told of every piece.

        Raises:
            PlanningError: The question is too long, or the model gives no answer.
        """
        size = size_of(messages)
        if size > self._limits.prompt:
            limit = self._limits.prompt
            raise PlanningError(f"the question has {size:,} bytes, at most {limit:,} are asked")
        self._pieces = None

        def hear(pieces: Pieces) -> None:
            self._pieces = pieces
            if heard is not None:
                heard(pieces)

        body = {**self._body, "messages": list(messages), "response_format": form}
        said = await self._endpoint.ask(body, self._seconds, hear, self._failed)
        return self.shown(said)

    def shown(self, text: str) -> str:
        """The text without the key, whoever has put it there."""
        return self._endpoint.shown(text)

    @property
    def said(self) -> str:
        """What there is of the latest answer."""
        return "" if self._pieces is None else self.shown(self._pieces.text)

    def fits(self, messages: Sequence[Message]) -> bool:
        """Whether so much may be asked."""
        return size_of(messages) <= self._limits.prompt

    def stumbled(self, error: CallboardError, then: str) -> None:
        """Say what went wrong, and what is done now."""
        self._desk.stumbled(error, then)

    def minutes_left(self) -> float | None:
        """Until the goal's deadline; None without one."""
        deadline = self._goal.deadline
        return None if deadline is None else round((deadline - time.time()) / 60, 1)

    def _seconds(self) -> float:
        return self._end - time.monotonic()

    def _failed(self, error: CallboardError, wait: float) -> None:
        self.stumbled(error, f"tries again in {wait:.2g} s")


def size_of(messages: Sequence[Message]) -> int:
    """Bytes."""
    return len(msgspec.json.encode(list(messages)))
