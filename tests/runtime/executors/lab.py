"""Real threads, a real event loop, and timers that go off when a test says so."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import structlog

from callboard.actors.logic.effects import Special, StartWork, StopWork
from callboard.actors.logic.given import GivenPriority
from callboard.messages.errors import UnknownAgent
from callboard.messages.execution import Deliver
from callboard.messages.unions import AgentMessage
from callboard.messages.values import (
    Follower,
    Input,
    Lease,
    Parent,
    Payload,
    Priority,
    Ready,
    Subtask,
    Token,
)
from callboard.runtime.clock import SystemClock
from callboard.runtime.executors.coroutine import EventLoop
from callboard.runtime.executors.definition import AgentOptions, definition_of
from callboard.runtime.executors.executor import LocalExecutor
from callboard.runtime.executors.inputs import Results
from callboard.runtime.executors.processes.isolated import ProcessExecutor
from callboard.runtime.executors.processes.pool import WorkerProcesses
from callboard.runtime.executors.services import Equipment, SubGoal
from callboard.runtime.executors.threads import WorkerThreads

M = TypeVar("M", bound=AgentMessage)
LONG = 10.0
"""Seconds after which a test gives up; never waited for where all is well."""


class HandTimers:
    """Timers that go off by hand."""

    def __init__(self) -> None:
        self.set: list[tuple[float, Callable[[], None]]] = []

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        self.set.append((seconds, call))

    def close(self) -> None:
        self.set.clear()

    def fire(self) -> list[float]:
        """Let all go off that are set now; returns after how many seconds each would have."""
        due, self.set = self.set, []
        for _, call in due:
            call()
        return [seconds for seconds, _ in due]


class Goal:
    """A sub-goal that ends when a test says so."""

    def __init__(self, goal_id: str = "sub") -> None:
        self.id = goal_id
        self.ending: Future[None] = Future()

    def result(self, timeout: float | None = None) -> Results:
        self.ending.result(timeout)
        return Results([Input(subtask="u1", name="Part", result=Payload(data=b"\x07"))])


class Office:
    """The services of a runtime, as a test plays them."""

    def __init__(self) -> None:
        self.sent: list[Deliver] = []
        self.answers: list[Future[Any]] = []
        self.submitted: list[dict[str, object]] = []
        self.goal = Goal()
        self.checks: list[tuple[Lease, Future[None]]] = []
        self.called = threading.Condition()

    def send(self, delivery: Deliver) -> None:
        if delivery.agent == "nobody":
            raise UnknownAgent(delivery.agent)
        self.sent.append(delivery)

    def ask(self, delivery: Deliver) -> Future[Any]:
        answer: Future[Any] = Future()
        with self.called:
            self.sent.append(delivery)
            self.answers.append(answer)
            self.called.notify_all()
        return answer

    def asked(self) -> Future[Any]:
        """The first question's answer, as soon as it is asked."""
        with self.called:
            assert self.called.wait_for(lambda: self.answers, LONG)
            return self.answers[0]

    def check_lease(self, lease: Lease) -> Future[None]:
        answer: Future[None] = Future()
        with self.called:
            self.checks.append((lease, answer))
            self.called.notify_all()
        return answer

    def checked(self) -> Future[None]:
        """The first question about a lease, as soon as it is asked."""
        with self.called:
            assert self.called.wait_for(lambda: self.checks, LONG)
            return self.checks[0][1]

    def submit(
        self,
        goal: object,
        *,
        context: str,
        priority: GivenPriority | None,
        deadline: float | None,
        key: str,
        parent: Parent | None,
    ) -> Future[SubGoal]:
        self.submitted.append(
            {
                "goal": goal,
                "context": context,
                "priority": priority,
                "deadline": deadline,
                "key": key,
                "parent": parent,
            }
        )
        accepted: Future[SubGoal] = Future()
        accepted.set_result(self.goal)
        return accepted


