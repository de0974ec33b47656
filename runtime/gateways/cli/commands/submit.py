"""Hand in a goal, and perhaps wait for its results.

The goal's id is printed, for `callboard goal` and other commands. It goes on
without this command: --wait shows how, as `callboard run` does, and prints the
results; Ctrl-C and --timeout end only the waiting. With --journal the goal is
kept in the file, for whoever serves it next.
"""

from __future__ import annotations

from argparse import ArgumentParser, BooleanOptionalAction, Namespace

from callboard.runtime.gateways.cli.complaints import Complaint
from callboard.runtime.gateways.cli.parsing import (
    add_json,
    add_terms,
    add_what,
    check_goal,
    seconds,
)
from callboard.runtime.gateways.cli.screen import Screen
from callboard.runtime.gateways.cli.where import add_where

EXAMPLES = """\
  callboard submit "analyze customer data trends" --wait
  GOAL=$(callboard submit "tidy up" --priority high --deadline 15m)
  callboard submit --plan plan.toml --journal work.db
"""


def configure(parser: ArgumentParser) -> None:
    """Say what a goal may have."""
    add_what(parser)
    add_terms(parser)
    parser.add_argument(
        "--key", metavar="KEY", default="", help="the same key gives the same goal, and no other"
    )
    parser.add_argument(
        "--correct",
        action=BooleanOptionalAction,
        default=None,
        help="correct its plan by what is learnt, also one from a file; or do not",
    )
    parser.add_argument("--wait", action="store_true", help="until it has ended")
    parser.add_argument(
        "--timeout", metavar="TIME", type=seconds, help="with --wait: no longer than this"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="do not show how it goes")
    add_json(parser, "the goal, with --wait as it ended")
    add_where(parser)


def run(options: Namespace, screen: Screen) -> int:
    """Hand it in."""
    check_goal(options)
    if options.wait and options.journal is not None:
        hint = "callboard serve does, and --server URL waits there"
        raise Complaint(f"nobody works at a file, so --wait would not end: {hint}")
    if options.timeout is not None and not options.wait:
        raise Complaint("--timeout goes with --wait; --deadline ends the goal itself")
    from callboard.runtime.gateways.cli.submitting import submit  # noqa: PLC0415 - loads msgspec

    return submit(options, screen)
