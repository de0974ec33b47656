"""A world of one thread: a virtual clock, timers, and a seeded order of deliveries.

The same actors run here as in production. Time passes only when nobody has anything
to do, and then at once; who of several actors goes next, and how many messages it
takes, is drawn from the seed.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING, TypeVar

from callboard.runtime.journal.memory import MemoryJournal
from callboard.runtime.logs import log
from callboard.runtime.simulation.loop import SimulatedLoop
from callboard.runtime.simulation.strands import SimulatedThreads
from callboard.runtime.timetables.job import solve
from callboard.runtime.timetables.rollouts import tries
from callboard.runtime.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from random import Random

    from callboard.actors.ports import Journal, Route, Runnable
    from callboard.runtime.world import Hire

T = TypeVar("T")

EPOCH = 1_000_000_000.0
"""When every simulation begins, seconds since the epoch."""

_LARGEST_BATCH = 4
_INSTANT = 1e-3
"""Seconds that are none: time may move by its last digit and go on all the same."""

_NEVER = float("inf")


class Stepper:
    """Clock, timers and dispatcher of a simulation.

    Args:
        random: Decides every order.
        begin: When it begins, seconds since the epoch.

    Attributes:
        begin: As it was given.
        deliveries: Turns that actors were given.
        most: Turns, and timers that ring, within one instant; beyond that somebody never
            comes to rest.
    """

    def __init__(self, random: Random, begin: float = EPOCH) -> None:
        self._draw = random.random
        self._now = self.begin = self._instant = begin
        self.most = _NEVER
        self._rung = 0  # within that instant
        self._ready: list[_Place] = []
        self._places: dict[Runnable, _Place] = {}
        self._timers: list[tuple[float, float, int, Callable[[], None]]] = []
        self._numbers = 0
        self.deliveries = 0

    # Clock and timers

    def now(self) -> float:
        """Virtual seconds since the epoch."""
        return self._now

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        """Call once, in *seconds* of virtual time; calls due at once come in any order."""
        draw, number = self._draw, self._numbers + 1
        self._numbers = number
        heappush(self._timers, (self._now + seconds, draw(), number, call))

    # Dispatcher

    help = None

    def batch(self) -> int:
        """How many messages the actor may take in this turn; drawn by lot."""
        draw = self._draw  # a call through the attribute looks it up anew each time
        return 1 + int(draw() * _LARGEST_BATCH)

    def attach(self, actor: Runnable) -> _Place:
        """Run *actor* from now on."""
        place = self._places[actor] = _Place(actor, self._ready)
        return place

    def detach(self, actor: Runnable) -> None:
        """The actor has ended."""
        place = self._places.pop(actor, None)
        if place is not None and place.waits:
            self._ready.remove(place)

    def later(self, call: Callable[[], None]) -> None:
        """Call at once: there is nobody in whose way it could be."""
        call()

    def wait(self, future: Future[T], timeout: float | None) -> T:
        """Go on until the future has a result.

        Raises:
            TimeoutError: It has none after *timeout* virtual seconds, or nothing is left
                that could ever happen.
        """
        end = _NEVER if timeout is None else self._now + timeout
        while not future.done():
            if not self.step(end):
                raise TimeoutError
        return future.result()

    def close(self, timeout: float = 0.0) -> Sequence[str]:  # noqa: ARG002 - as in the real world
        """Nothing is left running."""
        self._ready.clear()
        self._places.clear()
        self._timers.clear()
        return ()

    # The one thread

    def step(self, until: float = _NEVER) -> bool:
        """Let one thing happen: a turn of an actor, or else the next timer.

        Returns:
            False where nothing can happen up to *until*; time then stands there.
        """
        if self._ready:
            self._turns(1)
            return True
        return self._tick(until)

    def run(self, seconds: float) -> None:
        """Let everything happen that happens within so many virtual seconds."""
        end, ready = self._now + seconds, self._ready
        while ready or self._tick(end):
            self._turns(self.most)
            if ready:
                self._give_up()

    def _tick(self, until: float) -> bool:
        timers = self._timers
        if timers and timers[0][0] <= until:
            when, _, _, call = heappop(timers)
            self._now = max(self._now, when)
            self._rung += 1
            if when > self._instant + _INSTANT:
                self._instant, self._rung = when, 0
            elif self._rung > self.most:
                self._give_up()
            call()
            return True
        if self._now < until < _NEVER:
            self._now = until
        return False

    def jump(self, seconds: float) -> None:
        """Let the clock leap forward, as when the machine was asleep: all else is late."""
        self._now += seconds

    @property
    def idle(self) -> bool:
        """Nothing is left that could ever happen."""
        return not self._ready and not self._timers

    def _give_up(self) -> None:
        """Nothing more happens, so that whoever closes the runtime waits for nobody.

        Raises:
            Restless: Always.
        """
        restless = sorted({place.name for place in self._ready})
        self.close()
        raise Restless(self._now - self.begin, restless)

    def _turns(self, most: float) -> None:
        """Give so many turns while anybody is ready, each to one of them by lot."""
        ready, draw, left = self._ready, self._draw, most
        while ready and left:
            left -= 1
            place = ready.pop(int(draw() * len(ready)))
            place.waits = False
            self.deliveries += 1
            turn, has_messages = place.turn, place.has_messages
            turn()
            if not place.waits and has_messages():
                place.wake()


class Restless(Exception):
    """Somebody goes on and on, and time does not."""

    def __init__(self, elapsed: float, ready: Sequence[str]) -> None:
        super().__init__(elapsed, ready)
        self.elapsed, self.ready = elapsed, tuple(ready)

    def __str__(self) -> str:
        """When that was, and who was ready then."""
        who = ", ".join(self.ready) or "a timer"
        return f"time stands still after {self.elapsed!r} s: {who} goes on and on"


class _Place:
    """An actor, and whether it stands among those that are ready."""

    __slots__ = ("_ready", "has_messages", "name", "turn", "waits")

    def __init__(self, actor: Runnable, ready: list[_Place]) -> None:
        self.name = actor.name
        self.turn, self.has_messages = actor.turn, actor.has_messages
        self.waits = False
        self._ready = ready

    def wake(self) -> None:
        """It has something to do."""
        if not self.waits:
            self.waits = True
            self._ready.append(self)

    nudge = wake  # whose turn is next is drawn, so who waits is drawn, too


class CountingIds:
    """Names in the order in which they are asked for.

    Args:
        name: With which each begins.
    """

    def __init__(self, name: str = "id") -> None:
        self._name = name
        self._count = 0

    def new(self) -> str:
        """`id-1`, `id-2` and so on."""
        self._count += 1
        return f"{self._name}-{self._count}"

    def several(self, count: int) -> list[str]:
        """The next so many of them."""
        return [self.new() for _ in range(count)]


TRIES = 20
"""Orders that are tried in each search: there is no time here in which to try more."""


def simulated_world(  # noqa: PLR0913 - each is optional
    stepper: Stepper,
    hire: Hire,
    route: Route | None = None,
    *,
    timers: SimulatedTimers | None = None,
    journal: Journal | None = None,
    background: Callable[[Callable[[], None]], None] | None = None,
) -> World:
    """The world of a simulation; what is not given loses nothing and is never late."""
    timers = timers or SimulatedTimers(stepper)
    journal = journal or MemoryJournal()
    return World(
        clock=stepper,
        timers=timers,
        # What is called so in a journal that is played on must not be met again.
        ids=CountingIds("id" if journal.boot == 1 else f"id-{journal.boot}"),
        dispatcher=stepper,
        journal=journal,
        # pyright follows the links, and so takes this file for two modules.
        threads=SimulatedThreads(log, stepper),  # pyright: ignore[reportArgumentType]
        loop=SimulatedLoop(log, timers, stepper),  # pyright: ignore[reportArgumentType]
        hire=hire,
        route=route,
        search=lambda job: solve(job, tries(TRIES)),
        background=background,
    )


class SimulatedTimers:
    """The timers of the actors, which may ring late.

    Attributes:
        lateness: Seconds that those which are set from now on ring late.
    """

    def __init__(self, stepper: Stepper) -> None:
        self.lateness = 0.0
        self._after = stepper.after

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        """Call once, in *seconds* of virtual time or a little later."""
        after = self._after
        after(seconds + self.lateness, call)

    def close(self) -> None:
        """The stepper forgets its timers by itself."""
