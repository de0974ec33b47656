"""A supervision tree, as its owner sees it."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from callboard.actors.logic.family.specs import ChildSpec, FamilyOptions
from callboard.actors.logic.family.words import (
    ChildExited,
    DeleteChild,
    RestartChild,
    StartChild,
    TerminateChild,
)
from callboard.messages.errors import SupervisorEnds, UnknownChild, error_of
from callboard.runtime.clock import SystemClock
from callboard.runtime.dispatchers.waiting import wait
from callboard.runtime.logs import log_event
from callboard.runtime.supervision.actor import (
    Ended,
    SupervisorActor,
    SupervisorSpec,
    Surroundings,
)
from callboard.runtime.supervision.link import Link
from callboard.runtime.timers import ThreadTimers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Self

    import pykka

    from callboard.actors.logic.family.words import ChildInfo, ChildStarted, Counts
    from callboard.actors.ports import Watcher
    from callboard.messages.facts import Fact
    from callboard.messages.notices import Notice

ANSWER = 30.0
"""Seconds that a call waits for its answer unless it says otherwise."""


class Branch:
    """A supervisor and its children; safe to use from any thread but its own children's start.

    Every call raises `SupervisorEnds` where the supervisor has ended, `UnknownChild` where
    it has no child of that name, and `TimeoutError` where *timeout* seconds are not enough;
    what was asked for then goes on.
    """

    def __init__(self, find: Callable[[], SupervisorActor]) -> None:
        self._find = find

    def ref(self, child: str, *, timeout: float = ANSWER) -> pykka.ActorRef[Any]:
        """Pykka's reference to the actor that is that child now.

        A child that is restarted is another actor: ask again, and keep none.

        Raises:
            ChildNotRunning: It does not run now.
        """
        return self._find().running(child, timeout).actor_ref

    def supervisor(self, child: str) -> Branch:
        """The child that is a supervisor itself, whichever incarnation of it."""
        return Branch(lambda: self._nested(child))

    def which_children(self, *, timeout: float = ANSWER) -> tuple[ChildInfo, ...]:
        """How each child stands, in the order of their start."""
        return self._find().look(timeout)[0]

    def count_children(self, *, timeout: float = ANSWER) -> Counts:
        """How many children there are of each kind, and how many threads were abandoned."""
        return self._find().look(timeout)[1]

    def start_child(self, spec: ChildSpec, *, timeout: float = ANSWER) -> None:
        """Take on another child, the last in order, and wait until it runs.

        Raises:
            ChildIdTaken: There is one of that name, running or not.
            ChildNotStarted: It could not be started, and is not kept.
        """
        self._ask(lambda caller: StartChild(spec, caller), timeout)

    def terminate_child(self, child: str, *, timeout: float = ANSWER) -> None:
        """Stop a child and wait until it has, or was abandoned.

        It never comes back by itself; its specification stays unless it is temporary.
        """
        self._ask(lambda caller: TerminateChild(child, caller), timeout)

    def restart_child(self, child: str, *, timeout: float = ANSWER) -> None:
        """Start a child that was stopped or given up, and wait until it runs.

        Raises:
            ChildNotStopped: It runs, or is about to.
            ChildNotStarted: It could not be started, and is not tried again.
        """
        self._ask(lambda caller: RestartChild(child, caller), timeout)

    def delete_child(self, child: str, *, timeout: float = ANSWER) -> None:
        """Forget a child that does not run.

        Raises:
            ChildNotStopped: It runs, or is about to.
        """
        self._ask(lambda caller: DeleteChild(child, caller), timeout)

    def _ask(self, command: Callable[[int], object], timeout: float) -> None:
        wait(self._find().request(command), timeout)

    def _nested(self, child: str) -> SupervisorActor:
        actor = self._find().running(child, ANSWER)
        if not isinstance(actor, SupervisorActor):
            raise UnknownChild(child)
        return actor


class Supervisor(Branch):
    """The root of a tree of actors of your own.

    It is started by `start`, or by `with`, which stops it at the end. Nothing process-wide
    is touched: no registry, no signal, no exit hook; its threads are daemons.

    Args:
        children: Specifications, in the order of their start.
        options: How it treats them; None for the defaults.
        name: For events and thread names.
        watcher: Shown every fact and notice of the tree; None logs them.

    Raises:
        ChildIdTaken: Two children have one name.
        InvalidCall: A child cannot be as it is.
    """

    def __init__(
        self,
        children: Iterable[ChildSpec] = (),
        options: FamilyOptions | None = None,
        *,
        name: str = "tree",
        watcher: Watcher | None = None,
    ) -> None:
        self._lock = threading.Lock()
        self._begun = False
        self._timers = ThreadTimers()
        self._up: Future[None] = Future()
        self._down: Future[Ended] = Future()
        around = Surroundings(SystemClock(), self._timers, watcher or _Log())
        spec = SupervisorSpec(tuple(children), options or FamilyOptions())
        self._actor = actor = SupervisorActor(name, spec, around)
        self._link = Link(self, name, name, 1, lambda: actor)
        super().__init__(lambda: actor)

    def start(self, *, timeout: float | None = None) -> Self:
        """Start all children, in order, and wait until they run.

        Raises:
            ChildNotStarted: One of them could not be; the others were stopped again.
            TimeoutError: *timeout* seconds were not enough; it goes on starting.
        """
        self._begin()
        wait(self._up, timeout)
        return self

    def stop(self, *, timeout: float | None = None) -> Ended:
        """Stop all children, each within its own time; the answer says who was left behind.

        Harmless where it has ended before.

        Raises:
            TimeoutError: *timeout* seconds were not enough; it goes on stopping.
        """
        self._link.halt()
        self._begin()  # one that never began has ended at once
        return self.wait(timeout=timeout)

    def wait(self, *, timeout: float | None = None) -> Ended:
        """Wait until it has ended, by `stop` or because it has given up.

        Raises:
            TimeoutError: It has not within *timeout* seconds.
        """
        return wait(self._down, timeout)

    def __enter__(self) -> Self:
        """Start it."""
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.stop()

    def hear(self, heard: ChildStarted | ChildExited) -> None:
        """It has started or ended; for the tree itself."""
        if not isinstance(heard, ChildExited):
            self._up.set_result(None)
            return
        self._timers.close()
        left_behind = self._actor.left_behind()
        self._down.set_result(Ended(heard.end, heard.problem, left_behind))
        if not self._up.done():
            stopped = SupervisorEnds(heard.child)
            self._up.set_exception(stopped if heard.problem is None else error_of(heard.problem))

    def _begin(self) -> None:
        with self._lock:
            begun, self._begun = self._begun, True
        if not begun:
            self._link.begin()


class _Log:
    def see(self, event: Fact | Notice) -> None:
        """As a line of the log."""
        log_event(event)
