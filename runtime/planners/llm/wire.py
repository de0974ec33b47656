r"""What an endpoint says: chat completions, whole or as server-sent events.

>>> pieces = Pieces(limit=100)
>>> pieces.feed(b'data: {"choices": [{"delta": {"content": "{"}}]}\n\ndata: [DO')
>>> pieces.feed(b'NE]\n')
>>> pieces.text, pieces.over
('{', True)
"""

from __future__ import annotations

from typing import Any

import msgspec

from callboard.messages.errors.planning import AnswerUnusable, ModelRefused

SAID = 500
"""Characters of an endpoint's complaint that are shown."""

_ROUND = 64
"""Bytes of a stream around each byte of the answer, at most: every piece has its envelope."""


class _Part(msgspec.Struct):
    content: str | None = None
    refusal: str | None = None


class _Choice(msgspec.Struct):
    delta: _Part | None = None
    message: _Part | None = None
    finish_reason: str | None = None


class _Said(msgspec.Struct):
    choices: list[_Choice] = []
    error: Any = None


_read = msgspec.json.Decoder(_Said).decode


class Pieces:
    """An answer that comes in pieces, or whole.

    Args:
        limit: Bytes that it may have.
        events: Whether it comes as server-sent events.

    Attributes:
        text: The answer so far.
        over: The endpoint has said that this is all.
    """

    def __init__(self, limit: int, *, events: bool = True) -> None:
        self._limit = limit
        self._events = events
        self._buffer = bytearray()
        self._heard = 0
        self._size = 0
        self._texts: list[str] = []
        self._taken = 0
        self.over = False

    def new(self) -> str:
        """What has come since this was asked."""
        found = "".join(self._texts[self._taken :])
        self._taken = len(self._texts)
        return found

    @property
    def text(self) -> str:
        """The answer so far."""
        return "".join(self._texts)

    def feed(self, data: bytes) -> None:
        """Take what has come.

        Raises:
            AnswerUnusable: It is too long, or is no chat completion.
            ModelRefused: The endpoint gives an error, or the model will not.
        """
        self._heard += len(data)
        if self._heard > _ROUND * self._limit:
            raise AnswerUnusable(f"the answer is longer than {self._limit:,} bytes")
        self._buffer += data
        if self._events and b"\n" in data:
            *lines, rest = bytes(self._buffer).split(b"\n")
            self._buffer = bytearray(rest)
            for line in lines:
                self._line(line.strip())

    def end(self) -> str:
        """The whole answer.

        Raises:
            AnswerUnusable: It was cut off, or as `feed`.
            ModelRefused: As `feed`.
        """
        if not self._events:
            self._take(bytes(self._buffer))
        elif self._buffer:
            self._line(bytes(self._buffer).strip())
        if not self.over:
            raise AnswerUnusable(f"the answer was cut off after {self._size:,} bytes")
        return self.text

    def _line(self, line: bytes) -> None:
        if not line.startswith(b"data:"):
            return  # comments, names of events: nothing that an answer consists of
        data = line[5:].strip()
        if data == b"[DONE]":
            self.over = True
        elif data:
            self._take(data)

    def _take(self, data: bytes) -> None:
        try:
            said = _read(data)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise AnswerUnusable(f"the endpoint sends no chat completion: {error}") from None
        if said.error is not None:
            raise ModelRefused(f"the endpoint gives up: {complaint_of(said.error)}", 200)
        for choice in said.choices[:1]:
            self._choose(choice)

    def _choose(self, choice: _Choice) -> None:
        for part in (choice.delta, choice.message):
            if part is not None and part.refusal:
                raise ModelRefused(f"the model will not: {part.refusal:.{SAID}}", 200)
            if part is not None and part.content:
                self._add(part.content)
        match choice.finish_reason:
            case None | "":
                pass
            case "length":
                raise AnswerUnusable("the model reached the limit of tokens before it had ended")
            case "content_filter":
                raise ModelRefused("the endpoint's filter has taken the answer away", 200)
            case _:
                self.over = True

    def _add(self, content: str) -> None:
        self._size += len(content.encode("utf-8", "surrogatepass"))
        if self._size > self._limit:
            raise AnswerUnusable(f"the answer is longer than {self._limit:,} bytes")
        self._texts.append(content)


def complaint_of(given: object) -> str:
    """What an endpoint complains of, in a line, whatever form it has.

    >>> complaint_of({"message": "no such model", "type": "invalid_request_error"})
    'no such model'
    """
    if isinstance(given, dict):
        for key in ("message", "error", "detail"):
            found = given.get(key)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
            if found:
                return complaint_of(found)  # pyright: ignore[reportUnknownArgumentType]
    return " ".join(str(given).split())[:SAID]  # pyright: ignore[reportUnknownArgumentType]
