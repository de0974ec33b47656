"""How soon the first subtask of a streamed plan begins, over real HTTP on this machine.

An endpoint of our own streams a plan and stops in its midst; the clock runs from the last
byte of a subtask until its agent's function has begun. Each figure is the median of its
rounds, with the lowest and the highest.

first          the plan's first subtask, from its last byte until it runs
next           one in the middle of a plan that is being carried out
whole          a plan that comes at once, without a stream, from its last byte
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from measure import (
    Target,
    describe,
    figure,
    machine,
    options,
    publish,
    rows_of_targets,
    table,
)

from callboard import Runtime
from callboard.runtime.executors.task import Task
from callboard.runtime.planners.llm.planner import LLMPlanner

LONG = 60.0
MILLISECOND = 1e-3
MANY = 40
"""Subtasks of a plan."""


class Sizes(NamedTuple):
    """How much is measured."""

    rounds: int


FULL, QUICK = Sizes(rounds=200), Sizes(rounds=5)


class Endpoint(ThreadingHTTPServer):
    """Streams a plan up to some subtask, and goes on when that has begun.

    Attributes:
        stop: The subtask after which it waits.
        stream: Whether the plan comes as events.
        said: When the last byte of it was sent, seconds of `time.perf_counter`.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Reply)
        self.stop, self.stream, self.said = 0, True, 0.0
        self.begun = threading.Event()


class Reply(BaseHTTPRequestHandler):
    """One answer."""

    server: Endpoint  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_POST(self) -> None:
        """Answer with a plan."""
        server = self.server
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-type", "text/event-stream" if server.stream else "text/json")
        self.end_headers()
        steps = [json.dumps(_step(number)) for number in range(MANY)]
        if not server.stream:
            text = '{"subtasks": [' + ", ".join(steps) + "]}"
            said = {"choices": [{"message": {"content": text}, "finish_reason": "stop"}]}
            self.wfile.write(json.dumps(said).encode())
            self.wfile.flush()
            server.said = time.perf_counter()
            return
        self._event('{"subtasks": [')
        for number, step in enumerate(steps):
            self._event((", " if number else "") + step)
            if number == server.stop:
                server.said = time.perf_counter()
                server.begun.wait(LONG)
        self._event("]}", finish_reason="stop")

    def _event(self, text: str, **more: str) -> None:
        said = {"choices": [{"delta": {"content": text}, **more}]}
        self.wfile.write(b"data: " + json.dumps(said).encode() + b"\n\n")
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing."""


def _step(number: int) -> dict[str, Any]:
    return {
        "name": f"step {number}",
        "description": "A part of the work, said in as many words as models use for that." * 2,
        "priority": "MEDIUM",
        "minutes": 10,
        "skills": [],
        "after": [],
        "demands": [],
    }


def main() -> None:
    """Measure, print, write."""
    given = options(__doc__)
    sizes = QUICK if given.quick else FULL
    found = machine()
    with _endpoint() as endpoint:
        figures = [
            figure("first", "ms", _times(endpoint, sizes, 0)),
            figure("next", "ms", _times(endpoint, sizes, MANY // 2)),
            figure("whole", "ms", _times(endpoint, sizes, 0, stream=False)),
        ]
    targets = [Target("first, ms", figures[0]["median"], most=50.0)]
    report = {
        "benchmark": "llm",
        "machine": found,
        "settings": {"quick": given.quick, **sizes._asdict()},
        "figures": figures,
        "targets": [target.report() for target in targets],
    }
    rows = [
        (one["measure"], one["unit"], *(f"{one[key]:,.2f}" for key in ("median", "low", "high")))
        for one in figures
    ]
    head = (f"Streamed plans: {sizes.rounds} rounds", describe(found), "")
    body = [*head, *table(("", "", "median", "low", "high"), rows), "", *rows_of_targets(targets)]
    note = "Targets count on a quiet machine, and never with --quick."
    publish(report, body, [note], given.json)


def _times(endpoint: Endpoint, sizes: Sizes, stop: int, *, stream: bool = True) -> list[float]:
    """Milliseconds of each round."""
    url = f"http://127.0.0.1:{endpoint.server_address[1]}/v1"
    planner = LLMPlanner(url, "none", stream=stream, fallback=None)
    return [_round(endpoint, planner, stop, stream=stream) for _ in range(sizes.rounds)]


def _round(endpoint: Endpoint, planner: LLMPlanner, stop: int, *, stream: bool) -> float:
    begun: list[float] = []
    endpoint.stop, endpoint.stream = stop, stream
    endpoint.begun.clear()
    with Runtime(planner=planner) as runtime:
        runtime.register(_worker(f"step {stop}", begun, endpoint.begun), skills=["general"])
        runtime.submit("a goal").result(timeout=LONG)
    return (begun[0] - endpoint.said) / MILLISECOND


def _worker(name: str, begun: list[float], event: threading.Event) -> Callable[[Task], str]:
    def work(task: Task) -> str:
        if task.name == name:
            begun.append(time.perf_counter())
            event.set()
        return task.name

    return work


@contextmanager
def _endpoint() -> Generator[Endpoint]:
    endpoint = Endpoint()
    thread = threading.Thread(target=endpoint.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        endpoint.shutdown()
        endpoint.server_close()
        thread.join()


if __name__ == "__main__":
    main()
