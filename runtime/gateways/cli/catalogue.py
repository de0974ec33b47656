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
    "worker": "do the work of a server with the agents of a Python module",
    "agents": "list the agents that a Python module declares",
    "journal": "look into the journal of a runtime, and look after it",
    "explain": "say why a subtask of a journal does not run, or how it ended",
    "serve": "serve a runtime over HTTP: for programs, people, agents elsewhere",
    "token": "make, list and revoke tokens, by which a server knows who asks",
    "agent-zero": "put Callboard into an Agent Zero, or take it out again",
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
