"""The tool itself: a method and its arguments in, a text for a language model out.

>>> import asyncio
>>> from callboard import DistributedOrchestrator
>>> with DistributedOrchestrator() as orchestrator:
...     tool = DistributedOrchestrationTool(orchestrator, agent="ann")
...     print(asyncio.run(tool.execute(method="register_agent", skills="sql, law")).message)
...     print(asyncio.run(tool.execute(method="decompose_goal")).message)
Agent registered successfully with ID: ann
Skills: ['sql', 'law']
Goal parameter is required for decomposition
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

import msgspec

from callboard.messages.errors.base import CallboardError
from callboard.messages.errors.requests import MalformedRequest
from callboard.runtime.gateways.operations.problems import WRONG
from callboard.runtime.gateways.operations.reading import malformed
from callboard.runtime.gateways.tool.doing import doer_of
from callboard.runtime.gateways.tool.methods import METHODS
from callboard.runtime.gateways.tool.schemas import AGENT, function_schemas
from callboard.runtime.logs import log

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callboard.runtime.gateways.tool.methods import Method


class ToolResponse(NamedTuple):
    """What a language model is told.

    Attributes:
        message: The text.
        break_loop: Whether its run ends with that: never.
    """

    message: str
    break_loop: bool = False


class Misuse(Exception):
    """A call that cannot be carried out; its text tells the model how to mend it."""


class DistributedOrchestrationTool:
    """Lets an LLM agent hand in goals, give out subtasks and say what is done.

    It never raises into the agent's loop: whatever is wrong with a call is said by the
    message. Nothing blocks the event loop.

    Args:
        runtime: A `Runtime`, a `DistributedOrchestrator`, or None for the process-wide
            one, which is started at first use.
        agent: Who calls it: an id, or an object with an `id`, which can be given work if
            it has a method `communicate`. With None each call must say `agent_id`.
        method: What is meant where a call does not say a method.

    Raises:
        TypeError: *runtime* is none.
    """

    def __init__(self, runtime: object = None, *, agent: object = None, method: str = "") -> None:
        self._doer = doer_of(runtime)
        self._agent = agent
        self.method = method

    @property
    def schemas(self) -> list[dict[str, Any]]:
        """Function schemas in OpenAI's style, one for each method."""
        return function_schemas(anybody=self._agent is None)

    async def execute(self, /, *, method: str | None = None, **arguments: Any) -> ToolResponse:  # noqa: ANN401 - a model's
        """Carry out a method.

        Args:
            method: Its name; None for the one of the constructor.
            arguments: Its own.
        """
        wanted = method or self.method
        try:
            return ToolResponse(await self._answer(wanted, arguments))
        except (CallboardError, Misuse) as error:
            return ToolResponse(str(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, the log has it
            # Neither the agent nor its model can mend it, and its loop must not end by it.
            log.exception("tool_failed", method=wanted, error=type(error).__name__)
            return ToolResponse(f"{wanted} failed: {WRONG}")

    async def call(self, name: str, arguments: str | Mapping[str, Any] = "") -> ToolResponse:
        """Carry out a function call, as a model has written it.

        Args:
            name: Of the function: one of `schemas`.
            arguments: A JSON object, or what it means.
        """
        try:
            given = _object(arguments) if isinstance(arguments, str) else dict(arguments)
        except Misuse as misuse:
            return ToolResponse(str(misuse))
        given.pop("method", None)
        return await self.execute(method=name, **given)

    async def _answer(self, wanted: str, arguments: dict[str, Any]) -> str:
        method = METHODS.get(wanted) if isinstance(cast("object", wanted), str) else None
        if method is None:
            raise Misuse(
                f"Unknown orchestration method: {wanted or None}. There are: {', '.join(METHODS)}."
            )
        method = method.meant(arguments)
        speaker = self._speaker(method, arguments)
        asked, ignored = request_of(method, arguments, speaker)
        answer = await self._doer.do(method.operation, asked, speaker)
        return method.answer(asked, answer) + ignored

    def _speaker(self, method: Method, arguments: dict[str, Any]) -> object:
        """For whom it is called; whoever the tool belongs to speaks for itself alone."""
        said = arguments.pop(AGENT, None) if method.speaker else None
        if not method.speaker:
            return ""
        if self._agent is not None:
            return self._agent
        if not isinstance(said, str) or not said.strip():
            raise Misuse(f"{AGENT} parameter is required for {method.name}")
        return said


def request_of(method: Method, given: Mapping[str, Any], speaker: object) -> tuple[Any, str]:
    """The operation's request, and a note on arguments that the method does not have.

    Raises:
        Misuse: One is missing.
        MalformedRequest: One is of a wrong type.
    """
    # A model says null where it says nothing: strict function calls want every argument.
    there = {name: given[name] for name in method.arguments if given.get(name) is not None}
    said = {**method.defaults, **there}
    for name in method.required:
        if said.get(name) in (None, ""):
            usual = f"{name} parameter is required for {method.name}"
            raise Misuse(method.missing.get(name, usual))
    if isinstance(said.get("skills"), str):
        said["skills"] = [skill.strip() for skill in said["skills"].split(",") if skill.strip()]
    said = {method.field(name): value for name, value in said.items()}
    if method.speaker:
        said[method.speaker] = speaker if isinstance(speaker, str) else _id_of(speaker)
    try:
        asked = msgspec.convert(said, method.operation.request, strict=False)
    except msgspec.ValidationError as error:
        wrong = malformed(error)
        spoken = {field: argument for argument, field in method.fields.items()}
        raise MalformedRequest(spoken.get(wrong.field, wrong.field), wrong.why) from None
    return asked, _ignored([name for name in given if name not in method.arguments], method)


def _id_of(speaker: object) -> str:
    found = getattr(speaker, "id", None)
    if not isinstance(found, str):
        raise Misuse(f"{speaker!r:.80} has no id to be registered by")
    return found


def _ignored(names: list[str], method: Method) -> str:
    """Said only where nothing is: an argument that the model believes to have an effect."""
    if not names or not method.arguments:
        return ""  # frameworks demand one even where there is none to give
    return f"\n(ignored, {method.name} has no such parameter: {', '.join(names)})"


def _object(text: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text or "{}", type=dict[str, Any])
    except msgspec.ValidationError:
        raise Misuse("the arguments must be a JSON object") from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise Misuse(f"the arguments are no JSON: {error}") from None
