"""What `callboard journal counterfactual` answers and refuses."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from callboard import subtask
from callboard.messages.facts import Fact
from callboard.messages.values import Agent, Skill
from callboard.runtime.journal.store import Store
from callboard.runtime.simulation.simulation import Simulation
from tests.runtime.gateways.cli.conftest import Run

ASK = ("journal", "counterfactual", "work.db")


@pytest.fixture(autouse=True)
def journal(folder: Path) -> None:
    """Two hours of sums for one who can do them."""
    seen: list[Fact] = []
    with Simulation(
        witness=lambda event: seen.append(event) if isinstance(event, Fact) else None
    ) as simulation:
        simulation.register(Agent(id="ann", skills=(Skill(name="sums"),)))
        plan = [subtask(f"sum {n}", required_skills=["sums"]) for n in "12"]
        simulation.runtime.submit("the books", plan=plan).result(timeout=24 * 3600)
    with closing(Store(folder / "work.db")) as store:
        store.write(seen)


def test_one_agent_more_in_words(callboard: Run) -> None:
    shown = callboard(*ASK, "--agents", "+1:sums")
    assert shown.status == 0
    lines = [" ".join(line.split()) for line in shown.out.splitlines()]
    assert lines[:6] == [
        "as it was: 1 of 1 goal completed in 2 h 0 min, 2 attempts, waiting most for sums",
        "played again: 1 of 1 goal completed in 2 h 0 min, 2 attempts, waiting most for sums",
        "goals differ from what was by 0.0% in the median, 0.0% at most; 0 ended otherwise",
        "otherwise: 1 of 1 goal completed in 1 h 0 min, 2 attempts",
        "makespan: 1 h 0 min, 1 h 0 min (50%) less than played again",
        "waiting: 0.000 s, 1 h 0 min (100%) less",
    ]
    assert "agent more-1: not there -> 100% busy" in lines
    assert lines[-1].endswith("1 h 0 min sooner: the books")


def test_the_answer_as_data(callboard: Run) -> None:
    found = callboard(*ASK, "--agents", "ann=2", "--set", "ageing=60", "--json").data
    assert found["fidelity"] == {"makespan": 1.0, "median": 0.0, "worst": 0.0, "others": []}
    assert [found[name]["makespan"] for name in ("recorded", "baseline", "changed")] == [
        7200.0, 7200.0, 3600.0,
    ]  # fmt: skip
    assert found["baseline"]["bottleneck"] == "sums"
    assert list(found["shorter"].values()) == [3600.0]


def test_a_setting_of_then_and_other_skills(callboard: Run) -> None:
    found = callboard(*ASK, "--agents", "ann:writing", "--was", "timeouts.queue=600", "--json").data
    assert [goal["status"] for goal in found["recorded"]["goals"].values()] == ["completed"]
    assert found["fidelity"]["others"] == list(found["recorded"]["goals"])
    assert [goal["status"] for goal in found["changed"]["goals"].values()] == ["failed"]
    assert found["changed"]["makespan"] == pytest.approx(600, abs=1)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--agents", "ann"], "'ann' says nothing of agents: +1:SKILL"),
        (["--agents", "+many:sums"], "'+many:sums' says nothing of agents"),
        (["--agents", "bob=2"], "nobody was called bob"),
        (["--set", "colour=red"], "'colour=red' is no setting: ageing=60"),
        (["--set", "ageing=-1"], "ageing"),
        (["--set", "retry.attempts=often"], "attempts"),
    ],
)
def test_what_cannot_be_asked_is_said(callboard: Run, arguments: list[str], complaint: str) -> None:
    ended = callboard(*ASK, *arguments)
    assert (ended.status, ended.out) == (2, "")
    assert complaint in ended.err


def test_its_options_go_with_nothing_else(callboard: Run) -> None:
    ended = callboard("journal", "verify", "work.db", "--set", "ageing=60")
    assert (ended.status, "go with `counterfactual`" in ended.err) == (2, True)
