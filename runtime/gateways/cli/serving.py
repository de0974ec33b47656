"""What `callboard serve` does: a runtime, its server, and an end that loses nothing."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from argparse import Namespace
from collections.abc import Generator

from callboard.messages.errors import CallboardError
from callboard.runtime.config import Config
from callboard.runtime.core import Closed
from callboard.runtime.gateways.cli.complaints import DONE, FAILED
from callboard.runtime.gateways.cli.interrupts import Signals
from callboard.runtime.gateways.cli.members import Member, members_of
from callboard.runtime.gateways.cli.planning import equivalences, planner
from callboard.runtime.gateways.cli.screen import Screen
from callboard.runtime.gateways.cli.text import counted, one_line
from callboard.runtime.gateways.rest.limits import MIB, Limits
from callboard.runtime.gateways.rest.server import Server
from callboard.runtime.gateways.rest.tls import Tls
from callboard.runtime.logs import configure
from callboard.runtime.runtime import Runtime

LOOK = 0.05
"""Seconds between two looks at whether somebody wants it to end."""

FILES = 65_536
"""That it may have open at most, connections included, if it is allowed so many."""

_LEVELS = ("WARNING", "INFO", "DEBUG")
_AGAIN = 2
"""Whoever wants it to end for the second time does not want to wait for goals that are open."""


def serve(options: Namespace, screen: Screen) -> int:
    """Serve until it is told to end; the exit status."""
    level = _LEVELS[min(int(options.verbose), len(_LEVELS) - 1)]
    # What agents print must not get between the lines that programs read.
    with contextlib.redirect_stdout(sys.stderr), _logged(level, screen), Signals() as signals:
        # First: the users' folder comes before all others from now on.
        members = members_of(options.agents)
        _have_files()
        runtime = _runtime(options)
        try:
            server = _begun(runtime, members, options)
            _tell(server, members, options, screen)
            failure = _wait(runtime, signals)
            if failure is None:
                _drain(runtime, signals, options.drain, screen)
        finally:
            closed = runtime.close()
    return _report(closed, failure, options, screen)


@contextlib.contextmanager
def _logged(level: str, screen: Screen) -> Generator[None]:
    undo = configure(level=level, stream=screen.err.file)
    try:
        yield
    finally:
        undo()


def _runtime(options: Namespace) -> Runtime:
    plans, known = planner(options), equivalences(options)
    if options.journal is None:
        return Runtime(Config(), planner=plans, equivalences=known)
    return Runtime.open(options.journal, Config(), planner=plans, equivalences=known)


def _begun(runtime: Runtime, members: list[Member], options: Namespace) -> Server:
    for member in members:
        runtime.register(member.target)
    tls = None
    if options.tls_cert is not None:
        tls = Tls(options.tls_cert, options.tls_key, options.tls_client_ca)
    return runtime.serve(
        options.port,
        host=options.host,
        tokens=options.tokens,
        tls=tls,
        plain=options.no_tls,
        hosts=options.name,
        limits=Limits(rate=options.rate, body_bytes=round(options.max_body * MIB)),
    )


def _tell(server: Server, members: list[Member], options: Namespace, screen: Screen) -> None:
    """One line, for people and for programs that wait for it."""
    if options.json:
        import json  # noqa: PLC0415 - few need it

        said = {"url": server.url, "pid": os.getpid(), "journal": options.journal}
        screen.out.line(json.dumps(said))
        return
    kept = "in memory" if options.journal is None else f"journal {options.journal}"
    who = "no tokens" if options.tokens is None else f"tokens {options.tokens}"
    about = f"{kept}, {counted(len(members), 'agent')}, {who}"
    screen.out.line(f"callboard serves at {server.url} ({one_line(about)})")


def _wait(runtime: Runtime, signals: Signals) -> CallboardError | None:
    """Until somebody wants it to end, None; or until the runtime has failed: why."""
    while not signals.heard:
        failure = runtime.failure()
        if failure is not None:
            return failure
        time.sleep(LOOK)
    return None


def _drain(runtime: Runtime, signals: Signals, seconds: float, screen: Screen) -> None:
    """Accept no goal any more, and wait for those that are open."""
    end = time.monotonic() + seconds
    with contextlib.suppress(CallboardError):  # a runtime that fails now is closed next
        left = runtime.drain(timeout=0.0)
        if left and seconds:
            goals = counted(len(left), "goal")
            screen.err.line(f"callboard serve: {goals} open; once more ends the waiting", "dim")
        while left and signals.heard < _AGAIN and time.monotonic() < end:
            left = runtime.drain(timeout=LOOK)


def _report(
    closed: Closed, failure: CallboardError | None, options: Namespace, screen: Screen
) -> int:
    goals = counted(len(closed.goals), "goal")
    lost = bool(closed.goals) and options.journal is None
    said: list[str] = []
    if failure is not None:
        said.append(str(failure))
    if lost:
        said.append(f"{goals} cut off, and in no journal")
    elif closed.goals:
        screen.err.line(f"callboard serve: {goals} open, and safe in {options.journal}", "dim")
    if closed.unwritten:
        said.append(f"{counted(closed.unwritten, 'fact')} could not be written")
    if closed.threads:
        said.append(f"would not stop, and was left: {', '.join(closed.threads)}")
    for line in said:
        screen.err.line(f"callboard serve: {one_line(line)}", "bad")
    return FAILED if failure is not None or lost or closed.unwritten else DONE


def _have_files() -> None:
    """Take as many connections as the system lets this process have."""
    try:
        import resource  # noqa: PLC0415 - not everywhere
    except ImportError:  # pragma: no cover - Windows
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(hard, FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
