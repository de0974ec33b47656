"""Show the plan of a goal, or check a plan file, without running anything.

Each subtask stands below the one that it can last do without; `callboard run`
would do exactly this with the same goal and rules.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from callboard.runtime.gateways.cli.parsing import add_goal, check_goal
from callboard.runtime.gateways.cli.screen import Screen

EXAMPLES = """\
  callboard plan "develop a web application" --agents agents.py
  callboard plan "develop a web application" --journal callboard.db
  callboard plan "develop a web application" --rules mine.toml
  callboard plan "develop a web application" --save plan.json
  callboard plan --plan plan.json --svg plan.svg
"""


def configure(parser: ArgumentParser) -> None:
    """Say what is to be shown, and how."""
    add_goal(parser)
    parser.add_argument(
        "--agents",
        metavar="MODULE[:NAME,...]",
        action="append",
        default=[],
        help="also say who could do each subtask; may be repeated",
    )
    parser.add_argument(
        "--why",
        action="store_true",
        help="also say which rules were tried, and why one was taken; --rules does too",
    )
    parser.add_argument(
        "--journal",
        metavar="FILE",
        help="also correct it by what attempts in this journal have taught",
    )
    forms = parser.add_mutually_exclusive_group()
    forms.add_argument("--json", action="store_true", help="print the plan as JSON")
    forms.add_argument("--mermaid", action="store_true", help="print a Mermaid diagram")
    parser.add_argument("--svg", metavar="FILE", help="draw a picture; - prints it")
    parser.add_argument(
        "--save", metavar="FILE", help="write a plan file, to be changed and given to --plan"
    )


def run(options: Namespace, screen: Screen) -> int:
    """Show it."""
    check_goal(options)
    from callboard.runtime.gateways.cli.showing import show  # noqa: PLC0415 - loads the planners

    return show(options, screen)
