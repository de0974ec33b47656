r"""One line in a file of somebody else's: added at its end, found, and taken out again.

>>> added = addition(b"first", "second")
>>> with_it = b"first" + added.encode()
>>> with_it, has(with_it, added), without(with_it, added), without(with_it + b"third", added)
(b'first\nsecond\n', True, b'first', b'first\nthird')
"""

from __future__ import annotations


def addition(data: bytes, line: str) -> str:
    """What must be written behind *data* for that line, with the ends of line it has."""
    end = "\r\n" if b"\r\n" in data else "\n"
    begin = end if data and not data.endswith(b"\n") else ""
    return f"{begin}{line.strip()}{end}"


def has(data: bytes, added: str) -> bool:
    """Whether the line is there."""
    return added.strip().encode() in (one.strip() for one in data.splitlines())


def without(data: bytes, added: str) -> bytes:
    """The data before the addition; where more was written behind it, less that line."""
    if data.endswith(added.encode()):
        return data[: -len(added.encode())]
    line = added.strip().encode()
    return b"".join(one for one in data.splitlines(keepends=True) if one.strip() != line)
