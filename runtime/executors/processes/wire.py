"""What a runtime and its worker processes say to each other, over two pipes.

A frame is its length (8 bytes, big-endian) and a tagged struct as msgpack. Users' data
travels as `Payload`, as everywhere: nothing is ever unpickled.
"""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Iterator
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec

from callboard.messages.base import GoalId, Value, Vocabulary
from callboard.messages.bids import Bid, CallForBids
from callboard.messages.execution import Deliver, WorkProgressed, WorkWaiting, WorkWaitOver
from callboard.messages.values import Lease, Parent, Payload, Problem, Ready

T = TypeVar("T")

_LENGTH = struct.Struct(">Q")
_CHUNK = 1 << 16


class Frame(Value, metaclass=Vocabulary, tag=True):
    """Something that is said across."""


class Place(Value):
    """Where another process finds a function or a class.

    Attributes:
        module: Its module; "__main__" for the program itself.
        name: Its qualified name there.
        main: What was started: a path, or with *as_module* a module's name.
        as_module: It was started by `python -m`.
    """

    module: str
    name: str
    main: str = ""
    as_module: bool = False

    def __str__(self) -> str:
        """The name as people write it."""
        return f"{self.module}.{self.name}"


# Runtime -> worker


class Setup(Frame):
    """Comes first: whose worker it is.

    Attributes:
        argv: What `sys.argv` is to be.
        memory: Bytes that its data may take, or None.
        parent: Process id of the runtime; the worker ends with it.
        clock: What to add to `time.monotonic`, which all processes of a system share, for
            the runtime's time.
        crash_file: Descriptor for the traceback of a crash; -1 for none.
    """

    agent: str
    place: Place
    argv: tuple[str, ...]
    memory: int | None
    parent: int
    clock: float
    crash_file: int


class DoWork(Frame):
    """Work on a subtask.

    Attributes:
        job: Names it in what follows.
        seconds: Until the attempt must have ended, or None.
    """

    job: int
    lease: Lease
    ready: Ready
    seconds: float | None


class StopJob(Frame):
    """Stop working on it."""

    job: int
    reason: str


class Granted(Frame):
    """It has its slot again."""

    job: int


class Answered(Frame):
    """What a call has come to: a value, or an error."""

    call: int
    value: Payload = Payload()
    problem: Problem | None = None


class Look(Frame):
    """For how long has it given no sign of life? Answer: `Looked`."""

    look: int
    job: int


class AskBid(Frame):
    """Work out a bid, beside what else it does. Answer: `BidMade`.

    Attributes:
        number: Names it in the answer.
        place: Where the function is; None where what it runs says so.
    """

    number: int
    call: CallForBids
    place: Place | None = None


class Leave(Frame):
    """Run `on_stop`, and end."""


ToWorker: TypeAlias = Setup | DoWork | StopJob | Granted | Answered | Look | AskBid | Leave

# Worker -> runtime


class Loaded(Frame):
    """It can work now."""


class NotLoaded(Frame):
    """It cannot: its code was not found, or raised."""

    problem: Problem


class Returned(Frame):
    """The handler has returned."""

    job: int
    result: Payload


class Raised(Frame):
    """The handler has raised an `Exception`."""

    job: int
    problem: Problem


class Crashed(Frame):
    """The handler has raised what is not an `Exception`."""

    job: int
    problem: Problem


class Stopped(Frame):
    """The handler has ended after it was told to."""

    job: int


class Left(Frame):
    """`on_stop` has ended; with the problem that it had."""

    problem: Problem | None = None


class Said(Frame):
    """Something for the agent's actor."""

    job: int
    message: WorkProgressed | WorkWaiting | WorkWaitOver


class Looked(Frame):
    """A look at the handler's signs of life.

    Attributes:
        quiet: Seconds since the last one; None where it has ended.
    """

    look: int
    quiet: float | None


class BidMade(Frame):
    """What the function for bids has come to.

    Attributes:
        bid: None where it declines.
        why: It does.
    """

    number: int
    bid: Bid | None = None
    why: str = ""


class Logged(Frame):
    """A line for the log.

    Attributes:
        level: Name of the logger's method.
        fields: A mapping.
    """

    level: str
    event: str
    fields: Payload


class SendOut(Frame):
    """Deliver a message. Answer: nothing."""

    delivery: Deliver


class AskOut(Frame):
    """Deliver a message. Answer: its answer."""

    delivery: Deliver


class HandIn(Frame):
    """Submit a goal. Answer: its id.

    Attributes:
        goal: A text or a plan, as data.
        form: What it was: "data", "plan", or "subtasks".
        options: A mapping.
    """

    goal: Payload
    form: str
    options: Payload
    parent: Parent | None


class Await(Frame):
    """Wait for the end of a goal that this worker has handed in. Answer: the results."""

    goal: GoalId


class Check(Frame):
    """Ask whether a lease is current. Answer: nothing."""

    lease: Lease


class TakeLetter(Frame):
    """Take the next message of the inbox. Answer: the message.

    Attributes:
        now: Answer nothing where there is none.
    """

    now: bool = False


class PutLetterBack(Frame):
    """The call that took one is not waited for any more. No answer.

    Attributes:
        taken: Number of that call.
    """

    taken: int


class CountLetters(Frame):
    """How many messages wait in the inbox? Answer: the number."""


Wish: TypeAlias = (
    SendOut | AskOut | HandIn | Await | Check | TakeLetter | PutLetterBack | CountLetters
)


class Called(Frame):
    """A handler wants something of the runtime. Answer: `Answered`."""

    call: int
    wish: Wish


FromWorker: TypeAlias = (
    Loaded
    | NotLoaded
    | Returned
    | Raised
    | Crashed
    | Stopped
    | Left
    | Said
    | Looked
    | BidMade
    | Logged
    | Called
)


_encode = msgspec.msgpack.Encoder().encode

for _kind in (ToWorker, FromWorker):
    msgspec.msgpack.Decoder(_kind)  # once, before threads read them: see `messages.values`


def framed(frame: Frame) -> bytes:
    """The frame as bytes."""
    body = _encode(frame)
    return _LENGTH.pack(len(body)) + body


class Frames(Generic[T]):
    """Makes frames of bytes, however they are cut.

    Args:
        kind: The union of all that may come.
    """

    def __init__(self, kind: Any) -> None:  # noqa: ANN401 - a union, which no type[T] is
        self._decode = msgspec.msgpack.Decoder(kind).decode
        self._bytes = bytearray()

    def feed(self, data: bytes) -> Iterator[T]:
        """The frames that *data* completes."""
        self._bytes += data
        while len(self._bytes) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(self._bytes)[0]
            if len(self._bytes) < end:
                return
            body = bytes(self._bytes[_LENGTH.size : end])
            del self._bytes[:end]
            yield self._decode(body)


def read_commands(descriptor: int) -> Iterator[ToWorker]:
    """All that the runtime says, until it has gone."""
    frames: Frames[ToWorker] = Frames(ToWorker)
    while data := os.read(descriptor, _CHUNK):
        yield from frames.feed(data)


class Writer:
    """Writes whole frames, from any thread."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()

    def say(self, frame: Frame) -> None:
        """Write it; blocks where the other side does not read.

        Raises:
            OSError: The other side has gone.
        """
        rest = memoryview(framed(frame))
        with self._lock:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
