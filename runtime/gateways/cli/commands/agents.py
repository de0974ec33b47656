"""List agents: of a server, of a journal, or those that a Python module declares.

Without a module they are the registered ones: how they are, what they hold. A
module is one of the current directory, or any that can be imported; its agents
are the functions, coroutine functions and classes that are decorated with
`callboard.agent`.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from callboard.runtime.gateways.cli.complaints import Complaint
from callboard.runtime.gateways.cli.parsing import add_json
from callboard.runtime.gateways.cli.screen import Screen
from callboard.runtime.gateways.cli.where import add_where

EXAMPLES = """\
  callboard agents
  callboard agents --journal work.db --json
  callboard agents company.analysts
"""


def configure(parser: ArgumentParser) -> None:
    """Take modules, or say where."""
    parser.add_argument(
        "agents", nargs="*", metavar="MODULE[:NAME,...]", help="all agents of it, or those named"
    )
    add_json(parser, "them")
    add_where(parser, past=True)


def run(options: Namespace, screen: Screen) -> int:
    """List them."""
    if not options.agents:
        from callboard.runtime.gateways.cli.company import show as registered  # noqa: PLC0415

        return registered(options, screen)
    if options.server or options.journal:
        raise Complaint("a module has its agents itself: --server and --journal go without one")
    from callboard.runtime.gateways.cli.listing import show  # noqa: PLC0415 - loads the executors

    return show(options, screen)
