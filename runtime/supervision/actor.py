"""The actor that supervises actors: hears of them, asks the logic, does what it wants."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, assert_never, cast

import msgspec
import pykka

from callboard.actors.logic.effects import After, Record, Show
from callboard.actors.logic.family.exits import Exit
from callboard.actors.logic.family.family import FamilyLogic
from callboard.actors.logic.family.phases import Phase
from callboard.actors.logic.family.specs import ChildSpec, FamilyOptions
from callboard.actors.logic.family.words import (
    Abandon,
    Answer,
    Begin,
    ChildExited,
    ChildInfo,
    Counts,
    Halt,
    Leave,
    Opened,
    Stop,
    Wanted,
)
from callboard.actors.watched import WatchedActor, watched
from callboard.messages.base import Address
from callboard.messages.errors import ChildNotRunning, SupervisorEnds, UnknownChild
from callboard.messages.values import Problem
from callboard.runtime.supervision.link import Link

if TYPE_CHECKING:
    from types import TracebackType

    from callboard.actors.logic.family.words import Caller, ChildStarted, Heard
    from callboard.actors.ports import Clock, Timers, Watcher
    from callboard.messages.errors import CallboardError


class SupervisorSpec(msgspec.Struct, frozen=True):
    """A supervisor that is a child of another one: the `actor` of its `ChildSpec`.

    It should have the time that it needs to stop its own children: `shutdown=None`.

    Attributes:
        children: That it begins with, in the order of their start.
        options: How it treats them.
    """

    children: tuple[ChildSpec, ...] = ()
    options: FamilyOptions = FamilyOptions()


class Ended(msgspec.Struct, frozen=True):
    """How a supervisor has ended.

    Attributes:
        end: "shutdown" where it was told to, or has given up; "failed" where a child could
            not be started in the beginning, or where it has died of an error of its own.
        problem: Why, where it was not told to.
        abandoned: Actors that did not stop in time; their threads may still run.
    """

    end: Exit
    problem: Problem | None = None
    abandoned: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all supervisors of a tree stand on.

    Attributes:
        watcher: Shown every fact and notice.
    """

    clock: Clock
    timers: Timers
    watcher: Watcher


class Look(msgspec.Struct, frozen=True):
    """How does everything stand? Answered by pykka's own `ask`."""


