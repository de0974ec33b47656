"""A client of a server: whatever the table of operations has, asked over HTTP.

    with Client("http://127.0.0.1:8000", token=token) as client:
        taken = client.call("submit_goal", goal="analyze customer data trends")
        for event in client.events(goal=taken.goal_id, after="0"):
            print(event)

It is for Python as much as for the command line, blocks while it waits, and may be used by
several threads. It loads no more than it needs: a command that asks a server is to be
there at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from callboard import __version__
from callboard.messages.errors.running import InvalidCall
from callboard.runtime.gateways.cli.answers import checked, decoded, problem_of
from callboard.runtime.gateways.cli.asking import asked, operation
from callboard.runtime.gateways.cli.carrier import Asked, Broken, Connections, Trouble
from callboard.runtime.gateways.cli.proxies import basic, proxy_of
from callboard.runtime.gateways.security.words import could_be

if TYPE_CHECKING:
    import os
    import ssl
    from collections.abc import Iterator, Sequence
    from types import TracebackType

    from callboard.messages.unions import Event
    from callboard.runtime.gateways.cli.carrier import Carrier
    from callboard.runtime.gateways.operations.operation import AnyOperation, Operation, Request

TRIES = 3
"""How often something is asked whose answer broke off, where asking again does no harm."""

Q = TypeVar("Q", bound="Request")
A = TypeVar("A")


class Client:
    """Asks one server.

    Args:
        server: Its address, as "http://127.0.0.1:8000".
        token: What lets us in; "" for none.
        tls_ca: A file of certificates (PEM) to be trusted beside the system's.
        timeout: Seconds that an answer may take, unless a call says otherwise.
        carrier: Takes requests in place of the network; for tests.

    Raises:
        InvalidCall: That is no address, or no token, or its proxy is none.
        OSError: The file of certificates cannot be read.
    """

    def __init__(
        self,
        server: str,
        *,
        token: str = "",
        tls_ca: str | None = None,
        timeout: float = 30.0,
        carrier: Carrier | None = None,
    ) -> None:
        self.server = _address(server)
        if token and not could_be(token):
            raise InvalidCall("token", "what was given", "one word, as `token create` printed it")
        self._timeout = timeout
        parts = urlsplit(self.server)
        self._path = quote(parts.path, safe="/%:@!$&'()*+,;=~")
        self._headers = {"User-Agent": f"callboard/{__version__}"}
        self._headers |= (
            {"Authorization": f"Bearer {token}"} if token else basic(parts.username, parts.password)
        )
        self._carrier = carrier or _over_the_network(self.server, tls_ca)

    def call(self, name: str, /, *, timeout: float | None = None, **parameters: object) -> Any:  # noqa: ANN401 - of its operation
        """Ask by the name of an operation, as "cancel_goal".

        Args:
            name: As the documentation of the server's REST has it.
            timeout: Seconds; None for the client's.
            parameters: By their names.

        Returns:
            The operation's answer.

        Raises:
            InvalidCall: There is no such operation, or it does not take that.
            CallboardError: As `ask`.
        """
        known = operation(name)
        return self.ask(known, asked(known, parameters), timeout=timeout)

    def ask(self, known: Operation[Q, A], given: Q, *, timeout: float | None = None) -> A:
        """Ask, and get the answer.

        Raises:
            ServerUnreachable: Nobody answers there, or the answer broke off.
            TokenRefused: The server wants a token, or another one.
            ServerForeign: It is no server of Callboard.
            ServerRefused: It says no.
            CallTimedOut: It did not answer in time.
        """
        seconds = self._timeout if timeout is None else timeout
        request = self._request(known, given, seconds)
        tries = TRIES if known.method == "GET" or known.key else 1
        while True:
            tries -= 1
            try:
                reply = checked(self._carrier.send(request), self.server)
            except Trouble as error:
                if not (tries and isinstance(error, Broken)):
                    harmless = known.method == "GET"
                    raise problem_of(
                        error, self.server, known.name, seconds, harmless=harmless
                    ) from error
            else:
                return decoded(reply, known.answer, self.server)

    def events(self, **filters: str) -> Iterator[Event]:
        """What happens, as it happens; a broken connection is taken up again where it broke.

        Args:
            filters: Which events, as the documentation of the server's REST has them:
                `goal`, `subtask`, `agent`, `type`; with `after="0"` from the beginning,
                else from now on.

        Raises:
            ServerError: Nobody answers there for a minute, or lets us in.
            ServerRefused: There are no such events.
        """
        # They are slow to load: all that can happen.
        from callboard.runtime.gateways.cli.stream import EVENTS, followed  # noqa: PLC0415

        path = f"{self._path}{EVENTS}"
        return followed(self._carrier, self.server, path, filters, headers=self._headers)

    def close(self) -> None:
        """Let go of all connections."""
        self._carrier.close()

    def __enter__(self) -> Self:
        """It is ready since it was made."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    # How

    def _request(self, known: AnyOperation, given: Request, seconds: float) -> Asked:
        said: dict[str, Any] = msgspec.to_builtins(given)
        if known.key and not said[known.key]:
            # So it can be asked again where the answer broke off, and still happens once.
            said[known.key] = _lot()
        path = known.path.format_map({name: quote(said[name], safe="") for name in known.places})
        told = {f.name: said[f.name] for f in known.rest if said[f.name] != _default(f)}
        target = f"{self._path}{path}"
        if known.method == "GET":
            query = urlencode({name: _worded(value) for name, value in told.items()}, doseq=True)
            target = f"{target}?{query}" if query else target
            return Asked("GET", target, self._headers, None, seconds)
        headers = {**self._headers, "Content-Type": "application/json"}
        return Asked(known.method, target, headers, _as_json(told), seconds)


def _lot() -> str:
    import uuid  # noqa: PLC0415 - for who hands in goals only

    return str(uuid.uuid4())


def _as_json(told: dict[str, Any]) -> bytes:
    import json  # noqa: PLC0415 - as above; that of msgspec makes null of what is no number

    return json.dumps(told, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _default(field: msgspec.structs.FieldInfo) -> object:
    """What goes without saying."""
    if field.default_factory is msgspec.NODEFAULT:
        return msgspec.to_builtins(field.default) if field.default is not msgspec.NODEFAULT else ...
    return msgspec.to_builtins(field.default_factory())


def _worded(value: object) -> str | list[str]:
    """As it stands in a query; of several each stands there."""
    if isinstance(value, (list, tuple)):
        return [str(one) for one in cast("Sequence[object]", value)]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _address(given: str) -> str:
    """The server's address without a stroke at its end."""
    parts = urlsplit(given)
    try:
        whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    if not whole or parts.query or parts.fragment:
        raise InvalidCall("server", given, "an address as http://127.0.0.1:8000")
    return given.rstrip("/")


def _over_the_network(server: str, tls_ca: str | os.PathLike[str] | None) -> Connections:
    trust = _trust(tls_ca) if server.lower().startswith("https:") else None
    return Connections(server, trust, proxy_of(server))


def _trust(file: str | os.PathLike[str] | None) -> ssl.SSLContext:
    import ssl  # noqa: PLC0415 - for a quick start

    context = ssl.create_default_context()
    if file is not None:
        try:
            context.load_verify_locations(file)
        except ssl.SSLError:
            raise InvalidCall("tls_ca", str(file), "a file of certificates (PEM)") from None
        except OSError as error:
            error.filename = file  # it does not say so itself
            raise
    return context
