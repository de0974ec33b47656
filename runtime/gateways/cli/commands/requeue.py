"""Try a subtask again that is kept aside because it took its agents down."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from callboard.runtime.gateways.cli.screen import Screen
from callboard.runtime.gateways.cli.where import add_target

KINDS = ("subtask",)

EXAMPLES = """\
  callboard requeue subtask $SUBTASK
"""


def configure(parser: ArgumentParser) -> None:
    """Say which one."""
    add_target(parser, KINDS, reason=False)


def run(options: Namespace, screen: Screen) -> int:
    """Do it."""
    from callboard.runtime.gateways.cli.acting import act  # noqa: PLC0415 - loads msgspec

    return act("requeue", options, screen)
