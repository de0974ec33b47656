"""Let a goal, a subtask, an agent or everything go on that was paused.

`callboard resume all` undoes `callboard drain all` too.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from callboard.runtime.gateways.cli.screen import Screen
from callboard.runtime.gateways.cli.where import add_target

KINDS = ("goal", "subtask", "agent", "all")

EXAMPLES = """\
  callboard resume goal $GOAL
  callboard resume all
"""


def configure(parser: ArgumentParser) -> None:
    """Say which one."""
    add_target(parser, KINDS, reason=False)


def run(options: Namespace, screen: Screen) -> int:
    """Do it."""
    from callboard.runtime.gateways.cli.acting import act  # noqa: PLC0415 - loads msgspec

    return act("resume", options, screen)
