"""Which proxy leads to a server, by the settings of the system.

They are `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in small letters or in
capitals, and on macOS and Windows those of the system. None leads to this machine.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from callboard.messages.errors.running import InvalidCall
from callboard.runtime.gateways.nearby import is_here

_PORT = 80


class Proxy(NamedTuple):
    """What leads to a server.

    Attributes:
        host: "" where nothing has to.
        port: Of it.
        headers: That it wants to see.
    """

    host: str = ""
    port: int = _PORT
    headers: Mapping[str, str] = {}


DIRECT = Proxy()
"""No proxy."""


def proxy_of(server: str) -> Proxy:
    """What leads to the server with that address.

    Raises:
        InvalidCall: The settings name a proxy that cannot be used.

    >>> proxy_of("http://localhost:8000") is DIRECT
    True
    """
    parts = urlsplit(server)
    host = parts.hostname or ""
    if is_here(host):  # a proxy would look for this machine on its own
        return DIRECT
    # Slow to load, and not needed for this machine.
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415

    known = getproxies()
    found = known.get(parts.scheme) or known.get("all")
    return DIRECT if not found or proxy_bypass(parts.netloc.rpartition("@")[2]) else _read(found)


def _read(found: str) -> Proxy:
    """What a setting says.

    >>> _read("http://ann:s3cret@proxy.example:3128").headers
    {'Proxy-Authorization': 'Basic YW5uOnMzY3JldA=='}
    >>> _read("proxy.example:3128").host
    'proxy.example'
    """
    parts = urlsplit(found if "://" in found else f"http://{found}")
    try:
        port = parts.port or _PORT
    except ValueError:
        port = 0
    if parts.scheme != "http" or not parts.hostname or not port:
        bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()  # no password
        raise InvalidCall("proxy", bare, "one as http://proxy.example:3128, or none (NO_PROXY)")
    return Proxy(parts.hostname, port, basic(parts.username, parts.password, "Proxy-Authorization"))


def basic(user: str | None, password: str | None, header: str = "Authorization") -> dict[str, str]:
    """The header that names a user (RFC 7617), as an address does; nothing where it does not.

    >>> basic(None, None)
    {}
    """
    if user is None:
        return {}
    named = f"{unquote(user)}:{unquote(password or '')}"
    return {header: f"Basic {base64.b64encode(named.encode()).decode()}"}
