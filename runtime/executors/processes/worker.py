"""One worker process, as its runtime sees it: started, spoken to, killed, mourned.

A thread of ours belongs to each process: it starts it, hears all that it says, and
notices its end at once. Thus the system can be told to kill the process when that
thread is gone, which is when we are.
"""

from __future__ import annotations

import contextlib
import os
import queue
import select
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Generator, Iterator
from typing import IO, Any, NamedTuple

import structlog

from callboard.messages.errors.base import described
from callboard.runtime.executors.processes.wire import (
    Frame,
    Frames,
    FromWorker,
    Place,
    Setup,
    Writer,
)

BOOT = (
    "import sys; commands, reports = sys.argv[1].split(','); sys.path[:] = sys.argv[2:]; "
    "from callboard.runtime.executors.processes.child import main; "
    "main(int(commands), int(reports))"
)
LONGEST_TRACEBACK = 20_000
"""Bytes of a crash's traceback that are kept."""

KILL_SECONDS = 1.0
"""A process that does not end by SIGTERM within so long is killed outright."""

_CHUNK = 1 << 16
_POSIX = os.name == "posix"


class Death(NamedTuple):
    """How a process has ended.

    Attributes:
        status: Exit status; negative for the number of the signal that killed it.
        signal: That signal's name, or "".
        traceback: Where its threads were, if the system told us in time.
    """

    status: int
    signal: str
    traceback: str


class Worker:
    """A worker process; it runs from `start` on.

    Args:
        agent: Whose it is.
        place: Where it finds what it is to run.
        memory: Bytes that its data may take, or None.
        clock: What to add to `time.monotonic` for the runtime's time.
        hear: Told all that it says, in order, on one thread.
        ended: Told once, on the same thread, after all else.
        log: Hears of errors of ours.
    """

    def __init__(  # noqa: PLR0913 - each is one of a kind
        self,
        agent: str,
        place: Place,
        memory: int | None,
        *,
        clock: float,
        hear: Callable[[FromWorker], None],
        ended: Callable[[Death], None],
        log: structlog.stdlib.BoundLogger,
    ) -> None:
        self.agent = agent
        self.pid = 0
        self._place, self._memory, self._clock = place, memory, clock
        self._hear, self._ended = hear, ended
        self._log = log
        self._frames: queue.SimpleQueue[Frame | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._unwanted = False
        self._over = threading.Event()
        self.thread = threading.Thread(
            target=self._live, name=f"callboard-process ({agent})", daemon=True
        )

    def __str__(self) -> str:
        return f"process {self.pid} of agent {self.agent!r}"

    def start(self) -> None:
        """Start it, soon; never blocks."""
        self.thread.start()

    def say(self, frame: Frame) -> None:
        """Tell it something; never blocks, and harmless where it has ended."""
        self._frames.put(frame)

    def close(self) -> None:
        """Say no more; an idle process ends by that."""
        self._frames.put(None)

    def terminate(self) -> None:
        """End it, whatever it does; what it is at is in its `Death`."""
        self._signal("SIGTERM")

    def kill(self) -> None:
        """End it at once, and what it has started."""
        self._signal("SIGKILL")

    def wait(self, seconds: float) -> bool:
        """Whether it has ended, at the latest after so many seconds."""
        return self._over.wait(seconds)

    def _signal(self, name: str) -> None:
        with self._lock:  # while it is not buried, its number is nobody else's
            process = self._process
            if process is None:
                self._unwanted = True
            elif process.returncode is None:
                _send(process, name)

    # On its thread

    def _live(self) -> None:
        try:
            death = self._run()
        except Exception as error:  # noqa: BLE001 - the system has no process or no descriptor left
            self._log.exception("process_not_started", agent=self.agent)
            death = Death(-1, "", described(error))
        self._over.set()
        self.close()
        self._ended(death)

    def _run(self) -> Death:
        with tempfile.TemporaryFile() as crash, contextlib.ExitStack() as stack:
            process, commands, reports = self._spawn(crash.fileno(), stack)
            threading.Thread(
                target=self._write,
                args=(commands, self._setup(crash.fileno())),
                name=f"{self.thread.name}, to it",
                daemon=True,
            ).start()
            for frame in _heard(reports, process):
                self._contained(frame)
            return self._bury(process, crash)

    def _setup(self, crash: int) -> Setup:
        return Setup(
            agent=self.agent,
            place=self._place,
            argv=tuple(sys.argv),
            memory=self._memory,
            parent=os.getpid(),
            clock=self._clock,
            crash_file=crash if _POSIX else -1,
        )

    def _spawn(
        self, crash: int, stack: contextlib.ExitStack
    ) -> tuple[subprocess.Popen[bytes], int, int]:
        """Start it; itself, and the descriptors to write to it, and to read from it."""
        if not _POSIX:
            # Its standard streams are the pipes, and what it prints goes to our stderr.
            own_group = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
            process = self._begin(
                "0,1", stdin=subprocess.PIPE, stdout=subprocess.PIPE, creationflags=own_group
            )
            stack.callback(process.stdout.close)  # type: ignore[union-attr]
            return process, os.dup(process.stdin.fileno()), process.stdout.fileno()  # type: ignore[union-attr]
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        stack.callback(os.close, ours_in)
        try:
            # A group of its own: Ctrl-C at the terminal is ours alone to handle, and what
            # it starts can be ended with it.
            process = self._begin(
                f"{theirs_in},{theirs_out}",
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs_in, theirs_out, crash),
                process_group=0,
            )
        except BaseException:
            os.close(ours_out)
            raise
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        return process, ours_out, ours_in

    def _begin(self, descriptors: str, **options: Any) -> subprocess.Popen[bytes]:  # noqa: ANN401
        if not sys.executable:
            raise FileNotFoundError("sys.executable, the Python to start")
        command = [sys.executable, *_interpreter_options(), "-c", BOOT, descriptors, *sys.path]
        with self._lock:
            # No overload of theirs takes options in general.
            started: Any = subprocess.Popen(command, **options)  # noqa: S603 - Python itself
            process: subprocess.Popen[bytes] = started
            self._process = process
            self.pid = process.pid
            if self._unwanted:
                _send(process, "SIGKILL")
        return process

    def _write(self, commands: int, setup: Setup) -> None:
        """On a thread of its own: a process that does not read must not keep us waiting."""
        writer, frame = Writer(commands), Frame()
        try:
            writer.say(setup)
            while (said := self._frames.get()) is not None:
                frame = said
                writer.say(frame)
        except OSError:  # it has gone, and its end says more
            pass
        finally:
            os.close(commands)

    def _contained(self, frame: FromWorker) -> None:
        try:
            self._hear(frame)
        except Exception:  # noqa: BLE001 - a bug of ours must not end the process
            self._log.exception("worker_frame_error", frame=type(frame).__name__)

    def _bury(self, process: subprocess.Popen[bytes], crash: IO[bytes]) -> Death:
        """It has ended, or has nothing to say any more and is about to."""
        if _POSIX:
            _ended_within(process, KILL_SECONDS)
        self.kill()  # also what it has started, while the number of its group is still its own
        status = process.wait()
        name = ""
        if status < 0:
            with contextlib.suppress(ValueError):
                name = signal.Signals(-status).name
        crash.seek(0)
        return Death(status, name, crash.read(LONGEST_TRACEBACK).decode("utf-8", "replace"))


