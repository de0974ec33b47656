"""Events over real sockets: streams end with their server, and who does not read is dropped."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Generator, Iterator
from pathlib import Path

import httpx

from callboard import Runtime
from callboard.runtime.gateways.rest.app import build
from callboard.runtime.gateways.rest.limits import Limits
from callboard.runtime.gateways.rest.server import Server
from tests.live import LONG, eventually
from tests.runtime.settings import QUICK, helper
from tests.streams import Heard, Lines


@contextlib.contextmanager
def stream(url: str, last: str = "", **query: str) -> Generator[tuple[Lines, Iterator[Heard]]]:
    """What a browser would hear that has heard that event last."""
    lines = Lines()
    lines.last = last
    headers = {"Last-Event-ID": last} if last else {}

    def events(answer: httpx.Response) -> Iterator[Heard]:
        # A server that stops cuts its streams off; a browser takes that for their end.
        with contextlib.suppress(httpx.RemoteProtocolError):
            for line in answer.iter_lines():
                heard = lines.line(line)
                if heard is not None:
                    yield heard

    with httpx.stream(
        "GET", f"{url}/events", params=query, headers=headers, timeout=LONG
    ) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield lines, events(answer)


def test_a_stream_goes_on_with_the_next_server_where_the_last_one_ended(tmp_path: Path) -> None:
    path = tmp_path / "work.db"
    with Runtime.open(path, QUICK) as runtime, runtime.serve(0) as server:
        with stream(server.url, after="0", type="Fact") as (lines, events):
            runtime.register(helper)
            runtime.submit("tidy up").result(LONG)
            first = [next(events)]
            while first[-1].kind != "GoalCompleted":
                first.append(next(events))
            assert server.stop()
            assert list(events) == []
        last = lines.last

    with Runtime.open(path, QUICK) as runtime, runtime.serve(0) as server:
        runtime.register(helper)
        runtime.submit("tidy up again").result(LONG)
        with stream(server.url, last, type="Fact") as (_, events):
            second = [next(events)]
            while second[-1].kind != "GoalCompleted":
                second.append(next(events))

        kept = list(enumerate((type(f).__name__ for f in runtime.journal.history()), 1))
    heard = [(event.position, event.kind) for event in (*first, *second)]
    assert heard == kept[: len(heard)]
    assert [kind for _, kind in heard].count("GoalCompleted") == 2


def test_who_does_not_read_is_dropped_and_others_hear_everything() -> None:
    big = "x" * 200_000
    with Runtime(QUICK) as runtime:
        app = build(runtime)
        limits = Limits(write_seconds=0.2)
        feed = app.state.watching.events.feed
        with Server(runtime, port=0, limits=limits, app=app) as server:
            deaf = socket.create_connection(("127.0.0.1", server.port))
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.sendall(b"GET /events HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
            with stream(server.url, type="RuntimePaused") as (_, events):
                eventually(lambda: feed.readers == 2)
                count = 0
                while feed.readers == 2:
                    runtime.pause(f"{count}{big}")
                    assert next(events).data["reason"] == f"{count}{big}"
                    count += 1
                runtime.pause("the last one")
                assert next(events).data["reason"] == "the last one"
            deaf.close()
            eventually(lambda: feed.readers == 0)
