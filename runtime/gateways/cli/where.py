"""Where a command does what it does: at a server, or with the file of a journal."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

from callboard.runtime.gateways.cli.complaints import Complaint
from callboard.runtime.gateways.cli.parsing import add_json, count

SERVER = "CALLBOARD_SERVER"
"""Variable that names the server, where nothing else does."""

HERE = "http://127.0.0.1:8000"
"""The server where nothing names one: what `callboard serve` starts."""

ALL = "all"
"""Everything, where it may be said to what something is done."""

TOKEN = "CALLBOARD_TOKEN"  # noqa: S105 - the name of the variable
"""Variable that has the token; an argument could be read by everybody on the machine."""


def add_where(parser: argparse.ArgumentParser, *, past: bool = False) -> None:
    """Let it be said where.

    Args:
        parser: Of the command.
        past: It only looks, so that it can look at how things stood once.
    """
    group = parser.add_argument_group("where")
    places = group.add_mutually_exclusive_group()
    places.add_argument(
        "--server", metavar="URL", help=f"at this server (default: ${SERVER}, or {HERE})"
    )
    how = "read it, a server may have it open" if past else "open it, no server may have it"
    places.add_argument("--journal", metavar="FILE", help=f"in this journal's file: {how}")
    if past:
        about = "with --journal: as of then, as 2026-05-04T13:30 (default: the latest fact)"
        group.add_argument("--at", metavar="TIME", help=about)
    group.add_argument(
        "--token-file", metavar="FILE", help=f"its first line is the token (default: ${TOKEN})"
    )
    group.add_argument("--tls-ca", metavar="FILE", help="whom to trust, as PEM, beside the system")


def add_subtask(parser: argparse.ArgumentParser) -> None:
    """Let a subtask be named."""
    parser.add_argument(
        "subtask", metavar="SUBTASK", help="its uuid; its name, with --goal or --journal"
    )
    parser.add_argument("--goal", metavar="GOAL", default="", help="the id of its goal")


def add_proposal(parser: argparse.ArgumentParser) -> None:
    """Let it be said about which plan somebody decides."""
    parser.add_argument("goal", metavar="GOAL", help="the id of the goal")
    about = "of the plan that was looked at; another one that is proposed by now is left alone"
    parser.add_argument("--number", metavar="N", type=count, help=about)
    parser.add_argument("--by", metavar="NAME", default="", help="who says so, for people")


def add_target(
    parser: argparse.ArgumentParser,
    kinds: Sequence[str],
    *,
    reason: bool = True,
    interrupt: bool = False,
) -> None:
    """Let it be said to what something is done.

    Args:
        parser: Of the command.
        kinds: Of which there may be one.
        reason: People may want to know why.
        interrupt: What runs may be taken back.
    """
    parser.add_argument("kind", choices=kinds, metavar="KIND", help=", ".join(kinds))
    everything = ", nothing for all" if ALL in kinds else ""
    about = f"its id{everything}"
    parser.add_argument("id", metavar="ID", nargs="?", default="", help=about)
    if reason:
        parser.add_argument("--reason", metavar="TEXT", default="", help="for people")
    if interrupt:
        parser.add_argument("--interrupt", action="store_true", help="take back what runs")
    add_json(parser, "the answer")
    add_where(parser)


def check_target(options: argparse.Namespace) -> None:
    """Make sure that it is said which one.

    Raises:
        Complaint: It is not, or of everything.
    """
    if (options.kind == ALL) is bool(options.id):
        raise Complaint(f"{ALL} takes no ID" if options.id else f"say which {options.kind}")


def server_of(options: argparse.Namespace) -> str:
    """The server's address; "" where a journal is meant.

    Raises:
        Complaint: A server is asked for what only a journal knows.
    """
    if options.journal is not None:
        return ""
    if getattr(options, "at", None) is not None:
        raise Complaint("--at goes with --journal: a server tells how things stand now")
    found: str = options.server or os.environ.get(SERVER, "") or HERE
    return found


def why_there(options: argparse.Namespace) -> str:
    """How it came to be that server, where nobody named it just now."""
    if options.server:
        return ""
    if os.environ.get(SERVER):
        return f" (${SERVER} names it)"
    return f"; callboard serve starts one, --server URL or ${SERVER} names another"


def token_of(options: argparse.Namespace) -> str:
    """The token; "" for none.

    Raises:
        Complaint: The file has none, or something else.
        OSError: The file cannot be read.
    """
    if options.token_file is None:
        found = os.environ.get(TOKEN, "").strip()
        return _checked(found, f"${TOKEN}") if found else ""
    from pathlib import Path  # noqa: PLC0415 - for a quick start

    try:
        with Path(options.token_file).open(encoding="utf-8") as file:
            found = file.readline().strip()
    except UnicodeDecodeError:
        raise Complaint(f"{options.token_file}: is no text, so it has no token") from None
    if not found:
        raise Complaint(f"{options.token_file}: its first line has no token")
    return _checked(found, options.token_file)


def _checked(token: str, where: str) -> str:
    from callboard.runtime.gateways.security.words import could_be  # noqa: PLC0415 - likewise

    if not could_be(token):
        # Not what it is: it may be half of a real one.
        raise Complaint(f"{where}: this is no token, which is one word of ASCII")
    return token
