"""Demands, offers, budgets and supplies as people write them."""

from __future__ import annotations

import math
from typing import Any

import pytest

from callboard.actors.logic.given_resources import (
    amounts_of,
    budget_of,
    concurrency_of,
    keys_of,
    supplies_of,
)
from callboard.messages.errors.agents import InvalidOption
from callboard.messages.errors.goals import MalformedPlan
from callboard.messages.resources import Allowance, Amount, Budget, Pool, Rate
from callboard.runtime.config import Config
from callboard.runtime.executors.decorator import agent
from callboard.runtime.planners.plans import read_plan
from callboard.runtime.planners.stated import subtask


def test_every_reasonable_form_is_taken() -> None:
    gpu = Amount(resource="gpu", amount=1.0)
    assert amounts_of("demands", {"gpu": 1}) == amounts_of("demands", [gpu]) == (gpu,)
    assert keys_of("keys", ["a", "b", "a"]) == ("a", "b")
    assert budget_of("budget", {"usd": 5, "tokens": Budget(0.0, then="fail")}) == (
        Allowance(resource="usd", amount=5.0),
        Allowance(resource="tokens", amount=0.0, then="fail"),
    )
    assert budget_of("budget", None) == ()
    assert supplies_of("resources", {"GPU ": 2, "usd": Budget(1), "calls": Rate(9)}) == {
        "gpu": Pool(2.0),
        "usd": Budget(1.0),
        "calls": Rate(9.0, 60.0),
    }
    assert concurrency_of("concurrency", {"customer-*": 2}) == {"customer-*": 2}


@pytest.mark.parametrize(
    ("given", "option"),
    [
        ("gpu", "demands"),
        (["gpu"], "demands"),
        (7, "demands"),
        ({"": 1}, "demands"),
        ({3: 1}, "demands"),
        ({"gpu": 0}, "demands.gpu"),
        ({"gpu": True}, "demands.gpu"),
        ({"gpu": "1"}, "demands.gpu"),
        ({"gpu": math.inf}, "demands.gpu"),
        ({"gpu": math.nan}, "demands.gpu"),
        ({"gpu": 10**400}, "demands.gpu"),
        ({"gpu": 1, "GPU": 1}, "demands.GPU"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(given: object, option: str) -> None:
    with pytest.raises(InvalidOption) as refused:
        amounts_of("demands", given)
    assert refused.value.option == option


@pytest.mark.parametrize(
    ("settings", "option"),
    [
        ({"resources": {"gpu": -1}}, "resources.gpu"),
        ({"resources": {"usd": Budget(-1.0)}}, "resources.usd"),
        ({"resources": {"usd": Budget(1.0, then="shout")}}, "resources.usd.then"),  # type: ignore[arg-type]
        ({"resources": {"calls": Rate(1, per=0)}}, "resources.calls.per"),
        ({"resources": ["gpu"]}, "resources"),
        ({"concurrency": {"a": 0}}, "concurrency.a"),
        ({"concurrency": {"a": 1.5}}, "concurrency.a"),
        ({"concurrency": {"": 1}}, "concurrency"),
        ({"concurrency": 3}, "concurrency"),
    ],
)
def test_settings_are_refused_by_name(settings: dict[str, Any], option: str) -> None:
    with pytest.raises(InvalidOption) as refused:
        Config(**settings)
    assert refused.value.option == option


@pytest.mark.parametrize("keys", [7, [""], [3], {"a": 1}, b"k"])
def test_keys_are_texts(keys: object) -> None:
    with pytest.raises(InvalidOption):
        keys_of("keys", keys)


def test_a_plan_names_the_field_that_is_wrong() -> None:
    with pytest.raises(MalformedPlan) as refused:
        read_plan('[[subtasks]]\nname = "train"\n[subtasks.demands]\ngpu = "two"\n')
    where = "$.subtasks[0].demands.gpu"
    assert str(refused.value) == f"{where}: expected a number above 0, got 'two' (str)"
    with pytest.raises(MalformedPlan) as unnamed:
        subtask("train", keys=[""])
    assert "keys[0]" in unnamed.value.where


def test_a_plan_file_says_it_as_python_does() -> None:
    text = '[[subtasks]]\nname = "train"\nkeys = ["k"]\n[subtasks.demands]\ngpu = 2\n'
    stated = read_plan(text).subtasks[0]
    assert stated == subtask("train", keys="k", demands={"gpu": 2})


def test_what_an_agent_offers_is_checked() -> None:
    with pytest.raises(InvalidOption):
        agent(offers={"gpu": -1})
