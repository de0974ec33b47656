"""The door: finds the command, runs it, and makes every ending one that people understand.

    callboard run "analyze customer data trends" --agents agents.py

Nothing that is slow to load is loaded here, nor by the help of any command.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from callboard.runtime.gateways.cli.catalogue import COMMANDS, PASSED_ON, load
from callboard.runtime.gateways.cli.complaints import (
    ABSENT,
    DONE,
    FAILED,
    STATUSES,
    STOPPED,
    WRONG,
    Complaint,
    line_of,
)
from callboard.runtime.gateways.cli.parsing import Parser
from callboard.runtime.gateways.cli.screen import Screen
from callboard.runtime.gateways.cli.text import one_line

if TYPE_CHECKING:
    from callboard.messages.errors import CallboardError

PROG = "callboard"
ABOUT = "Goals in, work done, nothing lost: agents that get goals done together."
EXAMPLES = """\
  callboard demo
  callboard plan "analyze customer data trends"
  callboard run "analyze customer data trends" --agents agents.py"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says.

    Args:
        arguments: Without the program's name; None for those of the process.

    Returns:
        The exit status.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    screen = Screen.of_process()
    name = given[0] if given and given[0] in COMMANDS else ""
    prog = f"{PROG} {name}".strip()
    try:
        status = _perform(name, given, screen)
        screen.out.write("")  # what waits in it is written while a fault can still be told
    except Complaint as complaint:
        status = _complain(complaint, prog, given, screen)
    except KeyboardInterrupt:
        status = _complain(_STOPPED, prog, given, screen)
    except OSError as error:
        status = _complain(_about_files(error), prog, given, screen)
    except Exception as error:  # noqa: BLE001 - whatever it is, it ends in a line
        status = _complain(_explained(error, given), prog, given, screen)
    return status


_STOPPED = Complaint("stopped", status=STOPPED)


def parser_of(name: str) -> Parser:
    """The parser of the command *name*."""
    command = load(name)
    examples = getattr(command, "EXAMPLES", "")
    parser = Parser(f"{PROG} {name}", str(command.__doc__).strip(), examples)
    command.configure(parser)
    return parser


def _perform(name: str, given: list[str], screen: Screen) -> int:
    if not name:
        return _overview(given, screen)
    try:
        if name in PASSED_ON:
            options = argparse.Namespace(arguments=given[1:])
        else:
            options = parser_of(name).parse_args(given[1:])
    except SystemExit:  # --help
        return DONE
    return load(name).run(options, screen)


def _overview(given: list[str], screen: Screen) -> int:
    """What there is, for somebody who has named no command that there is."""
    wanted = given[0] if given else ""
    if wanted in {"-h", "--help", "help"}:
        _show_help(screen)
        return DONE
    if wanted in {"-V", "--version"}:
        return main(["version", *given[1:]])
    if not wanted:
        _show_help(screen)
        return WRONG
    raise Complaint(f"there is no command {one_line(wanted)!r}{_alike(wanted)}")


def _show_help(screen: Screen) -> None:
    listed = "\n".join(f"  {name:12} {about}" for name, about in COMMANDS.items())
    screen.out.write(
        f"usage: {PROG} COMMAND [...]\n\n{ABOUT}\n\ncommands:\n{listed}\n\n"
        f"`{PROG} COMMAND --help` says more; --json answers in JSON.\n\n"
        f"examples:\n{EXAMPLES}\n\n{STATUSES}"
    )


def _alike(wanted: str) -> str:
    import difflib  # noqa: PLC0415 - only for who mistypes

    close = difflib.get_close_matches(wanted, COMMANDS, n=1)
    return f"; did you mean {close[0]}?" if close else f": there are {', '.join(COMMANDS)}"


def _explained(error: Exception, given: list[str]) -> Complaint:
    # Its class is loaded already where one was raised, and slow to load where none was.
    errors = sys.modules.get("callboard.messages.errors.base")
    if errors is not None and isinstance(error, errors.CallboardError):
        from callboard.messages.errors.journal import (  # noqa: PLC0415 - as above
            JournalInUse,
            JournalUnreachable,
        )

        known = cast("CallboardError", error)
        absent = isinstance(known, JournalInUse | JournalUnreachable)
        first = str(known).splitlines()[0] if known.more else str(known)
        status = ABSENT if absent else None
        return Complaint(first, fault=known.fault, status=status, more=known.more)
    import traceback  # noqa: PLC0415 - only for a fault of ours

    verbose = any(argument in {"-v", "-vv", "--verbose"} for argument in given)
    details = "".join(traceback.format_exception(error)) if verbose else ""
    more = "" if verbose else "; --verbose shows where"
    text = f"{type(error).__name__}: {error} (please report it{more})"
    return Complaint(text, fault="callboard", details=details)


def _about_files(error: OSError) -> Complaint:
    why = error.strerror or str(error)
    if error.filename:
        return Complaint(f"{error.filename}: {why}")
    return Complaint(f"reading or writing failed: {why}", fault="system")


def _complain(complaint: Complaint, prog: str, given: list[str], screen: Screen) -> int:
    """Say it to a person, and with --json to a program as well."""
    stopped = complaint.status == STOPPED
    text = one_line(f"{prog}: {complaint.text}" if stopped else line_of(complaint, prog))
    try:
        screen.err.write(complaint.details)
        for line in (text, *map(one_line, complaint.more)):
            screen.err.line(line, "bad")
        if "--json" in given:
            fault = {} if stopped else {"fault": complaint.fault}
            whole = one_line("; ".join([complaint.text, *complaint.more]))
            answer = {"error": whole, **fault}
            screen.json({**answer, "exit_status": complaint.status})
    except OSError:
        # Neither can that be written. Let nothing fail at exit.
        screen.out.abandon()
        return complaint.status or FAILED
    return complaint.status
