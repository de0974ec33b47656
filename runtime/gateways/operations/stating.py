"""Plans in the words in which they are handed in, so that they can be changed and handed in again.

>>> from callboard.messages.values import Subtask
>>> stated_again(Subtask(uuid="s", name="Dig", optional=True))["optional"]
True
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from callboard.actors.logic.skills import stated
from callboard.messages.values import Compound, Subtask, Timeouts, Verification
from callboard.runtime.gateways.cli.plain import plain


def stated_again(subtask: Subtask) -> dict[str, Any]:
    """A subtask as a plan file states it; what was left open is left out."""
    said: dict[str, Any] = {
        "uuid": subtask.uuid,
        "name": subtask.name,
        "description": subtask.description,
        "priority": subtask.priority.name,
        "estimated_duration": subtask.estimated_duration,
        "required_skills": [stated(skill) for skill in subtask.required_skills],
        "dependencies": list(subtask.dependencies),
    }
    if subtask.optional:
        said["optional"] = True
    if subtask.data is not None:
        said["data"] = plain(subtask.data)
    if subtask.timeouts != Timeouts():
        said["timeouts"] = {k: v for k, v in msgspec.to_builtins(subtask.timeouts).items() if v}
    if subtask.retry is not None:
        said["retry"] = msgspec.to_builtins(subtask.retry)
    if subtask.speculate is not None:
        said["speculate"] = subtask.speculate
    if subtask.parent_task_uuid:
        said["parent_task_uuid"] = subtask.parent_task_uuid
    if subtask.demands:
        said["demands"] = {demand.resource: demand.amount for demand in subtask.demands}
    if subtask.keys:
        said["keys"] = list(subtask.keys)
    if subtask.kind:
        said["kind"] = subtask.kind
    if subtask.negotiate is not None:
        said["negotiate"] = subtask.negotiate
    if subtask.result_schema is not None:
        said["result_schema"] = plain(subtask.result_schema)
    if subtask.verify is not None:
        said["verify"] = _verification(subtask.verify)
    return said


def wholes(compounds: Iterable[Compound]) -> list[dict[str, Any]]:
    """What was decomposed again, likewise."""
    return [{**stated_again(c.subtask), "source": c.source} for c in compounds]


def _verification(wanted: Verification) -> dict[str, Any]:
    said: dict[str, Any] = {"estimated_duration": wanted.estimated_duration}
    if wanted.by:
        said["by"] = wanted.by
    if wanted.skills:
        said["skills"] = [stated(skill) for skill in wanted.skills]
    if wanted.instructions:
        said["instructions"] = wanted.instructions
    if wanted.timeouts != Timeouts():
        said["timeouts"] = {k: v for k, v in msgspec.to_builtins(wanted.timeouts).items() if v}
    if wanted.retry is not None:
        said["retry"] = msgspec.to_builtins(wanted.retry)
    return said
