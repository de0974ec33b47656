"""Kills a server again and again while workers do its work, and looks at what came of it.

    python -m tests.runtime.gateways.proof.killing --workers 20 --subtasks 5000 --kills 10

Goals are handed in over HTTP meanwhile, each with a key, until they are acknowledged. Some
workers are killed too, and not started again. Exit status: 0 if every promise held, 1 if
one was broken:

- every goal that was acknowledged is completed;
- each of its subtasks was completed exactly once;
- none began again whose completion was recorded when the server died, which all are that
  were acknowledged to their workers;
- workers come back by themselves.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import random
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

import httpx

from callboard.messages import facts
from callboard.messages.errors.journal import JournalError
from callboard.runtime.journal.store import Store
from callboard.runtime.journal.verifying import verify
from tests.runtime.gateways.proof.clerk import Clerk
from tests.runtime.gateways.proof.programs import Program, free_port, lines, serve, work

GOAL = "develop number {}"
EACH = 4
"""Subtasks of such a goal, one after the other."""

LONGEST = 600.0
"""Seconds without any progress after which it is given up."""

PAUSE = 0.02


class Outcome(NamedTuple):
    """What came of it.

    Attributes:
        kills: How often the server died.
        goals: That were acknowledged.
        repeated: Attempts that began beyond the first ones of each subtask.
        broken: Promises that were, each in a line.
    """

    kills: int
    goals: int
    repeated: int
    broken: list[str]


class Death(NamedTuple):
    """What there was when the server died.

    Attributes:
        begun: How many attempts had begun.
        known: What was recorded as completed.
    """

    begun: int
    known: set[str]


class Customer(threading.Thread):
    """Hands in goals, each until it is acknowledged.

    Args:
        url: Of the server, which may be away.
        count: How many.

    Attributes:
        acknowledged: Ids of those that were.
        failure: What went wrong here, if anything did.
    """

    def __init__(self, url: str, count: int) -> None:
        super().__init__(name="customer", daemon=True)
        self.acknowledged: list[str] = []
        self.failure: BaseException | None = None
        self._url = url
        self._count = count
        self._enough = threading.Event()

    def run(self) -> None:
        """Hand them in."""
        try:
            with httpx.Client(base_url=self._url, timeout=30.0) as client:
                for number in range(self._count):
                    self._hand_in(client, number)
        except BaseException as error:  # noqa: BLE001 - for who waits
            self.failure = error

    def give_up(self) -> None:
        """Hand in no more."""
        self._enough.set()

    def _hand_in(self, client: httpx.Client, number: int) -> None:
        while not self._enough.is_set():
            try:
                answer = client.post(
                    "/orchestration/decompose",
                    json={"goal": GOAL.format(number)},
                    headers={"Idempotency-Key": f"goal {number}"},
                )
            except httpx.TransportError:  # it is dead just now
                self._enough.wait(PAUSE)
                continue
            if answer.status_code in {429, 503}:
                self._enough.wait(PAUSE)
                continue
            assert answer.status_code == 200, answer.text
            self.acknowledged.append(answer.json()["goal_id"])
            return


def play(folder: Path, *, workers: int, subtasks: int, kills: int, seed: int) -> Outcome:
    """Do so many subtasks by so many workers, through so many deaths of their server."""
    draw = random.Random(seed)  # noqa: S311 - reproducible, not secret
    goals, port = -(-subtasks // EACH), free_port()
    url = f"http://127.0.0.1:{port}"
    broken: list[str] = []
    deaths: list[Death] = []
    with contextlib.ExitStack() as stack:
        server = serve(folder, port)

        def kill_server() -> None:
            server.kill()  # whichever it is by then

        stack.callback(kill_server)
        crew = [stack.enter_context(work(folder, url, f"w{n}")) for n in range(workers)]
        customer = Customer(url, goals)
        clerk = Clerk(url)
        for helper in (customer, clerk):
            stack.callback(_end, helper)
        clerk.start()
        _wait_for_crew(url, workers + 1)
        customer.start()
        for number in range(1, kills + 1):
            _wait_for(folder, server, round(EACH * goals * number / (kills + 1)))
            time.sleep(draw.uniform(0.0, 0.05))
            server.kill()
            acknowledged = set(clerk.acknowledged)
            deaths.append(Death(len(lines(folder / "begun")), _completed(folder)))
            if not acknowledged <= deaths[-1].known:
                lost = sorted(acknowledged - deaths[-1].known)
                broken.append(f"acknowledged to their worker, and not recorded: {lost}")
            broken += verify(folder / "work.db").problems
            if number == kills:
                crew.pop().kill()
            server = serve(folder, port)
            if number < kills:  # so there is enough left
                _wait_for_more(folder, server, deaths[-1].begun)
        _wait_for(folder, server, EACH * goals)
        customer.join(LONGEST)
        for failure in (customer.failure, clerk.failure):
            if failure is not None:
                raise failure
        if clerk.links <= kills or not clerk.acknowledged:
            broken.append(f"the clerk was let in {clerk.links} times and did nothing of use")
        _wait_for_ends(folder, server, customer.acknowledged)
        away = [worker for worker in crew if worker.process.poll() is not None]
        broken += [f"a worker has ended: {worker.said[-500:]}" for worker in away]
    return Outcome(
        kills,
        len(customer.acknowledged),
        _begun(folder) - EACH * goals,
        [*broken, *_judged(folder, goals, customer.acknowledged, deaths)],
    )


def _end(helper: Customer | Clerk) -> None:
    helper.give_up()
    if helper.is_alive():
        helper.join()


def _wait_for_crew(url: str, count: int) -> None:
    """Until all are there, so that they share the work from its beginning."""
    end = time.monotonic() + LONGEST
    with httpx.Client(base_url=url, timeout=30.0) as client:
        while len(client.get("/orchestration/status").json()["status"]["agent_status"]) < count:
            assert time.monotonic() < end, "the workers have not come"
            time.sleep(PAUSE)


def _wait_for_more(folder: Path, server: Program, begun: int) -> None:
    """Until something begins after so many: somebody has come back."""
    end = time.monotonic() + LONGEST
    while len(lines(folder / "begun")) <= begun:
        assert time.monotonic() < end, f"no worker has come back: {server.said[-2000:]}"
        time.sleep(PAUSE)


def _wait_for(folder: Path, server: Program, count: int) -> None:
    """Until so many are completed."""
    before, since = -1, time.monotonic()
    while (done := len(_completed(folder))) < count:
        if done > before:
            before, since = done, time.monotonic()
        assert time.monotonic() < since + LONGEST, f"{done} of {count} done: {server.said[-2000:]}"
        assert server.process.poll() is None, server.said[-2000:]
        time.sleep(PAUSE)


def _wait_for_ends(folder: Path, server: Program, goals: list[str]) -> None:
    end = time.monotonic() + LONGEST
    while set(goals) - {f.goal for f in _facts(folder) if isinstance(f, facts.GoalCompleted)}:
        assert time.monotonic() < end, server.said[-2000:]
        time.sleep(PAUSE)


def _begun(folder: Path) -> int:
    return sum(isinstance(fact, facts.SubtaskStarted) for fact in _facts(folder))


def _completed(folder: Path) -> set[str]:
    return {f.subtask for f in _facts(folder) if isinstance(f, facts.SubtaskCompleted)}


def _facts(folder: Path) -> list[facts.Fact]:
    with (
        contextlib.suppress(JournalError),
        contextlib.closing(Store(folder / "work.db", reading=True, trusting=True)) as store,
    ):
        return list(store.facts())
    return []


def _judged(folder: Path, goals: int, acknowledged: list[str], deaths: list[Death]) -> list[str]:
    broken = list(verify(folder / "work.db").problems)
    told = _facts(folder)
    ends = collections.Counter(f.subtask for f in told if isinstance(f, facts.SubtaskCompleted))
    twice = sorted(uuid for uuid, count in ends.items() if count > 1)
    if twice:
        broken.append(f"completed more than once: {twice}")
    if len(ends) != EACH * goals:
        broken.append(f"{len(ends)} of {EACH * goals} subtasks are completed")
    over = {f.goal for f in told if isinstance(f, facts.GoalCompleted)}
    lost = set(acknowledged) - over
    if lost or len(set(acknowledged)) != goals:
        broken.append(f"{len(set(acknowledged))} of {goals} goals acknowledged, lost: {lost}")
    begun = [line.split()[0] for line in lines(folder / "begun")]
    for death in deaths:
        again = death.known & set(begun[death.begun :])
        if again:
            broken.append(f"began again after their completion was recorded: {sorted(again)}")
    return broken


def main() -> int:
    """Play once, in a folder that is thrown away."""
    parser = argparse.ArgumentParser(description="Kill a server under its workers.")
    parser.add_argument("--workers", type=int, default=20)
    parser.add_argument("--subtasks", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        begin = time.monotonic()
        found = play(
            Path(folder),
            workers=options.workers,
            subtasks=options.subtasks,
            kills=options.kills,
            seed=options.seed,
        )
    print(f"{found.kills} deaths of the server under {options.workers} workers,", end=" ")
    print(f"{found.goals} goals, {found.repeated} attempts more than subtasks,", end=" ")
    print(f"{time.monotonic() - begin:.0f} s")
    print("\n".join(found.broken) or "every promise held")
    return 1 if found.broken else 0


if __name__ == "__main__":
    sys.exit(main())
