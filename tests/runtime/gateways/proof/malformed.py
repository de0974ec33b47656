"""Says to a server what makes no sense, and looks whether it minds.

    python -m tests.runtime.gateways.proof.malformed --frames 1000000

A quarter of it are frames on links, a quarter requests; both go to the application as its
server would bring them. The other half is only read, as links read it. Exit status: 0 if it
took all of that as it should, 1 otherwise.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import logging
import os
import random
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from callboard import Config, Runtime
from callboard.actors.logic.supervision_options import SupervisionOptions
from callboard.messages.errors.data import InvalidMessage
from callboard.messages.errors.lookups import GoalAlreadyEnded, UnknownAgent, UnknownGoal
from callboard.runtime.gateways.link.codec import JSON, MSGPACK
from callboard.runtime.gateways.link.frames import PATH, SUBPROTOCOL
from callboard.runtime.gateways.link.options import LinkOptions
from callboard.runtime.gateways.operations.table import TABLE
from callboard.runtime.gateways.rest.app import build
from callboard.runtime.gateways.rest.hearing import HEAR
from tests.runtime.gateways.proof.junk import Junk

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.applications import Starlette
    from starlette.types import Message

    from callboard.runtime.gateways.rest.hearing import Heard
    from tests.runtime.gateways.proof.junk import Asked

CONFIG = Config(
    supervision=SupervisionOptions(intensity=10_000_000, first=0.001, longest=0.002),
    poison=10_000_000,
    keep_goals=10,
)
OPTIONS = LinkOptions(grace=1.0)
EACH = 50
"""Frames of a link at the most."""

OPEN = 3
"""Goals that stay open."""

THERE = 20
"""Agents that stay."""

TIDY = 20
"""Links after which all others are cancelled, or go."""

STEPS = 12
"""Subtasks of a goal for whoever is linked."""

LOOKS = 50
"""How often memory is looked at."""

WARM = 50_000
"""Messages after which all that is kept once for all has been made."""

ENOUGH = 200_000
"""Messages of a run that is long enough for its memory to be judged."""

BYTES = 40.0
"""That may be added for each message. Some 25 are facts about agents that come and go, which
the journal in memory keeps; the smallest object that leaks for a message would be 48."""

OBJECTS = 0.01
"""That may be added for each message: a hundredth is far from one for each, or for each link."""

LIMIT = 60.0
"""Seconds that one answer may take."""

_TURNS = 4
"""Turns of the loop in which a link is closed for what was told."""

PATIENT = frozenset({"goal_result", "drain_agent", "drain_runtime", "pause_runtime"})
"""Operations that wait for others, or keep the others from being tried."""


RARE = frozenset({"explain_subtask"})
"""Operations that are asked a hundredth as often: who asks why of a subtask that is forgotten
has all that has ever happened gone through, which takes longer and longer here."""


class Outcome(NamedTuple):
    """What came of it.

    Attributes:
        frames: That were said on links.
        read: Messages that were only read.
        requests: That were made.
        closes: How often a link was closed for what was said, by code.
        statuses: How often each was answered.
        broken: What should not be, each in a line.
    """

    frames: int
    read: int
    requests: int
    closes: Counter[int]
    statuses: Counter[int]
    broken: list[str]


class People:
    """Who comes: the same agent again and again, until it is being let go for good.

    Attributes:
        agent: Its id.
    """

    def __init__(self) -> None:
        self._number = 1

    @property
    def agent(self) -> str:
        """Its id."""
        return f"fuzz {self._number}"

    def refused(self, said: list[Any]) -> None:
        """That was said to it: another one comes, if it is not wanted any more."""
        if any("AgentIdTaken" in str(frame) for frame in said):
            self._number += 1


class Complaints(logging.Handler):
    """Collects what our log calls an error of ours."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Note it."""
        fields = getattr(record, "callboard", {})
        if fields.get("event") in {"request_failed", "events_failed", "hub_fault"}:
            self.found.append(str(fields))


