"""Agent Zero as it is loaded in this process, whichever its layout.

Features are detected by signature and not by version: an argument that a class of today
does not take is left out.
"""

from __future__ import annotations

import importlib
import inspect
import os
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from callboard.messages.errors.agents import InvalidOption
from callboard.runtime.gateways.agent_zero.settings import Settings, read_settings
from callboard.runtime.logs import log

PLUGIN = "distributed_orchestration"

BRIEFING = (
    "This message is a subtask of a larger goal that several agents work on. Do it completely"
    " and answer with its result: the answer is handed to whoever does the next subtask."
)
"""What the system adds to every assignment."""


class Host:
    """The classes of an Agent Zero that a door needs.

    Raises:
        ImportError: This process is no Agent Zero.
    """

    def __init__(self) -> None:
        self._agent: Any = importlib.import_module("agent")
        self._contexts: Any = getattr(self._agent, "AgentContext", None)
        if not isinstance(self._contexts, type):  # another module, or a mock of it
            text = "the module agent of this process is not Agent Zero's"
            raise ImportError(text)  # noqa: TRY004 - as where there is no such module

    # Contexts

    def is_context(self, thing: object) -> bool:
        """Whether it is one of Agent Zero's contexts."""
        return isinstance(thing, self._contexts)

    def known(self, context_id: str) -> Any:  # noqa: ANN401 - a context of the host's
        """The context with that id, or None."""
        return self._contexts.get(context_id) if context_id else None

    def fresh(self, like: Any, name: str) -> Any:  # noqa: ANN401 - a context of the host's
        """A new context in the background, with the configuration of another one."""
        types = getattr(self._agent, "AgentContextType", None)
        kind = getattr(types, "BACKGROUND", None) or getattr(types, "MCP", None)
        options = {"config": like.config, "name": name}
        return fitting(self._contexts, options if kind is None else {**options, "type": kind})

    def drop(self, context: Any) -> None:  # noqa: ANN401 - a context of the host's
        """Remove a context, whatever runs in it, and what the host has saved of it."""
        try:
            context.kill_process()
            self._contexts.remove(context.id)
            self._unsave(context.id)
        except Exception as error:  # noqa: BLE001 - the host's; the assignment has ended
            log.warning("context_not_removed", context=context.id, error=repr(error))

    def _unsave(self, context_id: str) -> None:
        """Contexts of tasks are saved as chats, which would come back at the next start."""
        try:
            saved: Any = self.module("persist_chat")
        except ModuleNotFoundError:
            return
        if callable(getattr(saved, "remove_chat", None)):
            saved.remove_chat(context_id)

    def is_running(self, context: Any) -> bool:  # noqa: ANN401 - a context of the host's
        """Whether a message to it now would be an intervention in what it does."""
        running = getattr(context, "is_running", None)
        if callable(running):
            return bool(running())
        task = getattr(context, "task", None)
        return task is not None and bool(task.is_alive())

    def message(self, text: str) -> Any:  # noqa: ANN401 - the host's
        """A message of a user, who is told that an answer is expected."""
        options = {"message": text, "attachments": [], "system_message": [BRIEFING]}
        return fitting(self._agent.UserMessage, options)

    # Others

    def module(self, name: str) -> ModuleType:
        """A module of the helpers.

        Raises:
            ImportError: There is none of that name.
        """
        for folder in ("helpers", "python.helpers"):
            try:
                return importlib.import_module(f"{folder}.{name}")
            except ModuleNotFoundError as error:
                if error.name is None or not f"{folder}.{name}".startswith(error.name):
                    raise
        text = f"this Agent Zero has no module {name!r} among its helpers"
        raise ModuleNotFoundError(text)

    def settings(self) -> Settings:
        """What the user has chosen; the defaults where nothing can be chosen.

        Raises:
            InvalidOption: One of them makes no sense.
        """
        return read_settings(self._configured(), os.environ)

    def _configured(self) -> Mapping[str, Any]:
        try:
            plugins: Any = self.module("plugins")
        except ModuleNotFoundError:
            return {}
        try:
            found = plugins.get_plugin_config(PLUGIN)
        except Exception as error:  # the user's file, read by the host
            raise InvalidOption("the plugin's configuration", str(error), "readable") from error
        return found if isinstance(found, Mapping) else {}  # pyright: ignore[reportUnknownVariableType]


def fitting(function: Callable[..., Any], options: Mapping[str, Any]) -> Any:  # noqa: ANN401 - its answer
    """Call it with those of the options that it takes.

    >>> fitting(lambda a, b=2: (a, b), {"a": 1, "c": 3})
    (1, 2)
    """
    parameters = inspect.signature(function).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return function(**options)
    names = {p.name for p in parameters}
    return function(**{name: value for name, value in options.items() if name in names})


def original(error: BaseException) -> BaseException:
    """What really went wrong, where the host has wrapped it."""
    if type(error).__name__ != "HandledException":
        return error
    inner = error.args[0] if error.args else error.__cause__
    return inner if isinstance(inner, BaseException) else error
