"""Results that somebody else has to find good before they count, with real agents."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import Any

import pytest

from callboard import GoalHandle, Runtime, Task, checker, read_plan, subtask
from callboard.messages import facts
from callboard.messages.errors import GoalFailed, MalformedPlan
from tests.live import LONG, eventually
from tests.runtime.settings import QUICK

COUNT = [
    subtask("Count", verify=True),
    subtask("Tell", dependencies=["Count"]),
]


def whole(runtime: Runtime, kind: type[Any]) -> list[Any]:
    """All facts of a kind that are kept."""
    return [fact for fact in runtime.journal.replay() if isinstance(fact, kind)]


def work(task: Task) -> object:
    """Is right once it is told what was wrong."""
    if task.name == "Tell":
        return f"it is {task.inputs['Count']}"
    return 7 if "too small" in task.rejected else 3


def never(result: object) -> list[str]:
    """Is never satisfied."""
    del result
    return ["no", "never"]


def judge(result: object) -> object:
    """Wants much."""
    return None if result == 7 else "too small"


def test_a_result_counts_when_a_checker_has_found_it_good(runtime: Runtime) -> None:
    runtime.register(work, id="worker")
    runtime.register(checker(judge), id="totals", skills=["verification"])
    goal = runtime.submit("count", plan=COUNT)

    assert goal.result(LONG) == {"Count": 7, "Tell": "it is 7"}
    [rejected] = whole(runtime, facts.ResultRejected)
    assert rejected.problem.text == "the result of subtask 'Count' was rejected: too small"
    assert [fact.number for fact in whole(runtime, facts.ResultSubmitted)] == [1, 2]
    story = [type(e).__name__ for e in runtime.story(goal.subtasks[0].subtask.uuid)]
    assert story.count("SubtaskCompleted") == 1
    assert story.index("ResultRejected") < story.index("RetryScheduled")


def test_who_is_never_satisfied_makes_it_fail_with_the_last_reasons(runtime: Runtime) -> None:
    runtime.register(work, id="worker")
    runtime.register(checker(never), id="totals", skills=["verification"])
    goal = runtime.submit("count", plan=COUNT)

    with pytest.raises(GoalFailed, match="'Count' was rejected: no; never"):
        goal.result(LONG)
    assert len(whole(runtime, facts.ResultRejected)) == 3


def test_nobody_verifies_its_own_result(runtime: Runtime) -> None:
    seen: list[tuple[str, str]] = []

    def either(name: str) -> Any:
        def do(task: Task) -> object:
            verifies = task.name.startswith("Verify")
            seen.append((name, task.data["agent"] if verifies else ""))
            return {"accepted": True} if verifies else 1

        return do

    for name in ("ann", "bob"):
        runtime.register(either(name), id=name, skills=["general", "verification"], max_load=2)
    plan = [subtask(f"Count {n}", verify=True) for n in range(8)]

    assert len(runtime.submit("count", plan=plan).result(LONG)) == 8
    verified = [(who, made_by) for who, made_by in seen if made_by]
    assert len(verified) == 8
    assert all(who != made_by for who, made_by in verified)


def test_where_nobody_else_may_it_is_said_and_fails_in_time(runtime: Runtime) -> None:
    runtime.register(work, id="worker", skills=["general", "verification"])
    runtime.register(work, id="generalist", skills=["data"])

    def count(**limits: float) -> GoalHandle:
        wanted = {"timeouts": limits}
        return runtime.submit("x", plan=[subtask("x", required_skills=["law"], verify=wanted)])

    for_long, for_short = count(), count(queue=0.2)
    uuid = for_long.subtasks[0].subtask.uuid
    eventually(lambda: for_long.subtasks[0].verifying)

    wanted = "to be another one than worker"
    eventually(lambda: wanted in str(runtime.explain(f"{uuid}.verify-1")))
    with pytest.raises(GoalFailed, match=r"was not verified: .* found no agent within 0\.2 s"):
        for_short.result(LONG)


def test_a_checker_that_hangs_dies_or_lies_ends_clearly(runtime: Runtime) -> None:
    gate = Event()
    runtime.register(work, id="worker")

    def wrong(task: Task) -> object:
        match task.data["name"]:
            case "hangs":
                gate.wait(LONG)
            case "raises":
                raise ValueError("who knows")
            case _:
                return {"accepted": "certainly"}
        return None

    runtime.register(wrong, id="judge", skills=["verification"], max_load=3)
    limits = {"timeouts": {"run": 0.2}, "retry": 1}
    goals = {
        name: runtime.submit(name, plan=[subtask(name, verify=limits)])
        for name in ("hangs", "raises", "lies")
    }
    says = {
        "hangs": r"was not verified: .*was not finished within 0\.2 s",
        "raises": r"was not verified: .*who knows",
        "lies": r"was not verified: .*expected boolean, got string",
    }
    for name, goal in goals.items():
        with pytest.raises(GoalFailed, match=says[name]):
            goal.result(LONG)
    gate.set()
    assert not whole(runtime, facts.SubtaskCompleted)


def test_while_it_is_verified_it_is_not_shown_as_done(runtime: Runtime) -> None:
    gate, looks = Event(), Event()

    def slow(_: object) -> None:
        looks.set()
        gate.wait(LONG)

    runtime.register(work, id="worker")
    runtime.register(checker(slow), id="totals", skills=["verification"])
    goal = runtime.submit("count", plan=COUNT)
    assert looks.wait(LONG)
    [count, tell] = goal.subtasks

    assert (count.status, count.verifying, count.result) == ("pending", True, None)
    assert tell.status == "pending"
    assert "its result of worker is being verified" in str(goal.explain("Count"))
    gate.set()
    goal.result(LONG)
    assert (count.status, count.verifying) == ("completed", False)


def test_what_was_verified_when_the_process_ended_is_not_made_again(tmp_path: Path) -> None:
    file, made = tmp_path / "work.db", list[int]()
    looks, gate = Event(), Event()

    def once(task: Task) -> object:
        made.append(task.attempt)
        return 7

    def slow(_: object) -> None:
        looks.set()
        gate.wait(LONG)

    with Runtime.open(file, QUICK) as first:
        first.register(once, id="worker")
        first.register(checker(slow), id="totals", skills=["verification"])
        goal = first.submit("count", plan=[subtask("Count", verify=True)])
        assert looks.wait(LONG)
    gate.set()
    with Runtime.open(file, QUICK) as second:
        again = second.goal(goal.id)
        assert again.subtasks[0].verifying
        second.register(once, id="worker")
        second.register(checker(judge), id="totals", skills=["verification"])
        assert again.result(LONG) == {"Count": 7}
    assert made == [1]


def test_who_verifies_can_be_named(runtime: Runtime) -> None:
    said: list[str] = []

    def named(name: str) -> Any:
        def note(result: object) -> None:
            del result
            said.append(name)

        return checker(note)

    runtime.register(work, id="worker")
    for name in ("ann", "bob", "cid"):
        runtime.register(named(name), id=name, skills=["verification"])
    names = [f"Count {n}" for n in range(4)]
    plan = [subtask(name, verify="bob") for name in names]
    runtime.submit("count", plan=plan).result(LONG)

    assert said == ["bob"] * 4


def test_who_only_verifies_is_given_nothing_else(runtime: Runtime) -> None:
    runtime.register(checker(judge), id="totals", skills=["verification"])
    goal = runtime.submit("count", plan=[subtask("Count")])
    [count] = goal.subtasks
    eventually(lambda: "no agent is registered that could" in str(goal.explain(count.subtask.uuid)))
    runtime.register(work, id="worker")

    assert goal.result(LONG) == {"Count": 3}


def test_a_checker_that_is_given_other_work_says_what_to_do(runtime: Runtime) -> None:
    runtime.register(checker(judge), id="totals", skills=["verification", "general"])
    with pytest.raises(GoalFailed, match="have it require a skill that no checker has"):
        runtime.submit("count", plan=[subtask("Count")]).result(LONG)


def test_what_is_completed_from_outside_is_verified_too(runtime: Runtime) -> None:
    runtime.register(checker(judge), id="totals", skills=["verification"])
    goal = runtime.submit("count", plan=[subtask("Count", required_skills=["x"], verify=True)])
    uuid = goal.subtasks[0].subtask.uuid
    runtime.complete(uuid, 3)
    eventually(lambda: whole(runtime, facts.ResultRejected))
    runtime.complete(uuid, 7)

    assert goal.result(LONG) == {"Count": 7}


def test_cancelling_it_ends_its_verification(runtime: Runtime) -> None:
    gate, looks = Event(), Event()

    def slow(_: object) -> None:
        looks.set()
        gate.wait(LONG)

    runtime.register(work, id="worker")
    runtime.register(checker(slow), id="totals", skills=["verification"])
    goal = runtime.submit("count", plan=COUNT)
    assert looks.wait(LONG)
    goal.cancel("enough")
    gate.set()

    eventually(lambda: len(whole(runtime, facts.GoalCancelled)) == 2)
    assert not whole(runtime, facts.SubtaskCompleted)


def test_a_plan_in_a_file_says_who_verifies() -> None:
    plan = read_plan(
        """
        [[subtasks]]
        name = "Count"
        verify = { by = "totals", skills = ["law>=2"], timeouts = { total = 60 } }
        """
    )
    wanted = plan.subtasks[0].verify
    assert wanted is not None
    assert (wanted.by, wanted.skills[0].level, wanted.timeouts.total) == ("totals", 2.0, 60.0)
    with pytest.raises(MalformedPlan, match=r"verify\.who"):
        subtask("Count", verify={"who": "ann"})
