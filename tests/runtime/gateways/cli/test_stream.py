"""Events over HTTP: frames, interruptions, and what a newer server says."""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec
import pytest

from callboard.messages import facts
from callboard.messages.errors.serving import (
    ServerForeign,
    ServerRefused,
    ServerUnreachable,
    TokenRefused,
)
from callboard.messages.unions import Event
from callboard.messages.user import pack
from callboard.runtime.gateways.cli import stream
from callboard.runtime.gateways.cli.carrier import Asked, Broken, Reply, Trouble, Unreached
from callboard.runtime.gateways.cli.stream import Frame, followed, frames
from tests.runtime.gateways.cli.bridge import Lines, Played, says

SERVER = "http://board.example"
NOBODY = Unreached("nobody", 10.0)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "_FIRST", 1e-9)
    monkeypatch.setattr(stream, "_LONGEST", 1e-9)


def sent(number: int, event: facts.Fact) -> str:
    return f"id: {number}\nevent: {type(event).__name__}\ndata: {said(event)}\n\n"


def said(event: facts.Fact) -> str:
    return msgspec.json.encode(event).decode()


def follow(
    *answers: Reply | Lines | Trouble, patience: float = 60.0
) -> tuple[Iterator[Event], list[Asked]]:
    """What a server that answers so, one request after the other, tells."""
    requests: list[Asked] = []
    waiting = list(answers)

    def handle(asked: Asked) -> Reply | Lines:
        requests.append(asked)
        answer = waiting.pop(0)
        if isinstance(answer, Trouble):
            raise answer
        return answer

    told = followed(
        Played(handle),
        SERVER,
        "/at/home/events",
        {"goal": "g1"},
        headers={"Authorization": "Bearer x"},
        patience=patience,
    )
    return told, requests


ENDS = [facts.GoalCompleted(at=float(n), goal="g1") for n in range(4)]


def test_a_frame_has_an_id_a_kind_and_data_of_several_lines() -> None:
    lines = [": hello", "", "id: 3", "event: a", "data: 1", "data:2", "retry: 5", "", "data: 3", ""]

    assert list(frames(lines)) == [Frame("3", "a", "1\n2"), Frame("", "", "3")]


def test_a_frame_may_say_only_how_far_the_reader_is() -> None:
    assert list(frames([": here", "id: 9", "", ": here", ""])) == [Frame("9", "", "")]


def test_results_of_users_are_plain_json_on_the_way() -> None:
    done = facts.SubtaskCompleted(
        at=1.0, goal="g1", subtask="s1", lease=None, result=pack([1, None], what="it"), seconds=0.0
    )
    table = {**msgspec.to_builtins(done), "result": [1, None]}
    told, _ = follow(Lines(f"data: {json.dumps(table)}\n\n"))

    assert next(told) == done


def test_a_frame_that_was_not_ended_is_none() -> None:
    assert list(frames(["id: 3", "data: 1"])) == []


def test_what_breaks_off_goes_on_after_the_last_event() -> None:
    told, asked = follow(
        Lines(sent(1, ENDS[0]) + sent(2, ENDS[1]) + "id: 3\nda", then=Broken("gone")),
        NOBODY,
        says({"error": "it is starting", "kind": "RuntimeDraining"}, 503),
        Lines(sent(3, ENDS[2])),
        Lines(sent(4, ENDS[3])),
    )

    assert [next(told) for _ in range(4)] == ENDS
    positions = [request.headers.get("Last-Event-ID") for request in asked]
    assert positions == [None, "2", "2", "2", "3"]
    assert {(one.method, one.target) for one in asked} == {("GET", "/at/home/events?goal=g1")}
    assert {one.headers["Authorization"] for one in asked} == {"Bearer x"}


def test_what_is_not_known_here_is_passed_over() -> None:
    newer = 'id: 1\ndata: {"kind": "FromTheFuture", "at": 1.0}\n\ndata: nonsense\n\n'
    told, _ = follow(Lines(newer + sent(2, ENDS[0])))

    assert next(told) == ENDS[0]


def test_a_server_that_stays_away_is_given_up() -> None:
    told, asked = follow(*[NOBODY] * 50, patience=1e-8)

    with pytest.raises(ServerUnreachable, match="nobody answers there"):
        next(told)
    assert 5 < len(asked) < 20


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (says({"error": "unknown goal 'g1'"}, 404), ServerRefused),
        (says({"error": "a token is needed"}, 401), TokenRefused),
        (Reply(404, "text/html", b"<html>"), ServerForeign),
    ],
)
def test_what_waiting_does_not_mend_is_an_error(answer: Reply, error: type[Exception]) -> None:
    told, asked = follow(answer)

    with pytest.raises(error):
        next(told)
    assert len(asked) == 1
