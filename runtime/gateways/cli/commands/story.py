"""Tell all that happened to a subtask, in order, with the time of each."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from callboard.runtime.gateways.cli.parsing import add_json
from callboard.runtime.gateways.cli.screen import Screen
from callboard.runtime.gateways.cli.where import add_subtask, add_where

EXAMPLES = """\
  callboard story $SUBTASK
  callboard story Testing --goal $GOAL
  callboard story "Report Generation" --journal work.db --json
"""


def configure(parser: ArgumentParser) -> None:
    """Say of which one."""
    add_subtask(parser)
    add_json(parser, "the events")
    add_where(parser, past=True)


def run(options: Namespace, screen: Screen) -> int:
    """Tell it."""
    from callboard.runtime.gateways.cli.stories import show  # noqa: PLC0415 - loads msgspec

    return show(options, screen)
