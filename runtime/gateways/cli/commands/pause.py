"""Start nothing new of a goal, a subtask, an agent, or of everything.

What runs goes on to its end; with --interrupt it is taken back at once, with
its checkpoint, and loses no attempt by that. `callboard resume` undoes it.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from callboard.runtime.gateways.cli.screen import Screen
from callboard.runtime.gateways.cli.where import add_target

KINDS = ("goal", "subtask", "agent", "all")

EXAMPLES = """\
  callboard pause goal $GOAL
  callboard pause agent analyst --interrupt --reason "new model"
  callboard pause all --journal work.db
"""


def configure(parser: ArgumentParser) -> None:
    """Say which one."""
    add_target(parser, KINDS, interrupt=True)


def run(options: Namespace, screen: Screen) -> int:
    """Do it."""
    from callboard.runtime.gateways.cli.acting import act  # noqa: PLC0415 - loads msgspec

    return act("pause", options, screen)
