"""Frames as bytes, in JSON or msgpack, and the data of users within them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw

from callboard.messages.codec import read
from callboard.messages.errors.data import MalformedMessage, NotEncodable
from callboard.messages.user import pack
from callboard.messages.values import NULL, Payload
from callboard.runtime.gateways.link.frames import FromWorker, ToWorker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callboard.messages.codec import Format
    from callboard.runtime.executors.processes.wire import Frame

_unpack = msgspec.msgpack.decode


class Codec:
    """One of the two kinds in which frames travel.

    Args:
        form: "json" or "msgpack".

    Attributes:
        form: The same.
    """

    def __init__(self, form: Format) -> None:
        self.form = form
        module: Any = msgspec.json if form == "json" else msgspec.msgpack
        self._encode = module.Encoder().encode
        self._plain = module.Decoder().decode
        # Made here and not where they are used: see `callboard.messages.values`.
        self._from_worker = module.Decoder(FromWorker | list[FromWorker])
        self._to_worker = module.Decoder(ToWorker | list[ToWorker])

    def write(self, frames: Sequence[Frame | Raw]) -> bytes:
        """Several frames as one message; what is `Raw` was written before."""
        encoded: bytes = self._encode(frames[0] if len(frames) == 1 else list(frames))
        return encoded

    def read(self, data: bytes) -> list[FromWorker]:
        """The frames in a message of a worker.

        Raises:
            InvalidMessage: It is none, or one that is not known here.
        """
        found: FromWorker | list[FromWorker] = read(self._from_worker, data)
        return found if isinstance(found, list) else [found]

    def hear(self, data: bytes) -> list[ToWorker]:
        """The frames in a message of a server.

        Raises:
            InvalidMessage: It is none, or one that is not known here.
        """
        found: ToWorker | list[ToWorker] = read(self._to_worker, data)
        return found if isinstance(found, list) else [found]

    def raw(self, payload: Payload | None) -> Raw:
        """Data of a user, as it stands in a frame.

        Raises:
            NotEncodable: JSON cannot say that.
        """
        if self.form == "msgpack":
            return Raw(NULL if payload is None else payload.data)
        try:
            return Raw(self._encode(None if payload is None else _unpack(payload.data)))
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            raise NotEncodable("its data, as JSON", str(error)) from None

    def payload(self, raw: Raw) -> Payload:
        """Data of a user, as everybody else reads it; nothing in it is looked at.

        Raises:
            MalformedMessage: It is none.
        """
        if not raw:
            return Payload()
        data = bytes(raw)
        if self.form == "msgpack":
            return Payload(data=data)
        try:
            return pack(self._plain(data), what="data")
        except (msgspec.DecodeError, NotEncodable, RecursionError) as error:
            raise MalformedMessage("data", str(error)) from None

    def given(self, raw: Raw) -> Payload | None:
        """Data of a user, where null means that there is none.

        Raises:
            MalformedMessage: As `payload`.
        """
        payload = self.payload(raw)
        return None if payload.data == NULL else payload


JSON = Codec("json")
MSGPACK = Codec("msgpack")
