"""Pages of other sites, in a browser on this machine.

A server without tokens trusts whoever is on its machine, and a browser is; what it runs is
not. A page of any site can have it send requests to 127.0.0.1, and with a name of its own
that it has pointed there ("DNS rebinding") even read the answers. Browsers say so: by the
header `Host`, which has that name, by `Origin`, and by `Sec-Fetch-Site`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from callboard.messages.errors.guarding import ForeignOrigin
from callboard.runtime.gateways.nearby import is_here

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

_FOREIGN: Final = frozenset({"cross-site", "same-site"})
_TOKENS: Final = "a server that other names reach needs tokens (see `callboard token`)"
_PAGES: Final = "pages of other sites may not use it"
_LINKED: Final = frozenset({"/", "/docs"})
"""What other sites may have a link to."""


def check_origin(connection: HTTPConnection, hosts: frozenset[str] = frozenset()) -> None:
    """Whether nobody asks on behalf of a page that is not the server's.

    Args:
        connection: What came.
        hosts: Names by which the server is known beside those of its own machine.

    Raises:
        ForeignOrigin: Somebody does.
    """
    headers = connection.headers
    host = headers.get("host", "")
    if host and not _ours(name_of(host), hosts):
        raise ForeignOrigin("host", f"{host:.80}", _TOKENS)
    origin = headers.get("origin")
    if origin is not None and origin.partition("://")[2].lower() != host.lower():
        raise ForeignOrigin("origin", f"{origin:.80}", _PAGES)
    site = headers.get("sec-fetch-site", "")
    if origin is None and site in _FOREIGN and not _followed(connection):
        raise ForeignOrigin("sec-fetch-site", site, _PAGES)


def name_of(host: str) -> str:
    """A host without its port.

    >>> [name_of(h) for h in ("LocalHost:80", "[::1]:80", "127.0.0.1", "::1")]
    ['localhost', '::1', '127.0.0.1', '::1']
    """
    if host.startswith("["):
        return host[1:].partition("]")[0]
    name, colon, port = host.rpartition(":")
    return (name if colon and ":" not in name and port.isdecimal() else host).lower()


def _ours(name: str, hosts: frozenset[str]) -> bool:
    return is_here(name) or name in hosts


def _followed(connection: HTTPConnection) -> bool:
    """Somebody follows a link to our pages."""
    mode = connection.headers.get("sec-fetch-mode", "")
    return mode == "navigate" and connection.scope["path"] in _LINKED
