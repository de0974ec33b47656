"""A submission is acknowledged within one group commit, and those of many share one."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from callboard.messages import facts
from callboard.messages.values import Plan, Subtask
from callboard.runtime.journal.sqlite import SqliteJournal
from callboard.runtime.journal.store import Store
from callboard.runtime.runtime import Runtime
from tests.live import LONG, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from callboard.messages.facts import Fact

MANY = 20


class Gate:
    """Lets commits through, one for each time that it is told to."""

    def __init__(self) -> None:
        self.begun: list[list[Fact]] = []
        self._go = threading.Semaphore(0)
        self._open = False

    def pass_through(self, told: Sequence[Fact]) -> None:
        self.begun.append(list(told))
        assert self._open or self._go.acquire(timeout=LONG)

    def let_through(self, commits: int) -> None:
        self._go.release(commits)

    def open(self) -> None:
        self._open = True
        self._go.release()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    gate, write = Gate(), Store.write

    def gated(store: Store, told: Sequence[Fact]) -> None:
        gate.pass_through(told)
        write(store, told)

    monkeypatch.setattr(Store, "write", gated)
    return gate


@pytest.fixture
def runtime(tmp_path: Path, gate: Gate) -> Iterator[Runtime]:
    with Runtime.open(tmp_path / "work.db") as runtime:
        yield runtime
        gate.open()


def plan(name: str) -> Plan:
    return Plan(subtasks=(Subtask(uuid=name, name=name),))


def submitted_through_one(runtime: Runtime, gate: Gate, given: Plan | None) -> list[type[Fact]]:
    """Kinds of the facts in the one commit that a submission waits for."""
    with ThreadPoolExecutor(1) as caller:
        submitted = caller.submit(runtime.submit, "a goal", plan=given)
        eventually(lambda: gate.begun)
        assert not submitted.done()
        gate.let_through(1)
        goal = submitted.result(LONG)
    accepted = gate.begun[0][0]
    assert isinstance(accepted, facts.GoalAccepted)
    assert accepted.goal.id == goal.id
    return [type(fact) for fact in gate.begun[0]]


def test_a_submission_waits_for_one_commit_with_its_plan(runtime: Runtime, gate: Gate) -> None:
    kinds = submitted_through_one(runtime, gate, plan("a"))
    assert kinds == [facts.GoalAccepted, facts.PlanAdopted, facts.SubtaskQueued]
    assert len(gate.begun) == 1


def test_nobody_waits_for_the_plan_that_a_planner_makes(runtime: Runtime, gate: Gate) -> None:
    assert submitted_through_one(runtime, gate, None) == [facts.GoalAccepted]
    eventually(lambda: len(gate.begun) == 2)  # and that one hangs
    assert type(gate.begun[1][0]) is facts.PlanAdopted


def test_submissions_that_come_during_a_commit_share_the_next_one(
    runtime: Runtime, gate: Gate
) -> None:
    journal = runtime.journal
    assert isinstance(journal, SqliteJournal)
    with ThreadPoolExecutor(MANY + 1) as callers:
        first = callers.submit(runtime.submit, "the first", plan=plan("first"))
        eventually(lambda: gate.begun)
        others = [
            callers.submit(runtime.submit, f"goal {n}", plan=plan(f"s{n}")) for n in range(MANY)
        ]
        eventually(lambda: journal.unwritten == 3 * (MANY + 1))
        assert not any(submitted.done() for submitted in (first, *others))
        gate.let_through(2)
        assert {submitted.result(LONG).status.value for submitted in others} == {"running"}
    accepted = [
        [fact.goal.text for fact in commit if isinstance(fact, facts.GoalAccepted)]
        for commit in gate.begun
    ]
    assert accepted[0] == ["the first"]
    assert sorted(accepted[1]) == sorted(f"goal {n}" for n in range(MANY))
