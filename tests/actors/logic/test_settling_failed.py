"""The orchestrator: subtasks fail, and so does what depends on them."""

from __future__ import annotations

import pytest

from tests.actors.logic.office import (
    Office,
    acknowledged,
    completed,
    done,
    failed,
    given_up,
    goal_completed,
    goal_failed,
    needs,
    plan,
    ready,
    result_of,
    sent,
    settled,
    subtask,
    unready,
    wrong,
)

A, B, C = subtask("a"), subtask("b", "a"), subtask("c", "b")
CHAIN = plan(A, B, C)


def test_what_depends_on_a_failed_subtask_fails_with_that_reason() -> None:
    office = Office(CHAIN)
    assert office.say(1.0, given_up("a")) == [
        failed("a", 1.0),
        failed("b", 1.0, needs("b", "a")),
        unready("b"),
        failed("c", 1.0, needs("c", "b")),
        unready("c"),
        goal_failed(1.0, wrong("a"), needs("b", "a"), needs("c", "b")),
        settled("a"),
    ]


def test_independent_branches_go_on_and_the_goal_fails_in_the_end() -> None:
    office = Office(plan(A, B, subtask("y")))
    assert goal_failed(1.0, wrong("a"), needs("b", "a")) not in office.say(1.0, given_up("a"))
    assert office.say(2.0, done("y")) == [
        completed("y", 2.0),
        goal_failed(2.0, wrong("a"), needs("b", "a")),
        *acknowledged("y"),
    ]


def test_a_dependent_of_two_failed_ones_fails_once() -> None:
    office = Office(plan(A, subtask("y"), subtask("z", "a", "y")))
    office.say(1.0, given_up("a"))
    assert office.say(2.0, given_up("y")) == [
        failed("y", 2.0),
        goal_failed(2.0, wrong("a"), needs("z", "a"), wrong("y")),
        settled("y"),
    ]


def test_an_optional_subtask_that_failed_releases_its_dependents_without_its_result() -> None:
    office = Office(plan(subtask("a", optional=True), B))
    assert office.say(1.0, given_up("a")) == [
        failed("a", 1.0),
        *sent(ready(B, result_of("a", None), since=1.0), now=1.0),
        settled("a"),
    ]
    assert goal_completed(2.0) in office.say(2.0, done("b"))


def test_an_optional_one_that_could_not_even_begin_does_so_too() -> None:
    office = Office(plan(A, subtask("b", "a", optional=True), C))
    assert office.say(1.0, given_up("a")) == [
        failed("a", 1.0),
        failed("b", 1.0, needs("b", "a")),
        unready("b"),
        *sent(ready(C, result_of("b", None), since=1.0), now=1.0),
        settled("a"),
    ]
    assert goal_failed(2.0, wrong("a")) in office.say(2.0, done("c"))


@pytest.mark.parametrize("uuid", ["a", "x"])
def test_that_an_ended_or_unknown_subtask_was_given_up_is_only_confirmed(uuid: str) -> None:
    office = Office(CHAIN)
    office.say(1.0, done("a"))
    assert office.say(2.0, given_up(uuid)) == [settled(uuid)]
