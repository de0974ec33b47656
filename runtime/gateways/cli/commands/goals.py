"""List goals, the latest first: ids, states, how far they are.

With --after it goes on where an earlier list ended, which says how.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from callboard.runtime.gateways.cli.parsing import add_json, count
from callboard.runtime.gateways.cli.screen import Screen
from callboard.runtime.gateways.cli.where import add_where

STATES = ("accepted", "proposed", "running", "completed", "failed", "cancelled")

EXAMPLES = """\
  callboard goals
  callboard goals --state running --state failed --text invoice
  callboard goals --journal work.db --at 2026-05-04T13:30 --json
"""


def configure(parser: ArgumentParser) -> None:
    """Say which ones."""
    parser.add_argument(
        "--state",
        metavar="STATE",
        choices=STATES,
        action="append",
        default=[],
        help=f"only these; may be repeated: {', '.join(STATES)}",
    )
    parser.add_argument("--text", metavar="TEXT", default="", help="only those that say this")
    parser.add_argument("--key", metavar="KEY", default="", help="only that with this key")
    parser.add_argument(
        "--limit", metavar="COUNT", type=count, default=20, help="at the most (default: 20)"
    )
    parser.add_argument("--after", metavar="PLACE", default="", help="go on there")
    add_json(parser, "them")
    add_where(parser, past=True)


def run(options: Namespace, screen: Screen) -> int:
    """List them."""
    from callboard.runtime.gateways.cli.goals import show  # noqa: PLC0415 - loads msgspec

    return show(options, screen)
