"""What users' code raises, as data; whatever it is, there is a text in the end."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import msgspec

from callboard.messages.errors.base import CallboardError, problem_of
from callboard.messages.errors.running import InvalidCall
from callboard.messages.values import Problem

LONGEST_TEXT = 4_000
LONGEST_TRACEBACK = 20_000

_HERE = str(Path(__file__).parent)


def problem_from(error: BaseException) -> Problem:
    """The error as data, with a traceback that begins in the user's code.

    Never raises, whatever the error's own methods do.
    """
    try:
        problem = problem_of(
            error.with_traceback(_users_part(error.__traceback__)), with_traceback=True
        )
    except Exception as worse:  # noqa: BLE001 - its __str__, or its arguments
        text = f"{type(error).__name__}, whose text cannot be had ({type(worse).__name__})"
        return Problem(error=type(error).__name__, text=text)
    return msgspec.structs.replace(
        problem,
        # Who calls its context with nonsense is the one to mend it, not who handed in the work.
        fault="agent" if isinstance(error, InvalidCall) else problem.fault,
        text=_readable(problem.text)[:LONGEST_TEXT],
        traceback=_readable(problem.traceback)[-LONGEST_TRACEBACK:],
    )


def as_cause(error: CallboardError, cause: Problem) -> Problem:
    """The problem that *error* is, with the traceback of what caused it."""
    return msgspec.structs.replace(problem_of(error), traceback=cause.traceback)


def _users_part(trace: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames of ours that it begins with; all of it if all are."""
    part = trace
    while part is not None and part.tb_frame.f_code.co_filename.startswith(_HERE):
        part = part.tb_next
    return part or trace


def _readable(text: str) -> str:
    # A lone surrogate could be neither written into a journal nor sent.
    return text.encode("utf-8", "backslashreplace").decode()
