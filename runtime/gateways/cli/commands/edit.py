"""Propose another plan in place of one that waits to be approved.

`callboard goal GOAL --save FILE` writes the plan that there is, to be changed.
What is proposed waits to be approved in its turn; --approve does that at once.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from callboard.runtime.gateways.cli.parsing import add_json
from callboard.runtime.gateways.cli.screen import Screen
from callboard.runtime.gateways.cli.where import add_proposal, add_where

EXAMPLES = """\
  callboard goal $GOAL --save plan.json
  callboard edit $GOAL --plan plan.json
  callboard edit $GOAL --plan plan.json --approve --by ann
"""


def configure(parser: ArgumentParser) -> None:
    """Say which one, and what is to be done instead."""
    add_proposal(parser)
    parser.add_argument(
        "--plan",
        metavar="FILE",
        required=True,
        help="the plan, from this JSON or TOML file; - is the standard input",
    )
    parser.add_argument("--approve", action="store_true", help="and have it carried out")
    add_json(parser, "the goal")
    add_where(parser)


def run(options: Namespace, screen: Screen) -> int:
    """Do it."""
    from callboard.runtime.gateways.cli.deciding import edit  # noqa: PLC0415 - loads the planners

    return edit(options, screen)
