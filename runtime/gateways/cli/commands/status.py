"""Show how things stand: goals, subtasks, agents, and what is short."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from callboard.runtime.gateways.cli.parsing import add_json
from callboard.runtime.gateways.cli.screen import Screen
from callboard.runtime.gateways.cli.where import add_where

EXAMPLES = """\
  callboard status
  callboard status --server https://board.example:8787 --token-file token --json
  callboard status --journal work.db --at 2026-05-04T13:30
"""


def configure(parser: ArgumentParser) -> None:
    """Say where."""
    add_json(parser, "all figures")
    add_where(parser, past=True)


def run(options: Namespace, screen: Screen) -> int:
    """Show it."""
    from callboard.runtime.gateways.cli.standing import show  # noqa: PLC0415 - loads msgspec

    return show(options, screen)
