"""Say which version of Callboard this is."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

import callboard
from callboard.runtime.gateways.cli.parsing import add_json
from callboard.runtime.gateways.cli.screen import Screen


def configure(parser: ArgumentParser) -> None:
    """Take next to nothing."""
    add_json(parser, "it and what it runs on")


def run(options: Namespace, screen: Screen) -> int:
    """Say it."""
    python = ".".join(map(str, sys.version_info[:3]))
    if options.json:
        found = {"callboard": callboard.__version__, "python": python, "platform": sys.platform}
        screen.json(found)
    else:
        screen.out.line(f"callboard {callboard.__version__} (Python {python}, {sys.platform})")
    return 0
