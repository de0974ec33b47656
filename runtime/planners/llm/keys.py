"""The key of an endpoint: had when it is needed, shown nowhere."""

from __future__ import annotations

import os
from collections.abc import Callable

from callboard.messages.errors.goals import PlanningError

HIDDEN = "[key]"


class Key:
    """Where a key comes from.

    Args:
        given: Tells it, anew for each plan; None takes it from the environment.
        variable: Of the environment; where it is not set, no key is sent.
    """

    def __init__(self, given: Callable[[], str] | None, variable: str) -> None:
        self._given = given
        self._variable = variable

    def _told(self) -> object:  # a function of the user's may tell anything
        return os.environ.get(self._variable, "") if self._given is None else self._given()

    def now(self) -> str:
        """The key, or "".

        Raises:
            PlanningError: It cannot be had, or is none; the error does not tell it.
        """
        try:
            found = self._told()
        except Exception as error:  # noqa: BLE001 - it is user code
            why = f"the model's key cannot be had ({type(error).__name__})"
            raise PlanningError(why) from None
        if not isinstance(found, str) or not (found.isascii() and found.isprintable()):
            raise PlanningError("the model's key is no line of printable characters")
        return found.strip()


def hidden(text: str, key: str) -> str:
    """The text without the key, if it stands in it.

    >>> hidden("401: wrong key sk-1234", "sk-1234")
    '401: wrong key [key]'
    """
    return text.replace(key, HIDDEN) if key else text
