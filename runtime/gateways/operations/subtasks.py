"""Subtasks: looked at, explained, held up, ended and tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from callboard.messages.base import SubtaskId
from callboard.runtime.gateways.operations.aside import aside
from callboard.runtime.gateways.operations.operation import Answer, Operation, Request, Scope
from callboard.runtime.gateways.operations.views import SubtaskView, subtask_view

if TYPE_CHECKING:
    from callboard.actors.logic.records import SubtaskRecord
    from callboard.runtime.runtime import Runtime


class AskSubtask(Request):
    """Which subtask.

    Attributes:
        subtask_id: Its uuid.
    """

    subtask_id: SubtaskId


class EndSubtask(Request):
    """What is to be done to a subtask, and why.

    Attributes:
        subtask_id: Its uuid.
        reason: For people.
    """

    subtask_id: SubtaskId
    reason: str = ""


class PauseSubtask(Request):
    """Start no new attempt at a subtask.

    Attributes:
        subtask_id: Its uuid.
        reason: For people.
        interrupt: What runs is taken back at once, with its checkpoint.
    """

    subtask_id: SubtaskId
    reason: str = ""
    interrupt: bool = False


class OneSubtask(Answer):
    """A subtask.

    Attributes:
        subtask: How it stands.
    """

    subtask: SubtaskView


class Story(Answer):
    """All that happened to a subtask.

    Attributes:
        events: What happened, in order, as the stream of events tells it.
        count: How many there are.
    """

    events: tuple[dict[str, Any], ...]
    count: int


class Why(Answer):
    """Why a subtask stands as it does.

    Attributes:
        explanation: Why it stands as it does: its `reasons`, each with its `kind` and `text`.
        text: The same for people.
    """

    explanation: dict[str, Any]
    text: str


async def _get(runtime: Runtime, asked: AskSubtask) -> OneSubtask:
    return _one(runtime, runtime.hub.subtask(asked.subtask_id))


async def _story(runtime: Runtime, asked: AskSubtask) -> Story:
    return await aside(_told, runtime, asked.subtask_id)


def _told(runtime: Runtime, subtask: SubtaskId) -> Story:
    story = runtime.story(subtask)
    if not story:
        runtime.hub.subtask(subtask)  # raises where there is none
    # Here, as all that can happen is slow to load, and clients need none of it.
    from callboard.runtime.gateways.rest.frames import encoded  # noqa: PLC0415

    events = tuple(msgspec.json.decode(encoded(event)) for event in story)
    return Story(events=events, count=len(events))


async def _explain(runtime: Runtime, asked: AskSubtask) -> Why:
    found = await runtime.aexplain(asked.subtask_id)
    return Why(explanation=found.data(), text=found.text)


async def _requeue(runtime: Runtime, asked: AskSubtask) -> OneSubtask:
    record = runtime.hub.subtask(asked.subtask_id)
    await runtime.arequeue(asked.subtask_id)
    return _one(runtime, record)


async def _cancel(runtime: Runtime, asked: EndSubtask) -> OneSubtask:
    record = runtime.hub.subtask(asked.subtask_id)
    await runtime.acancel_subtask(asked.subtask_id, asked.reason)
    return _one(runtime, record)


async def _pause(runtime: Runtime, asked: PauseSubtask) -> OneSubtask:
    record = runtime.hub.subtask(asked.subtask_id)
    await runtime.apause_subtask(asked.subtask_id, asked.reason, interrupt=asked.interrupt)
    return _one(runtime, record)


async def _resume(runtime: Runtime, asked: AskSubtask) -> OneSubtask:
    record = runtime.hub.subtask(asked.subtask_id)
    await runtime.aresume_subtask(asked.subtask_id)
    return _one(runtime, record)


async def _drain(runtime: Runtime, asked: EndSubtask) -> OneSubtask:
    record = runtime.hub.subtask(asked.subtask_id)
    await runtime.adrain_subtask(asked.subtask_id, asked.reason)
    return _one(runtime, record)


def _one(runtime: Runtime, record: SubtaskRecord) -> OneSubtask:
    return OneSubtask(subtask=runtime.hub.read(lambda _: subtask_view(record)))


SUBTASKS = (
    Operation(
        name="get_subtask",
        method="GET",
        path="/subtasks/{subtask_id}",
        summary="A subtask as it stands",
        tag="subtasks",
        scope=Scope.READER,
        request=AskSubtask,
        answer=OneSubtask,
        do=_get,
        refuses=(404,),
    ),
    Operation(
        name="subtask_story",
        method="GET",
        path="/subtasks/{subtask_id}/story",
        summary="All that happened to a subtask",
        tag="subtasks",
        scope=Scope.READER,
        request=AskSubtask,
        answer=Story,
        do=_story,
        refuses=(404,),
        bulky=True,
    ),
    Operation(
        name="explain_subtask",
        method="GET",
        path="/subtasks/{subtask_id}/explain",
        summary="Why a subtask does not run, who has it, or how it ended",
        tag="subtasks",
        scope=Scope.READER,
        request=AskSubtask,
        answer=Why,
        do=_explain,
        refuses=(404,),
    ),
    Operation(
        name="requeue_subtask",
        method="POST",
        path="/subtasks/{subtask_id}/requeue",
        summary="Try a subtask again that is kept aside",
        tag="subtasks",
        scope=Scope.OPERATOR,
        request=AskSubtask,
        answer=OneSubtask,
        do=_requeue,
        refuses=(404, 409),
    ),
    Operation(
        name="cancel_subtask",
        method="POST",
        path="/subtasks/{subtask_id}/cancel",
        summary="End a subtask; what depends on it fails",
        tag="subtasks",
        scope=Scope.OPERATOR,
        request=EndSubtask,
        answer=OneSubtask,
        do=_cancel,
        refuses=(404, 409),
    ),
    Operation(
        name="pause_subtask",
        method="POST",
        path="/subtasks/{subtask_id}/pause",
        summary="Start no new attempt at a subtask",
        tag="subtasks",
        scope=Scope.OPERATOR,
        request=PauseSubtask,
        answer=OneSubtask,
        do=_pause,
        refuses=(404, 409),
    ),
    Operation(
        name="resume_subtask",
        method="POST",
        path="/subtasks/{subtask_id}/resume",
        summary="Let a paused subtask go on",
        tag="subtasks",
        scope=Scope.OPERATOR,
        request=AskSubtask,
        answer=OneSubtask,
        do=_resume,
        refuses=(404,),
    ),
    Operation(
        name="drain_subtask",
        method="POST",
        path="/subtasks/{subtask_id}/drain",
        summary="Let an attempt that runs be the last, or cancel the subtask",
        tag="subtasks",
        scope=Scope.OPERATOR,
        request=EndSubtask,
        answer=OneSubtask,
        do=_drain,
        refuses=(404,),
    ),
)
"""In the order in which the documentation shows them."""
