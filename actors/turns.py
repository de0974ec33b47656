"""What an actor does in its turns: take messages, ask the logic, have the effects carried out.

Actors of all kinds have theirs from one class. The interpreter remembers for each place in
the code where an attribute stands, for one class at a time: five kinds of actors that run
the same lines one after the other had it look that up anew nearly always.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Protocol, cast

from callboard.actors.logic.effects import Exit

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.actors.logic.effects import After, Effect
    from callboard.actors.mailbox import Mailbox
    from callboard.messages.values import Problem


class Logic(Protocol):
    """What decides for an actor."""

    def start(self, now: float) -> list[Effect]:
        """What to do first."""
        ...

    def handle(self, message: Any, now: float) -> list[Effect]:  # noqa: ANN401 - its own union
        """What to do about one message."""
        ...


class GlancingLogic(Logic, Protocol):
    """A logic that can tell beforehand whether a look at the clock would be in vain."""

    def glance(self, now: float) -> list[After] | None:
        """The next look at the clock; None where something is due."""
        ...


class BatchLogic(Logic, Protocol):
    """A logic that decides some things once for a whole batch."""

    def take(self, message: Any, now: float) -> list[Effect]:  # noqa: ANN401
        """What to do about one message of a batch."""
        ...

    def settle(self, now: float) -> list[Effect]:
        """What to do once the whole batch was taken."""
        ...


class Body(Protocol):
    """The actor whose turns they are."""

    def refusal(self, message: object, error: BaseException) -> list[Effect]:
        """What whoever waits for an answer to *message* is told."""
        ...

    def crash(self, error: BaseException) -> None:
        """Let *error* happen in its next turn."""
        ...

    def die(self, error: BaseException) -> None:
        """End by *error*."""
        ...

    def leave(self, problem: Problem | None) -> None:
        """End."""
        ...


class Turns:
    """The turns of one actor, one at a time, whoever runs them.

    Args:
        body: Whose they are.
        mailbox: What it reads.
        logic: Decides.
        perform: Has effects carried out.
        now: Tells the logic the time.
        batch: How many messages it may take in a turn.

    Attributes:
        doom: Happens to it in its next turn.
        over: It has ended, and does nothing any more.
    """

    __slots__ = (
        "_batch", "_body", "_carry_out", "_glance", "_mailbox", "_now", "_settle", "_start",
        "_started", "_take", "_thinking", "doom", "over",
    )  # fmt: skip

    def __init__(  # noqa: PLR0913 - what it stands on
        self,
        body: Body,
        mailbox: Mailbox[Any],
        logic: Logic,
        *,
        perform: Callable[[list[Effect]], None],
        now: Callable[[], float],
        batch: Callable[[], int],
    ) -> None:
        self.doom: BaseException | None = None
        self.over = False
        self._body = body
        self._mailbox = mailbox
        self._carry_out, self._now, self._batch = perform, now, batch
        self._start, self._take, self._settle = logic.start, logic.handle, _nothing
        if hasattr(logic, "settle"):  # `isinstance` of a protocol takes its time
            batched = cast("BatchLogic", logic)
            self._take, self._settle = batched.take, batched.settle
        self._glance = cast("GlancingLogic", logic).glance if hasattr(logic, "glance") else _due
        # In turns and glances alike. One that waits for others in its turn may get another.
        self._thinking = threading.RLock()
        self._started = False

    def has_messages(self) -> bool:
        """Whether a turn would find something to do."""
        if self.over:
            return False
        return any(self._mailbox.lanes) or self.doom is not None

    def turn(self) -> None:
        """Take one bounded batch of messages and carry out what follows."""
        if self.over:
            return
        with self._thinking:
            try:
                if self.doom is not None or not self._started:
                    self._come_to_life()
                if not self.over:
                    most = self._batch
                    self._take_batch(self._mailbox.take(most()))
            except BaseException as error:  # noqa: BLE001 - whatever it is, only this actor dies
                self._body.die(error)

    def glance(self) -> list[After] | None:
        """What a look at the clock comes to, where that needs no turn: the next such look.

        Called by whoever keeps the timers; never waits.

        Returns:
            None where something is due, or where it has a turn just now.
        """
        if not self._thinking.acquire(blocking=False):
            return None
        try:
            return self._glance(self._now())
        except BaseException as error:  # noqa: BLE001 - it is its own, not who keeps the timers'
            self._body.crash(error)
            return []
        finally:
            self._thinking.release()

    def _come_to_life(self) -> None:
        """Start, in the first turn; or end by what was to happen to it."""
        if self.doom is not None:
            raise self.doom
        self._started = True
        self._perform(self._start(self._now()))

    def _take_batch(self, batch: list[Any]) -> None:
        effects: list[Effect] = []
        # A call through an attribute that is no method would look that up anew each time.
        take, settle, clock = self._take, self._settle, self._now
        now, taken = clock(), 0
        try:
            for message in batch:
                taken += 1
                effects += take(message, now)
        except BaseException as error:
            self._mailbox.put_back(batch[taken:])
            # The messages before it did no harm, and its sender may wait.
            self._perform([*effects, *self._body.refusal(batch[taken - 1], error)])
            raise
        effects += settle(now)
        if self.over:  # ended from outside: all of it is for a successor
            self._mailbox.put_back(batch)
        elif effects:
            self._perform(effects)

    def _perform(self, effects: list[Effect]) -> None:
        if effects and not self.over:
            carry_out = self._carry_out
            carry_out(effects)
        if Exit in map(type, effects):  # which it nearly never is
            self._body.leave(next(effect.problem for effect in effects if type(effect) is Exit))


def _nothing(now: float) -> list[Effect]:  # noqa: ARG001 - as `settle`
    """Some logics have nothing to decide for a whole batch."""
    return []


def _due(now: float) -> list[After] | None:  # noqa: ARG001 - as `glance`
    """Some logics cannot tell: they look at the clock in a turn."""
    return None
