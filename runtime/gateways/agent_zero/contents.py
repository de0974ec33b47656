"""What is written into a tree of Agent Zero: small files that import the package."""

from __future__ import annotations

import re
import string
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from callboard import __version__
from callboard.runtime.gateways.agent_zero.layouts import CURRENT, PLUGIN, Layout
from callboard.runtime.gateways.agent_zero.verbs import VERBS, methods_of

_HEARTBEAT = "message_loop_start/_50_callboard_heartbeat.py"
_ENDED = "_functions/agent/AgentContext/remove/end/_50_callboard_context_ended.py"
_PROMPT = "agent.system.tool.distributed_orchestration.md"
_TOOLS = "agent.system.tools.md"
_SYSTEM = "agent.system."
_INCLUDE = re.compile(r"^.*agent\.system\.tool\.(?P<tool>\w+)\.md.*$", re.MULTILINE)


class Inclusion(NamedTuple):
    """A line that a file of the tree's own needs, where tools are listed by hand.

    Attributes:
        path: The file, below the tree.
        line: The line.
    """

    path: str
    line: str


def files_of(layout: Layout, tree: Path) -> dict[str, str]:
    """The files of that layout, by their paths below the tree."""
    return _plugin() if layout is CURRENT else _scattered(tree)


def inclusion_of(layout: Layout, tree: Path) -> Inclusion | None:
    """The line that lets the model of an old tree know of the tool; None where none is needed."""
    prompts = _prompts(tree)
    path = f"{prompts}/{_TOOLS}"
    if layout is CURRENT or prompts == "prompts" or not (tree / path).is_file():
        return None
    listed = _INCLUDE.search(_text(tree / path))
    line = (
        "{{ include './agent.system.tool.response.md' }}" if listed is None else listed[0].strip()
    )
    tool = "response" if listed is None else listed["tool"]
    return Inclusion(path, line.replace(f"tool.{tool}.md", "tool.distributed_orchestration.md"))


def _plugin() -> dict[str, str]:
    files = {
        "plugin.yaml": _made("plugin", version=__version__),
        "default_config.yaml": _made("default_config"),
        "tools/distributed_orchestration.py": _made("tool", helpers="helpers"),
        f"prompts/{_PROMPT}": _made("prompt"),
        f"extensions/python/{_HEARTBEAT}": _made("heartbeat", helpers="helpers"),
        f"extensions/python/{_ENDED}": _made("context_ended"),
    }
    for verb in VERBS:
        files[f"api/{verb}.py"] = _endpoint(verb)
    return {f"{PLUGIN}/{path}": text for path, text in files.items()}


def _endpoint(verb: str) -> str:
    methods = ", ".join(f'"{method}"' for method in methods_of(verb))
    return _made("api_current", verb=verb, name=verb.capitalize(), methods=methods)


def _scattered(tree: Path) -> dict[str, str]:
    helpers = "python.helpers"
    return {
        "python/helpers/distributed_orchestrator.py": _made("helper_legacy"),
        "python/tools/distributed_orchestration.py": _made("tool", helpers=helpers),
        "python/api/orchestration.py": _made("api_legacy"),
        f"python/extensions/{_HEARTBEAT}": _made("heartbeat", helpers=helpers),
        f"{_prompts(tree)}/{_PROMPT}": _made("prompt"),
    }


def _prompts(tree: Path) -> str:
    """Until v0.9.2 they were in a folder below, where later trees may have a user's own."""
    below = (tree / "prompts/default").is_dir() and not any((tree / "prompts").glob(f"{_SYSTEM}*"))
    return "prompts/default" if below else "prompts"


def _made(template: str, **values: str) -> str:
    files = resources.files("callboard.runtime.gateways.agent_zero") / "files"
    text = (files / f"{template}.txt").read_text(encoding="utf-8")
    return string.Template(text).substitute(values) if values else text


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")
