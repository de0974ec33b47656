"""What stands elsewhere when agents elsewhere are measured: a program for each.

python distant.py work URL ID LOAD    does no-ops; what is called "stay" the second time only
python distant.py crowd URL COUNT     so many agents that say that they are alive, each second
python distant.py echo                repeats what it hears over a bare WebSocket (baseline)
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import websockets.asyncio.client
import websockets.asyncio.server

from callboard import Task, agent
from callboard.messages.values import Skill
from callboard.runtime.gateways.link import frames
from callboard.runtime.gateways.link.codec import MSGPACK
from callboard.runtime.gateways.link.frames import PATH
from callboard.runtime.gateways.worker import Worker

if TYPE_CHECKING:
    from websockets.asyncio.server import ServerConnection

SECOND = 1.0
AT_ONCE = 50
"""Agents of a crowd that come at the same time."""


@agent(skills=["general"])
async def distant(task: Task) -> float:
    """Do nothing, and say when."""
    if task.name == "stay" and not _was_begun(Path(task.description)):
        await asyncio.Event().wait()
    return time.time()


def _was_begun(file: Path) -> bool:
    try:
        file.touch(exist_ok=False)
    except FileExistsError:
        return True
    return False


def work(url: str, name: str, load: int) -> None:
    """Until somebody kills it."""
    with Worker(url, {name: distant}, max_load=load) as worker:
        worker.wait()


async def crowd(url: str, count: int) -> None:
    """All of them, until somebody kills it; says when they are there."""
    door, there = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(0)
    address = url.replace("http", "ws", 1) + PATH

    async def one(number: int) -> None:
        async with door:
            link = await websockets.asyncio.client.connect(
                address, compression=None, ping_interval=None
            )
            worker = frames.Worker(id=f"crowd {number}", skills=(Skill(name="nothing"),))
            hello = frames.Hello(worker=worker, life="1", protocol=frames.PROTOCOL)
            await link.send(MSGPACK.write([hello]))
            await link.recv()
        there.release()
        await asyncio.sleep(number / count)
        while True:
            # As laden as a machine is that does something: never as it was a second ago.
            beat = frames.Heartbeat(cpu=random.random(), memory=random.random())
            await link.send(MSGPACK.write([beat]))
            await asyncio.sleep(SECOND)

    tasks = [asyncio.ensure_future(one(number)) for number in range(count)]
    for _ in range(count):
        await there.acquire()
    print("there", flush=True)
    await asyncio.gather(*tasks)


async def echo() -> None:
    """Until somebody kills it; says where."""

    async def repeat(link: ServerConnection) -> None:
        async for message in link:
            await link.send(message)

    async with websockets.asyncio.server.serve(repeat, "127.0.0.1", 0, compression=None) as server:
        print(next(iter(server.sockets)).getsockname()[1], flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["work", where, who, most]:
            work(where, who, int(most))
        case ["crowd", where, many]:
            asyncio.run(crowd(where, int(many)))
        case ["echo"]:
            asyncio.run(echo())
        case _:
            sys.exit(__doc__)
