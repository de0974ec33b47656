"""The file of tokens: written by the command line, read by servers that run.

It is JSON, readable by its owner only, and always replaced as a whole. Whoever asks gets
what it says now: a token that was revoked is refused from the next request on, without a
restart.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections.abc import Generator, Iterable
from pathlib import Path

import msgspec

from callboard.messages.errors.guarding import TokensUnusable, UnknownToken
from callboard.runtime.gateways.security.tokens import Token, id_of

_Stamp = tuple[int, int, int]


class _File(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What is in the file.

    Attributes:
        tokens: In the order in which they were made.
        version: Of this form.
    """

    tokens: list[Token] = msgspec.field(default_factory=list[Token])
    version: int = 1


class TokenStore:
    """Tokens in a file.

    Args:
        path: Of the file; it need not be there until somebody adds a token.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._reading = threading.Lock()
        self._stamp: _Stamp | None = None
        self._known: dict[str, Token] = {}

    def find(self, token: str, now: float) -> Token | None:
        """What is known of a token that counts; None for every other one.

        Args:
            token: As its bearer shows it.
            now: Seconds since the epoch.

        Raises:
            TokensUnusable: The file is not there, or cannot be understood.
        """
        id_ = id_of(token)
        known = self._current().get(id_ or "")
        if known is None or not known.fits(token) or not known.counts(now):
            return None
        return known

    def counts(self, id_: str, now: float) -> bool:
        """Whether the token of that id still opens the door; not so where none can be read."""
        try:
            known = self._current().get(id_)
        except TokensUnusable:
            return False
        return known is not None and known.counts(now)

    def all(self) -> tuple[Token, ...]:
        """All tokens, also those that count no longer; the oldest first.

        Raises:
            TokensUnusable: The file is not there, or cannot be understood.
        """
        return tuple(self._current().values())

    def add(self, token: Token) -> None:
        """Keep a new one; the file is made where there is none.

        Raises:
            TokensUnusable: The file cannot be understood.
            OSError: It cannot be written.
        """
        with self._changing():
            known = self.all() if self.path.exists() else ()
            self._write([*known, token])

    def revoke(self, named: str, now: float) -> tuple[Token, ...]:
        """Let tokens open the door no longer.

        Args:
            named: The id of one, or the name of all that are called so.
            now: Seconds since the epoch.

        Returns:
            Those that counted until now.

        Raises:
            UnknownToken: None is called so.
            TokensUnusable: The file is not there, or cannot be understood.
            OSError: It cannot be written.
        """
        with self._changing():
            known = self.all()
            meant = {token.id for token in known if named in {token.id, token.name}}
            if not meant:
                raise UnknownToken(named)
            ended = [token for token in known if token.id in meant and token.revoked is None]
            gone = {token.id for token in ended}
            self._write(
                msgspec.structs.replace(token, revoked=now) if token.id in gone else token
                for token in known
            )
        return tuple(ended)

    # How

    def _current(self) -> dict[str, Token]:
        """What the file says now; it is read anew only where it was replaced."""
        try:
            found = self.path.stat()
        except OSError as error:
            raise TokensUnusable(str(self.path), _why(error)) from None
        stamp = (found.st_ino, found.st_mtime_ns, found.st_size)
        with self._reading:
            if stamp != self._stamp:
                self._known = {token.id: token for token in self._read()}
                self._stamp = stamp
            return self._known

    def _read(self) -> list[Token]:
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=_File).tokens
        except OSError as error:
            raise TokensUnusable(str(self.path), _why(error)) from None
        except (msgspec.MsgspecError, UnicodeError) as error:
            raise TokensUnusable(str(self.path), f"it is no file of tokens ({error})") from None

    def _write(self, tokens: Iterable[Token]) -> None:
        text = msgspec.json.format(msgspec.json.encode(_File(tokens=list(tokens))), indent=2)
        # Made readable for its owner only, and seen whole or not at all.
        number, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
        try:
            with os.fdopen(number, "wb") as file:
                file.write(text + b"\n")
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self.path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise

    @contextlib.contextmanager
    def _changing(self) -> Generator[None]:
        """One writer at a time, of all processes: the folder is locked, the file is replaced."""
        try:
            import fcntl  # noqa: PLC0415 - not everywhere
        except ImportError:  # pragma: no cover - Windows: two at once are not kept apart
            yield
            return
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__
