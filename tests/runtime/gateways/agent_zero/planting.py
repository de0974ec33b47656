"""Trees of Agent Zero for tests: its interfaces in both layouts, with a scripted model."""

from __future__ import annotations

import importlib
import json
import string
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

DOUBLE = Path(__file__).parent / "double"

STAMP = "t0ken"
"""Against forged requests."""

_IS_RUNNING = """
    def is_running(self):
        return self.task is not None and self.task.is_alive()
"""

_RUN_TASK = """
    def run_task(self, func, *args, **kwargs):
        if self.task is None:
            self.task = DeferredTask(thread_name=self.__class__.__name__)
        self.task.start_task(func, *args, **kwargs)
        return self.task
"""

_LEGACY_CONFIG = """
@dataclass
class ModelConfig:
    provider: models.ModelProvider
    name: str
    ctx_length: int = 0
    limit_requests: int = 0
    limit_input: int = 0
    limit_output: int = 0
    vision: bool = False
    kwargs: dict = field(default_factory=dict)


@dataclass
class AgentConfig:
    chat_model: ModelConfig
    utility_model: ModelConfig
    embeddings_model: ModelConfig
    browser_model: ModelConfig
    mcp_servers: str
    prompts_subdir: str = ""
    memory_subdir: str = ""
    knowledge_subdirs: list = field(default_factory=lambda: ["default", "custom"])
"""

_CURRENT_CONFIG = """
@dataclass
class AgentConfig:
    mcp_servers: str
    profile: str = ""
    knowledge_subdirs: list = field(default_factory=lambda: ["default", "custom"])
    additional: dict = field(default_factory=dict)
"""

_LEGACY_MODEL = """
MODEL = agent.ModelConfig(provider=models.ModelProvider.OTHER, name="script")
CONFIG = dict(chat_model=MODEL, utility_model=MODEL, embeddings_model=MODEL, browser_model=MODEL)
"""

_WORDS = {
    "legacy": {
        "helpers": "python.helpers",
        "background": "MCP",
        "loop_data": "",
        "pass_loop_data": "",
        "no_arguments": "False",
        "depth": "2",
        "extension_folders": '["python/extensions"]',
        "is_running": "",
        "run_task": "",
        "agent_config": _LEGACY_CONFIG,
        "config": _LEGACY_MODEL,
    },
    "current": {
        "helpers": "helpers",
        "background": "BACKGROUND",
        "loop_data": "loop_data, ",
        "pass_loop_data": "loop_data=loop_data, ",
        "no_arguments": "not args",
        "depth": "1",
        "extension_folders": '["extensions/python", "usr/plugins/*/extensions/python"]',
        "is_running": _IS_RUNNING,
        "run_task": _RUN_TASK,
        "agent_config": _CURRENT_CONFIG,
        "config": "CONFIG = {}",
    },
}


def plant(layout: str, tree: Path) -> None:
    """Write a tree of that layout."""
    folders = {"legacy": ("python/helpers", "python/tools"), "current": ("helpers", "tools")}
    helpers, tools = folders[layout]
    for source in ("common", layout):
        for file in sorted((DOUBLE / source).rglob("*")):
            if file.is_dir():
                continue
            place = file.relative_to(DOUBLE / source).as_posix().removesuffix(".txt")
            place = place.replace("HELPERS/", f"{helpers}/").replace("TOOLS/", f"{tools}/")
            text = file.read_text(encoding="utf-8")
            if file.suffix == ".txt":
                text = string.Template(text).substitute(_WORDS[layout])
            target = tree / place
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    (tree / ("usr/plugins" if layout == "current" else "python/api")).mkdir(
        parents=True, exist_ok=True
    )


class Tree:
    """A tree that is imported in this process.

    Attributes:
        layout: Its own.
        path: Its folder.
    """

    def __init__(self, layout: str, path: Path) -> None:
        self.layout, self.path = layout, path

    def load(self, name: str) -> Any:
        """A module of it; helpers by their own names."""
        helpers = _WORDS[self.layout]["helpers"]
        return importlib.import_module(name.replace("helpers.", f"{helpers}.", 1))

    def context(self, name: str) -> Any:
        """A context of a user."""
        initialize, agent = self.load("initialize"), self.load("agent")
        return agent.AgentContext(initialize.initialize_agent(), id=name)

    def script(self, say: Callable[[Any], Any]) -> None:
        """What the model says from now on, given the agent that asks it."""
        self.load("models").script = say

    def tell(self, context: Any, text: str) -> Any:
        """A user says something; the task of the run."""
        return context.communicate(self.load("agent").UserMessage(text))

    def app(self) -> Any:
        """A web application that serves all handlers."""
        flask = self.load("flask")
        app = flask.Flask()
        self.load("helpers.api").register_api_route(app)
        flask.session["csrf_token"] = STAMP
        return app

    def forget(self) -> None:
        """Leave nothing of it in this process."""
        if f"{_WORDS[self.layout]['helpers']}.defer" in sys.modules:
            self.load("helpers.defer").shut()
        for name, module in list(sys.modules.items()):
            if _is_below(module, self.path):
                del sys.modules[name]


def _is_below(module: ModuleType | None, tree: Path) -> bool:
    places = [getattr(module, "__file__", None) or "", *map(str, getattr(module, "__path__", ()))]
    return any(place.startswith(f"{tree}/") for place in places)


def use(tool: str, **arguments: Any) -> str:
    """A model's call of a tool."""
    return json.dumps({"thoughts": [], "tool_name": tool, "tool_args": arguments})


def respond(text: str) -> str:
    """A model's last word."""
    return use("response", text=text)


def last(agent: Any, kind: str = "user") -> dict[str, Any]:
    """What an agent was told last, by a user or by a tool."""
    said: dict[str, Any] = json.loads(next(t for k, t in reversed(agent.history) if k == kind))
    return said
