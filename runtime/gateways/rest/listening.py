"""Where a server listens, and whether that is open to more than its own machine."""

from __future__ import annotations

import contextlib
import os
import socket
from typing import Any, NamedTuple

from callboard.messages.errors.guarding import CannotListen, TooOpen
from callboard.runtime.gateways.nearby import is_local

BACKLOG = 2048
"""Connections that may wait to be accepted."""

_LACKS_TOKENS = "and there are no tokens, so that everybody there could do everything"
_MAKE_TOKENS = (
    "make some with `callboard token create` and say where they are (--tokens FILE), "
    "or listen at 127.0.0.1"
)
_LACKS_TLS = "and without TLS everybody on the way could read the tokens"
_DECIDE = (
    "give a certificate (--tls-cert FILE --tls-key FILE), or say that something in front "
    "of it does TLS, or that the network is yours alone (--no-tls)"
)


class Place(NamedTuple):
    """An address that can be listened at.

    Attributes:
        host: As it was given.
        port: As it was given; 0 for any.
        family: Of the address.
        address: As the operating system has it.
    """

    host: str
    port: int
    family: socket.AddressFamily
    address: Any

    @property
    def local(self) -> bool:
        """Nobody but this machine reaches it."""
        return is_local(str(self.address[0]))

    def check_open(self, *, tokens: bool, tls: bool, plain: bool) -> None:
        """Whether somebody has decided how open it is.

        Args:
            tokens: There are some.
            tls: There is a certificate.
            plain: It was said that TLS is not needed.

        Raises:
            TooOpen: Nobody has.
        """
        if self.local:
            return
        if not tokens:
            raise TooOpen(self.host, _LACKS_TOKENS, _MAKE_TOKENS)
        if not tls and not plain:
            raise TooOpen(self.host, _LACKS_TLS, _DECIDE)

    def listen(self) -> socket.socket:
        """A socket that listens there.

        Raises:
            CannotListen: It is taken, or not this machine's.
        """
        found = socket.socket(self.family, socket.SOCK_STREAM)
        try:
            if os.name == "posix":
                found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if self.family == socket.AF_INET6:
                with contextlib.suppress(OSError, AttributeError):
                    found.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, self.host != "::")
            found.bind(self.address)
            found.listen(BACKLOG)
            found.setblocking(False)  # noqa: FBT003 - has no name
        except OSError as error:
            found.close()
            raise CannotListen(self.host, self.port, _why(error)) from None
        return found


def place_of(host: str, port: int) -> Place:
    """Where *host* and *port* are; of several addresses the first one of IPv4.

    Raises:
        CannotListen: There is no such host, or no such port.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError, OverflowError) as error:
        raise CannotListen(host, port, _why(error)) from None
    ordered = sorted(found, key=lambda one: one[0] != socket.AF_INET)
    family, _, _, _, address = ordered[0]
    return Place(host, port, family, address)


def url_of(listener: socket.socket, host: str, *, tls: bool) -> str:
    """How it is reached, by the name that was given."""
    port = listener.getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if tls else 'http'}://{shown}:{port}"


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
