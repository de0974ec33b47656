"""More of a budget is granted, to the runtime or to a goal that has one and has not ended."""

from __future__ import annotations

import pytest

from callboard.actors.logic.effects import Tell
from callboard.actors.logic.given_resources import budget_of
from callboard.messages import facts
from callboard.messages.base import SCHEDULER
from callboard.messages.commands import CancelGoal, Done, GrantBudget, Refused
from callboard.messages.errors import problem_of
from callboard.messages.errors.lookups import UnknownBudget
from callboard.messages.resources import Budget
from tests.actors.logic.office import Office, goal
from tests.actors.logic.pantry import A, Pantry, task


def test_more_is_granted_and_who_waits_goes_on() -> None:
    pantry = Pantry(A, supplies={"usd": Budget(1.0)})
    assert pantry.queue(task("s1", demands={"usd": 6})) == {}
    asked = GrantBudget(resource="USD", amount=5.0, reply_to="caller/1")
    assert pantry.say(1.0, asked) == {"s1": "a"}
    assert pantry.told[0].message == Done()
    assert pantry.kept(facts.BudgetGranted) == [
        facts.BudgetGranted(at=1.0, resource="usd", amount=5.0)
    ]


def test_nobody_grants_more_of_what_is_no_budget() -> None:
    pantry = Pantry(A, supplies={"gpu": 1})
    pantry.say(1.0, GrantBudget(resource="gpu", amount=5.0, reply_to="caller/1"))
    assert pantry.told[-1].message == Refused(problem=problem_of(UnknownBudget("gpu")))


def test_a_goal_is_granted_more_before_any_of_it_is_ready() -> None:
    pantry = Pantry(A)
    pantry.say(1.0, GrantBudget(resource="usd", amount=5.0, goal="g"))
    assert pantry.queue(task("s1", budget={"usd": 1}, demands={"usd": 6})) == {"s1": "a"}


@pytest.mark.parametrize("amount", [5.0, -1.0])
def test_the_orchestrator_passes_on_what_an_open_goal_is_granted(amount: float) -> None:
    office = Office()
    office.submit(goal("g", budget=budget_of("budget", {"US-D": 1})))
    granted = GrantBudget(resource="us_d", amount=amount, goal="g", reply_to="caller/2")
    assert office.say(1.0, granted) == [Tell(SCHEDULER, granted)]


@pytest.mark.parametrize(("resource", "whose"), [("eur", "g"), ("usd", "h"), ("usd", "other")])
def test_it_refuses_what_goes_to_no_budget(resource: str, whose: str) -> None:
    office = Office()
    office.submit(goal("g", budget=budget_of("budget", {"usd": 1})))
    office.submit(goal("other"))
    granted = GrantBudget(resource=resource, amount=1.0, goal=whose, reply_to="caller/2")
    refused = Refused(problem=problem_of(UnknownBudget(resource, whose)))
    assert office.say(1.0, granted) == [Tell("caller/2", refused)]


def test_it_refuses_what_comes_after_the_end() -> None:
    office = Office()
    office.submit(goal("g", budget=budget_of("budget", {"usd": 1})))
    office.say(1.0, CancelGoal(goal="g", reason="", reply_to="caller/1"))
    granted = GrantBudget(resource="usd", amount=1.0, goal="g", reply_to="caller/2")
    refused = Refused(problem=problem_of(UnknownBudget("usd", "g")))
    assert office.say(2.0, granted) == [Tell("caller/2", refused)]
