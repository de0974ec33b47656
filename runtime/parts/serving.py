"""A server beside the runtime, for whoever is elsewhere."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypedDict

from callboard.messages.errors.base import CallboardError
from callboard.messages.errors.running import RuntimeClosed
from callboard.runtime.core import Core

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from typing import Unpack

    from callboard.runtime.gateways.rest.limits import Limits
    from callboard.runtime.gateways.rest.server import Server
    from callboard.runtime.gateways.rest.tls import Tls

PORT = 8000
"""Of a server, unless it is said."""


class ServingOptions(TypedDict, total=False):
    """What can be said of a server; everything may be left out.

    Attributes:
        host: Where it listens, "127.0.0.1" unless said. On another address than this
            machine's own it needs tokens, and a decision about TLS.
        tokens: The file of tokens (see `callboard token`); None lets everybody on this
            machine do everything.
        tls: Certificate and key; None for plain HTTP.
        plain: Plain HTTP will do for other machines too: something in front of it does
            TLS, or the network is trusted.
        hosts: Names by which it is known, where it has no tokens and is asked by other
            names than this machine's own.
        limits: What it takes of its clients.
        grace: Seconds for what is being answered when it stops, 2 unless said.
    """

    host: str
    tokens: str | os.PathLike[str] | None
    tls: Tls | None
    plain: bool
    hosts: Sequence[str]
    limits: Limits | None
    grace: float


class ServingCalls(Core):
    """Being asked over HTTP."""

    def serve(self, port: int = PORT, **options: Unpack[ServingOptions]) -> Server:
        """Answer over HTTP from now on, until its `stop` or the runtime's end.

        It needs the extra `rest`, and runs in a thread of its own beside whatever the
        application does. This waits until it listens, which takes a moment.

        Args:
            port: 0 takes a free one; the server's `url` says which.
            **options: See `ServingOptions`.

        Raises:
            ExtraMissing: The extra `rest` is not installed.
            CannotListen: The address is taken, or not this machine's.
            TooOpen: It would be open to other machines, and nobody decided so.
            TokensUnusable: The file of tokens is not there, or cannot be understood.
            InvalidCall: Certificate or key is not there, or is none.
        """
        # Few need it, and its packages may not be there.
        from callboard.runtime.gateways.rest.server import Server  # noqa: PLC0415

        self._check_open()
        server = Server(self, port=port, **options)  # type: ignore[arg-type] # what it is a part of
        self._servers.add(server)
        server.start()
        if self._leaving:  # nobody has told it, perhaps
            server.stop()
            raise RuntimeClosed
        return server

    async def aserve(self, port: int = PORT, **options: Unpack[ServingOptions]) -> Server:
        """The twin of `serve`."""
        return await asyncio.to_thread(self.serve, port, **options)

    def failure(self) -> CallboardError | None:
        """Why nothing can be asked of it any more: it failed, or is closed; None while it can."""
        try:
            self._check_open()
        except CallboardError as error:
            return error
        return None
