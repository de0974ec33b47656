"""Show the task tensor: who does each subtask, or how likely that is.

A row a subtask, a column an agent; the priority says in which slice of the
tensor the row's numbers stand, all others are 0.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from callboard.runtime.gateways.cli.parsing import add_json
from callboard.runtime.gateways.cli.screen import Screen
from callboard.runtime.gateways.cli.where import add_where

EXAMPLES = """\
  callboard tensor
  callboard tensor --npz tensor.npz
  callboard tensor --journal work.db --at 2026-05-04T13:30 --json
"""


def configure(parser: ArgumentParser) -> None:
    """Say how."""
    parser.add_argument(
        "--npz", metavar="FILE", help="write it to this file, which NumPy reads, with its labels"
    )
    add_json(parser, "it")
    add_where(parser, past=True)


def run(options: Namespace, screen: Screen) -> int:
    """Show it."""
    from callboard.runtime.gateways.cli.tensors import show  # noqa: PLC0415 - loads msgspec

    return show(options, screen)