class SupervisorActor(WatchedActor):
    """Runs `FamilyLogic` on a thread of its own."""

    def __init__(self, address: Address, spec: SupervisorSpec, surroundings: Surroundings) -> None:
        super().__init__()
        self._address = address
        self._around = surroundings
        self._logic = FamilyLogic(address, spec.children, spec.options)
        self._links: dict[tuple[str, int], Link] = {}
        self._abandoned: dict[tuple[str, int], Address] = {}
        self._callers: dict[Caller, Future[None]] = {}
        self._numbers = 0
        self._lock = threading.Lock()
        self._over = False
        self._left: Leave | None = None

    # Its own life

    def on_start(self) -> None:
        """Start the children."""
        self._perform(self._logic.start(self._around.clock.now()))

    def callboard_up(self) -> None:
        """It has started when its children have; the logic says so."""

    def on_receive(self, message: Any) -> Any:  # noqa: ANN401 - as pykka's
        """Decide about one message, and have it done."""
        if isinstance(message, Look):
            return self._logic.which(), self._logic.count()
        if isinstance(message, ChildExited):
            self._abandoned.pop((message.child, message.incarnation), None)
        heard = cast("Heard", message)
        self._perform(self._logic.handle(heard, self._around.clock.now()))
        return None

    def on_stop(self) -> None:
        """Somebody has stopped it past its supervisor: nobody is left behind."""
        self._let_all_go()

    def on_failure(
        self,
        exception_type: type[BaseException] | None,  # noqa: ARG002 - as pykka's
        exception_value: BaseException | None,  # noqa: ARG002
        traceback: TracebackType | None,  # noqa: ARG002
    ) -> None:
        """An error of ours: nobody is left behind."""
        self._let_all_go()

    def callboard_live(self) -> None:
        """As any actor's; whoever waits for an answer gets one."""
        try:
            super().callboard_live()
        finally:
            self._refuse_all()

    def callboard_halt(self) -> None:
        """Stop the children, and end."""
        self.actor_ref.tell(Stop())

    def callboard_outcome(self) -> tuple[Exit, Problem | None]:
        """How it has ended, where it was no error."""
        return (Exit.NORMAL, None) if self._left is None else (self._left.end, self._left.problem)

    def left_behind(self) -> tuple[Address, ...]:
        """Actors that did not stop in time and have not ended since."""
        return tuple(self._abandoned.values())

    def _let_all_go(self) -> None:
        for link in self._links.values():
            link.abandon()

    # Others

    def hear(self, heard: ChildStarted | ChildExited) -> None:
        """What a child says of itself."""
        with contextlib.suppress(pykka.ActorDeadError):  # who has ended needs not to know
            self.actor_ref.tell(heard)

    def request(self, command: Any) -> Future[None]:  # noqa: ANN401 - a type of command
        """Have something done; called from any thread.

        Args:
            command: Makes the command, from the number of who waits for its answer.
        """
        answer: Future[None] = Future()
        answer.set_running_or_notify_cancel()
        with self._lock:
            self._numbers += 1
            number = self._numbers
            self._callers[number] = answer
        with contextlib.suppress(pykka.ActorDeadError):
            self.actor_ref.tell(command(number))
        if self._over:  # noted, then looked: who ended meanwhile may have missed it
            self._refuse_all()
        return answer

    def look(self, timeout: float) -> tuple[tuple[ChildInfo, ...], Counts]:
        """How its children stand; for other threads.

        Raises:
            SupervisorEnds: It has ended.
        """
        try:
            found = self.actor_ref.ask(Look(), timeout=timeout)
        except pykka.ActorDeadError:
            raise SupervisorEnds(self._address) from None
        return cast("tuple[tuple[ChildInfo, ...], Counts]", found)

    def running(self, child: str, timeout: float) -> WatchedActor:
        """The actor that runs as that child; for other threads.

        Raises:
            UnknownChild: There is none of that name.
            ChildNotRunning: It does not run now.
            SupervisorEnds: It has ended.
        """
        info = next((info for info in self.look(timeout)[0] if info.id == child), None)
        if info is None:
            raise UnknownChild(child)
        link = self._links.get((child, info.incarnation))
        if info.phase is not Phase.RUNNING or link is None or link.actor is None:
            raise ChildNotRunning(child, info.phase.value)
        return link.actor

    # What the logic wants

    def _perform(self, wanted: list[Wanted]) -> None:
        for effect in wanted:
            self._do(effect)

    def _do(self, effect: Wanted) -> None:
        match effect:
            case Begin():
                self._begin(effect.spec, effect.incarnation)
            case Halt():
                self._links[effect.child, effect.incarnation].halt()
            case Abandon():
                key = effect.child, effect.incarnation
                self._abandoned[key] = f"{self._address}/{effect.child}"
                self._links.pop(key).abandon()
            case Answer():
                self._tell_caller(effect.caller, effect.error)
            case Opened():
                self.callboard_watch.started()
            case Leave():
                self._left = effect
                self.actor_stopped.set()
            case After():
                self._around.timers.after(effect.seconds, lambda: self._knock(effect))
            case Record():
                self._around.watcher.see(effect.fact)
            case Show():
                self._around.watcher.see(effect.notice)
            case _:
                assert_never(effect)

    def _begin(self, spec: ChildSpec, incarnation: int) -> None:
        for old in [key for key in self._links if key[0] == spec.id]:
            del self._links[old]
        address = f"{self._address}/{spec.id}"
        link = Link(self, address, spec.id, incarnation, lambda: self._make(spec, address))
        self._links[spec.id, incarnation] = link
        link.begin()

    def _make(self, spec: ChildSpec, address: Address) -> WatchedActor:
        if isinstance(spec.actor, SupervisorSpec):
            return SupervisorActor(address, spec.actor, self._around)
        return watched(spec.actor)(*spec.args, **spec.kwargs)

    def _knock(self, alarm: After) -> None:
        with contextlib.suppress(pykka.ActorDeadError):
            self.actor_ref.tell(alarm.message)

    # Answers

    def _tell_caller(self, caller: Caller, error: CallboardError | None) -> None:
        with self._lock:
            answer = self._callers.pop(caller, None)
        if answer is None:
            return
        if error is None:
            answer.set_result(None)
        else:
            answer.set_exception(error)

    def _refuse_all(self) -> None:
        self._over = True
        for caller in list(self._callers):
            self._tell_caller(caller, SupervisorEnds(self._address))
