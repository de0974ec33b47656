"""Agents of this process that do the work of a server, wherever that is.

    from callboard.runtime.gateways.worker import Worker

    with Worker("http://127.0.0.1:8000", [analyst, Writer]) as worker:
        worker.wait()  # until somebody ends it, or the server lets them go

What is decorated with `callboard.agent` runs here as it would in the server's process.
Links are opened from here, so no port is needed, and opened again for as long as it takes;
what was done meanwhile is kept and told then. One thread of its own does all that, so no
handler keeps a heartbeat from being sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Self, Unpack

import msgspec

from callboard.messages.errors.agents import AgentIdTaken, InvalidOption
from callboard.messages.errors.running import CallTimedOut
from callboard.messages.values import replace
from callboard.runtime.executors.company import definitions_of
from callboard.runtime.executors.definition import AgentDefinition
from callboard.runtime.gateways.worker.around import Surroundings
from callboard.runtime.gateways.worker.clock import ServerClock
from callboard.runtime.gateways.worker.dialing import need_extra, server_of
from callboard.runtime.gateways.worker.news import Begun, Ended
from callboard.runtime.gateways.worker.seat import Seat
from callboard.runtime.gateways.worker.workshop import Workshop
from callboard.runtime.gauges import Gauge
from callboard.runtime.logs import NAME, log, snake
from callboard.runtime.unhandled import show_unhandled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callboard.actors.logic.overload import Figures
    from callboard.runtime.executors.company import GivenCompany
    from callboard.runtime.executors.definition import AgentOptions
    from callboard.runtime.gateways.worker.news import News

GRACE = 30.0
"""Seconds that what runs has by default when a worker is to end."""

STOP_GRACE = 5.0
"""Seconds that a handler has to end in after it was told to."""

HOOK_SECONDS = 30.0
"""Seconds that `on_start` and `on_stop` may take."""

_logger = logging.getLogger(NAME)

_FIGURES = 0.5
"""Seconds for which it is good enough to know how laden the machine was."""


class Worker:
    """Agents elsewhere, as one.

    Args:
        server: Its address: "http://127.0.0.1:8000", or with https.
        agents: As `Runtime.register_all` takes them: functions, classes and so on, or a
            mapping from ids to them.
        token: Lets them in; as `callboard token create` made it.
        tls_ca: File with the certificates to trust (PEM) instead of those of the system.
        name: Added to ids, "analyst@night", so that a program may run in many places.
        come_back: Seconds within which they want to be able to come back after their link was
            lost, before their work goes elsewhere; the server has a limit, and one of its
            own where this is None.
        give_up_after: Seconds without the server after which it ends; None for never.
        watch: Told what happens, on a thread of the worker's; quick.
        stop_grace: Seconds that a handler has to end in after it was told to.
        options: Of all agents, as `callboard.agent` takes them; they go before the
            decorators'.

    Raises:
        ExtraMissing: It needs `pip install 'callboard[agent]'`.
        InvalidAgent: One of them cannot be an agent as it is.
        InvalidOption: The address is none, or the file has no certificates.
    """

    def __init__(  # noqa: PLR0913 - options, each with a default
        self,
        server: str,
        agents: GivenCompany,
        *,
        token: str = "",
        tls_ca: str | None = None,
        name: str = "",
        come_back: float | None = None,
        give_up_after: float | None = None,
        watch: Callable[[News], None] | None = None,
        stop_grace: float = STOP_GRACE,
        **options: Unpack[AgentOptions],
    ) -> None:
        need_extra()
        self._definitions = _company(definitions_of(agents, options), name)
        clock = ServerClock()
        self._around = Surroundings(
            server=server_of(server, token=token, ca=tls_ca),
            workshop=Workshop(clock, log, grace=stop_grace, hook_seconds=HOOK_SECONDS),
            clock=clock,
            figures=_Figures(),
            tell=self._tell,
            stop_grace=stop_grace,
            come_back=come_back,
            give_up_after=give_up_after,
        )
        self._watch = watch
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._seats: tuple[Seat, ...] = ()
        self._there: Future[None] = Future()
        self._ended: Future[None] = Future()

    @property
    def agents(self) -> tuple[str, ...]:
        """Ids of the agents."""
        return tuple(definition.agent.id for definition in self._definitions)

    @property
    def clock(self) -> ServerClock:
        """The server's time."""
        return self._around.clock

    def start(self) -> None:
        """Begin; it does not wait for the server."""
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._run, name="callboard-worker-link", daemon=True
            )
            self._thread.start()

    def wait_until_there(self, timeout: float | None = None) -> None:
        """Wait until all of them have been at the server.

        Raises:
            CallTimedOut: They have not within *timeout* seconds.
            CallboardError: As `wait`.
        """
        try:
            self._there.result(timeout)
        except TimeoutError:
            raise CallTimedOut("the way to the server", timeout or 0.0) from None

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until they have left; whether they have within *timeout* seconds.

        Who has left has no thread any more, but for one whose handler would not stop.

        Raises:
            ServerUnreachable: Nobody has answered for `give_up_after` seconds.
            TokenRefused: The server wants another token.
            ServerForeign: There is no server of Callboard, or one of another version.
            ServerRefused: It does not take one of them in: its id is taken, say.
            CallboardError: One of them could not begin.
        """
        try:
            self._ended.result(timeout)
        except TimeoutError:
            if self._ended.done():
                raise
            return False
        finally:
            if self._ended.done():
                self._join(None)  # it has said so in its last breath
        return True

    def drain(self, grace: float = GRACE) -> None:
        """Have them leave: nothing new begins, and what runs may end; does not wait.

        Args:
            grace: Seconds after which what still runs is stopped, and tried elsewhere.
        """
        self._from_outside(lambda seat: seat.drain(grace))

    def close(self, timeout: float = STOP_GRACE) -> None:
        """Have them leave now, whatever runs, and wait for it so long."""
        self._from_outside(Seat.hurry)
        self._join(timeout)

    def __enter__(self) -> Self:
        """Begin."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self.close()

    def _join(self, timeout: float | None) -> None:
        """Wait for its own thread, which may be the caller's."""
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout)

    # On its own thread

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as error:  # noqa: BLE001 - whoever waits is to know
            _settle(self._there, error)
            _settle(self._ended, error)
        else:
            _settle(self._there, None)
            _settle(self._ended, None)

    async def _main(self) -> None:
        self._seats = tuple(Seat(each, self._around) for each in self._definitions)
        self._loop = asyncio.get_running_loop()
        runs = [asyncio.ensure_future(seat.run()) for seat in self._seats]
        there = asyncio.ensure_future(self._all_there())
        try:
            await asyncio.wait(runs, return_when=asyncio.FIRST_EXCEPTION)
            if not all(run.done() for run in runs):  # one was not taken in: the others go too
                for seat in self._seats:
                    seat.drain(GRACE)
            await asyncio.gather(*runs)
        finally:
            there.cancel()
            self._around.workshop.close(self._around.stop_grace)

    async def _all_there(self) -> None:
        for seat in self._seats:
            await seat.welcomed.wait()
        _settle(self._there, None)

    def _from_outside(self, do: Callable[[Seat], None]) -> None:
        """Have it done to all seats, on their loop; nothing where that has ended."""
        loop = self._loop
        if loop is None:
            return

        def do_all() -> None:
            for seat in self._seats:
                do(seat)

        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(do_all)

    def _tell(self, what: News) -> None:
        level = logging.INFO if isinstance(what, Begun | Ended) else logging.WARNING
        if _logger.isEnabledFor(level):  # thousands a second are cheap where nobody listens
            log.log(level, snake(type(what).__name__), **msgspec.structs.asdict(what))
        if self._watch is None:
            return
        try:
            self._watch(what)
        except Exception:  # noqa: BLE001 - whoever watches is no reason to stop
            show_unhandled()


class _Figures:
    """How laden the machine is; looked at no more often than it changes."""

    def __init__(self) -> None:
        self._gauge = Gauge()
        self._figures = self._gauge.read()
        self._read_at = time.monotonic()

    def __call__(self) -> Figures:
        if time.monotonic() - self._read_at > _FIGURES:
            self._figures, self._read_at = self._gauge.read(), time.monotonic()
        return self._figures


def _company(definitions: Sequence[AgentDefinition], name: str) -> tuple[AgentDefinition, ...]:
    """The agents under the ids that they have at the server."""
    if not definitions:
        raise InvalidOption("agents", (), "one at the least")
    if name and (not name.isprintable() or name != name.strip()):
        raise InvalidOption("name", name, "a printable text")
    named = tuple(_named(definition, name) for definition in definitions)
    seen: set[str] = set()
    for definition in named:
        if definition.agent.id in seen:
            raise AgentIdTaken(definition.agent.id)
        seen.add(definition.agent.id)
    return named


def _named(definition: AgentDefinition, name: str) -> AgentDefinition:
    if not name:
        return definition
    return definition.of(replace(definition.agent, id=f"{definition.agent.id}@{name}"))


def _settle(future: Future[None], error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)
