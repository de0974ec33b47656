"""Show a goal: its subtasks, how far they are and who has them.

With --results those of its subtasks are printed too, in the order of the plan.
With --plan its plan is, also one that waits for `callboard approve`.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from callboard.runtime.gateways.cli.complaints import Complaint
from callboard.runtime.gateways.cli.parsing import add_json
from callboard.runtime.gateways.cli.screen import Screen
from callboard.runtime.gateways.cli.where import add_where

EXAMPLES = """\
  callboard goal $GOAL
  callboard goal $GOAL --plan --save plan.json
  callboard goal --key monday --results
  callboard goal --key monday --journal work.db --json
"""


def configure(parser: ArgumentParser) -> None:
    """Say which one."""
    parser.add_argument("goal", nargs="?", metavar="GOAL", default="", help="its id")
    parser.add_argument("--key", metavar="KEY", default="", help="its key, in place of the id")
    parser.add_argument("--results", action="store_true", help="print its results too")
    parser.add_argument("--plan", action="store_true", help="print its plan too")
    parser.add_argument(
        "--save", metavar="FILE", help="write its plan as a file, for callboard edit"
    )
    add_json(parser, "it")
    add_where(parser, past=True)


def run(options: Namespace, screen: Screen) -> int:
    """Show it."""
    if bool(options.goal) is bool(options.key):
        raise Complaint("say which goal: by its id, or by --key KEY")
    from callboard.runtime.gateways.cli.goals import tell  # noqa: PLC0415 - loads msgspec

    return tell(options, screen)
