"""Errors are named for the fact, carry what mends it, and survive every journey."""

from __future__ import annotations

import inspect
import pickle
from typing import Any

import pytest

import callboard.messages.errors as tree
from callboard.messages.codec import Format, decode, encode
from callboard.messages.commands import Refused
from callboard.messages.errors.base import (
    KNOWN,
    CallboardError,
    RemoteProblem,
    described,
    error_of,
    problem_of,
)
from callboard.messages.errors.endings import RetryLater
from callboard.messages.errors.running import InvalidCall
from callboard.messages.values import Problem

SAMPLES: dict[str, Any] = {
    "str": "x",
    "int": 3,
    "float": 1.5,
    "Any": ("plain", 5),
    "Sequence[str]": ("a", "b", "c"),
    "Sequence[Problem]": (Problem(error="ValueError", text="ValueError: no"),),
    "Problem": Problem(error="ValueError", text="ValueError: no"),
}
PARTICULAR: dict[str, dict[str, Any]] = {"AttemptTimedOut": {"limit": "silence"}}
OURS = {n: k for n, k in KNOWN.items() if k.__module__.startswith("callboard.messages.")}


def sample(kind: type[CallboardError]) -> CallboardError:
    if "__init__" not in {name for base in kind.__mro__[:-4] for name in vars(base)}:
        return kind()
    parameters = list(inspect.signature(kind.__init__).parameters.values())[1:]
    arguments = [
        PARTICULAR.get(kind.__name__, {}).get(p.name, SAMPLES.get(str(p.annotation)))
        for p in parameters
        if p.kind is p.POSITIONAL_OR_KEYWORD
    ]
    return kind(*arguments)


every_error = pytest.mark.parametrize("name", sorted(OURS))


@every_error
def test_it_has_a_text_and_a_docstring(name: str) -> None:
    error = sample(OURS[name])

    assert OURS[name].__doc__
    assert error.fault in ("caller", "agent", "callboard")
    if name not in ("CallboardError", "InvalidGoal", "InvalidPlan", "InvalidAgent"):
        assert str(error)


@every_error
def test_it_survives_pickling(name: str) -> None:
    error = sample(OURS[name])

    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own

    assert (type(again), again.args, str(again)) == (type(error), error.args, str(error))
    assert vars(again) == vars(error)


@pytest.mark.parametrize("form", ["json", "msgpack"])
@every_error
def test_it_survives_the_way_to_a_caller_and_back(name: str, form: Format) -> None:
    error = sample(OURS[name])

    message = decode(encode(Refused(problem=problem_of(error)), form), form)
    assert isinstance(message, Refused)
    again = error_of(message.problem)

    assert type(again) is type(error)
    assert str(again) == str(error)


@every_error
def test_it_can_be_imported_from_one_place(name: str) -> None:
    assert getattr(tree, name, None) is OURS[name]


def test_an_error_that_is_not_ours_is_an_agents_fault() -> None:
    problem = problem_of(KeyError("q4"))

    assert problem == Problem(
        error="KeyError", text="KeyError: 'q4'", fault="agent", bases=("LookupError",)
    )
    assert type(error_of(problem)) is RemoteProblem
    assert str(error_of(problem)) == "KeyError: 'q4'"


def test_a_problem_has_a_traceback_where_it_is_wanted() -> None:
    def raising() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no") as caught:
        raising()

    assert problem_of(caught.value).traceback == ""
    assert "in raising" in problem_of(caught.value, with_traceback=True).traceback


def test_details_of_another_version_make_an_error_all_the_same() -> None:
    problem = Problem(error="UnknownAgent", text="unknown agent", details=("a", "b", "c"))

    error = error_of(problem)

    assert isinstance(error, RemoteProblem)
    assert "unknown agent" in str(error)


def test_details_that_are_no_data_are_shown_as_text() -> None:
    class Odd:
        def __repr__(self) -> str:
            return "<odd>"

    problem = problem_of(tree.UnknownPriority(Odd()))

    assert problem.details == ("<odd>",)
    assert encode(Refused(problem=problem))


def test_an_error_whose_text_cannot_be_had_is_told_by_its_name() -> None:
    class MuteError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    text = "MuteError, whose text cannot be had (RuntimeError)"
    assert described(MuteError()) == text
    assert problem_of(MuteError(), with_traceback=True).text == text


class TooManyCalls(RetryLater):
    """As somebody's own error may be derived from ours."""


def test_a_problem_names_the_classes_that_its_own_is_derived_from() -> None:
    assert problem_of(ConnectionResetError()).bases == ("ConnectionError", "OSError")
    assert problem_of(ValueError()).bases == problem_of(KeyboardInterrupt()).bases == ()
    assert problem_of(TooManyCalls(3.0)).bases == ("RetryLater", "CallboardError")


def test_of_very_many_the_closest_are_named() -> None:
    kind: type = OSError
    for number in range(40):
        kind = type(f"Deep{number}", (kind,), {})
    assert problem_of(kind()).bases == tuple(f"Deep{n}" for n in range(38, 22, -1))


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), "3", None, True])
def test_later_is_a_number_of_seconds(seconds: Any) -> None:
    with pytest.raises(InvalidCall) as caught:
        RetryLater(seconds)
    assert caught.value.argument == "seconds"


def test_later_says_how_much_later_and_why() -> None:
    problem = problem_of(TooManyCalls(3, "the rate limit is reached"))
    assert (problem.retry_after, problem.text, problem.lasting, problem.fault) == (
        3.0,
        "to be tried again after 3 s: the rate limit is reached",
        False,
        "agent",
    )
