"""End a goal with all its work, or one subtask; what depends on that fails."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from callboard.runtime.gateways.cli.screen import Screen
from callboard.runtime.gateways.cli.where import add_target

KINDS = ("goal", "subtask")

EXAMPLES = """\
  callboard cancel goal $GOAL --reason "not needed any more"
  callboard cancel subtask $SUBTASK --journal work.db
"""


def configure(parser: ArgumentParser) -> None:
    """Say which one."""
    add_target(parser, KINDS)


def run(options: Namespace, screen: Screen) -> int:
    """Do it."""
    from callboard.runtime.gateways.cli.acting import act  # noqa: PLC0415 - loads msgspec

    return act("cancel", options, screen)
