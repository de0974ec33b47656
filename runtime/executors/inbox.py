"""Messages that an agent has no handler for; its work reads them when it likes."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import NamedTuple, Protocol

from callboard.messages.errors.running import CallTimedOut
from callboard.messages.execution import Deliver
from callboard.messages.user import UserMessage
from callboard.runtime.executors.cancellation import Cancellation
from callboard.runtime.executors.letters import read_letter
from callboard.runtime.executors.waiting import forbid_on_loop, settled

LIMIT = 1000
"""Messages that may wait there."""


class _Lines(NamedTuple):
    """Who waits for whom: one of them is always empty."""

    letters: deque[Deliver]
    readers: deque[Future[Deliver]]


class Inbox:
    """First come, first served, on both sides; thread-safe."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        # Made when they are needed: most agents receive nothing, and there are thousands.
        self._made: _Lines | None = None

    def __len__(self) -> int:
        """How many messages wait."""
        return 0 if self._made is None else len(self._made.letters)

    def put(self, letter: Deliver) -> bool:
        """Give it to who waits, or keep it; False where too many are kept already."""
        with self._lock:
            letters, readers = self._lines()
            reader = readers.popleft() if readers else None
            if reader is None and len(letters) >= self.limit:
                return False
            if reader is None:
                letters.append(letter)
        if reader is not None:
            reader.set_result(letter)
        return True

    def take(self) -> Future[Deliver]:
        """The next message, as soon as there is one; to be put back if nobody reads it."""
        future: Future[Deliver] = Future()
        with self._lock:
            letters, readers = self._lines()
            if not letters:
                readers.append(future)
                return future
            letter = letters.popleft()
        future.set_result(letter)
        return future

    def take_now(self) -> Deliver | None:
        """The next message, if there is one."""
        with self._lock:
            letters, _ = self._lines()
            return letters.popleft() if letters else None

    def put_back(self, future: Future[Deliver]) -> None:
        """The reader has given up; a message that reached it goes to the next one."""
        with self._lock:
            _, readers = self._lines()
            if future in readers:
                readers.remove(future)
                return
        letter = future.result()
        with self._lock:
            letters, readers = self._lines()
            reader = readers.popleft() if readers else None
            if reader is None:
                letters.appendleft(letter)
        if reader is not None:
            reader.set_result(letter)

    def _lines(self) -> _Lines:
        if self._made is None:
            self._made = _Lines(deque(), deque())
        return self._made


class Letterbox(Protocol):
    """An inbox, here or in another process."""

    def __len__(self) -> int:
        """How many messages wait."""
        ...

    def take(self) -> Future[Deliver]:
        """The next message, as soon as there is one; to be put back if nobody reads it."""
        ...

    def take_now(self) -> Deliver | None:
        """The next message, if there is one."""
        ...

    def put_back(self, future: Future[Deliver]) -> None:
        """The reader has given up; a message that reached it goes to the next one."""
        ...


class Messages:
    """An agent's messages that it has no handler for; all its attempts share them.

    Args:
        inbox: Of the agent.
        cancellation: Of the handler that reads.
        limited: Cuts a timeout to what is left of the handler's time.
    """

    def __init__(
        self,
        inbox: Letterbox,
        cancellation: Cancellation,
        limited: Callable[[float | None], float | None],
    ) -> None:
        self._inbox = inbox
        self._cancellation = cancellation
        self._limited = limited

    def __len__(self) -> int:
        """How many messages wait."""
        return len(self._inbox)

    def get(self, timeout: float) -> UserMessage:
        """The next message, waiting for it.

        Raises:
            CallTimedOut: None came within *timeout* seconds, or in the time left.
            AttemptCancelled: You have been told to stop.
        """
        forbid_on_loop("ctx.messages.get()", "await ctx.messages.aget()")
        seconds = self._limited(timeout) or 0.0
        letter = self._inbox.take()
        try:
            came = self._cancellation.wait(seconds, letter)
        except BaseException:
            self._inbox.put_back(letter)
            raise
        return self._read(letter, seconds, came=came)

    async def aget(self, timeout: float) -> UserMessage:  # noqa: ASYNC109 - as `get`
        """As `get`, in a coroutine."""
        self._cancellation.check()
        seconds = self._limited(timeout) or 0.0
        letter = self._inbox.take()
        try:
            with self._cancellation.pulse.waiting():
                came = await settled(letter, seconds)
        except BaseException:
            self._inbox.put_back(letter)
            raise
        return self._read(letter, seconds, came=came)

    def get_nowait(self) -> UserMessage | None:
        """The next message, if there is one."""
        letter = self._inbox.take_now()
        return None if letter is None else _decoded(letter)

    def _read(self, letter: Future[Deliver], seconds: float, *, came: bool) -> UserMessage:
        if not came:
            self._inbox.put_back(letter)
            raise CallTimedOut("ctx.messages", seconds)
        return _decoded(letter.result())


def _decoded(letter: Deliver) -> UserMessage:
    return read_letter(letter.tag, letter.body)
