"""A worker at a terminal: what it does is told in lines, and signals end it in good order."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from argparse import Namespace
from typing import TYPE_CHECKING

from callboard.messages.errors.serving import (
    ServerForeign,
    ServerRefused,
    ServerUnreachable,
    TokenRefused,
)
from callboard.runtime.executors.definition import AgentOptions
from callboard.runtime.gateways.cli.complaints import ABSENT, DONE, FAILED, STOPPED, Complaint
from callboard.runtime.gateways.cli.interrupts import CTRL_C, Signals
from callboard.runtime.gateways.cli.members import members_of
from callboard.runtime.gateways.cli.screen import Screen
from callboard.runtime.gateways.cli.text import counted, one_line
from callboard.runtime.gateways.cli.verbose import logged
from callboard.runtime.gateways.cli.where import token_of
from callboard.runtime.gateways.worker import news
from callboard.runtime.gateways.worker.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable

LINES = 20
"""Lines a second about attempts; of more only the number is told."""

_LOOK = 0.1
"""Seconds after which a wait is begun anew, so that signals are heard."""


def work(options: Namespace, screen: Screen) -> int:
    """Work until somebody ends it; the exit status."""
    if not options.server:
        raise Complaint("say whose work it is: --server http://127.0.0.1:8000")
    token = token_of(options)
    # What agents print must not get between lines for programs.
    with contextlib.redirect_stdout(sys.stderr), logged(options.verbose, screen):
        told = Lines(screen, quiet=options.quiet)
        worker = _worker(options, token, told)
        worker.start()
        with Signals() as signals:
            ended = _follow(worker, signals, told, options.grace)
    return ended


def _worker(options: Namespace, token: str, told: Lines) -> Worker:
    members = members_of(options.agents)
    given: AgentOptions = {}
    if options.skills is not None:
        given["skills"] = options.skills
    if options.max_load is not None:
        given["max_load"] = options.max_load
    agents = {member.agent.id: member.target for member in members}
    if options.id is not None:
        if len(members) > 1:
            raise Complaint(f"--id is for one agent, and there are {len(members)}: --name is")
        agents = {options.id: members[0].target}
    return Worker(
        options.server,
        agents,
        token=token,
        tls_ca=options.tls_ca,
        name=options.name or "",
        give_up_after=options.give_up_after,
        watch=told,
        **given,
    )


def _follow(worker: Worker, signals: Signals, told: Lines, grace: float) -> int:
    """Wait for its end, and have it leave when somebody says so."""
    drained = False
    try:
        while not worker.wait(_LOOK):
            told.catch_up()
            if signals.heard and not drained:
                drained = True
                told.line(f"{signals.name}: finishing what runs, within {grace:g} s")
                worker.drain(grace)
            if signals.heard > 1:
                told.line("stopped at once")
                worker.close()
                return STOPPED
    except (TokenRefused, ServerForeign, ServerRefused, ServerUnreachable) as error:
        fault = "system" if isinstance(error, ServerUnreachable) else "caller"
        status = None if isinstance(error, ServerRefused) else ABSENT
        raise Complaint(one_line(str(error)), fault=fault, status=status) from None
    told.catch_up(at_the_end=True)
    if told.untold:
        return FAILED
    return STOPPED if signals.name == CTRL_C else DONE


class Lines:
    """Tells what happens at a worker, and only the number of what would be too much.

    Args:
        screen: Where it is told: on the standard error.
        quiet: Only what goes wrong is to be told.

    Attributes:
        untold: How many ends the server has not heard of in the end.
    """

    def __init__(
        self, screen: Screen, *, quiet: bool, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.untold = 0
        self._stream = screen.err
        self._quiet = quiet
        self._now = now
        self._lock = threading.Lock()
        self._second = 0
        self._told = 0
        self._more = 0

    def __call__(self, what: news.News) -> None:
        """Tell it."""
        match what:
            case news.Begun():
                self._maybe(str(what), "dim")
            case news.Ended():
                bad = what.how in {"failed", "crashed"}
                self._maybe(str(what), "bad" if bad else "plain", needed=bad)
            case news.Left():
                self.untold += what.untold
                self.line(str(what), "bad" if what.untold or what.cut else "bold")
            case news.Linked():
                self.line(str(what), "good", needed=False)
            case _:
                self.line(str(what), "bad")

    def line(self, text: str, style: str = "plain", *, needed: bool = True) -> None:
        """A line."""
        if needed or not self._quiet:
            with self._lock:
                self._stream.line(one_line(text), style)

    def catch_up(self, *, at_the_end: bool = False) -> None:
        """Tell how many lines there were that nobody could have read, once a second."""
        if not self._more or not (at_the_end or int(self._now()) > self._second):
            return
        more, self._more = self._more, 0
        self.line(f"... and {counted(more, 'line')} more", "dim", needed=False)

    def _maybe(self, text: str, style: str, *, needed: bool = False) -> None:
        if self._quiet and not needed:
            return
        second = int(self._now())
        if second > self._second:
            self.catch_up()
            self._second, self._told = second, 0
        self._told += 1
        if self._told > LINES:
            self._more += 1
        else:
            self.line(text, style)
