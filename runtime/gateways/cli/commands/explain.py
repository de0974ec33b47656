"""Say why a subtask does not run, who has it, or how it ended; from a journal.

It is told as of the latest fact, or as of TIME, which is written as for
`callboard journal at`. A running program knows more and is asked with
`runtime.explain(subtask)`: progress, skills at rest and who else could have got
it are not in a journal.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from callboard.runtime.gateways.cli.parsing import add_json
from callboard.runtime.gateways.cli.screen import Screen

EXAMPLES = """\
  callboard explain work.db "Report Generation"
  callboard explain work.db 0e6f3c52-5d0e-4a2c-8f4e-3b1f5a1c9d77 --json
  callboard explain work.db Testing --at 2026-05-04T13:30
"""


def configure(parser: ArgumentParser) -> None:
    """Say which subtask of which journal."""
    parser.add_argument("file", metavar="FILE", help="the journal")
    parser.add_argument("subtask", metavar="SUBTASK", help="its uuid, or its name")
    parser.add_argument("--at", metavar="TIME", help="as of then (default: the latest fact)")
    add_json(parser, "the reasons")


def run(options: Namespace, screen: Screen) -> int:
    """Do it."""
    from callboard.runtime.gateways.cli.explaining import show  # noqa: PLC0415 - loads sqlite

    return show(options, screen)
