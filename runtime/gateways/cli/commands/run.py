"""Reach a goal with the agents of a Python module, and print the results.

The module is one of the current directory, or any that can be imported; every
function and class in it that is decorated with `callboard.agent` takes part.
How it goes is shown on the standard error, where also goes what agents print;
the results go to the standard output. With `pip install 'callboard[cli]'` a
terminal shows live progress bars.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from callboard.runtime.gateways.cli.parsing import (
    add_goal,
    add_json,
    add_terms,
    add_verbose,
    check_goal,
)
from callboard.runtime.gateways.cli.screen import Screen

EXAMPLES = """\
  callboard run "analyze customer data trends" --agents agents.py
  callboard run "tidy up" --agents company:cleaner,gardener --deadline 15m
  callboard run --plan plan.toml --agents agents --json > results.json
"""


def configure(parser: ArgumentParser) -> None:
    """Say what a goal may have."""
    add_goal(parser)
    parser.add_argument(
        "--agents",
        metavar="MODULE[:NAME,...]",
        action="append",
        required=True,
        help="who does it: all agents of a module, or those named; may be repeated",
    )
    add_terms(parser)
    parser.add_argument("-q", "--quiet", action="store_true", help="do not show how it goes")
    add_json(parser, "results, subtasks and problems")
    add_verbose(parser)


def run(options: Namespace, screen: Screen) -> int:
    """Run it."""
    check_goal(options)
    from callboard.runtime.gateways.cli.running import reach  # noqa: PLC0415 - loads the runtime

    return reach(options, screen)
