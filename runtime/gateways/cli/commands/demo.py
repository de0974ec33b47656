"""Watch agents do a real job, or a simulated fleet at work."""

from __future__ import annotations

import importlib
import sys
from argparse import ArgumentParser, Namespace

from callboard.runtime.gateways.cli.screen import Screen


def configure(parser: ArgumentParser) -> None:
    """Nothing: the demo has a parser of its own."""
    parser.add_argument("arguments", nargs="*", help="see callboard demo --help")


def run(options: Namespace, _screen: Screen) -> int:
    """Run it just as `python -m callboard.demo` does.

    By name, not by import: the demo stands above the gateways, uses what anybody can
    use, and decides alone what it takes. Its exit leaves by way of `SystemExit`.
    """
    before = sys.argv
    sys.argv = ["callboard demo", *options.arguments]
    try:
        status: int = importlib.import_module("callboard.demo.__main__").entry()
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else int(left.code is not None)
    finally:
        sys.argv = before
    return status
