"""The doors between callers outside and the actors' mailboxes: where backpressure is.

A mailbox that is full, or a runtime that has as much open as it may, lets nobody in.
Callers then stand in line, first come, first served, each only as long as its own
timeout says; or they are refused at once. Nothing of a call in the line has been sent,
so who gives up has left nothing behind.

A door never blocks a thread: a caller waits for its own future, in its own way. Actors
do not use doors among each other; `docs/decisions/0011-control-and-backpressure.md` says
why what they say to each other is bounded without.
"""

from __future__ import annotations

import abc
import threading
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from callboard.messages import facts
from callboard.messages.base import ORCHESTRATOR, SCHEDULER
from callboard.messages.errors.running import Overloaded
from callboard.messages.notices import BackpressureBegan, BackpressureEnded, CallRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from typing import Any

    from callboard.actors.logic.board import Board
    from callboard.actors.mailbox import Mailbox
    from callboard.actors.ports import Clock, Watcher
    from callboard.messages.base import Address
    from callboard.messages.errors.base import CallboardError


class Load(NamedTuple):
    """What is on its way through a door: let in, and not answered yet.

    Attributes:
        calls: How many.
        subtasks: That they bring, as far as it is known.
    """

    calls: int = 0
    subtasks: int = 0


class Room(abc.ABC):
    """Knows how much there is behind doors; several may share it."""

    def __init__(self) -> None:
        self._watching: tuple[Callable[[], None], ...] = ()

    @abc.abstractmethod
    def full(self, entering: Load) -> Overloaded | None:
        """Why nobody more is let in now; None where there is room."""

    def watch(self, relief: Callable[[], None], *, on: bool) -> None:
        """Call that whenever there may be more room, or do so no longer."""
        others = tuple(other for other in self._watching if other != relief)
        self._watching = (*others, relief) if on else others

    def relieve(self) -> None:
        """There may be more room."""
        for relief in self._watching:
            relief()


class MailboxRoom(Room):
    """Room for so many messages in a mailbox.

    Args:
        name: Whose it is.
        box: All that waits there counts, whoever sent it.
        limit: Messages.
    """

    def __init__(self, name: Address, box: Mailbox[Any], limit: int) -> None:
        super().__init__()
        self._name = name
        self._box = box
        self._limit = limit

    def full(self, entering: Load) -> Overloaded | None:
        """As `Room`; what has entered is in the mailbox already."""
        del entering
        count = len(self._box)
        if count < self._limit:
            return None
        return Overloaded(f"messages wait for the {self._name}", count, self._limit)

    def watch(self, relief: Callable[[], None], *, on: bool) -> None:
        """As `Room`; the mailbox has to tell of it only while somebody wants to know."""
        super().watch(relief, on=on)
        self._box.relief = self.relieve if self._watching else None


class GoalRoom(Room):
    """Room for so many open goals, and so many open subtasks.

    A goal is let in as long as there are fewer, so a large plan may go beyond.

    Args:
        board: Tells how many there are.
        goals: Goals from outside; None for any number.
        subtasks: Of all goals; None for any number.
    """

    def __init__(self, board: Board, goals: int | None, subtasks: int | None) -> None:
        super().__init__()
        self._board = board
        self._goals = goals
        self._subtasks = subtasks

    def full(self, entering: Load) -> Overloaded | None:
        """As `Room`."""
        goals = self._board.open_roots + entering.calls
        if self._goals is not None and goals >= self._goals:
            return Overloaded("goals are open", goals, self._goals)
        if self._subtasks is None:
            return None
        subtasks = self._board.open_subtasks + entering.subtasks
        if subtasks < self._subtasks:
            return None
        return Overloaded("subtasks are open", subtasks, self._subtasks)


class Visitor:
    """One call at a door.

    Args:
        what: The call, for people.
        result: Has the answer some time; whoever cancels it gives up.
        send: Sends the call, once it is let in.
        subtasks: That it brings.

    Attributes:
        why: Why it was not let in at once; None as soon as it was.
    """

    __slots__ = ("result", "send", "subtasks", "what", "why")

    def __init__(
        self, what: str, result: Future[Any], send: Callable[[], None], subtasks: int = 0
    ) -> None:
        self.what = what
        self.result = result
        self.send = send
        self.subtasks = subtasks
        self.why: CallboardError | None = None


