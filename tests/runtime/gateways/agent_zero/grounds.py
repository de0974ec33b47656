"""Trees without Callboard, and what it writes into them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from callboard.runtime.gateways.agent_zero.verbs import VERBS

PLUGIN = "usr/plugins/distributed_orchestration"
ENDED = "_functions/agent/AgentContext/remove/end/_50_callboard_context_ended.py"
FILES = {
    "legacy": [
        "prompts/default/agent.system.tool.distributed_orchestration.md",
        "python/api/orchestration.py",
        "python/extensions/message_loop_start/_50_callboard_heartbeat.py",
        "python/helpers/distributed_orchestrator.py",
        "python/tools/distributed_orchestration.py",
    ],
    "current": [
        *(f"{PLUGIN}/api/{verb}.py" for verb in sorted(VERBS)),
        f"{PLUGIN}/default_config.yaml",
        f"{PLUGIN}/extensions/python/{ENDED}",
        f"{PLUGIN}/extensions/python/message_loop_start/_50_callboard_heartbeat.py",
        f"{PLUGIN}/plugin.yaml",
        f"{PLUGIN}/prompts/agent.system.tool.distributed_orchestration.md",
        f"{PLUGIN}/tools/distributed_orchestration.py",
    ],
}
TOOL = {"legacy": FILES["legacy"][-1], "current": FILES["current"][-1]}
TOOLS = "prompts/default/agent.system.tools.md"


class Ground(NamedTuple):
    """A tree without Callboard."""

    layout: str
    path: Path

    def everything(self) -> dict[str, bytes]:
        files = (p for p in self.path.rglob("*") if p.is_file())
        return {p.relative_to(self.path).as_posix(): p.read_bytes() for p in files}

    def folders(self) -> set[str]:
        return {p.relative_to(self.path).as_posix() for p in self.path.rglob("*") if p.is_dir()}
