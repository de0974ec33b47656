"""Workers that are not taken in, and servers that are not there."""

from __future__ import annotations

from typing import Any

import pytest

from callboard.messages.errors.agents import AgentIdTaken, InvalidOption
from callboard.messages.errors.base import CallboardError
from callboard.messages.errors.serving import ServerForeign, ServerRefused, ServerUnreachable
from callboard.runtime.executors.decorator import agent
from callboard.runtime.executors.task import Task
from callboard.runtime.gateways.link import frames
from callboard.runtime.gateways.worker import Worker, news
from tests.live import LONG
from tests.runtime.gateways.worker.board import Board, count, there
from tests.runtime.gateways.worker.seen import Seen


def test_who_is_not_taken_in_says_why(board: Board) -> None:
    with Worker(board.url, [count]) as worker:
        board.link().say(frames.Refused(error="id 'count' is taken", kind="AgentIdTaken"))
        with pytest.raises(ServerRefused, match="id 'count' is taken"):
            worker.wait(LONG)


def test_another_version_of_the_protocol_is_said(board: Board) -> None:
    with Worker(board.url, [count]) as worker:
        board.link().welcome(protocol=frames.PROTOCOL + 1)
        with pytest.raises(ServerForeign, match="version"):
            worker.wait(LONG)


def test_who_is_to_come_back_later_does(board: Board) -> None:
    seen = Seen()
    with Worker(board.url, [count], watch=seen):
        board.link().say(frames.Refused(error="not yet", lasting=False))
        there(board)
        seen.wait(news.Linked)

    assert "not yet" in seen.of(news.Unlinked)[0].why


def test_an_agent_that_cannot_begin_is_the_agents_fault(board: Board) -> None:
    @agent
    class Broken:
        def on_start(self) -> None:
            raise OSError("no disk")

        def work(self, task: Task) -> None: ...

    with Worker(board.url, [Broken]) as worker, pytest.raises(CallboardError) as caught:
        worker.wait(LONG)

    assert "no disk" in str(caught.value)


def test_no_proxy_is_asked_for_this_machine(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody
    with Worker(board.url, [count]):
        there(board)


def test_a_server_that_is_not_there_is_given_up_after_a_time(board: Board) -> None:
    seen = Seen()
    port = board.port
    board.close()
    with (
        Worker(f"http://127.0.0.1:{port}", [count], watch=seen, give_up_after=0.1) as worker,
        pytest.raises(ServerUnreachable, match=r"given up after 0\.1 s"),
    ):
        worker.wait(LONG)


@pytest.mark.parametrize(
    "url", ["", "nowhere", "ftp://x", "http://", "http://h:99999", "http://h/?q", "http://u@h", 7]
)
def test_an_address_that_is_none_is_refused_at_once(url: Any) -> None:
    with pytest.raises(InvalidOption, match="server"):
        Worker(url, [count])


def test_two_agents_of_one_id_are_refused_at_once() -> None:
    with pytest.raises(AgentIdTaken):
        Worker("http://127.0.0.1:1", [count, count])
