"""Facts as bytes, many at a time, and back: what stands in a row of the journal.

A page is the facts of one commit: msgpack, packed with a dictionary that the file
carries, and a checksum over it. So a single fact takes some 50 bytes, and a flipped
one is noticed.

>>> pages = Pages(dictionary())
>>> body = pages.pack([SubtaskQueued(at=1.0, goal="g", subtask="s")])
>>> pages.unpack(body, VERSION)
[SubtaskQueued(at=1.0, goal='g', subtask='s')]
"""

from __future__ import annotations

import contextlib
import zlib
from typing import TYPE_CHECKING, Any

import msgspec

from callboard.messages import facts
from callboard.messages.facts import SubtaskQueued
from callboard.messages.unions import AnyFact
from callboard.messages.values import Lease, Payload, Plan, Ready, Subtask, Token
from callboard.runtime.journal.upcasting import VERSION, upcast

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from callboard.messages.facts import Fact

__all__ = ["VERSION", "Pages", "SubtaskQueued", "dictionary"]

_LEVEL = 1
"""The quickest; the dictionary does most of the work."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[AnyFact]).decode
_decode_plain = msgspec.msgpack.Decoder(list[dict[str, Any]]).decode


class Pages:
    """Packs and unpacks pages with one dictionary."""

    def __init__(self, dictionary: bytes) -> None:
        self._dictionary = dictionary

    def pack(self, facts: Sequence[Fact]) -> bytes:
        """The facts as bytes.

        Raises:
            TypeError: One holds what cannot be encoded.
        """
        packer = zlib.compressobj(_LEVEL, wbits=-15, zdict=self._dictionary)
        return packer.compress(_encode(facts)) + packer.flush()

    def unpack(self, body: bytes, version: int) -> list[AnyFact]:
        """The facts in these bytes, brought up to the present version.

        Raises:
            ValueError: They are no page.
        """
        with _explained():
            plain = self._plain(body)
            if version == VERSION:
                return _decode(plain)
            return msgspec.convert(upcast(_decode_plain(plain), version), list[AnyFact])

    def unpack_whole(self, body: bytes) -> list[AnyFact]:
        """The facts in these bytes, if the present version would write them just so.

        Raises:
            ValueError: They are no page, or hold more than is known here.
        """
        with _explained():
            plain = self._plain(body)
            facts = _decode(plain)
            if _encode(facts) != plain:
                raise ValueError("it holds more than is known here")
            return facts

    def mention(self, wanted: bytes, body: bytes) -> bool:
        """Whether what was `sought` stands in these bytes.

        Raises:
            ValueError: They are no page.
        """
        with _explained():
            return wanted in self._plain(body)

    def _plain(self, body: bytes) -> bytes:
        unpacker = zlib.decompressobj(wbits=-15, zdict=self._dictionary)
        plain = unpacker.decompress(body) + unpacker.flush()
        if not unpacker.eof:
            raise ValueError("a page ends too early")
        return plain


@contextlib.contextmanager
def _explained() -> Generator[None]:
    try:
        yield
    except (zlib.error, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from None


def mentioned(text: str, facts: Sequence[Fact]) -> bool:
    """Whether these may say that text as a whole, an id for one; where not, they do not.

    >>> queued = SubtaskQueued(at=1.0, goal="g", subtask="s1")
    >>> mentioned("s1", [queued]), mentioned("s", [queued])
    (True, False)
    """
    return sought(text) in _encode(facts)


def sought(text: str) -> bytes:
    """A text as it stands in a page; what no page can hold becomes some other text."""
    return _encode(text.encode(errors="replace").decode())


def checksum(body: bytes) -> int:
    """CRC-32 of a page's body."""
    return zlib.crc32(body)


def dictionary() -> bytes:
    """What pages of today look like: the more common, the nearer to the end.

    A file carries the one that it was begun with, so this may change at any time.
    """
    lease = Lease(goal="", subtask="", agent="", token=Token(boot=1, incarnation=1, counter=1))
    plan = Plan(subtasks=(Subtask(uuid="", name=""),))
    samples: list[Fact] = [
        facts.GoalCompleted(at=1.0, goal=""),
        facts.PlanAdopted(at=1.0, goal="", plan=plan),
        facts.SubtaskQueued(at=1.0, goal="", subtask=""),
        facts.SubtaskAssigned(at=1.0, lease=lease),
        facts.SubtaskStarted(at=1.0, lease=lease),
        facts.SubtaskCompleted(
            at=1.0, goal="", subtask="", lease=lease, result=Payload(), seconds=1.0
        ),
    ]
    names = " ".join(Ready.__struct_fields__).encode()
    return names + b"".join(_encode(sample) for sample in samples)
