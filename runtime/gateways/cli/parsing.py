"""Parsers whose errors are one line, and the options that several commands have."""

from __future__ import annotations

import argparse
import math
from typing import NoReturn

from callboard.runtime.gateways.cli.complaints import STATUSES, Complaint

_DAY = 24 * 3600.0
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


class Parser(argparse.ArgumentParser):
    """A parser that complains in one line.

    Args:
        prog: Name of the command, as people type it.
        about: What it does.
        examples: Command lines, one a line.
    """

    def __init__(self, prog: str, about: str, examples: str = "") -> None:
        shown = f"examples:\n{examples}\n" if examples else ""
        super().__init__(
            prog=prog,
            description=about,
            epilog=shown + STATUSES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def error(self, message: str) -> NoReturn:
        """Complain, and say where help is."""
        raise Complaint(f"{message} (see {self.prog} --help)")


def add_json(parser: argparse.ArgumentParser, what: str) -> None:
    """Let the command answer in JSON."""
    parser.add_argument("--json", action="store_true", help=f"print {what} as JSON")


def add_verbose(parser: argparse.ArgumentParser) -> None:
    """Let the command show its log lines."""
    parser.add_argument(
        "-v",
        "--verbose",
        action="count",
        default=0,
        help="log to the standard error, twice: in detail",
    )


def add_goal(parser: argparse.ArgumentParser) -> None:
    """What `run` and `plan` say of a goal."""
    add_what(parser)
    add_planner(parser)
    parser.add_argument(
        "--skills",
        metavar="FILE",
        help="which skills stand in for which (TOML), beside Callboard's table",
    )


def add_planner(parser: argparse.ArgumentParser) -> None:
    """Who makes plans."""
    parser.add_argument(
        "--rules", metavar="FILE", help="rules of your own (TOML), tried before Callboard's"
    )
    parser.add_argument(
        "--planner",
        choices=("rules", "llm"),
        default="rules",
        help="who makes plans: rules, or a language model with rules behind it",
    )
    parser.add_argument(
        "--llm-url", metavar="URL", help="of an OpenAI-compatible endpoint; key: CALLBOARD_LLM_KEY"
    )
    parser.add_argument("--llm-model", metavar="NAME", help="its name there")


def add_what(parser: argparse.ArgumentParser) -> None:
    """What is to be done."""
    parser.add_argument("goal", nargs="?", metavar="GOAL", help="what is to be done, in a sentence")
    parser.add_argument("--context", metavar="TEXT", default="", help="what else is known")
    parser.add_argument(
        "--plan",
        metavar="FILE",
        help="take the plan from this JSON or TOML file; - is the standard input",
    )


def add_terms(parser: argparse.ArgumentParser) -> None:
    """On what terms it is to be done."""
    parser.add_argument(
        "--priority",
        type=str.upper,
        choices=("CRITICAL", "HIGH", "MEDIUM", "LOW"),
        help="of all subtasks; otherwise each has its plan's",
    )
    parser.add_argument(
        "--deadline", metavar="TIME", type=seconds, help="give up then: 90, 90s, 15m, 2h"
    )
    parser.add_argument(
        "--planning",
        choices=("online", "rollout", "optimal"),
        help="what goes first: by the rule, or by a search beside it (optimal needs OR-Tools)",
    )
    parser.add_argument(
        "--repairs",
        metavar="N",
        type=from_zero,
        help="how often its plan may be mended when a subtask has failed for good",
    )
    parser.add_argument(
        "--approve",
        choices=("plan", "changes", "all"),
        help="what somebody has to approve first: its plan, changes that mend it, or both",
    )
    parser.add_argument(
        "--budget",
        metavar="NAME=AMOUNT",
        type=amount,
        action="append",
        default=[],
        help="what it may use up of a resource; may be repeated",
    )


def from_zero(text: str) -> int:
    """How many of something, perhaps none.

    >>> from_zero("2")
    2
    """
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 on")
    return int(text)


def amount(text: str) -> tuple[str, float]:
    """A name and how much of it.

    >>> amount("usd=2.50")
    ('usd', 2.5)
    """
    name, _, number = text.rpartition("=")
    try:
        found = float(number)
    except ValueError:
        found = math.nan
    if not name or not 0 <= found < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no budget: usd=2.50 is")
    return name, found


def check_goal(options: argparse.Namespace) -> None:
    """Make sure that there is something to be done.

    Raises:
        Complaint: There is neither a goal nor a plan, or a plan and rules.
    """
    if options.goal is None and options.plan is None:
        raise Complaint("say what is to be done: a goal in quotation marks, or --plan FILE")
    if options.plan is not None and getattr(options, "rules", None) is not None:
        raise Complaint("--rules make a plan of a goal; with --plan there is one already")


def count(text: str) -> int:
    """How many, at least one.

    >>> count("20")
    20
    """
    found = int(text) if text.isascii() and text.isdigit() else 0
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return found


def days(text: str) -> float:
    """A time span as for `seconds`, or in days; 0 is one too.

    >>> days("30d"), days("0")
    (2592000.0, 0.0)
    """
    return seconds(text[:-1]) * _DAY if text.endswith("d") else span(text)


def span(text: str) -> float:
    """A time span as for `seconds`; 0 is one too.

    >>> span("15m"), span("0")
    (900.0, 0.0)
    """
    return 0.0 if text.strip("0") == "" else seconds(text)


def seconds(text: str) -> float:
    """A time span: seconds, or with a unit s, m or h.

    >>> [seconds(text) for text in ("90", "1.5m", "2h")]
    [90.0, 90.0, 7200.0]
    """
    number, unit = (text[:-1], text[-1]) if text[-1:] in _UNITS else (text, "s")
    try:
        found = float(number) * _UNITS[unit]
    except ValueError:
        found = math.nan
    if not 0 < found < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no time span: 90, 90s, 15m and 2h are")
    return found
