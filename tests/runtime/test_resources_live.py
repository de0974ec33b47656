"""Resources in a real runtime: handlers spend, budgets outlive it, more is granted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from callboard.messages.errors.endings import GoalFailed
from callboard.messages.errors.lookups import UnknownBudget
from callboard.messages.errors.running import InvalidCall
from callboard.messages.resources import Budget
from callboard.runtime.config import Config
from callboard.runtime.executors.decorator import agent
from callboard.runtime.planners.stated import subtask
from callboard.runtime.runtime import Runtime
from tests.live import LONG

if TYPE_CHECKING:
    from pathlib import Path

    from callboard.runtime.executors.context import Context
    from callboard.runtime.executors.task import Task

LIMITS = Config(resources={"usd": Budget(1.0, then="fail")})


@agent(skills=["general"])
def buyer(task: Task, ctx: Context) -> str:
    """Spends in two goes what it was told to."""
    ctx.spend(usd=0.25)
    ctx.spend({"USD": 0.25})
    return task.name


def test_what_is_spent_outlives_the_runtime(tmp_path: Path) -> None:
    plan = [subtask("buy", demands={"usd": 0.75})]
    with Runtime.open(tmp_path / "work.db", LIMITS) as runtime:
        runtime.register(buyer)
        assert runtime.submit("buy", plan=plan).result(LONG)["buy"] == "buy"
    with Runtime.open(tmp_path / "work.db", LIMITS) as runtime:
        runtime.register(buyer)
        with pytest.raises(GoalFailed, match=r"wants 0\.75 usd, and 0\.5 of 1 are used"):
            runtime.submit("buy again", plan=plan).result(LONG)
        runtime.grant("usd", 0.5)
        runtime.submit("and again", plan=plan).result(LONG)
        usd = runtime.resources()["usd"]
        assert (usd.amount, usd.used, usd.reserved) == (1.5, 1.0, 0.0)


def test_handlers_in_processes_spend_too() -> None:
    with Runtime(LIMITS) as runtime:
        runtime.register(buyer, isolation="process")
        runtime.submit("buy", plan=[subtask("buy", demands={"usd": 1})]).result(LONG)
        assert runtime.resources()["usd"].used == 0.5


def test_a_goal_is_granted_more_before_anybody_has_planned_it() -> None:
    first = subtask("first")
    plan = [first, subtask("buy", demands={"usd": 2}, dependencies=[first])]
    with Runtime() as runtime:
        goal = runtime.submit("buy", plan=plan, budget={"usd": Budget(1.0, then="fail")})
        runtime.grant("usd", 1.5, goal=goal.id)
        runtime.register(buyer)
        assert goal.result(LONG)["buy"] == "buy"
        with pytest.raises(UnknownBudget, match="or none any more"):
            runtime.grant("usd", 1.0, goal=goal.id)


def test_nobody_grants_nonsense() -> None:
    with Runtime(LIMITS) as runtime:
        with pytest.raises(UnknownBudget, match="no budget of 'eur'"):
            runtime.grant("eur", 1)
        with pytest.raises(UnknownBudget, match="goal 'g'"):
            runtime.grant("usd", 1, goal="g")
        with pytest.raises(InvalidCall, match="a finite number"):
            runtime.grant("usd", float("nan"))
