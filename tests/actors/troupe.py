"""A stage with real threads, for actors that do what a test says."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from typing import Any

from callboard.actors.logic.effects import Effect
from callboard.actors.ports import Dispatcher, Route
from callboard.actors.post import Post
from callboard.actors.shell import Shell, Stage
from callboard.messages.base import Address
from callboard.messages.facts import Fact
from callboard.messages.notices import Notice
from callboard.messages.values import Problem
from callboard.runtime.dispatchers.pool import PoolDispatcher
from callboard.runtime.journal.memory import MemoryJournal

React = Callable[[Any], list[Effect]]
NOW = 100.0


class Clock:
    """It is always the same time."""

    def now(self) -> float:
        return NOW


class HandTimers:
    """Timers that go off by hand."""

    def __init__(self) -> None:
        self.set: list[tuple[float, Callable[[], None]]] = []

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        self.set.append((seconds, call))

    def close(self) -> None:
        self.set.clear()


class LateJournal(MemoryJournal):
    """Says that facts are safe later, when told to, from a thread of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.facts: list[Fact] = []
        self.waiting: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self.broken = False
        self._go = threading.Semaphore(0)
        self.thread = threading.Thread(target=self._write, daemon=True)
        self.thread.start()

    def append(self, facts: Sequence[Fact], kept: Callable[[], None] | None) -> None:
        if self.broken:
            raise OSError("no space left on device")
        self.facts.extend(facts)
        if kept is not None:
            self.waiting.put(kept)

    def commit(self, count: int = 1) -> None:
        """Let so many appends be safe."""
        self._go.release(count)

    def replay(self) -> Sequence[Fact]:
        return tuple(self.facts)

    def close(self, timeout: float | None = None) -> int:  # noqa: ARG002 - it answers at once
        self.waiting.put(None)
        self._go.release()
        return 0

    def _write(self) -> None:
        while True:
            self._go.acquire()
            kept = self.waiting.get()
            if kept is None:
                return
            kept()


class Witness:
    """Sees everything, and keeps it."""

    def __init__(self) -> None:
        self.events: list[Fact | Notice] = []

    def see(self, event: Fact | Notice) -> None:
        self.events.append(event)

    def see_all(self, events: Sequence[Fact | Notice]) -> None:
        self.events.extend(events)


class Script:
    """A logic that does what a test says."""

    def __init__(self, react: React, first: Callable[[], list[Effect]]) -> None:
        self._react = react
        self._first = first

    def start(self, now: float) -> list[Effect]:
        assert now == NOW
        return self._first()

    def handle(self, message: Any, now: float) -> list[Effect]:
        assert now == NOW
        return self._react(message)


class Troupe:
    """A post, a stage, and the actors that a test puts on it.

    Attributes:
        ended: Who has ended by itself: address, incarnation, problem.
    """

    def __init__(
        self,
        dispatcher: Dispatcher | None = None,
        journal: MemoryJournal | None = None,
        route: Route | None = None,
    ) -> None:
        self.dispatcher: Dispatcher = PoolDispatcher() if dispatcher is None else dispatcher
        self.journal = MemoryJournal() if journal is None else journal
        self.witness = Witness()
        self.timers = HandTimers()
        self.ended: list[tuple[Address, int, Problem | None]] = []
        self.post = Post(
            clock=Clock(),
            timers=self.timers,
            journal=self.journal,
            watcher=self.witness,
            route=route,
        )
        self.stage = Stage(self.post, Clock(), self.dispatcher, self._note)

    def actor(
        self,
        address: Address,
        react: React,
        *,
        incarnation: int = 1,
        first: Callable[[], list[Effect]] = list,
    ) -> Shell:
        """An actor that does not run yet."""
        return Shell(self.stage, address, incarnation, Script(react, first))

    def play(
        self,
        address: Address,
        react: React,
        *,
        incarnation: int = 1,
        first: Callable[[], list[Effect]] = list,
    ) -> Shell:
        """An actor that runs."""
        actor = self.actor(address, react, incarnation=incarnation, first=first)
        actor.begin()
        return actor

    def close(self) -> None:
        self.dispatcher.close(5.0)
        self.journal.close()

    def _note(self, shell: Shell, problem: Problem | None) -> None:
        self.ended.append((shell.address, shell.incarnation, problem))


class Log:
    """An actor's memory: takes notes and does nothing else."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    def __call__(self, message: Any) -> list[Effect]:
        self.heard.append(message)
        return []
