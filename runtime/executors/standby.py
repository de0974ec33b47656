"""What stands in line at one agent, and begins as soon as there is room for it.

Brief work may be given to an agent before it has a slot for it. What runs its work then
begins the next one by itself when one has ended, and nobody need be asked in between.
How many may run at once is said with each that comes.

What depends on one of them alone may come with it. It begins in its place when that has
succeeded, with its result, and never otherwise.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from callboard.actors.logic.effects import StartWork
from callboard.messages.values import Input, replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.messages.values import Payload, Token


class Standby:
    """The line of one incarnation of an agent; may be used from any thread.

    Args:
        take: Told of what is about to begin, before anybody else could ask for it; quick.
    """

    __slots__ = ("_behind", "_line", "_lock", "_room", "_running", "_take")

    def __init__(self, take: Callable[[StartWork], None]) -> None:
        self._take = take
        self._lock = threading.Lock()
        self._line: OrderedDict[Token, StartWork] | None = None  # made when there is one
        self._behind: dict[Token, StartWork] = {}  # what others follow, by its token
        self._running = 0
        self._room = 1

    def begin(self, work: StartWork) -> bool:
        """Whether it begins now; else it stands in line."""
        with self._lock:
            self._note(work)
            if work.room:
                self._room = work.room
                if self._running >= work.room:
                    if self._line is None:
                        self._line = OrderedDict()
                    self._line[work.lease.token] = work
                    return False
            self._running += 1
            self._take(work)
            return True

    def ended(
        self, token: Token, result: Payload | None = None, *, goes_on: bool
    ) -> StartWork | None:
        """One has ended; the next one begins in its place, if there is one.

        Args:
            token: Of the one that has ended.
            result: What it came to; None where it has not succeeded.
            goes_on: The agent lives; else what stands in line is left to whoever asks for it.
        """
        with self._lock:
            before = self._behind.pop(token, None) if self._behind else None
            if before is not None and before.then and result is not None and goes_on:
                work = _following(before, result)
                self._note(work)
                self._take(work)
                return work
            self._running -= 1
            if not (goes_on and self._line) or self._running >= self._room:
                return None
            _, work = self._line.popitem(last=False)
            self._running += 1
            self._take(work)
            return work

    def leave(self, token: Token) -> bool:
        """It is not to begin any more, nor what follows it; False where it does not stand here."""
        with self._lock:
            if self._line is not None and self._line.pop(token, None) is not None:
                self._behind.pop(token, None)
                return True
            return self._unfollow(token)

    def clear(self) -> tuple[Token, ...]:
        """All that stood in line, and begins no more."""
        with self._lock:
            tokens = tuple(self._line or ())
            for before in self._behind.values():
                tokens += tuple(follower.lease.token for follower in before.then)
            self._line = None
            self._behind.clear()
            return tokens

    def _note(self, work: StartWork) -> None:
        if work.then:
            self._behind[work.lease.token] = work

    def _unfollow(self, token: Token) -> bool:
        for before in self._behind.values():
            for number, follower in enumerate(before.then):
                if follower.lease.token == token:
                    then = before.then[:number]
                    self._behind[before.lease.token] = StartWork(
                        before.lease, before.ready, then=then
                    )
                    return True
        return False


def _following(before: StartWork, result: Payload) -> StartWork:
    """What follows that one, with its result; the rest follows this."""
    follower, done = before.then[0], before.ready.subtask
    ready = replace(
        follower.ready, inputs=(Input(subtask=done.uuid, name=done.name, result=result),)
    )
    return StartWork(follower.lease, ready, then=before.then[1:])
