"""Try the installation out: three live agents reach three goals, step by step."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from callboard.runtime.gateways.cli.complaints import DONE, FAILED
from callboard.runtime.gateways.cli.parsing import add_json, add_verbose
from callboard.runtime.gateways.cli.screen import Screen


def configure(parser: ArgumentParser) -> None:
    """Take next to nothing."""
    add_json(parser, "the steps and how they went")
    add_verbose(parser)


def run(options: Namespace, screen: Screen) -> int:
    """Check it."""
    from callboard.runtime.gateways.cli.verbose import logged  # noqa: PLC0415 - loads structlog
    from callboard.runtime.self_check import check, main  # noqa: PLC0415 - loads the runtime

    with logged(options.verbose, screen):
        if not options.json:
            return main(screen.out.line)
        steps = check(lambda _: None)
    passed = not any(step.problem for step in steps)
    screen.json({"passed": passed, "steps": [step._asdict() for step in steps]})
    return DONE if passed else FAILED
