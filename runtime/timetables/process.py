"""A process of our own that searches for better orders, so that nobody here has to wait."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import msgspec

from callboard.runtime.timetables.job import Answer
from callboard.runtime.timetables.searching import read, write

if TYPE_CHECKING:
    from callboard.runtime.timetables.job import Job

BOOT = (
    "import sys; sys.path[:] = sys.argv[1:]; "
    "from callboard.runtime.timetables.searching import main; main()"
)

# Made here and not where it is used: see `callboard.messages.values`.
_answer = msgspec.msgpack.Decoder(Answer).decode

_OPTIONS: dict[str, Any] = {
    "stdin": subprocess.PIPE,
    "stdout": subprocess.PIPE,
    # A group of its own: Ctrl-C at the terminal is ours alone to handle.
    **(
        {"process_group": 0}
        if os.name == "posix"
        else {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    ),
}


class SearchProcess:
    """Searches one job at a time; the process is started with the first one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def __call__(self, job: Job) -> Answer:
        """What came of it; blocks until then, without holding Python's lock.

        Where the process cannot be started, or dies, the answer says so as a problem.
        """
        try:
            process = self._started()
            write(process.stdin, msgspec.msgpack.encode(job))  # type: ignore[arg-type]
            data = read(process.stdout)  # type: ignore[arg-type]
        except (OSError, ValueError) as error:
            self.end()
            return Answer(problem=f"{type(error).__name__}: {error}")
        if data is None:
            self.end()
            return Answer(problem="its process has ended")
        return _answer(data)

    def _started(self) -> subprocess.Popen[bytes]:
        with self._lock:
            process = self._process
            if process is None:
                command = [sys.executable, "-c", BOOT, *sys.path]
                # No overload of theirs takes options in general.
                started: Any = subprocess.Popen(command, **_OPTIONS)  # noqa: S603 - our own code
                process = self._process = started
            return process

    def end(self) -> None:
        """End the process, whatever it does; the next job starts another one."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):  # what was not written is lost
                        pipe.close()
