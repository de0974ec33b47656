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
import json
import logging
import random
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from callboard import Config, Runtime
from callboard.actors.logic.supervision_options import SupervisionOptions
from callboard.messages.errors.data import InvalidMessage
from callboard.messages.errors.lookups import GoalAlreadyEnded, UnknownAgent, UnknownGoal
from callboard.runtime.gateways.link.codec import JSON, MSGPACK
from callboard.runtime.gateways.link.options import LinkOptions
from callboard.runtime.gateways.operations.table import TABLE
from callboard.runtime.gateways.rest.app import build
from tests.runtime.gateways.proof.junk import Junk
from tests.runtime.gateways.proof.unplugged import LIMIT, Link, ask
from tests.runtime.gateways.proof.watching import Complaints, Watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.applications import Starlette


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
                    status = await ask(app, asked)
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
