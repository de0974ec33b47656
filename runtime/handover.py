"""How an assigned subtask is handed to what was registered for it, and answered.

>>> import asyncio
>>> class Echo:
...     def communicate(self, message: Instruction) -> str:
...         return f"I was told: {message.message}"
>>> asyncio.run(hand_over(Echo(), Instruction("water the plants"), None))
'I was told: water the plants'
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import threading
from concurrent.futures import CancelledError, Future
from typing import TYPE_CHECKING, Any

from callboard.messages.errors.base import RemoteProblem
from callboard.messages.errors.endings import AttemptCancelled
from callboard.messages.values import unpack
from callboard.runtime.executors.problems import problem_from
from callboard.runtime.executors.waiting import settled

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.actors.logic.board import Board
    from callboard.actors.logic.records import SubtaskRecord
    from callboard.runtime.subtask_view import AtomicSubtask


class Instruction(str):
    """What an agent is told: a text, which Agent Zero takes for one of its messages."""

    __slots__ = ()

    @property
    def attachments(self) -> list[str]:
        """Files that come with it: none."""
        return []

    @property
    def system_message(self) -> list[str]:
        """What the system adds to it: nothing."""
        return []

    @property
    def id(self) -> str:
        """It has none."""
        return ""

    @property
    def message(self) -> str:
        """The text."""
        return str(self)


def instruction_of(record: SubtaskRecord, board: Board) -> Instruction:
    """All that an agent must know of a subtask, the results of what it depends on too."""
    subtask = record.subtask
    parts = [f"{subtask.name}\n{subtask.description}".strip()]
    for uuid in subtask.dependencies:
        done = board.subtasks.get(uuid)
        if done is not None and done.result is not None:
            parts.append(f"Result of {done.subtask.name}:\n{unpack(done.result)}")
    return Instruction("\n\n".join(parts))


def takes_work(context: object) -> bool:
    """Whether *context* can be handed a subtask."""
    return callable(getattr(context, "communicate", None)) or callable(context)


async def hand_over(
    context: Any,  # noqa: ANN401 - whatever was registered
    message: Instruction,
    subtask: AtomicSubtask | None,
) -> str:
    """The answer of *context*, as text; "" for None.

    The event loop is never blocked: what is no coroutine function runs on a daemon
    thread of its own, and so does a `result` that is none.

    Args:
        context: Its `communicate` is given the message; without one it is called with
            the subtask. Either may be a coroutine function, and may answer with the
            result, with something to await, or with an object whose `result()`, be it a
            coroutine function or not, has it.
        message: For the one kind.
        subtask: For the other.

    Raises:
        AttemptCancelled: The agent was stopped, while the caller was not.
        RemoteProblem: It raised what is no `Exception`.
        Exception: Whatever else it raised.
    """
    communicate = getattr(context, "communicate", None)
    try:
        if callable(communicate):
            answer = await _call(communicate, message)
        else:
            answer = await _call(context, subtask)
        result = getattr(answer, "result", None)
        if callable(result):
            answer = await _call(result)
    except (asyncio.CancelledError, CancelledError):
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise AttemptCancelled("the agent was stopped") from None
    except SystemExit as error:
        raise _bearable(error) from error
    return "" if answer is None else str(answer)


async def _call(function: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401 - its answer
    if inspect.iscoroutinefunction(function):
        return await function(*arguments)
    answer = await _beside(function, *arguments)
    return await answer if inspect.isawaitable(answer) else answer


async def _beside(function: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401 - its answer
    """Call it on a thread of its own, which is given up with whoever waits for it."""
    future: Future[Any] = Future()
    context = contextvars.copy_context()

    def run() -> None:
        try:
            answer = context.run(function, *arguments)
        except BaseException as error:  # noqa: BLE001 - the caller's, wherever it is
            future.set_exception(_bearable(error))
        else:
            future.set_result(answer)

    threading.Thread(target=run, name="callboard-handover", daemon=True).start()
    await settled(future, None)
    return future.result()


def _bearable(error: BaseException) -> Exception:
    """The error, in a form that ends neither the event loop nor its future's waiter."""
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return error
    return RemoteProblem(problem_from(error))