class Lab:
    """One runtime's equipment; executors made here report into a list."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.log: structlog.stdlib.BoundLogger = structlog.wrap_logger(
            None,
            processors=[self._line],
            wrapper_class=structlog.stdlib.BoundLogger,
            context_class=dict,
        )
        self.threads = WorkerThreads(self.log)
        self.processes = WorkerProcesses(self.log)
        self.timers = HandTimers()
        self.loop = EventLoop(self.log, self.timers)
        self.office = Office()
        self.equipment = Equipment(
            services=self.office,
            clock=SystemClock(),
            timers=self.timers,
            threads=self.threads,
            loop=self.loop,
            processes=self.processes,
            log=self.log,
        )
        self.reports: list[AgentMessage] = []
        self._reported = threading.Condition()
        self._executors: list[LocalExecutor | ProcessExecutor] = []

    def _line(self, _: object, level: str, event: Any) -> Any:
        self.lines.append({**event, "level": level})
        raise structlog.DropEvent

    def hire(self, target: object, **options: Any) -> LocalExecutor:
        """An executor for that agent."""
        given: AgentOptions = {"skills": [], **options}  # type: ignore[typeddict-item]
        executor = LocalExecutor(definition_of(target, **given), self.report, self.equipment)
        self._executors.append(executor)
        return executor

    def isolate(self, target: object, **options: Any) -> ProcessExecutor:
        """An executor for that agent, in processes of its own."""
        given: AgentOptions = {"skills": [], "isolation": "process", **options}  # type: ignore[typeddict-item]
        made = definition_of(target, **given)
        assert made.isolation is not None
        executor = ProcessExecutor(made.agent, made.isolation, self.report, self.equipment)
        self._executors.append(executor)
        return executor

    def report(self, message: AgentMessage) -> None:
        with self._reported:
            self.reports.append(message)
            self._reported.notify_all()

    def wait_for(self, kind: type[M], count: int = 1) -> M:
        """The report number *count* of that kind, as soon as it has come."""
        with self._reported:
            assert self._reported.wait_for(lambda: len(self.of(kind)) >= count, LONG), self.reports
        return self.of(kind)[count - 1]

    def of(self, kind: type[M]) -> list[M]:
        """The reports of that kind."""
        return [report for report in self.reports if isinstance(report, kind)]

    def close(self) -> None:
        for executor in self._executors:
            executor.close(1.0)
        assert self.processes.close(2.0) == ()
        assert self.loop.close(1.0) == ()
        assert self.threads.close(1.0) == ()


@contextmanager
def laboratory() -> Generator[Lab]:
    """A lab that is closed afterwards; nothing may be left in it."""
    lab = Lab()
    try:
        yield lab
    finally:
        lab.close()


def token(number: int = 1) -> Token:
    return Token(boot=1, incarnation=1, counter=number)


def start(number: int = 1, **fields: Any) -> StartWork:
    """An assignment; *fields* are those of the subtask and of `Ready`."""
    of_ready = {name: fields.pop(name) for name in list(fields) if name in Ready.__struct_fields__}
    lease = Lease(goal="g", subtask=f"s{number}", agent="a1", token=token(number))
    subtask = Subtask(uuid=f"s{number}", name=f"Step {number}", **fields)
    defaults: dict[str, Any] = {"urgency": Priority.HIGH, "rank": 1.0, "since": 0.0}
    named: dict[str, Any] = {"goal": "g", "goal_text": "make it so", "subtask": subtask}
    ready = Ready(**{**defaults, **named, **of_ready})
    return StartWork(lease, ready)


def lead(number: int, *then: int) -> StartWork:
    """An assignment with what follows it, each the one before."""
    works = [start(one) for one in then]
    followers = tuple(Follower(lease=work.lease, ready=work.ready) for work in works)
    return msgspec.structs.replace(start(number), then=followers)


def stop(number: int = 1) -> Special:
    return StopWork(token(number), "not wanted")


def until(true: Callable[[], object]) -> None:
    """Wait until it is true, without saying how."""
    deadline = time.monotonic() + LONG
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def alive(pid: int) -> bool:
    """Whether that process runs; Linux only."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):  # it may end while it is read
        return False
    return state != "Z"
