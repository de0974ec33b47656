"""Thousands of coroutines of one agent at once: all run, half are cancelled, the rest end."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from pathlib import Path

from callboard import Runtime, Task, agent
from tests.live import LONG, eventually

MANY = 5000
EACH = 20_000
"""Bytes of memory that one of them may take with all that is kept of it; about 8,000 do."""

STATM = Path("/proc/self/statm")


class Crowd:
    """Coroutines that wait until they may go on.

    Attributes:
        waiting: How many there are.
        most: How many there were at the most.
        cancelled: How many were told so while they waited.
    """

    def __init__(self) -> None:
        self.waiting = self.most = self.cancelled = 0
        self._go = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def join(self, task: Task) -> int:
        self._loop = asyncio.get_running_loop()
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        try:
            await self._go.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.waiting -= 1
        return int(task.data) + 1

    def let_go(self) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._go.set)


def resident() -> int:
    """Bytes; 0 where the system does not say so."""
    return int(STATM.read_text().split()[1]) * 4096 if STATM.exists() else 0


def plan(numbers: range) -> list[dict[str, object]]:
    return [{"name": f"s{n}", "required_skills": ["waiting"], "data": n} for n in numbers]


def loops() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("callboard-loop")]


def test_five_thousand_coroutines_run_at_once_and_each_can_be_cancelled() -> None:
    crowd = Crowd()

    @agent(skills=["waiting"], max_load=MANY)
    async def waiter(task: Task) -> int:
        return await crowd.join(task)

    with Runtime() as runtime:
        runtime.register(waiter, id="waiter")
        before = resident()
        unwanted = runtime.submit(plan(range(MANY // 2)))
        wanted = runtime.submit(plan(range(MANY // 2, MANY)))
        eventually(lambda: crowd.waiting == MANY, "that all run")
        assert (resident() - before) / MANY < EACH
        assert len(loops()) == 1

        runtime.cancel_subtask(wanted.subtasks[0].subtask.uuid, "not wanted")
        unwanted.cancel("not wanted")
        eventually(lambda: crowd.waiting == MANY // 2 - 1, "that half of them have ended")
        eventually(lambda: runtime.agents()["waiter"].load == MANY // 2 - 1)

        crowd.let_go()
        eventually(lambda: wanted.done)
        ends = Counter(s.status.value for goal in (unwanted, wanted) for s in goal.subtasks)
        assert ends == {"cancelled": MANY // 2 + 1, "completed": MANY // 2 - 1}
        assert sorted(wanted.results.values()) == list(range(MANY // 2 + 2, MANY + 1))
        eventually(lambda: runtime.agents()["waiter"].load == 0)
        assert runtime.hub.counts().get("AgentDoubted", 0) == 0
        assert runtime.drain(LONG) == ()
    assert (crowd.most, crowd.cancelled) == (MANY, MANY // 2 + 1)