def _heard(reports: int, process: subprocess.Popen[bytes]) -> Iterator[FromWorker]:
    """All that it says, until it has closed its pipe or has ended.

    Something that it has started may hold the pipe open for longer than it lives.
    """
    frames: Frames[FromWorker] = Frames(FromWorker)
    with _watch(process) as ended:
        poll = select.poll() if ended is not None else None
        if poll is not None:
            poll.register(reports, select.POLLIN)
            poll.register(ended or 0, select.POLLIN)
        while True:
            if poll is not None and all(ready != reports for ready, _ in poll.poll()):
                return
            data = os.read(reports, _CHUNK)
            if not data:
                return
            yield from frames.feed(data)


@contextlib.contextmanager
def _watch(process: subprocess.Popen[bytes]) -> Generator[int | None]:
    """A descriptor that can be read when the process has ended; None where there are none."""
    if not hasattr(os, "pidfd_open"):
        yield None
        return
    try:
        ended = os.pidfd_open(process.pid)
    except OSError:
        yield None
        return
    try:
        yield ended
    finally:
        os.close(ended)


def _ended_within(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Wait for its end without burying it: its number must not become another's yet."""
    with _watch(process) as ended:
        if ended is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
            return
        poll = select.poll()
        poll.register(ended, select.POLLIN)
        poll.poll(int(seconds * 1000))


def _send(process: subprocess.Popen[bytes], name: str) -> None:
    """Send a signal; SIGKILL to all of its group. Harmless where it has ended."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if not _POSIX:
            process.terminate()
        elif name == "SIGKILL":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            os.kill(process.pid, signal.Signals[name])


def _interpreter_options() -> list[str]:
    """Those of this process that a worker must have too."""
    flags = sys.flags
    letters = {"-I": flags.isolated, "-E": flags.ignore_environment, "-s": flags.no_user_site}
    options = [letter for letter, given in letters.items() if given]
    options += ["-O"] * flags.optimize + ["-B"] * flags.dont_write_bytecode
    options += [f"-W{option}" for option in sys.warnoptions]
    # Documented, in spite of its name.
    options += [
        f"-X{name}" if value is True else f"-X{name}={value}"
        for name, value in sys._xoptions.items()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    ]
    return options
