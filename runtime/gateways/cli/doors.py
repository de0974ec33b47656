"""The door that a command goes through: a server's, or that of a journal's file.

Whatever it is, the same operations are asked of it by their names, and answered alike.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from callboard.messages.errors.journal import JournalInUse, JournalUnreachable
from callboard.messages.errors.running import CallTimedOut
from callboard.messages.errors.serving import (
    ServerError,
    ServerRefused,
    TokenRefused,
)
from callboard.runtime.gateways.cli.asking import asked, operation
from callboard.runtime.gateways.cli.complaints import ABSENT, UNFINISHED, Complaint
from callboard.runtime.gateways.cli.where import TOKEN, server_of, token_of, why_there

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Generator

    from callboard.runtime.gateways.cli.client import Client
    from callboard.runtime.runtime import Runtime

_OURS = 500
_BUSY = frozenset({429, 503})
_NAMES = "; a name instead of a uuid goes with --goal GOAL"


class Door(Protocol):
    """What answers."""

    def call(self, name: str, /, *, timeout: float | None = None, **parameters: object) -> Any:  # noqa: ANN401 - of its operation
        """The answer of an operation.

        Args:
            name: Of the operation.
            timeout: Seconds; None for the usual ones.
            parameters: What it is asked.
        """


class Opened:
    """A runtime of this process, asked as a server would ask it."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def names(self) -> dict[str, str]:
        """Of all subtasks that are remembered, by uuid."""
        return self._runtime.hub.read(
            lambda board: {uuid: record.subtask.name for uuid, record in board.subtasks.items()}
        )

    def call(self, name: str, /, *, timeout: float | None = None, **parameters: object) -> Any:  # noqa: ANN401 - of its operation
        """The answer of an operation."""
        import asyncio  # noqa: PLC0415 - for files only

        known = operation(name)
        request = asked(known, parameters)

        async def doing() -> Any:  # noqa: ANN401 - likewise
            return await known.do(self._runtime, request)

        return asyncio.run(asyncio.wait_for(doing(), timeout))


@contextlib.contextmanager
def reading(options: Namespace) -> Generator[Door]:
    """Through which a command looks.

    Raises:
        Complaint: There is nothing to look at.
    """
    if server_of(options):
        with serving(options) as client:
            yield client
        return
    from callboard.runtime.gateways.cli.journals import instant  # noqa: PLC0415 - for files only
    from callboard.runtime.gateways.cli.still import still  # noqa: PLC0415 - likewise

    at = None if options.at is None else instant(options.at)
    with explained(options):
        named = {what: getattr(options, what, "") for what in ("goal", "subtask")}
        yield Opened(still(options.journal, at, **named))


@contextlib.contextmanager
def writing(options: Namespace, *, new: bool = False) -> Generator[Door]:
    """Through which a command changes something.

    Args:
        options: Say where.
        new: The journal's file may be made.

    Raises:
        Complaint: It cannot be.
    """
    if server_of(options):
        with serving(options) as client:
            yield client
        return
    from callboard.runtime.journal.place import check_there  # noqa: PLC0415 - for files only
    from callboard.runtime.runtime import Runtime  # noqa: PLC0415 - likewise

    with explained(options):
        if not new:
            check_there(Path(options.journal))
        with Runtime.open(options.journal) as runtime:
            yield Opened(runtime)


@contextlib.contextmanager
def serving(options: Namespace) -> Generator[Client]:
    """A client of the server.

    Raises:
        Complaint: It cannot be reached, lets nobody in, or says no.
    """
    from callboard.runtime.gateways.cli.client import Client  # noqa: PLC0415 - for servers only

    token = token_of(options)
    with (
        explained(options),
        Client(server_of(options), token=token, tls_ca=options.tls_ca) as client,
    ):
        yield client


@contextlib.contextmanager
def explained(options: Namespace) -> Generator[None]:
    """Say of each refusal whose fault it is, and what would help.

    Raises:
        Complaint: In place of such an error.
    """
    try:
        yield
    except TokenRefused as error:
        hint = "" if token_of(options) else f"; --token-file FILE or ${TOKEN} gives one"
        raise Complaint(f"{error}{hint}", status=ABSENT) from error
    except ServerError as error:
        text = f"{error}{why_there(options)}"
        raise Complaint(text, fault="system", status=ABSENT) from error
    except ServerRefused as error:
        hint = _NAMES if error.kind == "UnknownSubtask" and vars(options).get("goal") == "" else ""
        raise _refused(error, hint) from error
    except CallTimedOut as error:
        raise Complaint(str(error), fault="callboard", status=UNFINISHED) from error
    except JournalInUse as error:
        hint = "; if it is a server, ask it: --server URL"
        raise Complaint(f"{error}{hint}", status=ABSENT) from error
    except JournalUnreachable as error:
        raise Complaint(str(error), status=ABSENT) from error


def _refused(error: ServerRefused, hint: str) -> Complaint:
    field = f"{error.field}: " if error.field and error.field not in error.text else ""
    text = f"{field}{error.text}{hint}"
    if error.status in _BUSY:
        return Complaint(text, fault="system", status=ABSENT)
    return Complaint(text, fault="callboard" if error.status >= _OURS else "caller")
