"""The ways in which an assignment can run in an Agent Zero.

Each of them is called on a thread of the run's own, which it may block: the loop that all
contexts share never waits for it.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any, Protocol

from callboard.runtime.gateways.agent_zero.host import BRIEFING, fitting
from callboard.runtime.handover import hand_over

if TYPE_CHECKING:
    from concurrent.futures import Future

    from callboard.runtime.gateways.agent_zero.beside import Beside
    from callboard.runtime.gateways.agent_zero.host import Host
    from callboard.runtime.gateways.agent_zero.settings import Settings
    from callboard.runtime.handover import Instruction
    from callboard.runtime.subtask_view import AtomicSubtask

LOOK = 0.2
"""Seconds between looks at a task of the TaskScheduler, which tells nobody of its end."""

TOKEN_DIGITS = 10**18


class Way(Protocol):
    """Does one assignment."""

    def run(self, instruction: Instruction, seconds: float) -> str:
        """The answer of who did it; blocks.

        Raises:
            TimeoutError: There is none within *seconds*; it goes on until it is stopped.
            CancelledError: Somebody has stopped it.
            Exception: Whatever else went wrong.
        """
        ...

    def stop(self) -> None:
        """End it, from any thread, also before it has begun; harmless when it is over."""
        ...


class OfObject:
    """Something else than a context that can be handed work, as `hand_over` does."""

    def __init__(self, beside: Beside, target: object, view: AtomicSubtask) -> None:
        self._beside, self._target, self._view = beside, target, view
        self._future: Future[str] | None = None
        self._stopped = threading.Event()

    def run(self, instruction: Instruction, seconds: float) -> str:
        """See `Way`."""
        self._future = self._beside.start(hand_over(self._target, instruction, self._view))
        if self._stopped.is_set():
            self._future.cancel()
        return self._future.result(seconds)

    def stop(self) -> None:
        """See `Way`."""
        self._stopped.set()
        if self._future is not None:
            self._future.cancel()


class Claims:
    """Which registered contexts do something for us: a second message would interrupt it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: set[str] = set()

    def take(self, host: Host, context: Any) -> bool:  # noqa: ANN401 - the host's
        """Claim a context; False where it does something already, for us or for others."""
        with self._lock:
            if context.id in self._taken or host.is_running(context):
                return False
            self._taken.add(context.id)
            return True

    def give_back(self, context: Any) -> None:  # noqa: ANN401 - the host's
        """It is idle again."""
        with self._lock:
            self._taken.discard(context.id)


class OfContext:
    """The task of a context: of one of its own, or of the registered one.

    It is stopped while it is at this, and not a moment longer: a registered context may
    have something else to do by then, for its user or for us.

    Args:
        context: Who does it.
        begin: Called with what is to be done; the context's task.
        clear: Called with the context in the end, however that came.
    """

    def __init__(
        self,
        context: Any,  # noqa: ANN401 - the host's
        begin: Callable[[str], Any],
        clear: Callable[[Any], None],
    ) -> None:
        self._context, self._begin, self._clear = context, begin, clear
        self._lock = threading.Lock()
        self._at_it = False
        self._stopped = threading.Event()

    def run(self, instruction: Instruction, seconds: float) -> str:
        """See `Way`."""
        try:
            answer = self._began(str(instruction)).result_sync(seconds)
            return "" if answer is None else str(answer)
        except TimeoutError:
            self.stop()
            raise
        finally:
            with self._lock:
                self._at_it = False
            self._clear(self._context)

    def stop(self) -> None:
        """See `Way`."""
        with self._lock:
            self._stopped.set()
            if self._at_it:
                self._context.kill_process()

    def _began(self, text: str) -> Any:  # noqa: ANN401 - the host's
        if self._stopped.is_set():
            raise CancelledError
        task = self._begin(text)
        with self._lock:
            self._at_it = True
            if self._stopped.is_set():  # in this very moment
                self._context.kill_process()
        return task


class OfCoroutine:
    """A coroutine on the loop beside, with something to be cleared up after it.

    Args:
        beside: The loop.
        work: Makes the coroutine.
        clear: Called in the end, however it came.
    """

    def __init__(
        self, beside: Beside, work: Callable[[str], Any], clear: Callable[[], Any]
    ) -> None:
        self._beside, self._work, self._clear = beside, work, clear
        self._future: Future[str] | None = None
        self._stopped = threading.Event()

    def run(self, instruction: Instruction, seconds: float) -> str:
        """See `Way`."""
        try:
            self._future = self._beside.start(self._work(str(instruction)))
            if self._stopped.is_set():
                self._future.cancel()
            return self._future.result(seconds)
        finally:
            self._clear()

    def stop(self) -> None:
        """See `Way`."""
        self._stopped.set()
        if self._future is not None:
            self._future.cancel()


