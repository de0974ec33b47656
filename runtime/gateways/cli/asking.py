"""What is to be asked, found by its name and made from plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from callboard.messages.errors.running import InvalidCall
from callboard.runtime.gateways.operations.finding import found
from callboard.runtime.gateways.operations.reading import malformed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callboard.runtime.gateways.operations.operation import AnyOperation, Request


def operation(name: str) -> AnyOperation:
    """The operation of that name.

    Raises:
        InvalidCall: There is none.
    """
    try:
        return found(name)
    except KeyError:
        raise InvalidCall("name", name, "the name of an operation") from None


def asked(known: AnyOperation, parameters: Mapping[str, object]) -> Request:
    """What that operation is asked.

    Raises:
        MalformedRequest: It does not take that, or not so.
    """
    plain = msgspec.to_builtins(parameters)
    try:
        request: Request = msgspec.convert(plain, known.request)
    except msgspec.ValidationError as error:
        raise malformed(error) from None
    return request
