"""What the files in an Agent Zero import: the tool's answers, the API's, and the hooks.

All of it is about the process-wide orchestrator; nothing here raises into the host.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import msgspec

from callboard.messages.errors.base import CallboardError
from callboard.messages.errors.requests import MalformedRequest
from callboard.runtime.facade import get_orchestrator
from callboard.runtime.gateways.agent_zero.host import Host
from callboard.runtime.gateways.agent_zero.live import LiveContexts, all_live, live_contexts
from callboard.runtime.gateways.agent_zero.verbs import VERBS, methods_of
from callboard.runtime.gateways.operations.operation import Refusal
from callboard.runtime.gateways.operations.problems import refusal_of, status_of
from callboard.runtime.gateways.operations.reading import malformed
from callboard.runtime.gateways.operations.table import named
from callboard.runtime.gateways.tool.methods import DONE
from callboard.runtime.gateways.tool.tool import DistributedOrchestrationTool
from callboard.runtime.logs import log

if TYPE_CHECKING:
    from callboard.messages.base import AgentId
    from callboard.runtime.gateways.operations.operation import AnyOperation

_HOSTS_OWN = ("api_key", "csrf_token", "action")
"""Fields that the host looks at, and nobody here."""


class Answered(NamedTuple):
    """An answer of the API.

    Attributes:
        status: Of HTTP.
        text: JSON.
    """

    status: int
    text: str


async def answer(context: object, method: str | None, arguments: Mapping[str, Any]) -> str:
    """What the tool says to the model of a context.

    Args:
        context: Whose agent calls.
        method: Of the tool's name, `distributed_orchestration:METHOD`, or None.
        arguments: Of the call; their `method` is meant where the name has none.
    """
    tool = DistributedOrchestrationTool(await _live(), agent=context)
    given = {name: value for name, value in arguments.items() if name != "method"}
    wanted = method or arguments.get("method")
    return (await tool.execute(method=wanted, **given)).message


async def respond(verb: str, given: Mapping[str, Any], method: str = "POST") -> Answered:
    """What an endpoint answers.

    Args:
        verb: One of `VERBS`.
        given: The request's body, or its query.
        method: Of HTTP.
    """
    if verb not in VERBS:
        return refused(HTTPStatus.NOT_FOUND, f"no such action: {verb}", "UnknownPath")
    if not isinstance(cast("object", given), Mapping):
        return refused(HTTPStatus.BAD_REQUEST, "body must be a JSON object", "MalformedRequest")
    if method not in methods_of(verb):
        allowed = " or ".join(methods_of(verb))
        return refused(HTTPStatus.METHOD_NOT_ALLOWED, f"use {allowed}", "WrongMethod")
    try:
        return await _responded(named(VERBS[verb]), given)
    except CallboardError as error:
        return Answered(status_of(error), _json(refusal_of(error)))
    except Exception as error:  # noqa: BLE001 - its traceback is nobody's business outside
        log.exception("agent_zero_api_failed", verb=verb)
        return Answered(HTTPStatus.INTERNAL_SERVER_ERROR, _json(refusal_of(error)))


def beat(context_id: AgentId) -> None:
    """A context is at work; never blocks, and starts nothing."""
    try:
        for live in all_live():
            live.beat(context_id)
    except Exception as error:  # noqa: BLE001 - its agent must not suffer
        log.warning("heartbeat_failed", agent=context_id, error=repr(error))


def ended(context_id: object) -> None:
    """A context was removed; called from wherever that was, which it does not hold up."""
    if isinstance(context_id, str) and any(live.has(context_id) for live in all_live()):
        name = "callboard-context-ended"
        threading.Thread(target=_leave, args=(context_id,), name=name, daemon=True).start()


def _leave(context_id: AgentId) -> None:
    try:
        for live in all_live():
            live.leave(context_id)
    except Exception as error:  # noqa: BLE001 - nobody else would say it
        log.warning("context_not_unregistered", agent=context_id, error=repr(error))


async def _live() -> LiveContexts:
    return await asyncio.to_thread(lambda: live_contexts(get_orchestrator()))


async def _responded(operation: AnyOperation, given: Mapping[str, Any]) -> Answered:
    fields = {name: value for name, value in given.items() if name not in _HOSTS_OWN}
    if operation.name == "complete":
        fields.setdefault("result", DONE)
    speaker: object = ""
    try:
        asked = msgspec.convert(fields, operation.request, strict=False)
    except msgspec.ValidationError as error:
        raise malformed(error) from None
    if operation.name == "register":
        if not asked.context_id:
            raise MalformedRequest("context_id", "is required")
        speaker = Host().known(asked.context_id)
        if speaker is None:
            missing = f"Agent context {asked.context_id} not found"
            return refused(HTTPStatus.NOT_FOUND, missing, "UnknownContext")
    done = await (await _live()).do(operation, asked, speaker)
    return Answered(HTTPStatus.OK, _json(done))


def refused(status: int, error: str, kind: str) -> Answered:
    """An answer that says why nothing was done."""
    return Answered(status, _json(Refusal(error=error, kind=kind)))


def _json(answered: object) -> str:
    return msgspec.json.encode(answered).decode()
