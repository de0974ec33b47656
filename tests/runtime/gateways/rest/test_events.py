"""Server-sent events: nothing twice, nothing missing, and nobody holds up the runtime."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from callboard import Runtime, agent
from callboard.messages.notices import HeartbeatSeen
from callboard.runtime.gateways.rest.events import Events
from callboard.runtime.gateways.rest.routes import Doorway, routes
from tests.asked import Asked
from tests.live import LONG, eventually
from tests.runtime.settings import QUICK, helper
from tests.streams import Follower, Heard


@pytest.fixture(params=["memory", "file"])
def runtime(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Runtime]:
    """One that keeps its facts in memory, or in a file."""
    made = Runtime(QUICK) if request.param == "memory" else Runtime.open(tmp_path / "w.db", QUICK)
    with made:
        yield made
    assert made.hub.faults == 0


def follow(runtime: Runtime, **settings: Any) -> tuple[Events, Starlette]:
    """An application that has nothing but the events."""
    events = Events(runtime, **settings)
    return events, Starlette(routes=routes(Doorway(runtime, None), [events.endpoint]))


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(2 * LONG):
            await test()

    asyncio.run(limited())


def paused(count: int) -> Callable[[Heard], bool]:
    return lambda heard: heard.kind == "RuntimePaused" and heard.data["reason"] == str(count)


def facts_of(runtime: Runtime) -> list[tuple[int, str]]:
    """All that the journal has, with positions."""
    return [(n, type(fact).__name__) for n, fact in enumerate(runtime.journal.history(), 1)]


def told(heard: list[Heard]) -> list[tuple[int, str]]:
    return [(event.position, event.kind) for event in heard]


def test_a_goal_is_followed_live_from_its_acceptance_to_its_end(runtime: Runtime) -> None:
    async def test() -> None:
        _, app = follow(runtime)
        async with Follower(app, type="Fact") as follower:
            begun = follower.lines.last
            await runtime.aregister(helper, skills=["general"])
            await runtime.asubmit("tidy up")
            heard = await follower.until(lambda e: e.kind == "GoalCompleted")
        assert begun == ""
        assert told(heard) == facts_of(runtime)
        done = next(e.data for e in heard if e.kind == "SubtaskCompleted")
        assert done["result"] == "did Goal Execution"

    run(test)


def test_what_was_missed_is_replayed_and_then_it_goes_on_without_gap_or_double(
    runtime: Runtime,
) -> None:
    async def test() -> None:
        _, app = follow(runtime)
        stop = asyncio.Event()

        async def busy() -> None:
            count = 0
            while not stop.is_set():
                await runtime.apause(str(count := count + 1))

        work = asyncio.create_task(busy())
        heard: list[Heard] = []
        last = ""
        for visit in range(6):
            headers = {"Last-Event-ID": last} if last else {}
            async with Follower(app, headers, **({} if last else {"after": "0"})) as follower:
                wanted = 20 * (visit + 1)
                async for event in follower.events():
                    if event.kind == "RuntimePaused":
                        heard.append(event)
                        if len(heard) >= wanted:
                            break
                last = follower.lines.last
        stop.set()
        await work
        reasons = [int(event.data["reason"]) for event in heard]
        assert reasons == list(range(1, len(reasons) + 1))

    run(test)


def test_only_what_is_asked_for_comes(runtime: Runtime) -> None:
    async def test() -> None:
        _, app = follow(runtime)
        for name in ("ann", "bob"):
            await runtime.aregister(helper, id=name, skills=[name])
        first, second = [
            await runtime.asubmit(f"for {name}", plan=[{"name": name, "required_skills": [name]}])
            for name in ("ann", "bob")
        ]
        await first.aresult()
        await second.aresult()
        await runtime.apause("x")

        async def kept(**query: Any) -> list[Heard]:
            async with Follower(app, after="0", follow="false", **query) as follower:
                return [event async for event in follower.events()]

        everything = await kept()
        by_goal = await kept(goal=first.id)
        by_agent = await kept(agent="bob")
        by_type = await kept(type=["GoalAccepted", "GoalCompleted"])
        both = await kept(goal=[second.id], type=["GoalAccepted", "GoalCompleted"])
        [subtask] = [e.data["subtask"] for e in by_goal if e.kind == "SubtaskQueued"]

        assert told(everything) == facts_of(runtime)
        assert {e.kind for e in by_goal} >= {"GoalAccepted", "PlanAdopted", "GoalCompleted"}
        assert all(first.id in str(e.data) and second.id not in str(e.data) for e in by_goal)
        assert {e.kind for e in by_agent} >= {"AgentRegistered", "SubtaskAssigned"}
        assert all("bob" in str(e.data) for e in by_agent)
        assert sorted(e.kind for e in by_type) == ["GoalAccepted"] * 2 + ["GoalCompleted"] * 2
        assert [e.kind for e in both] == ["GoalAccepted", "GoalCompleted"]
        assert all(subtask in str(e.data) for e in await kept(subtask=subtask))

    run(test)


def test_notices_come_as_they_are_seen_and_have_no_id_of_their_own(runtime: Runtime) -> None:
    @agent(skills=["general"])
    def painter(_: object, ctx: Any) -> str:
        ctx.progress(0.5, "half")
        return "red"

    async def test() -> None:
        _, app = follow(runtime)
        await runtime.aregister(painter)
        async with Follower(app) as follower:
            await runtime.asubmit("paint")
            heard = await follower.until(lambda e: e.kind == "GoalCompleted")
            heard += (
                []
                if any(e.kind == "ProgressMade" for e in heard)
                else await follower.until(lambda e: e.kind == "ProgressMade")
            )
        made = [e for e in heard if e.kind == "ProgressMade"]
        assert [(e.data["fraction"], e.data["note"]) for e in made] == [(0.5, "half")]

    run(test)


def test_a_silent_stream_gives_signs_of_life_that_carry_how_far_the_reader_is(
    runtime: Runtime,
) -> None:
    async def test() -> None:
        _, app = follow(runtime, heartbeat=0.02)
        async with Follower(app, type="GoalFailed") as follower:
            await runtime.apause("not wanted")
            count = 0
            while follower.lines.last.partition(".")[0] != str(runtime.journal.count) or not count:
                await follower.comments(follower.lines.comments + 1)
                await follower.comments(follower.lines.comments + 1)
                count += 1

    run(test)


def test_who_falls_behind_is_told_how_many_notices_it_lost_and_misses_no_fact(
    runtime: Runtime,
) -> None:
    async def test() -> None:
        _, app = follow(runtime, keep=8)
        async with Follower(app) as slow, Follower(app, type="RuntimePaused") as quick:
            slow.open.clear()
            for count in range(1, 31):
                runtime.hub.see(HeartbeatSeen(at=1.0, agent="ann"))
                await runtime.apause(str(count))
                await quick.until(paused(count))
            slow.open.set()
            heard = await slow.until(paused(30))
        reasons = [e.data["reason"] for e in heard if e.kind == "RuntimePaused"]
        beats = [e for e in heard if e.kind == "HeartbeatSeen"]
        lost = [e.data["count"] for e in heard if e.kind == "EventsLost"]
        assert reasons == [str(count) for count in range(1, 31)]
        assert len(beats) + sum(lost) == 30
        assert lost

    run(test)


def test_a_reader_who_takes_nothing_is_dropped_and_the_runtime_goes_on(
    runtime: Runtime,
) -> None:
    async def test() -> None:
        events, app = follow(runtime, patience=0.05, keep=8)
        async with Follower(app) as follower:
            follower.open.clear()
            await runtime.apause("1")
            while events.feed.readers:  # noqa: ASYNC110 - nobody tells of that
                await asyncio.sleep(0.01)
            last = follower.lines.last
            await runtime.apause("2")
        assert last == ""
        async with Follower(app, after="0") as again:
            heard = await again.until(paused(2))
        assert [e.data["reason"] for e in heard if e.kind == "RuntimePaused"] == ["1", "2"]

    run(test)


def test_a_stream_ends_when_its_server_stops_and_when_the_runtime_does(runtime: Runtime) -> None:
    async def test() -> None:
        events, app = follow(runtime)
        async with Follower(app, type="Fact") as follower:
            await runtime.apause("1")
            await follower.until(paused(1))
            await asyncio.to_thread(events.close_soon)
            assert [e async for e in follower.events()] == []

        _, app = follow(runtime)
        async with Follower(app, type="Fact") as follower:
            await runtime.apause("2")
            await follower.until(paused(2))
            await runtime.aclose()
            async for event in follower.events():
                assert event.position

    run(test)


def test_who_leaves_is_forgotten(runtime: Runtime) -> None:
    async def test() -> None:
        events, app = follow(runtime)
        async with Follower(app), Follower(app):
            assert events.feed.readers == 2
        assert events.feed.readers == 0

    run(test)


def test_positions_hold_when_a_file_is_opened_again_and_not_in_memory(tmp_path: Path) -> None:
    async def test() -> None:
        async def visit(runtime: Runtime, last: str) -> tuple[list[Heard], str]:
            _, app = follow(runtime)
            await runtime.apause("1")
            headers = {"Last-Event-ID": last} if last else {}
            query = {} if last else {"after": "0"}
            async with Follower(app, headers, follow="false", **query) as follower:
                heard = [event async for event in follower.events()]
                return heard, follower.lines.last

        ways: list[Callable[[], Runtime]] = [
            lambda: Runtime(QUICK),
            lambda: Runtime.open(tmp_path / "w.db", QUICK),
        ]
        for again in ways:
            with again() as runtime:
                await visit(runtime, "")
                eventually(lambda: runtime.journal.count > 0)
                heard, last = await visit(runtime, "")
                assert heard[0].position == 1
            with again() as runtime:
                heard, _ = await visit(runtime, last)
                goes_on = runtime.journal.lasting
                assert heard[0].position == (int(last) + 1 if goes_on else 1)

    run(test)


@pytest.mark.parametrize(
    ("query", "headers", "status", "field"),
    [
        ({"type": "SubtaskQueue"}, {}, 400, "type"),
        ({"after": "-1"}, {}, 400, "after"),
        ({"after": "²"}, {}, 400, "after"),
        ({"after": "9" * 30}, {}, 400, "after"),
        ({"follow": "perhaps"}, {}, 400, "follow"),
        ({"colour": "red"}, {}, 400, "colour"),
        ({"goal": "no-such-goal"}, {}, 404, None),
        ({}, {"Last-Event-ID": "seventeen"}, 400, "Last-Event-ID"),
    ],
)
def test_what_cannot_be_is_refused(
    door: Asked, query: dict[str, str], headers: dict[str, str], status: int, field: str | None
) -> None:
    found, said = door.refused("GET", "/events", params=query, headers=headers)

    assert (found, said.get("field")) == (status, field)


def test_a_kind_that_is_misspelt_is_told_the_right_one(door: Asked) -> None:
    _, said = door.refused("GET", "/events", params={"type": "SubtaskQueue"})

    assert said["error"] == "type: SubtaskQueue is no kind of event; did you mean SubtaskQueued?"


def test_head_says_what_it_would_be_and_ends(door: Asked) -> None:
    answer = door.ask("HEAD", "/events")

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/event-stream")


def test_an_error_within_the_stream_is_told_in_it(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: int) -> None:
        raise OSError("the disk is gone")

    async def test() -> None:
        _, app = follow(runtime)
        monkeypatch.setattr(runtime.journal, "stretch", fails)
        async with Follower(app, after="0") as follower:
            heard = [event async for event in follower.events()]
        assert [(e.name, e.data["kind"]) for e in heard] == [("failure", "InternalError")]
        assert "disk" not in str(heard)

    run(test)