def told(host: Host, context: Any, clear: Callable[[Any], None]) -> OfContext:  # noqa: ANN401 - the host's
    """A context is told by `communicate`."""
    return OfContext(context, lambda text: context.communicate(host.message(text)), clear)


def subordinate(host: Host, beside: Beside, superior: Any, profile: str) -> Way:  # noqa: ANN401 - the host's
    """The first agent of a context of its own delegates it, by the host's own tool.

    Where contexts can be given a task it is theirs, with all that the host does around
    one, and whoever stops the context stops it.
    """

    async def delegate(text: str) -> str:
        arguments = {"message": text, "reset": "true", **({"profile": profile} if profile else {})}
        tool = fitting(
            superior.agent0.get_tool,
            {
                "name": "call_subordinate",
                "method": None,
                "args": arguments,
                "message": text,
                "loop_data": None,
            },
        )
        if type(tool).__name__ == "Unknown":  # which answers that there is none
            error = "this Agent Zero has no tool call_subordinate"
            raise RuntimeError(error)
        response = await tool.execute(**arguments)
        return str(response.message)

    run_task = getattr(superior, "run_task", None)
    if callable(run_task):
        return OfContext(superior, lambda text: run_task(delegate, text), host.drop)
    return OfCoroutine(beside, delegate, lambda: host.drop(superior))


def scheduled(host: Host, beside: Beside, name: str) -> OfCoroutine:
    """An ad-hoc task of the TaskScheduler, which makes a context for it."""
    module: Any = host.module("task_scheduler")

    async def schedule(text: str) -> str:
        scheduler = module.TaskScheduler.get()
        task = fitting(
            module.AdHocTask.create,
            {
                "name": f"Subtask: {name}",
                "system_prompt": BRIEFING,
                "prompt": text,
                "token": str(secrets.randbelow(TOKEN_DIGITS)),
                "attachments": [],
            },
        )
        await scheduler.add_task(task)
        try:
            await scheduler.run_task_by_uuid(task.uuid)
            return await _finished(scheduler, task.uuid)
        finally:
            await _forget(scheduler, task.uuid)
            context = host.known(task.context_id or task.uuid)
            if context is not None:
                host.drop(context)

    return OfCoroutine(beside, schedule, lambda: None)


async def _finished(scheduler: Any, uuid: str) -> str:  # noqa: ANN401 - the host's
    began = False
    while True:
        await scheduler.reload()
        task = scheduler.get_task_by_uuid(uuid)
        if task is None:
            text = "the scheduled task was removed before it had ended"
            raise RuntimeError(text)
        state = str(getattr(task.state, "value", task.state))
        if state != "running" and task.last_result is not None:
            if state == "error" or str(task.last_result).startswith("ERROR:"):
                raise RuntimeError(str(task.last_result))
            return str(task.last_result)
        if began and state != "running":
            raise CancelledError  # somebody has stopped it there
        began = began or state == "running"
        await asyncio.sleep(LOOK)


async def _forget(scheduler: Any, uuid: str) -> None:  # noqa: ANN401 - the host's
    """Stop it where it still runs, and leave nothing behind in the list of tasks."""
    for call in ("cancel_running_task", "remove_task_by_uuid"):
        function = getattr(scheduler, call, None)
        if function is not None:
            answer = function(uuid)
            if asyncio.iscoroutine(answer):
                await answer


def way_of(  # noqa: PLR0913 - what a way is made of
    host: Host | None,
    target: Any,  # noqa: ANN401 - whatever was registered
    view: AtomicSubtask,
    settings: Settings,
    *,
    beside: Beside,
    claims: Claims,
) -> Way:
    """How *target* does that subtask, as the settings say."""
    if host is None or not host.is_context(target):
        return OfObject(beside, target, view)
    match settings.way:
        case "scheduler":
            return scheduled(host, beside, view.name)
        case "subordinate":
            fresh = host.fresh(target, f"{view.name} (delegated)")
            return subordinate(host, beside, fresh, settings.profile)
        case "registered" if claims.take(host, target):
            return told(host, target, claims.give_back)
        case _:
            return told(host, host.fresh(target, view.name), host.drop)
