"""Do not have a plan carried out that waits to be approved: its goal fails.

Whoever handed the goal in is told the reason. To have it done otherwise, hand
in another plan with `callboard edit`.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from callboard.runtime.gateways.cli.parsing import add_json
from callboard.runtime.gateways.cli.screen import Screen
from callboard.runtime.gateways.cli.where import add_proposal, add_where

EXAMPLES = """\
  callboard reject $GOAL --reason "too dear"
  callboard reject $GOAL --number 1 --journal work.db
"""


def configure(parser: ArgumentParser) -> None:
    """Say which one, and why."""
    add_proposal(parser)
    parser.add_argument("--reason", metavar="TEXT", default="", help="for people")
    add_json(parser, "the goal")
    add_where(parser)


def run(options: Namespace, screen: Screen) -> int:
    """Do it."""
    from callboard.runtime.gateways.cli.deciding import reject  # noqa: PLC0415 - loads msgspec

    return reject(options, screen)
