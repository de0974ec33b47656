"""The commands that ask a server or a journal: the same answers, whoever gives them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from callboard import Runtime, Task
from callboard.runtime.gateways.cli.commands import cancel, drain, pause, requeue, resume
from callboard.runtime.gateways.cli.where import ALL
from callboard.runtime.gateways.operations.table import named
from tests.live import LONG, eventually
from tests.runtime.gateways.cli.conftest import Run
from tests.runtime.settings import QUICK, helper

ASKING = (
    ("goals",),
    ("agents",),
    ("status",),
    ("tensor",),
    ("goal", "--key", "k"),
    ("story", "SUBTASK"),
)


@pytest.fixture
def runtime(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    """One that is served, and asked where nothing else is said; its journal is work.db."""
    with Runtime.open(folder / "work.db", QUICK) as runtime, runtime.serve(port=0) as server:
        monkeypatch.setenv("CALLBOARD_SERVER", server.url)
        runtime.register(helper)
        yield runtime


@pytest.fixture
def held(runtime: Runtime, folder: Path) -> Iterator[threading.Event]:
    """An agent for `waiting` that does nothing until this is set."""
    go = threading.Event()

    def wait(task: Task) -> str:
        go.wait(LONG)
        return task.name

    runtime.register(wait, id="waiter", skills=["waiting"])
    plan = {"subtasks": [{"name": "Wait", "required_skills": ["waiting"]}]}
    (folder / "wait.json").write_text(json.dumps(plan))
    yield go
    go.set()


def ids(callboard: Run, *arguments: str) -> tuple[str, str]:
    """Of a goal and its first subtask."""
    goal = callboard("submit", *arguments).out.strip()
    eventually(lambda: callboard("goal", goal, "--json").data["subtasks"])
    return goal, callboard("goal", goal, "--json").data["subtasks"][0]["uuid"]


def without_time(data: Any) -> Any:
    """What a journal does not know, or says of another moment, left out."""
    told = {"last_heartbeat", "bounds", "learning", "incarnation", "status"}
    match data:
        case {**fields}:
            return {name: without_time(fields[name]) for name in fields.keys() - told}
        case [*several]:
            return [without_time(one) for one in several]
        case _:
            return data


@pytest.mark.usefixtures("runtime")
def test_a_goal_is_handed_in_waited_for_and_told(callboard: Run) -> None:
    shown = callboard("submit", "analyze customer data", "--wait", "--key", "k")

    assert shown.status == 0
    assert shown.out.startswith("analyze customer data: completed in ")
    assert "Report Generation: helper, " in shown.out
    assert "did Report Generation" in shown.out
    assert "helper has done Data Analysis" in shown.err
    assert "3/3" in callboard("goals").out
    assert (
        "- helper completed it"
        in callboard(
            "explain",
            "Data Analysis",
            "--goal",
            callboard("goals", "--json").data["goals"][0]["id"],
        ).out
    )
    whole = callboard("goal", "--key", "k", "--results").out
    assert "completed, 3/3 done" in whole
    assert "did Data Analysis" in whole


def test_a_goal_that_fails_ends_with_1_and_why(callboard: Run, runtime: Runtime) -> None:
    def wrong(_: Task) -> None:
        raise ValueError("no such page")

    runtime.register(wrong, id="wrong", skills=["reading"], retry=1)
    Path("read.json").write_text('[{"name": "Read", "required_skills": ["reading"]}]')
    shown = callboard("submit", "--plan", "read.json", "--wait", "-q")

    assert shown.status == 1
    assert "callboard submit: the agents' fault: Read: ValueError: no such page" in shown.err


@pytest.mark.usefixtures("runtime")
def test_a_server_and_its_journal_answer_alike(callboard: Run) -> None:
    assert callboard("submit", "tidy up", "--key", "k", "--wait", "-q").status == 0
    subtask = callboard("goal", "--key", "k", "--json").data["subtasks"][0]["uuid"]
    for asked in ASKING:
        command = [subtask if word == "SUBTASK" else word for word in asked]
        served = callboard(*command, "--json")
        read = callboard(*command, "--json", "--journal", "work.db")

        assert (served.status, read.status) == (0, 0)
        if asked[0] == "story":  # notices are not kept
            kept = {event["kind"] for event in read.data["events"]}
            assert kept <= {event["kind"] for event in served.data["events"]}
        else:
            assert without_time(read.data) == without_time(served.data)
        assert callboard(*command).status == 0


@pytest.mark.usefixtures("runtime")
def test_the_tensor_is_written_for_numpy(callboard: Run, folder: Path) -> None:
    callboard("submit", "tidy up", "--wait", "-q")
    shown = callboard("tensor", "--npz", "t.npz")

    assert shown.out == "T_task (1, 1, 4), 1 number, is in t.npz\n"
    with np.load(folder / "t.npz") as file:
        assert file["data"].tolist() == [1.0]
    assert "helper 1.00" in callboard("tensor").out


def test_what_runs_is_held_up_let_go_on_and_ended(callboard: Run, held: threading.Event) -> None:
    goal, subtask = ids(callboard, "--plan", "wait.json")
    for kind, name in (("goal", goal), ("subtask", subtask), ("agent", "waiter")):
        assert callboard("pause", kind, name, "--reason", "lunch").out == (
            f"{kind} {name} is paused\n"
        )
        assert callboard("resume", kind, name).out == f"{kind} {name} goes on\n"
    assert callboard("pause", "all").out == "the runtime is paused\n"
    assert "paused" in callboard("status").out
    assert callboard("resume", "all").status == 0
    assert callboard("cancel", "goal", goal).out == f"goal {goal} is cancelled\n"
    held.set()
    assert callboard("goal", goal, "--json").data["goal"]["status"] == "cancelled"
    assert callboard("drain", "agent", "waiter").out == "agent waiter ends with what runs\n"


def test_waiting_has_an_end_that_leaves_the_goal_alone(
    callboard: Run, held: threading.Event
) -> None:
    shown = callboard("submit", "--plan", "wait.json", "--wait", "--timeout", "0.2", "--json")

    assert shown.status == 4
    assert "not done within 0.2 s; goal " in shown.err
    assert shown.data["exit_status"] == 4
    assert callboard("goals", "--state", "running", "--json").data["count"] == 1
    held.set()


def test_a_goal_is_kept_in_a_file_for_whoever_serves_it_next(callboard: Run, folder: Path) -> None:
    goal = callboard("submit", "tidy up", "--journal", "new.db").out.strip()
    cancelled = callboard("submit", "not this", "--journal", "new.db").out.strip()
    assert callboard("cancel", "goal", cancelled, "--journal", "new.db").status == 0

    with Runtime.open(folder / "new.db", QUICK) as runtime:
        runtime.register(helper)
        assert runtime.goal(goal).result(LONG)["Goal Execution"] == "did Goal Execution"
        assert runtime.goal(cancelled).status == "cancelled"


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("goal", "nobody"), 2, "unknown goal 'nobody'"),
        (("goal", "--key", "nobody"), 2, "unknown goal 'nobody'"),
        (("goal",), 2, "say which goal: by its id, or by --key KEY"),
        (("story", "x", "--goal", "y"), 2, "unknown goal 'y'"),
        (("explain", "x"), 2, "unknown subtask 'x'"),
        (("cancel", "goal"), 2, "say which goal"),
        (("pause", "all", "x"), 2, "all takes no ID"),
        (("submit", " "), 2, "the goal is empty"),
        (("submit", "x", "--timeout", "3"), 2, "--timeout goes with --wait"),
        (("submit", "x", "--journal", "work.db"), 3, "if it is a server, ask it: --server URL"),
        (("submit", "x", "--wait", "--journal", "work.db"), 2, "nobody works at a file"),
        (("goals", "--journal", "none.db"), 3, "there is no such file"),
        (("cancel", "goal", "x", "--journal", "none.db"), 3, "there is no such file"),
        (("status", "--at", "3"), 2, "--at goes with --journal"),
        (("goals", "--after", "there"), 2, "the `next` of the page before"),
        (("status", "--server", "http://127.0.0.1:1"), 3, "the system's fault: server"),
        (("status", "--server", "board"), 2, "server must be an address"),
        (("status", "--token-file", "none"), 2, "none: No such file"),
        (("agents", "company.py", "--journal", "work.db"), 2, "go without one"),
        (("explain", "work.db", "x", "--journal", "y"), 2, "FILE is the journal"),
    ],
)
@pytest.mark.usefixtures("runtime")
def test_what_cannot_be_says_whose_fault_it_is(
    arguments: tuple[str, ...], status: int, says: str, callboard: Run
) -> None:
    shown = callboard(*arguments)

    assert (shown.status, shown.out) == (status, "")
    assert says in shown.err
    assert shown.err.count("\n") == 1


def test_a_server_that_wants_a_token_says_how_to_give_one(
    callboard: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = callboard("token", "create", "mine", "--scope", "reader", "--tokens", "tokens.json")
    assert made.status == 0
    (folder / "mine").write_text(made.out.strip().splitlines()[-1] + "\n")
    with Runtime(QUICK) as runtime, runtime.serve(port=0, tokens="tokens.json") as server:
        monkeypatch.setenv("CALLBOARD_SERVER", server.url)
        refused = callboard("status")
        let_in = callboard("status", "--token-file", "mine")
        too_much = callboard("submit", "x", "--token-file", "mine")

    assert refused.status == too_much.status == 3
    assert "--token-file FILE or $CALLBOARD_TOKEN gives one" in refused.err
    assert "gives one" not in too_much.err
    assert let_in.status == 0


@pytest.mark.parametrize("module", [cancel, pause, resume, drain, requeue])
def test_what_can_be_done_to_what_is_in_the_table_of_operations(module: Any) -> None:
    verb = module.__name__.rpartition(".")[2]
    for kind in module.KINDS:
        name = f"{verb}_{'runtime' if kind == ALL else kind}"
        assert named(name).name == name
