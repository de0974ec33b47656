"""Let what runs be the last of a goal, a subtask, an agent, or of everything.

The rest of a goal or subtask is cancelled, an agent leaves once it has done
what it has, and with `all` no goal is taken any more.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from callboard.runtime.gateways.cli.screen import Screen
from callboard.runtime.gateways.cli.where import add_target

KINDS = ("goal", "subtask", "agent", "all")

EXAMPLES = """\
  callboard drain agent analyst
  callboard drain all --reason "moving house"
"""


def configure(parser: ArgumentParser) -> None:
    """Say which one."""
    add_target(parser, KINDS)


def run(options: Namespace, screen: Screen) -> int:
    """Do it."""
    from callboard.runtime.gateways.cli.acting import act  # noqa: PLC0415 - loads msgspec

    return act("drain", options, screen)
