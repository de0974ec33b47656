"""The one generic pykka actor, hardened: take messages, ask the logic, do the effects.

With `watched.py` the only file that touches pykka's privates; `tests/actors/test_shell.py`
pins each.
What stock pykka 4.5 does and this mends: an exception kills the actor without a word
and its queued messages vanish; a `BaseException` stops every actor of the process; a
reply future that was set already leaves a zombie; a message can fall between a check
and a stop. `docs/decisions/0002-hardened-pykka.md` tells more.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import sys
import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import pykka
from pykka import messages as pykka_messages

from callboard.actors.logic.effects import Tell
from callboard.actors.mailbox import Mailbox, lane_of_message
from callboard.actors.turns import Turns
from callboard.messages.commands import Refused
from callboard.messages.errors.base import described, problem_of
from callboard.messages.errors.endings import ActorDied
from callboard.messages.errors.traces import plain_trace
from callboard.messages.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from pykka._actor import ActorInbox
    from pykka._envelope import Envelope

    from callboard.actors.logic.effects import Effect
    from callboard.actors.ports import Clock, Dispatcher
    from callboard.actors.turns import Logic
    from callboard.messages.base import Address, Lane
    from callboard.messages.values import Problem

_log = logging.getLogger("pykka")  # where pykka's own actors log


def _lane_of_envelope(envelope: Envelope[Any]) -> Lane:
    return lane_of_message(envelope.message)


class HardActor(pykka.ThreadingActor):
    """A pykka actor that contains every error of its own and loses no asker.

    It behaves as `pykka.ThreadingActor`, but an error never leaves the actor it
    happened in, not even `SystemExit`, and every asker gets an answer.
    """

    # Methods of its own are mangled: it may be mixed into an actor of somebody else's.

    @staticmethod
    def _create_actor_inbox() -> ActorInbox:
        return Mailbox(_lane_of_envelope)

    def _actor_loop(self) -> None:
        try:
            self._actor_loop_setup()
            while not self.actor_stopped.is_set():
                envelope = self.actor_inbox.get()
                self.__answer(envelope)
                del envelope  # keeps no payload alive while it waits
        except BaseException:  # noqa: BLE001 - a hook let something out; it ends here
            self._handle_failure(*sys.exc_info())
        finally:
            self._actor_loop_teardown()

    def _actor_loop_teardown(self) -> None:
        self.actor_stopped.set()
        inbox: Mailbox[Envelope[Any]] = self.actor_inbox  # type: ignore[assignment]
        inbox.close(self.__turn_away)

    def __answer(self, envelope: Envelope[Any]) -> None:
        """Handle one pykka message; the reply first, then the consequences."""
        try:
            value = self._handle_receive(envelope.message)
        except BaseException as error:  # noqa: BLE001 - contained, whatever it is
            self.__failed(envelope, error)
        else:
            if envelope.reply_to is not None:
                _reply(envelope.reply_to.set, value)

    def __failed(self, envelope: Envelope[Any], error: BaseException) -> None:
        if envelope.reply_to is not None:
            _log.info("Exception returned from %s to caller:", self, exc_info=error)
            _reply(envelope.reply_to.set_exception, (type(error), error, error.__traceback__))
            if isinstance(error, Exception):
                return
        self._handle_failure(type(error), error, error.__traceback__)
        try:
            self.on_failure(type(error), error, error.__traceback__)
        except BaseException:  # noqa: BLE001
            self._handle_failure(*sys.exc_info())

    def __turn_away(self, envelope: Envelope[Any]) -> None:
        if envelope.reply_to is None:
            return
        if isinstance(envelope.message, pykka_messages._ActorStop):  # pyright: ignore[reportPrivateUsage]
            _reply(envelope.reply_to.set, None)
            return
        dead = pykka.ActorDeadError(f"{self.actor_ref} stopped before handling the message")
        _reply(envelope.reply_to.set_exception, (pykka.ActorDeadError, dead, None))


def _reply(answer: Callable[[Any], None], value: object) -> None:
    """Answer an asker, who may have given up and set the future by itself."""
    with contextlib.suppress(queue.Full):
        answer(value)


class Performer(Protocol):
    """The post, as an actor sees it."""

    def open_box(self, address: Address) -> Mailbox[Any]:
        """The mailbox of *address*, the same one for every incarnation."""
        ...

    def perform(self, actor: Shell, effects: list[Effect]) -> None:
        """Carry out effects in order, those after a durable record once it is kept."""
        ...


@dataclass(frozen=True, slots=True)
class Stage:
    """What all actors of a runtime stand on.

    Attributes:
        post: Carries out what was decided.
        clock: Tells the logic the time.
        dispatcher: Runs the mailboxes.
        ended: Told once, when an actor has ended; the problem is None without one.
    """

    post: Performer
    clock: Clock
    dispatcher: Dispatcher
    ended: Callable[[Shell, Problem | None], None]


class _Stopped:
    """As much of an event as is asked for here: a whole one takes a kilobyte."""

    __slots__ = ("_is",)

    def __init__(self) -> None:
        self._is = False

    def set(self) -> None:
        """It has."""
        self._is = True

    def is_set(self) -> bool:
        """Whether it has."""
        return self._is


class Shell(HardActor):
    """The actor at an address: runs its logic on whatever thread the dispatcher has.

    Its mailbox holds bare messages: they carry addresses, so no envelope is needed.

    Args:
        stage: What it stands on.
        address: Where it is reached; a successor gets the same one, and the mailbox.
        incarnation: Counts the actors at this address.
        logic: Decides.
    """

    def __init__(self, stage: Stage, address: Address, incarnation: int, logic: Logic) -> None:
        self._mailbox = stage.post.open_box(address)  # before super(), which asks for it
        super().__init__()
        self.actor_stopped = self.actor_ref.actor_stopped = _Stopped()  # type: ignore[assignment]
        self.address = address
        self.incarnation = incarnation
        self._stage = stage
        self._now = stage.clock.now
        self._turns = turns = Turns(
            self,
            self._mailbox,
            logic,
            perform=partial(stage.post.perform, self),
            now=stage.clock.now,
            batch=stage.dispatcher.batch,
        )
        # See `Runnable`: what runs them calls them without a step between.
        self.turn, self.has_messages, self.glance = turns.turn, turns.has_messages, turns.glance
        self._once = threading.Lock()

    def _create_actor_inbox(self) -> ActorInbox:  # type: ignore[override]
        return self._mailbox

    @property
    def name(self) -> str:
        """Its address; for thread names and error messages."""
        return self.address

    def begin(self) -> None:
        """Start running; unlike pykka's `start` nothing process-wide learns of it."""
        bell, box = self._stage.dispatcher.attach(self), self._mailbox
        box.wake, box.nudge = bell.wake, bell.nudge
        box.wake()

    def end(self) -> bool:
        """Stop running at once; what waits in the mailbox stays for a successor.

        Returns:
            False where it has ended before.
        """
        if not self._once.acquire(blocking=False):
            return False
        self._turns.over = True
        self.actor_stopped.set()
        self._stage.dispatcher.detach(self)
        return True

    def crash(self, error: BaseException) -> None:
        """Let *error* happen in its next turn, as if it were its own."""
        self._turns.doom = error
        self._mailbox.wake()

    @property
    def over(self) -> bool:
        """Whether it has ended, and does nothing any more."""
        return self._turns.over

    def refusal(self, message: object, error: BaseException) -> list[Effect]:
        """See `Body`."""
        reply_to: Address = getattr(message, "reply_to", "")
        return [Tell(reply_to, Refused(problem=problem_of(self._death(error))))] if reply_to else []

    def special(self, effect: Effect) -> None:
        """Carry out an effect that only this kind of actor has.

        Raises:
            TypeError: It has none like that.
        """
        raise TypeError(self.address, effect)

    def die(self, error: BaseException) -> None:
        """End by *error*; whoever supervises is told."""
        died = self._death(error)
        self.leave(replace(problem_of(died), traceback=plain_trace(died)))

    def _death(self, error: BaseException) -> ActorDied:
        died = ActorDied(self.address, described(error))
        died.__cause__ = error
        return died

    def leave(self, problem: Problem | None) -> None:
        """End, if it has not; whoever supervises is told."""
        if self.end():
            self._stage.ended(self, problem)
