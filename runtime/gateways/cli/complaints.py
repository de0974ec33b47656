"""What went wrong, in one line that says whose fault it is; and the exit statuses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

DONE: Final = 0
FAILED: Final = 1
WRONG: Final = 2
ABSENT: Final = 3
UNFINISHED: Final = 4
STOPPED: Final = 130

STATUSES: Final = """\
exit status:
  0    done
  1    the job failed, or Callboard itself did
  2    wrong usage, or input that cannot be used
  3    no server or journal there, or it lets nobody in
  4    not done in time; it goes on
  130  stopped with Ctrl-C
"""

_WHOSE: Final = {
    "caller": "wrong input",
    "module": "the module's fault",
    "agent": "the agents' fault",
    "system": "the system's fault",
    "callboard": "Callboard's own fault",
}


class Complaint(Exception):
    """The end of a command, with what a person should read.

    Attributes:
        text: One line.
        fault: Whose it is: "caller", "module", "agent", "system" or "callboard".
        status: Of the process.
        details: Lines that go before, as a traceback.
        more: Lines that go behind: what else is wrong.
    """

    def __init__(
        self,
        text: str,
        *,
        fault: str = "caller",
        status: int | None = None,
        details: str = "",
        more: Sequence[str] = (),
    ) -> None:
        super().__init__(text)
        self.text, self.fault, self.details = text, fault, details
        self.more = tuple(more)
        self.status = status or (WRONG if fault in {"caller", "module", "system"} else FAILED)


def line_of(complaint: Complaint, prog: str) -> str:
    """The line.

    >>> line_of(Complaint("the goal is empty"), "callboard plan")
    'callboard plan: wrong input: the goal is empty'
    """
    return f"{prog}: {_WHOSE[complaint.fault]}: {complaint.text}"