class Link:
    """One link, without a socket.

    Args:
        app: Whose.
        direct: It tells the application of its messages, where that wants to hear them, as
            our server does; else each is asked for.

    Attributes:
        closed: Its code, once it is.
        said: Frames of the server, as they came.
    """

    def __init__(self, app: Starlette, *, direct: bool) -> None:
        self.closed: int | None = None
        self.said: list[Any] = []
        self._hungry = asyncio.Event()
        self._next: asyncio.Queue[Message] = asyncio.Queue()
        self._heard: Heard | None = None
        scope: dict[str, Any] = {
            "type": "websocket",
            "path": PATH,
            "raw_path": PATH.encode(),
            "query_string": b"",
            "headers": [],
            "subprotocols": [SUBPROTOCOL],
            "scheme": "ws",
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        if direct:
            scope[HEAR] = self._hear
        self._task = asyncio.ensure_future(app(scope, self._receive, self._send))
        self._next.put_nowait({"type": "websocket.connect"})

    async def say(self, message: Message) -> bool:
        """Whether it was taken, and the link is still there."""
        if self._heard is not None:
            text: str | None = message.get("text")
            data: bytes = message["bytes"] if text is None else text.encode()
            self._heard(data, text is not None)
            for _ in range(_TURNS):
                await asyncio.sleep(0)
            return self.closed is None and not self._task.done()
        self._hungry.clear()
        self._next.put_nowait(message)
        waiting = asyncio.ensure_future(self._hungry.wait())
        async with asyncio.timeout(LIMIT):
            await asyncio.wait({waiting, self._task}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        return self.closed is None and not self._task.done()

    def _hear(self, heard: Heard | None) -> None:
        """As `Hearing.hear`; nothing waits when it is called."""
        self._heard = heard

    async def end(self) -> None:
        """Close it.

        Raises:
            Exception: The application has raised it.
        """
        self._next.put_nowait({"type": "websocket.disconnect", "code": 1006})
        async with asyncio.timeout(LIMIT):
            await self._task

    async def _receive(self) -> Message:
        if self._next.empty():
            self._hungry.set()
        return await self._next.get()

    async def _send(self, message: Message) -> None:
        if message["type"] == "websocket.close":
            self.closed = message.get("code", 1000)
            self._hungry.set()
        elif message["type"] == "websocket.send":
            text: str | None = message.get("text")
            said = msgspec.msgpack.decode(message["bytes"]) if text is None else json.loads(text)
            self.said += said if isinstance(said, list) else [said]


class Watch:
    """Looks whether memory stays as it is, and tells how far it is.

    Args:
        count: Messages in all.
        tell: Told in a line; None for nobody.
    """

    def __init__(self, count: int, tell: Callable[[str], None] | None) -> None:
        self._count, self._tell = count, tell
        self._began = time.monotonic()
        self._next = 0 if count >= ENOUGH else count  # a look takes a tenth of a second
        self._first: tuple[int, int, int] | None = None
        self._last = (0, 0, 0)

    def look(self, done: int) -> None:
        """So many have been dealt with."""
        if done < self._next:
            return
        self._next = done + self._count // LOOKS
        self._last = (done, _objects(), _resident())
        if self._first is None and done >= WARM:
            self._first = self._last
        if self._tell is not None:
            _, objects, resident = self._last
            seconds = time.monotonic() - self._began
            self._tell(f"{done:,}: {seconds:.0f} s, {resident / 1e6:.1f} MB, {objects:,} objects")

    def broken(self) -> list[str]:
        """What is not as it should be."""
        if self._first is None:
            return []
        messages, objects, resident = (b - a for a, b in zip(self._first, self._last, strict=True))
        wrong = [] if objects <= OBJECTS * messages else [f"{objects:,} objects more"]
        wrong += [] if resident <= BYTES * messages else [f"{resident:,} bytes more"]
        return [f"{what} after {messages:,} messages more" for what in wrong]


async def play(count: int, seed: int, tell: Callable[[str], None] | None = None) -> Outcome:
    """So many frames and requests together.

    Args:
        count: How many.
        seed: Of the lots.
        tell: Told how far it is; None for nobody.
    """
    complaints = Complaints()
    tokens: list[str] = []
    logger = logging.getLogger("callboard")
    logger.addHandler(complaints)
    closes, statuses = Counter[int](), Counter[int]()
    broken: list[str] = []
    frames = read = requests = turn = 0
    watch, people = Watch(count, tell), People()
    often = [operation for operation in TABLE if operation.name not in PATIENT | RARE]
    table = [*100 * often, *(operation for operation in TABLE if operation.name in RARE)]
    try:
        async with Runtime(CONFIG) as runtime:
            app = build(runtime, link=OPTIONS)
            before = len(asyncio.all_tasks())
            while frames + read + requests < count:
                turn += 1
                # Each round has its own lots: they do not depend on how quick the last one was.
                draw = random.Random(f"{seed} {turn}")  # noqa: S311 - reproducible, no secret
                junk = Junk(draw, tokens)
                frames += await _links(app, runtime, people, junk, draw, closes, broken)
                while requests < frames:
                    requests += 1
                    asked = junk.request(table)
                    status = await _ask(app, asked)
                    statuses[status] += 1
                    # Readiness says 503 where the machine is so busy that actors answer late.
                    if status >= 500 and (status, asked.path) != (503, "/ready"):
                        broken.append(f"{status} for {asked}")
                while read < 2 * frames:
                    read += 1
                    broken += _read(junk, binary=draw.random() < 0.5)
                if turn % TIDY == 0:
                    await _tidy(runtime)
                watch.look(frames + read + requests)
            await _tidy(runtime)
            watch.look(count)
            broken += [*await _after(runtime, app, before), *watch.broken()]
    finally:
        logger.removeHandler(complaints)
    return Outcome(frames, read, requests, closes, statuses, [*broken, *complaints.found])


async def _tidy(runtime: Runtime) -> None:
    """Little stays: what is asked about all that is open would take longer and longer."""
    page = await runtime.agoals(("accepted", "running"), limit=1_000)
    for record in page.goals[OPEN:]:
        with contextlib.suppress(GoalAlreadyEnded, UnknownGoal):
            await runtime.goal(record.goal.id).acancel("there are enough")
    for agent in [*runtime.agents()][:-THERE]:
        with contextlib.suppress(UnknownAgent):
            await runtime.aunregister(agent)


def _read(junk: Junk, *, binary: bool) -> list[str]:
    """A message is understood, or refused by the one error that says so."""
    message = junk.message(binary=binary)
    text = message.get("text")
    codec, data = (MSGPACK, message["bytes"]) if text is None else (JSON, text.encode())
    try:
        codec.read(data)
    except InvalidMessage:
        return []
    except Exception as error:  # noqa: BLE001 - that is what is looked for
        return [f"{error!r} for {data[:200]!r}"]
    return []


async def _links(  # noqa: PLR0917 - what it is played with
    app: Starlette,
    runtime: Runtime,
    people: People,
    junk: Junk,
    draw: random.Random,
    closes: Counter[int],
    broken: list[str],
) -> int:
    """One link, until it is closed; how many frames were said."""
    binary, said = draw.random() < 0.5, 0
    link = Link(app, direct=draw.random() < 0.5)
    if draw.random() < 0.2:
        first = junk.message(binary=binary, first=people.agent)
    else:
        hello = junk.hello(people.agent)
        first = {"type": "websocket.receive"}
        first |= {"bytes": msgspec.msgpack.encode(hello)} if binary else {"text": json.dumps(hello)}
    said, going = 1, await link.say(first)
    if going and not junk.tokens:
        plan = [{"name": f"n{n}", "required_skills": ["fuzz"]} for n in range(STEPS)]
        await runtime.asubmit("fuzz", plan=plan)
    while going and said < EACH:
        said += 1
        message = junk.message(binary=binary)
        going = await link.say(message)
    if not going and link.closed is None:
        broken.append("a link was ended without a word")
    try:
        await link.end()
    except Exception as error:  # noqa: BLE001 - that is what is looked for
        broken.append(f"the link raised {error!r}")
    if link.closed is not None:
        closes[link.closed] += 1
    people.refused(link.said)
    given = [frame["token"] for frame in link.said if frame.get("type") == "assign"]
    junk.tokens[:] = [*junk.tokens, *given][-10:] if given else junk.tokens[1:]
    return said


async def _ask(app: Starlette, asked: Asked) -> int:
    """The status of the answer."""
    scope = {
        "type": "http",
        "method": asked.method,
        "path": asked.path,
        "raw_path": asked.path.encode(),
        "query_string": asked.query,
        "headers": asked.headers,
        "scheme": "http",
        "http_version": "1.1",
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    status = 0
    coming = [{"type": "http.request", "body": asked.body, "more_body": False}]

    async def receive() -> Message:
        return coming.pop() if coming else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]

    async with asyncio.timeout(LIMIT):
        await app(scope, receive, send)
    return status


async def _after(runtime: Runtime, app: Starlette, before: int) -> list[str]:
    """What is not as it should be, when all is over."""
    broken: list[str] = []
    await runtime.aresume()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LIMIT):
            while len(asyncio.all_tasks()) > before:  # noqa: ASYNC110 - nobody tells of that
                await asyncio.sleep(0.01)
    left = len(asyncio.all_tasks()) - before
    if left > 0:
        broken.append(f"{left} tasks were left behind")
    await runtime.ahealth(LIMIT)
    restarts = runtime.status()["actor_restarts"]
    if restarts:
        broken.append(f"actors were restarted: {restarts}")
    if runtime.hub.faults:
        broken.append(f"{runtime.hub.faults} events could not be dealt with")
    if len(app.state.links) > EACH:
        broken.append(f"{len(app.state.links)} agents elsewhere, of one")
    return broken


def _objects() -> int:
    gc.collect()
    return len(gc.get_objects())


def _resident() -> int:
    """Bytes of memory that this process has; 0 where the system does not say."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def main() -> int:
    """Play once."""
    parser = argparse.ArgumentParser(description="Say to a server what makes no sense.")
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    begin = time.monotonic()
    found = asyncio.run(play(options.frames, options.seed, lambda line: print(line, flush=True)))
    print(f"{found.frames} frames, {found.read} read, {found.requests} requests,", end=" ")
    print(f"{time.monotonic() - begin:.0f} s")
    print(f"links closed: {dict(found.closes)}; answers: {dict(sorted(found.statuses.items()))}")
    print("\n".join(dict.fromkeys(found.broken)) or "it took all of that as it should")
    return 1 if found.broken else 0


if __name__ == "__main__":
    sys.exit(main())
