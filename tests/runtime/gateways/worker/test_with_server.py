"""Agents of a worker do the work of a real server, as they would in its own process."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator

import pytest

from callboard.messages.bids import Bid
from callboard.messages.errors.endings import GoalFailed
from callboard.messages.user import UserMessage
from callboard.runtime.config import Config
from callboard.runtime.executors.context import Context
from callboard.runtime.executors.decorator import agent, handles
from callboard.runtime.executors.task import Task
from callboard.runtime.gateways.link.options import LinkOptions
from callboard.runtime.gateways.rest.app import build
from callboard.runtime.gateways.rest.server import Server
from callboard.runtime.gateways.worker import Worker, news
from callboard.runtime.runtime import Runtime
from tests.live import LONG, eventually
from tests.runtime.gateways.worker.seen import Seen


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    with Runtime(Config()) as runtime:
        yield runtime


@pytest.fixture
def server(runtime: Runtime) -> Iterator[Server]:
    with Server(runtime, port=0, app=build(runtime, link=LinkOptions(grace=60.0))) as server:
        yield server


class WorkersQuestion(UserMessage, frozen=True):
    text: str


@agent(skills=["adding"], max_load=4)
def adder(task: Task, ctx: Context) -> int:
    ctx.progress(0.5, "half of it")
    return 1 + sum(map(int, task.inputs.values()))


@agent(skills=["waiting"])
async def waiter(task: Task, ctx: Context) -> str:
    await ctx.asleep(0.0)
    return (await ctx.aonce(task.name)).key


@agent(skills=["computing"], isolation="process")
def computer(task: Task) -> tuple[str, int]:
    return task.name, os.getpid()


@agent(skills=["leading"])
class Leader:
    def on_start(self) -> None:
        self.asked: list[str] = []

    def work(self, _: Task, ctx: Context) -> object:
        goal = ctx.submit([{"name": "Part", "required_skills": ["adding"]}])
        return dict(ctx.wait(goal)), self.asked

    @handles(WorkersQuestion)
    def answer(self, message: WorkersQuestion) -> str:
        self.asked.append(message.text)
        return message.text.upper()


@agent(skills=["asking"])
def asker(_: Task, ctx: Context) -> object:
    return ctx.ask("Leader", WorkersQuestion(text="who?"), timeout=LONG)


def test_everything_runs_unchanged_in_a_worker(runtime: Runtime, server: Server) -> None:
    company = [adder, waiter, computer, Leader, asker]
    with Worker(server.url, company) as worker:
        worker.wait_until_there(LONG)
        results = runtime.submit(
            [
                {"name": "One", "required_skills": ["adding"]},
                {"name": "Two", "required_skills": ["adding"], "dependencies": ["One"]},
                {"name": "Once", "required_skills": ["waiting"]},
                {"name": "Elsewhere", "required_skills": ["computing"]},
                {"name": "Ask", "required_skills": ["asking"]},
                {"name": "Lead", "required_skills": ["leading"], "dependencies": ["Ask"]},
            ]
        ).result(LONG)
        worker.drain()
        assert worker.wait(LONG)

    assert (results["One"], results["Two"]) == (1, 2)
    assert results["Once"]
    assert results["Elsewhere"][0] == "Elsewhere"
    assert results["Elsewhere"][1] != os.getpid()
    assert (results["Ask"], results["Lead"]) == ("WHO?", [{"Part": 1}, ["who?"]])
    assert runtime.agents() == {}


def test_an_error_and_a_crash_are_the_agents_own(runtime: Runtime, server: Server) -> None:
    crashes = iter([True, False])

    @agent(skills=["failing"], retry=1)
    def fails(task: Task) -> str:
        if task.name == "Crash" and next(crashes):
            raise SystemExit(1)
        if task.name == "Fail":
            raise ValueError("never")
        return "in the end"

    seen = Seen()
    with Worker(server.url, [fails], watch=seen):
        crashed = runtime.submit([{"name": "Crash", "required_skills": ["failing"]}])
        assert crashed.result(LONG) == {"Crash": "in the end"}
        assert seen.wait(news.Renewed).why == "SystemExit: 1"
        failed = runtime.submit([{"name": "Fail", "required_skills": ["failing"]}])
        with pytest.raises(GoalFailed, match="ValueError: never"):
            failed.result(LONG)


def test_a_server_that_is_gone_for_a_while_has_its_work_done_once(runtime: Runtime) -> None:
    began, go_on = threading.Event(), threading.Event()
    times: list[str] = []

    @agent(skills=["patience"])
    def patient(task: Task) -> str:
        times.append(task.name)
        began.set()
        assert go_on.wait(LONG)
        return "done"

    seen, options = Seen(), LinkOptions(grace=60.0)
    app = build(runtime, link=options)
    first = Server(runtime, port=0, app=app)
    first.start()
    with Worker(first.url, [patient], watch=seen) as worker:
        worker.wait_until_there(LONG)
        goal = runtime.submit([{"name": "Wait", "required_skills": ["patience"]}])
        assert began.wait(LONG)
        first.stop()
        seen.wait(news.Unlinked)
        go_on.set()
        seen.wait(news.Ended)
        with Server(runtime, port=first.port, app=app):
            assert goal.result(LONG) == {"Wait": "done"}

    assert times == ["Wait"]


def test_cancelling_a_goal_ends_its_handlers(runtime: Runtime, server: Server) -> None:
    began, ended = threading.Event(), threading.Event()

    @agent(skills=["patience"])
    async def endless(_: Task) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with Worker(server.url, [endless]):
        goal = runtime.submit([{"name": "Wait", "required_skills": ["patience"]}])
        assert began.wait(LONG)
        goal.cancel("no longer wanted")
        assert ended.wait(LONG)


def test_a_limit_of_time_is_known_to_the_handler(runtime: Runtime, server: Server) -> None:
    @agent(skills=["telling"], timeout=60.0)
    def tells(_: Task, ctx: Context) -> float | None:
        return ctx.remaining

    with Worker(server.url, [tells]) as worker:
        results = runtime.submit([{"name": "Tell", "required_skills": ["telling"]}]).result(LONG)
        assert worker.clock.error < LONG

    assert 0.0 < results["Tell"] <= 60.0


def test_agents_of_a_worker_bid(runtime: Runtime, server: Server) -> None:
    def cheap(_: Task) -> Bid:
        return Bid(seconds=1.0)

    def dear(_: Task) -> Bid:
        return Bid(seconds=100.0)

    def who(_: Task, ctx: Context) -> str:
        return ctx.agent

    with (
        Worker(server.url, {"dear": who}, skills=["selling"], bid=dear) as one,
        Worker(server.url, {"cheap": who}, skills=["selling"], bid=cheap) as other,
    ):
        one.wait_until_there(LONG)
        other.wait_until_there(LONG)
        plan = [{"name": "Sell", "required_skills": ["selling"], "negotiate": True}]
        assert runtime.submit(plan).result(LONG)["Sell"] == "cheap"


def test_a_second_worker_with_the_id_of_a_living_one_waits(
    runtime: Runtime, server: Server
) -> None:
    seen = Seen()
    with Worker(server.url, [adder]) as first:
        first.wait_until_there(LONG)
        with Worker(server.url, [adder], watch=seen):
            assert "adder" in seen.wait(news.Unlinked).why
            first.drain()
            assert first.wait(LONG)
            seen.wait(news.Linked)
            eventually(lambda: "adder" in runtime.agents())


def test_the_id_of_an_agent_of_the_servers_own_is_told_and_tried_again(
    runtime: Runtime, server: Server
) -> None:
    seen = Seen()
    runtime.register(adder)
    with Worker(server.url, [adder], watch=seen):
        assert "the agent id 'adder' is taken" in seen.wait(news.Unlinked).why
        runtime.unregister("adder")
        seen.wait(news.Linked)
