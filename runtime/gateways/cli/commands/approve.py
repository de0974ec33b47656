"""Have the plan of a goal carried out that waits to be approved.

The plan is shown, as `callboard plan` does it, and approved as it is shown:
where another one has taken its place meanwhile, nothing is approved. With
--number a plan is approved that `callboard goal GOAL --plan` showed before.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from callboard.runtime.gateways.cli.parsing import add_json
from callboard.runtime.gateways.cli.screen import Screen
from callboard.runtime.gateways.cli.where import add_proposal, add_where

EXAMPLES = """\
  callboard goals --state proposed
  callboard approve $GOAL
  callboard approve $GOAL --number 2 --by ann
"""


def configure(parser: ArgumentParser) -> None:
    """Say which one."""
    add_proposal(parser)
    add_json(parser, "the goal and its plan")
    add_where(parser)


def run(options: Namespace, screen: Screen) -> int:
    """Do it."""
    from callboard.runtime.gateways.cli.deciding import approve  # noqa: PLC0415 - loads msgspec

    return approve(options, screen)
