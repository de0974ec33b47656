"""Which addresses are this machine's own."""

from __future__ import annotations

import ipaddress


def is_local(address: str) -> bool:
    """Whether an address is the machine's own.

    >>> [is_local(a) for a in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.7", "")]
    [True, True, True, False, False]
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return bool((mapped or found).is_loopback)


def is_here(host: str) -> bool:
    """Whether a host is this machine by its very name, so that no proxy leads to it.

    >>> [is_here(host) for host in ("localhost", "LOCALHOST", "127.0.0.1", "board.example")]
    [True, True, True, False]
    """
    return host.lower() == "localhost" or is_local(host)
