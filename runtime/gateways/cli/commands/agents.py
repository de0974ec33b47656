"""List the agents that a Python module declares: ids, kinds, skills, loads.

An agent is a function, coroutine function or class that is decorated with
`callboard.agent`. The module is one of the current directory, or any that can
be imported.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from callboard.runtime.gateways.cli.parsing import add_json
from callboard.runtime.gateways.cli.screen import Screen

EXAMPLES = """\
  callboard agents agents.py
  callboard agents company.analysts --json
"""


def configure(parser: ArgumentParser) -> None:
    """Take modules."""
    parser.add_argument(
        "agents", nargs="+", metavar="MODULE[:NAME,...]", help="all agents of it, or those named"
    )
    add_json(parser, "them")


def run(options: Namespace, screen: Screen) -> int:
    """List them."""
    from callboard.runtime.gateways.cli.listing import show  # noqa: PLC0415 - loads the executors

    return show(options, screen)
