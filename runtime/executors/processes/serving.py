"""What handlers in a worker process want of the runtime, done for them here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, cast

import msgspec

from callboard.messages.errors.base import problem_of
from callboard.messages.execution import Deliver
from callboard.messages.user import pack
from callboard.messages.values import Payload, Plan, Subtask, unpack
from callboard.runtime.executors.inbox import Inbox
from callboard.runtime.executors.processes import wire

if TYPE_CHECKING:
    from callboard.messages.base import GoalId
    from callboard.runtime.executors.inputs import Results
    from callboard.runtime.executors.services import Services, SubGoal

KEPT = 1000
"""Letters of one worker that may still be put back."""


class Serving:
    """Carries out the wishes of one worker's handlers, and answers.

    Args:
        services: Does what is wanted.
        inbox: Of the agent.
        say: Tells the worker.
    """

    def __init__(self, services: Services, inbox: Inbox, say: Callable[[wire.Frame], None]) -> None:
        self._services = services
        self._inbox = inbox
        self._say = say
        self._goals: dict[GoalId, SubGoal] = {}
        self._letters: dict[int, Future[Deliver]] = {}

    def take(self, call: int, wish: wire.Wish) -> None:
        """Do it, and answer some time."""
        try:
            self._take(call, wish)
        except Exception as error:  # noqa: BLE001 - an answer like any other
            self._fail(call, error)

    def close(self) -> None:
        """The worker has ended: a letter that it waited for goes to the next one."""
        for letter in self._letters.values():
            if not letter.done():
                self._inbox.put_back(letter)
        self._letters.clear()

    def _take(self, call: int, wish: wire.Wish) -> None:
        match wish:
            case wire.SendOut():
                self._services.send(wish.delivery)
                self._answer(call, Payload())
            case wire.AskOut():
                self._when_done(call, self._services.ask(wish.delivery), _packed)
            case wire.Check():
                self._when_done(call, self._services.check_lease(wish.lease), _packed)
            case wire.HandIn():
                self._when_done(call, self._hand_in(wish), self._keep)
            case wire.Await():
                goal = self._goals[wish.goal]
                self._when_done(call, goal.ending, lambda _: _inputs(goal.result(0)))
            case wire.TakeLetter(now=True):
                self._answer(call, _packed(self._inbox.take_now()))
            case wire.TakeLetter():
                self._take_letter(call)
            case wire.PutLetterBack():
                letter = self._letters.pop(wish.taken, None)
                if letter is not None:
                    self._inbox.put_back(letter)
            case wire.CountLetters():
                self._answer(call, _packed(len(self._inbox)))

    def _take_letter(self, call: int) -> None:
        letter = self._letters[call] = self._inbox.take()
        if len(self._letters) > KEPT:
            oldest = next(iter(self._letters))
            if self._letters[oldest].done():
                del self._letters[oldest]
        self._when_done(call, letter, _packed)

    def _hand_in(self, wish: wire.HandIn) -> Future[SubGoal]:
        goal: object = unpack(wish.goal)
        if wish.form == "plan":
            goal = msgspec.convert(goal, Plan)
        elif wish.form == "subtasks":
            goal = msgspec.convert(goal, tuple[Subtask, ...])
        options = cast("dict[str, Any]", unpack(wish.options))
        return self._services.submit(goal, parent=wish.parent, **options)

    def _keep(self, goal: SubGoal) -> Payload:
        self._goals[goal.id] = goal
        return _packed(goal.id)

    def _when_done(self, call: int, future: Future[Any], convert: Callable[[Any], Payload]) -> None:
        def tell(done: Future[Any]) -> None:
            try:
                self._answer(call, convert(done.result()))
            except BaseException as error:  # noqa: BLE001 - an answer like any other
                self._fail(call, error)

        future.add_done_callback(tell)

    def _answer(self, call: int, value: Payload) -> None:
        self._say(wire.Answered(call=call, value=value))

    def _fail(self, call: int, error: BaseException) -> None:
        self._say(wire.Answered(call=call, problem=problem_of(error)))


def _packed(value: object) -> Payload:
    return pack(value, what="an answer")


def _inputs(results: Mapping[str, Any]) -> Payload:
    """All results, as they were encoded."""
    return _packed(cast("Results", results).inputs)
