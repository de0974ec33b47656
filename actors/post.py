"""The post: address -> mailbox, effect -> deed.

What cannot be delivered becomes a dead letter with a reason, and a caller who waits
for an answer gets one.
"""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import Future, InvalidStateError
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeAlias

from callboard.actors.logic.effects import After, Exit, Record, Show, Tell
from callboard.actors.mailbox import new_mailbox
from callboard.actors.outbox import Outbox
from callboard.messages.commands import Refused
from callboard.messages.errors.base import problem_of
from callboard.messages.errors.lookups import UnknownAgent
from callboard.messages.notices import DeadLetter
from callboard.messages.supervision import Wake

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from callboard.actors.logic.effects import Effect
    from callboard.actors.mailbox import Mailbox
    from callboard.actors.ports import BatchWatcher, Clock, Journal, Route, Timers
    from callboard.actors.shell import Shell
    from callboard.messages.base import Address, Message
    from callboard.messages.facts import Fact
    from callboard.messages.notices import Notice
    from callboard.messages.values import Problem

_CALLER = "caller/"
_Letters: TypeAlias = "dict[Address, list[Message]]"


class Answer(Protocol):
    """What takes an answer, as a future does."""

    def set_result(self, reply: Message, /) -> None:
        """Take it.

        Raises:
            InvalidStateError: Nobody waits for it any more.
        """
        ...


