"""TLS: whom a server says to be, and whom it asks for that too."""

from __future__ import annotations

import os
import ssl
from typing import NamedTuple

from callboard.messages.errors.running import InvalidCall


class Tls(NamedTuple):
    """Files, in PEM.

    Attributes:
        certificate: Of the server, and those that lead from it to a root.
        key: Of the certificate; None where it is in the same file.
        client_ca: Whose certificates clients must have ("mutual TLS"); None for no matter.
    """

    certificate: str | os.PathLike[str]
    key: str | os.PathLike[str] | None = None
    client_ca: str | os.PathLike[str] | None = None

    def context(self) -> ssl.SSLContext:
        """What Python's TLS needs; TLS 1.2 at least.

        Raises:
            InvalidCall: A file is not there, or is none of that kind.
        """
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        try:
            context.load_cert_chain(self.certificate, self.key, password=_none)
        except (OSError, ValueError) as error:
            files = " and ".join(
                os.fspath(f) for f in (self.certificate, self.key) if f is not None
            )
            expected = f"a certificate and its key, in PEM ({_why(error)})"
            raise InvalidCall("tls", files, expected) from None
        if self.client_ca is not None:
            self._ask_clients(context, self.client_ca)
        return context

    def _ask_clients(self, context: ssl.SSLContext, whose: str | os.PathLike[str]) -> None:
        try:
            context.load_verify_locations(whose)
        except OSError as error:
            given = os.fspath(whose)
            raise InvalidCall("tls", given, f"certificates, in PEM ({_why(error)})") from None
        context.verify_mode = ssl.CERT_REQUIRED


def _none() -> str:
    """Nobody is there to be asked for the password of a key: it is wrong."""
    return ""


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return (error.reason or "no PEM").lower().replace("_", " ")
    return getattr(error, "strerror", None) or str(error)
