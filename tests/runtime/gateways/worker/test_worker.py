"""A worker with real threads on real links, at a server whose words the test says."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from msgspec import Raw

from callboard.messages.values import Token
from callboard.runtime.executors.context import Context
from callboard.runtime.executors.decorator import agent
from callboard.runtime.executors.processes.wire import Answered, Called, Check
from callboard.runtime.executors.task import Task
from callboard.runtime.gateways.link import frames
from callboard.runtime.gateways.worker import Worker, news
from tests.live import LONG
from tests.runtime.gateways.worker.board import Board, assign, count, result_of, there
from tests.runtime.gateways.worker.seen import Seen


def test_a_worker_says_who_it_is_does_what_it_is_told_and_leaves(
    board: Board, strays: Callable[[], set[threading.Thread]]
) -> None:
    seen = Seen()
    with Worker(board.url, [count], watch=seen, token="secret") as worker:
        link = board.link()
        link.welcome()
        worker.wait_until_there(LONG)
        link.say(assign("1.1.1", data=Raw(b"\x07")))
        done = link.next(frames.Done)
        link.say(frames.Ack(token="1.1.1"))
        worker.drain()
        link.next(frames.Drain)
        link.say(frames.Bye())
        assert worker.wait(LONG)
        assert strays() == set()

    assert (link.hello.worker.id, [s.name for s in link.hello.worker.skills]) == (
        "count",
        ["counting"],
    )
    assert (done.token, result_of(done)) == ("1.1.1", 7)
    assert board.tokens == ["Bearer secret"]
    assert [type(each) for each in seen.all] == [news.Linked, news.Begun, news.Ended, news.Left]


def test_what_is_not_acknowledged_is_told_again_on_the_next_link(board: Board) -> None:
    with Worker(board.url, [count]) as worker:
        first = there(board)
        first.say(assign("1.1.1"))
        first.next(frames.Done)
        first.cut()
        second = there(board, resumed=True)

        again = second.next(frames.Done)
        second.say(frames.Ack(token="1.1.1"))
        second.cut()
        third = there(board, resumed=True)
        worker.drain()
        third.next(frames.Drain)

    assert second.hello.life == first.hello.life
    assert second.hello.held == (frames.Held(token="1.1.1", subtask="s1.1.1", ended=True),)
    assert again.token == "1.1.1"
    assert third.hello.held == ()


def test_work_goes_on_while_the_link_is_lost_and_is_told_then(board: Board) -> None:
    go_on, began = threading.Event(), threading.Event()

    @agent
    def patient(task: Task) -> str:
        began.set()
        assert go_on.wait(LONG)
        return task.name

    seen = Seen()
    with Worker(board.url, [patient], watch=seen):
        first = there(board)
        first.say(assign("1.1.1"))
        assert began.wait(LONG)
        first.cut()
        seen.wait(news.Unlinked)
        second = board.link()
        go_on.set()
        seen.wait(news.Ended)
        second.welcome(resumed=True)
        done = second.next(frames.Done)

    assert second.hello.held == (frames.Held(token="1.1.1", subtask="s1.1.1"),)
    assert result_of(done) == "Count"


def test_an_assignment_that_comes_twice_is_done_once(board: Board) -> None:
    times: list[str] = []

    @agent
    def once(task: Task) -> None:
        times.append(task.name)

    with Worker(board.url, [once]):
        link = there(board)
        link.say(assign("1.1.1"), assign("1.1.1"))
        link.next(frames.Done)
        link.say(frames.Ack(token="1.1.1"), assign("1.1.1"), assign("1.1.2", "Other"))
        assert link.next(frames.Done).token == "1.1.2"

    assert times == ["Count", "Other"]


def test_an_error_goes_to_the_server_with_its_traceback(board: Board) -> None:
    @agent
    def wrong(task: Task) -> None:
        raise KeyError(task.name)

    with Worker(board.url, [wrong]):
        link = there(board)
        link.say(assign("1.1.1"))
        problem = link.next(frames.Failed).problem

    assert (problem.error, problem.text) == ("KeyError", "KeyError: 'Count'")
    assert "raise KeyError(task.name)" in problem.traceback


def test_a_handler_is_told_to_stop_and_asks_the_server(board: Board) -> None:
    @agent
    async def careful(_: Task, ctx: Context) -> None:
        await ctx.aonce("mail")
        ctx.progress(0.5, "half", checkpoint=[1])
        await asyncio.Event().wait()

    with Worker(board.url, [careful]):
        link = there(board)
        link.say(assign("1.1.1"))
        called = link.next(Called)
        assert isinstance(called.wish, Check)
        assert called.wish.lease.token == Token(boot=1, incarnation=1, counter=1)
        link.say(Answered(call=called.call))
        progress = link.next(frames.Progress)
        link.say(frames.Stop(token="1.1.1", reason="no longer wanted"))
        stopped = link.next(frames.Stopped)

    assert (progress.fraction, progress.note, bytes(progress.checkpoint)) == (
        0.5,
        "half",
        b"\x91\x01",
    )
    assert stopped == frames.Stopped(token="1.1.1")


def test_a_question_that_broke_off_is_asked_again_of_who_knows_it(board: Board) -> None:
    @agent
    def careful(_: Task, ctx: Context) -> str:
        return ctx.once("mail").key

    with Worker(board.url, [careful]):
        first = there(board)
        first.say(assign("1.1.1"))
        asked = first.next(Called)
        first.cut()
        second = there(board, resumed=True)
        again = second.next(Called)
        second.say(Answered(call=again.call))
        second.next(frames.Done)

    assert again == asked


def test_a_question_to_a_server_that_was_started_anew_fails(board: Board) -> None:
    @agent
    def careful(_: Task, ctx: Context) -> None:
        ctx.once("mail")

    with Worker(board.url, [careful]):
        first = there(board)
        first.say(assign("1.1.1"))
        first.next(Called)
        first.cut()
        problem = there(board).next(frames.Failed).problem

    assert problem.error == "ServerUnreachable"
    assert "it was started anew" in problem.text


def test_code_that_goes_down_begins_anew_on_the_same_link(board: Board) -> None:
    lives: list[int] = []

    @agent
    class Fragile:
        def on_start(self) -> None:
            lives.append(len(lives))

        def work(self, task: Task) -> int:
            if task.name == "Crash":
                raise SystemExit(3)
            return lives[-1]

    seen = Seen()
    with Worker(board.url, [Fragile], watch=seen):
        link = there(board)
        link.say(assign("1.1.1", "Crash"))
        crashed = link.next(frames.Crashed)
        link.say(frames.Ack(token=crashed.token, refused="it crashed"), frames.Reconcile(epoch=2))
        running = link.next(frames.Running)
        link.say(assign("1.1.2"))
        done = link.next(frames.Done)

    assert (running.epoch, running.held, result_of(done)) == (2, (), 1)
    assert len(seen.of(news.Renewed)) == 1
    assert seen.of(news.InVain) == []


def test_what_the_server_starts_anew_begins_anew_here(board: Board) -> None:
    @agent
    class Counter:
        count = 0

        def work(self, _: Task) -> int:
            self.count += 1
            return self.count

    with Worker(board.url, [Counter]):
        link = there(board)
        link.say(assign("1.1.1"))
        assert result_of(link.next(frames.Done)) == 1
        link.say(frames.Ack(token="1.1.1"), assign("1.1.2"))
        assert result_of(link.next(frames.Done)) == 2
        link.say(frames.Reconcile(epoch=2))
        held = link.next(frames.Running).held
        link.say(frames.Ack(token="1.1.2"), assign("1.1.3"))
        assert result_of(link.next(frames.Done)) == 1

    assert held == (frames.Held(token="1.1.2", subtask="s1.1.2", ended=True),)


def test_what_runs_may_end_before_it_leaves(board: Board) -> None:
    go_on, began = threading.Event(), threading.Event()

    @agent
    def patient(_: Task) -> str:
        began.set()
        assert go_on.wait(LONG)
        return "after all"

    with Worker(board.url, [patient]) as worker:
        link = there(board)
        link.say(assign("1.1.1"))
        assert began.wait(LONG)
        worker.drain(LONG)
        link.next(frames.Drain)
        go_on.set()
        done = link.next(frames.Done)
        link.say(frames.Ack(token="1.1.1"), frames.Bye())
        assert worker.wait(LONG)

    assert result_of(done) == "after all"


def test_what_does_not_end_in_time_is_given_back_and_stopped(board: Board) -> None:
    began, stopped = threading.Event(), threading.Event()

    @agent
    async def endless(_: Task) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    seen = Seen()
    with Worker(board.url, [endless], watch=seen) as worker:
        link = there(board)
        link.say(assign("1.1.1"))
        assert began.wait(LONG)
        worker.drain(0.0)
        link.next(frames.Drain)
        bye = link.next(frames.Bye)
        assert worker.wait(LONG)

    assert stopped.is_set()
    assert bye.reason == "the worker ends"
    assert seen.of(news.Left) == [news.Left(agent="endless", cut=("Count",))]


def test_a_result_that_the_server_does_not_take_becomes_an_error_of_the_agents(
    board: Board,
) -> None:
    @agent
    def talkative(_: Task) -> str:
        return "x" * 100_000

    with Worker(board.url, [talkative]):
        link = there(board, longest=50_000)
        link.say(assign("1.1.1"))
        problem = link.next(frames.Failed).problem

    assert problem.fault == "agent"
    assert "more than the server accepts in one message" in problem.text


def test_heartbeats_come_while_handlers_are_busy(board: Board) -> None:
    enough = threading.Event()

    @agent
    def busy(_: Task) -> None:
        while not enough.is_set():
            pass

    with Worker(board.url, [busy]):
        link = there(board, heartbeat=0.01)
        link.say(assign("1.1.1"))
        beats = [link.next(frames.Heartbeat) for _ in range(5)]
        enough.set()
        link.next(frames.Done)

    assert all(beat.memory is None or 0.0 <= beat.memory <= 1.0 for beat in beats)


def test_a_name_keeps_workers_of_one_program_apart() -> None:
    worker = Worker("http://127.0.0.1:1", [count], name="night")

    assert worker.agents == ("count@night",)