class Post:
    """Delivers messages and carries out effects, for one runtime.

    Thread-safe: actors and callers use it from wherever they run.

    Args:
        route: Carries the letters between actors, and may lose, repeat or delay them;
            None delivers each at once.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        timers: Timers,
        journal: Journal,
        watcher: BatchWatcher,
        route: Route | None = None,
    ) -> None:
        self._clock = clock
        self._timers = timers
        self._journal = journal
        self._watcher = watcher
        self._route = route
        self._boxes: dict[Address, Mailbox[Message]] = {}
        self._callers: dict[Address, Answer] = {}
        self._outboxes: dict[Address, Outbox] = {}
        self._numbers = itertools.count(1)
        self._closed = threading.Event()
        self._why: Problem | None = None

    # Addresses

    def open_box(self, address: Address) -> Mailbox[Message]:
        """The mailbox of *address*; the same one for every incarnation of its actor."""
        box = self._boxes.get(address)
        return self._boxes.setdefault(address, new_mailbox()) if box is None else box

    def close_box(self, address: Address) -> None:
        """Nobody will live there again; what waits becomes dead letters."""
        box = self._boxes.pop(address, None)
        self._outboxes.pop(address, None)
        if box is not None:
            box.close(lambda letter: self._dead(address, letter, "its receiver has gone"))

    def waiting(self, address: Address) -> int:
        """How many messages wait there; 0 where nobody lives."""
        box = self._boxes.get(address)
        return 0 if box is None else len(box)

    def expect(self) -> tuple[Address, Future[Message]]:
        """An address for one answer, and the future that receives it."""
        answer: Future[Message] = Future()
        return self.expect_for(answer), answer

    def expect_for(self, answer: Answer) -> Address:
        """An address for one answer, which is put there."""
        address = f"{_CALLER}{next(self._numbers)}"
        self._callers[address] = answer
        if self._closed.is_set():  # noted, then looked: `close` may have missed it
            self._fail_callers()
        return address

    def forget(self, address: Address) -> None:
        """The caller does not wait any more."""
        self._callers.pop(address, None)

    def close(self, why: Problem) -> None:
        """Deliver nothing any more; whoever waits for an answer is told *why*."""
        self._why = self._why or why
        self._closed.set()
        self._fail_callers()
        for address in list(self._boxes):
            self.close_box(address)

    # Messages

    def tell(self, to: Address, message: Message) -> None:
        """Deliver *message*; never blocks and never raises."""
        box = self._boxes.get(to)
        if box is not None:
            box.put(message)
        else:
            self._deliver(to, [message])

    def _deliver(self, to: Address, messages: Sequence[Message]) -> None:
        """To a caller, or to where nobody lives."""
        if to.startswith(_CALLER):
            for message in messages:
                self._answer(to, message)
        elif to:
            for message in messages:
                self._dead(to, message, "nobody lives there")

    def _answer(self, to: Address, message: Message) -> None:
        answer = self._callers.pop(to, None)
        try:
            if answer is None:
                self._dead(to, message, "the caller does not wait any more")
            else:
                answer.set_result(message)
        except InvalidStateError:
            self._dead(to, message, "the caller has given up")

    def _dead(self, to: Address, message: Message, reason: str) -> None:
        what = type(message).__name__
        if not self._closed.is_set():
            self._watcher.see(DeadLetter(at=self._clock.now(), to=to, what=what, reason=reason))
        sender: Address = getattr(message, "reply_to", "")
        if sender.startswith(_CALLER):
            unknown = problem_of(UnknownAgent(to.partition("/")[2]))
            self._answer(sender, Refused(problem=self._why or unknown))

    def _fail_callers(self) -> None:
        why = self._why
        for address in list(self._callers):
            if why is not None:
                self._answer(address, Refused(problem=why))

    # Effects

    def perform(self, actor: Shell, effects: list[Effect]) -> None:
        """Carry out *effects* of *actor* in order, records before all else.

        Raises:
            Exception: The journal does not take the facts; nothing was carried out.
        """
        facts: list[Fact] = []
        letters: dict[Address, list[Message]] = {}
        others: list[Effect] = []
        durable = False
        for effect in effects:
            if type(effect) is Tell:
                to = effect.to
                if to in letters:
                    letters[to].append(effect.message)
                else:
                    letters[to] = [effect.message]
                continue
            others.append(effect)
            if type(effect) is Record:
                facts.append(effect.fact)
                durable = durable or effect.fact.durable
        outbox = self._outbox(actor.address) if durable else self._outboxes.get(actor.address)
        if outbox is None:  # nothing of it has ever waited
            if facts:
                self._journal.append(facts, None)
            self._carry_out(actor, letters, others)
            return
        deed = outbox.hold(partial(self._carry_out, actor, letters, others))
        try:
            if facts:
                self._journal.append(facts, deed.release if durable else None)
        except BaseException:
            deed.drop()
            raise
        if not durable:
            deed.release()

    def _outbox(self, address: Address) -> Outbox:
        # The first one stays: only an actor's own turns make it.
        return self._outboxes.get(address) or self._outboxes.setdefault(address, Outbox())

    def _carry_out(self, actor: Shell, letters: _Letters, others: list[Effect]) -> None:
        try:
            boxes: Mapping[Address, Mailbox[Message] | None] = self._boxes
            if others:
                # The boxes first: letters are for who lives there before the others are done.
                boxes = {to: boxes.get(to) for to in letters}
                self._do(actor, others)
            route = self._route
            for to, messages in letters.items():
                box = boxes.get(to)
                deliver = partial(self._deliver, to) if box is None else box.put_all
                if route is None:
                    deliver(messages)
                else:
                    route(actor.address, to, messages, deliver)
        except BaseException as error:  # noqa: BLE001 - on the journal's thread, perhaps
            actor.die(error)

    def _do(self, actor: Shell, effects: list[Effect]) -> None:
        seen: list[Fact | Notice] = []
        for effect in effects:
            if type(effect) is Record:
                seen.append(effect.fact)
            elif type(effect) is Show:
                seen.append(effect.notice)
            else:
                if seen:
                    self._watcher.see_all(seen)
                    seen = []
                if type(effect) is After:
                    self._wake_later(actor, effect)
                elif type(effect) is not Exit:  # the shell's own business, once all is done
                    actor.special(effect)
        if seen:
            self._watcher.see_all(seen)

    def _wake_later(self, actor: Shell, effect: After) -> None:
        address, message = actor.address, effect.message

        def knock() -> None:
            if actor.over:
                return
            later = actor.glance() if type(message) is Wake else None
            if later is None:
                self.tell(address, message)
            else:  # nothing is due any more: no turn for that
                for look in later:
                    self._wake_later(actor, look)

        self._timers.after(effect.seconds, knock)
