"""Say why a subtask does not run, who has it, or how it ended.

A server is asked of now. A journal tells it as of its latest fact, or as of
--at TIME; it does not know progress, skills at rest and who else could have got
it. `callboard explain FILE SUBTASK` is short for --journal FILE.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from callboard.runtime.gateways.cli.complaints import Complaint
from callboard.runtime.gateways.cli.parsing import add_json
from callboard.runtime.gateways.cli.screen import Screen
from callboard.runtime.gateways.cli.where import add_subtask, add_where

EXAMPLES = """\
  callboard explain $SUBTASK
  callboard explain work.db "Report Generation" --json
  callboard explain work.db Testing --at 2026-05-04T13:30
"""


def configure(parser: ArgumentParser) -> None:
    """Say which subtask, and where."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="the journal, as --journal")
    add_subtask(parser)
    add_json(parser, "the reasons")
    add_where(parser, past=True)


def run(options: Namespace, screen: Screen) -> int:
    """Do it."""
    if options.file is not None:
        if options.server or options.journal:
            raise Complaint("FILE is the journal, so --server and --journal go without it")
        options.journal = options.file
    from callboard.runtime.gateways.cli.explaining import show  # noqa: PLC0415 - loads msgspec

    return show(options, screen)
