"""What SQLite's write-ahead log holds, read beside SQLite.

SQLite takes a log up to the first frame that is not what was written, and says nothing
of what follows. For a commit that was torn by a crash that is right; for one that had
been acknowledged it would be a silent loss. So the frames' own headers are counted,
and compared with what SQLite takes.

Source: "WAL-mode File Format", https://www.sqlite.org/walformat.html
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HEADER = struct.Struct(">8I")
_FRAME = struct.Struct(">4I")
_FRAME_SIZE = 24
_MAGIC = (0x377F0682, 0x377F0683)
_TAKEN = struct.Struct("=I")
_TAKEN_AT = 16  # mxFrame, in the header of the index


class Log(NamedTuple):
    """What a log holds.

    Attributes:
        committed: Frames up to the end of the last commit.
        torn: Bytes of a commit that did not come to its end.
    """

    committed: int
    torn: int


def read_log(base: Path) -> Log:
    """The log beside that database; nothing where there is none."""
    path = base.with_name(base.name + "-wal")
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            header = file.read(_HEADER.size)
            if len(header) < _HEADER.size:
                return Log(0, len(header))
            magic, _, page, _, *salts, _, _ = _HEADER.unpack(header)
            if magic not in _MAGIC or page == 0:
                return Log(0, size)
            return _count(_commits(file, page, tuple(salts), size), page, size)
    except FileNotFoundError:
        return Log(0, 0)


def taken(base: Path) -> int:
    """Frames of the log that SQLite takes; after it has looked at the database."""
    path = base.with_name(base.name + "-shm")
    try:
        with path.open("rb") as file:
            file.seek(_TAKEN_AT)
            found: int = _TAKEN.unpack(file.read(_TAKEN.size))[0]
            return found
    except (FileNotFoundError, struct.error):
        return 0


def _commits(file: BinaryIO, page: int, salts: tuple[int, ...], size: int) -> Iterator[bool]:
    """For each whole frame of this log whether a commit ends with it."""
    while file.tell() + _FRAME_SIZE + page <= size:
        header = file.read(_FRAME_SIZE)
        if len(header) < _FRAME_SIZE:  # somebody has cut it since its size was looked at
            return
        _, pages, *own = _FRAME.unpack_from(header)
        if tuple(own) != salts:  # of an earlier round
            return
        yield pages != 0
        file.seek(page, 1)


def _count(commits: Iterator[bool], page: int, size: int) -> Log:
    frames = committed = 0
    for ends in commits:
        frames += 1
        committed = frames if ends else committed
    # A frame that is not whole ends the file; of an earlier round there is more behind it.
    rest = (size - _HEADER.size) % (_FRAME_SIZE + page)
    return Log(committed, (frames - committed) * (_FRAME_SIZE + page) + rest)