class Door:
    """The way into one mailbox, or into the runtime.

    Args:
        to: What is behind it.
        rooms: There must be room in each.
        wait: Callers stand in line while there is none; else they are refused.
        clock: For what is shown.
        watcher: Is shown when a line begins and ends, and who is refused.
    """

    def __init__(
        self, to: Address, rooms: Sequence[Room], *, wait: bool, clock: Clock, watcher: Watcher
    ) -> None:
        self._to = to
        self._rooms = rooms
        self._wait = wait
        self._clock = clock
        self._watcher = watcher
        self._lock = threading.Lock()
        self._line: deque[Visitor] = deque()
        self._entering = Load()
        self._closed: CallboardError | None = None

    def __len__(self) -> int:
        """How many stand in line."""
        return len(self._line)

    def admit(self, visitor: Visitor) -> None:
        """Let a call in, if there is room and nobody stands before it."""
        with self._lock:
            first = not self._line
            why = self._closed or self._full()
            if why is None and first:
                self._enter(visitor)
            elif self._wait and self._closed is None:
                visitor.why = why or self._line[-1].why
                self._line.append(visitor)
                self._watch(on=True)
        if why is None and first:
            self._await(visitor)
            visitor.send()  # nobody has its future yet who could have given up
        elif visitor.why is not None:
            self._stand(visitor, first=first)
        elif why is not None:
            self._turn_away(visitor, why)

    def pump(self) -> None:
        """Let in who is first in line, as long as there is room; it may have come."""
        while self._line:
            with self._lock:
                if not self._line or self._full() is not None:
                    return
                visitor = self._line.popleft()
                self._enter(visitor)
                over = self._is_over()
            self._await(visitor)
            if not visitor.result.cancelled():
                visitor.send()
            self._tell_end(over=over)

    def close(self, why: CallboardError) -> None:
        """Let nobody in any more; who stands in line gets the reason."""
        with self._lock:
            self._closed = why
            line, self._line = list(self._line), deque()
            self._watch(on=False)
        for visitor in line:
            _fail(visitor.result, why)

    def _full(self) -> Overloaded | None:
        for room in self._rooms:
            why = room.full(self._entering)
            if why is not None:
                return why
        return None

    def _watch(self, *, on: bool) -> None:
        for room in self._rooms:
            room.watch(self.pump, on=on)

    # In, and out again

    def _enter(self, visitor: Visitor) -> None:
        calls, subtasks = self._entering
        self._entering = Load(calls + 1, subtasks + visitor.subtasks)

    def _await(self, visitor: Visitor) -> None:
        visitor.why = None
        visitor.result.add_done_callback(lambda _: self._answered(visitor))

    def _answered(self, visitor: Visitor) -> None:
        """What it brought is counted behind the door by now."""
        with self._lock:
            calls, subtasks = self._entering
            self._entering = Load(calls - 1, subtasks - visitor.subtasks)
        if self._line:
            self.pump()

    # In line, and out of it

    def _stand(self, visitor: Visitor, *, first: bool) -> None:
        if first:
            began = BackpressureBegan(at=self._clock.now(), to=self._to, reason=str(visitor.why))
            self._watcher.see(began)
        visitor.result.add_done_callback(lambda _: self._gone(visitor))
        self.pump()  # noted, then looked: room may have come meanwhile

    def _gone(self, visitor: Visitor) -> None:
        """Whoever gives up leaves the line."""
        with self._lock:
            why = visitor.why if visitor in self._line else None
            if why is None:
                return
            self._line.remove(visitor)
            over = self._is_over()
        self._show_refused(visitor, why)
        self._tell_end(over=over)

    def _is_over(self) -> bool:
        if self._line:
            return False
        self._watch(on=False)
        return True

    def _tell_end(self, *, over: bool) -> None:
        if over:
            self._watcher.see(BackpressureEnded(at=self._clock.now(), to=self._to))

    def _turn_away(self, visitor: Visitor, why: CallboardError) -> None:
        if self._closed is None:
            self._show_refused(visitor, why)
        _fail(visitor.result, why)

    def _show_refused(self, visitor: Visitor, why: CallboardError) -> None:
        at, reason = self._clock.now(), str(why)
        self._watcher.see(CallRefused(at=at, to=self._to, what=visitor.what, reason=reason))


def _fail(result: Future[Any], why: CallboardError) -> None:
    if result.set_running_or_notify_cancel():
        result.set_exception(why)


class Doors:
    """All doors of a runtime.

    Args:
        boxes: The mailboxes of orchestrator and scheduler.
        board: Tells how much is open.
        limits: What there may be at the most.
        clock: For what is shown.
        watcher: Is shown when a line begins and ends, and who is refused.

    Attributes:
        submit: For goals.
        orchestrator: For sub-goals: what they serve cannot end without them, so they wait
            for nobody's end.
        scheduler: For completions, heartbeats and assignments.
    """

    def __init__(
        self,
        boxes: tuple[Mailbox[Any], Mailbox[Any]],
        board: Board,
        limits: Limits,
        *,
        clock: Clock,
        watcher: Watcher,
    ) -> None:
        first, second = boxes
        self._goals = GoalRoom(board, limits.goals, limits.subtasks)
        orchestrator = MailboxRoom(ORCHESTRATOR, first, limits.messages)
        scheduler = MailboxRoom(SCHEDULER, second, limits.messages)

        def door(to: Address, *rooms: Room) -> Door:
            return Door(to, rooms, wait=limits.wait, clock=clock, watcher=watcher)

        bounded = limits.goals is not None or limits.subtasks is not None
        rooms = (self._goals, orchestrator) if bounded else (orchestrator,)
        self.submit = door("runtime", *rooms)
        self.orchestrator = door(ORCHESTRATOR, orchestrator)
        self.scheduler = door(SCHEDULER, scheduler)

    def relieve(self) -> None:
        """Something of `ENDS` has happened: there may be room for others."""
        self._goals.relieve()

    def close(self, why: CallboardError) -> None:
        """Let nobody in any more; whoever stands in line gets the reason."""
        for door in (self.submit, self.orchestrator, self.scheduler):
            door.close(why)


class Limits(NamedTuple):
    """How much there may be behind the doors; see `callboard.Config`."""

    messages: int
    goals: int | None
    subtasks: int | None
    wait: bool


ENDS = frozenset(
    {
        facts.GoalCompleted,
        facts.GoalFailed,
        facts.GoalCancelled,
        facts.SubtaskCompleted,
        facts.SubtaskFailed,
        facts.SubtaskCancelled,
    }
)
