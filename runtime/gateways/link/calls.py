"""What handlers elsewhere want of the runtime: each call once, however often it is said."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.runtime.executors.processes.wire import Answered, Called, Frame

KEPT = 1_000
"""Answers of one agent that can be said again after its link was lost."""


class Calls:
    """The calls of one life of a worker; pure.

    Args:
        say: Tells the worker.
    """

    def __init__(self, say: Callable[[Frame], None]) -> None:
        self._say = say
        self._open: set[int] = set()
        self._answers: OrderedDict[int, Answered] = OrderedDict()

    def __len__(self) -> int:
        """How many wait for their answers."""
        return len(self._open)

    def take(self, called: Called) -> bool:
        """Whether it is new, and to be carried out; one that was answered is so again."""
        if called.call in self._open:
            return False
        answer = self._answers.get(called.call)
        if answer is not None:
            self._say(answer)
            return False
        self._open.add(called.call)
        return True

    def answered(self, answer: Answered) -> None:
        """It has come to that."""
        if answer.call not in self._open:  # of an earlier life
            return
        self._open.discard(answer.call)
        self._answers[answer.call] = answer
        if len(self._answers) > KEPT:
            self._answers.popitem(last=False)
        self._say(answer)

    def void(self) -> None:
        """Nobody waits any more."""
        self._open.clear()
        self._answers.clear()
