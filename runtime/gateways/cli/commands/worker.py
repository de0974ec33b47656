"""Do the work of a server with the agents of a Python module, on any machine.

The agents are those that `callboard run` would take: functions, coroutine
functions and classes that are decorated with `callboard.agent`. They run in
this process as they would in the server's, which stops, asks and pauses them.
The worker tries to reach the server again for as long as it takes; what it
has done meanwhile is kept, and told then. Needs `pip install
'callboard[agent]'`.

On SIGTERM or Ctrl-C what runs may end (--grace), and nothing new begins; a
second one stops it at once, a third one does not wait for that. Status 1 also
says that the server has not heard of something that was done.
"""

from __future__ import annotations

import os
from argparse import ArgumentParser, ArgumentTypeError, Namespace

from callboard.runtime.gateways.cli.parsing import add_verbose, seconds
from callboard.runtime.gateways.cli.screen import Screen

EXAMPLES = """\
  callboard worker agents.py --server http://127.0.0.1:8000
  callboard worker company:analyst --server https://board.lan --name night
  callboard worker agents.py --server https://board.lan --tls-ca ca.pem
"""


def configure(parser: ArgumentParser) -> None:
    """Say who works for whom."""
    parser.add_argument(
        "agents", nargs="+", metavar="MODULE[:NAME,...]", help="all agents of it, or those named"
    )
    parser.add_argument(
        "--server",
        metavar="URL",
        default=os.environ.get("CALLBOARD_SERVER"),
        help="whose work it is; otherwise $CALLBOARD_SERVER",
    )
    parser.add_argument(
        "--token-file", metavar="FILE", help="has the token in its first line; or $CALLBOARD_TOKEN"
    )
    parser.add_argument("--id", metavar="ID", help="of the agent, where there is only one")
    parser.add_argument(
        "--name",
        metavar="NAME",
        help="added to ids, so that a module may run in many places: analyst@NAME",
    )
    parser.add_argument(
        "--skills", metavar="SKILL,...", type=_skills, help="instead of those that are declared"
    )
    parser.add_argument(
        "--max-load", metavar="N", type=_count, help="subtasks that each agent runs at once"
    )
    parser.add_argument(
        "--tls-ca", metavar="FILE", help="certificates to trust instead of the system's (PEM)"
    )
    parser.add_argument(
        "--grace",
        metavar="TIME",
        type=seconds,
        default=30.0,
        help="what runs may go on for so long after SIGTERM; 30s by default",
    )
    parser.add_argument(
        "--give-up-after",
        metavar="TIME",
        type=seconds,
        help="end after so long without the server; never by default",
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="say only what goes wrong")
    add_verbose(parser)


def run(options: Namespace, screen: Screen) -> int:
    """Work until somebody ends it."""
    from callboard.runtime.gateways.cli.working import work  # noqa: PLC0415 - loads the executors

    return work(options, screen)


def _skills(text: str) -> list[str]:
    skills = [skill.strip() for skill in text.split(",") if skill.strip()]
    if not skills:
        raise ArgumentTypeError(f"{text!r} names no skill: statistics,coding does")
    return skills


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is no number of subtasks: 1, 4 and 100 are")
    return int(text)
