"""Which commands there are. To add one: a line here, and its file in `commands/`."""

from __future__ import annotations

import importlib
from argparse import ArgumentParser, Namespace
from typing import Protocol, cast

from callboard.runtime.gateways.cli.screen import Screen

COMMANDS = {
    "demo": "watch agents do a real job, or a simulated fleet at work",
    "run": "reach a goal with the agents of a Python module",
    "plan": "show the plan of a goal, or check a plan file, without running it",
    "serve": "serve a runtime over HTTP: for programs, people, agents elsewhere",
    "token": "make, list and revoke tokens, by which a server knows who asks",
    "worker": "do the work of a server with the agents of a Python module",
    "submit": "hand in a goal at a server or in a journal, and perhaps wait",
    "goals": "list goals: states, how far they are",
    "goal": "show a goal: its subtasks, who has them, its results",
    "agents": "list agents: of a server, a journal or a Python module",
    "status": "show how things stand",
    "explain": "say why a subtask does not run, or how it ended",
    "story": "tell all that happened to a subtask",
    "tensor": "show who does each subtask, or how likely that is",
    "approve": "have the plan of a goal carried out that waits for that",
    "edit": "propose another plan in place of one that waits to be approved",
    "reject": "do not have a plan carried out that waits to be approved",
    "cancel": "end a goal or a subtask",
    "pause": "start nothing new of a goal, a subtask, an agent, or at all",
    "resume": "let go on what was paused",
    "drain": "let what runs be the last",
    "requeue": "try a subtask again that is kept aside",
    "agent-zero": "put Callboard into an Agent Zero, or take it out again",
    "journal": "look into the journal of a runtime, and look after it",
    "self-check": "try the installation out with live agents",
    "version": "say which version this is",
    "completion": "print what lets bash or zsh complete the commands",
}
"""The commands by name, in the order in which the help lists them; each in a few words."""

PASSED_ON = frozenset({"demo"})
"""Commands that get their arguments as they are: somebody else's parser reads them."""


class Command(Protocol):
    """What a module in `commands/` offers."""

    def configure(self, parser: ArgumentParser) -> None:
        """Say what it takes."""

    def run(self, options: Namespace, screen: Screen) -> int:
        """Do it; the exit status."""
        ...


def load(name: str) -> Command:
    """The module of the command *name*."""
    module = f"callboard.runtime.gateways.cli.commands.{name.replace('-', '_')}"
    return cast("Command", importlib.import_module(module))
