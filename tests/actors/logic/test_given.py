from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast

import pytest

from callboard.actors.logic.given import priority_of, retry_of, skills_of, timeouts_of
from callboard.messages.errors import InvalidOption, InvalidSkills, UnknownPriority
from callboard.messages.values import OnError, Priority, Retry, Skill, Timeouts


@pytest.mark.parametrize("given", ["HIGH", "high", " High ", 1, Priority.HIGH])
def test_a_priority_is_a_name_in_any_case_or_a_number(given: Any) -> None:
    assert priority_of(given) is Priority.HIGH


@pytest.mark.parametrize("given", ["URGENT", "", "1", 4, -1, 1.0, True, None, [], 10**30])
def test_anything_else_is_no_priority(given: Any) -> None:
    with pytest.raises(UnknownPriority) as caught:
        priority_of(given)
    assert caught.value.given is given


@pytest.mark.parametrize(
    "given",
    [
        ["sql>=2", "law"],
        ("sql >= 2.0", Skill(name="law")),
        {"sql": 2, "law": None},
        [Skill(name="sql", level=2), "law"],
        ["sql", "law", "SQL>=2", "sql>=1", "Law"],
        (s for s in ["sql>=2", "law"]),
    ],
)
def test_skills_are_taken_in_many_forms(given: Any) -> None:
    assert skills_of(given) == (Skill(name="sql", level=2.0), Skill(name="law"))


def test_the_order_of_a_set_does_not_matter() -> None:
    names = {"d", "a", "C", "b"}
    assert [s.name for s in skills_of(names)] == ["a", "b", "C", "d"]


def test_no_skills_are_skills() -> None:
    assert skills_of([]) == skills_of({}) == ()


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("sql", "the text 'sql' alone"),
        (b"sql", "the text b'sql' alone"),
        (None, "None (NoneType)"),
        (7, "7 (int)"),
        ([""], "the empty name ''"),
        (["_ -"], "the empty name '_ -'"),
        ([7], "7 (int) as a name"),
        ([None], "None (NoneType) as a name"),
        ([["sql"]], "['sql'] (list) as a name"),
        ({"sql": "high"}, "'high' (str) as the level of 'sql'"),
        ({"sql": True}, "True (bool) as the level of 'sql'"),
        ({"sql": float("nan")}, "nan as the level of 'sql'"),
        ({"sql": 10**400}, "1" + 39 * "0" + " as the level of 'sql'"),
        ({7: 1}, "7 (int) as a name"),
        (["sql>=x"], "the level 'x' in 'sql>=x'"),
        (["sql>=inf"], "inf as the level of 'sql'"),
        ([">=2"], "the empty name ''"),
    ],
)
def test_what_are_no_skills_is_named(given: Any, named: str) -> None:
    with pytest.raises(InvalidSkills) as caught:
        skills_of(given)
    assert caught.value.given == named


def test_timeouts_are_a_mapping_to_seconds() -> None:
    assert timeouts_of({"run": 5, "queue": None}) == Timeouts(run=5.0)
    assert timeouts_of(Timeouts(total=1.5)) == Timeouts(total=1.5)
    assert timeouts_of(None) == Timeouts()


def test_a_first_wait_beyond_the_longest_is_refused_and_not_cut() -> None:
    assert retry_of({"first": 60, "longest": 60}) == Retry(first=60.0, longest=60.0)
    why = "retry.first must be at most `longest`, which is 60 seconds, not 90.0"
    with pytest.raises(InvalidOption, match=re.escape(why)):
        retry_of({"first": 90})


def test_a_retry_policy_is_a_number_of_attempts_or_a_mapping() -> None:
    assert retry_of(5) == Retry(attempts=5)
    assert retry_of({"first": 1, "never": ["KeyError"]}) == Retry(first=1.0, never=("KeyError",))
    assert retry_of(Retry(jitter=0)) == Retry(jitter=0.0)
    assert retry_of(None) is None


def test_exception_classes_stand_for_their_names() -> None:
    stated = {"never": [KeyError], "on": [{"errors": [OSError, "RateLimited"], "attempts": 9}]}
    policy = Retry(never=(KeyError,), on=(OnError(errors=(OSError, "RateLimited"), attempts=9),))
    assert retry_of(stated) == retry_of(policy) == policy
    assert (policy.never, policy.on[0].errors) == (("KeyError",), ("OSError", "RateLimited"))


@pytest.mark.parametrize(
    ("read", "given", "option"),
    [
        (timeouts_of, 5, "timeouts"),
        (timeouts_of, {"run": 0}, "timeouts.run"),
        (timeouts_of, {"run": float("inf")}, "timeouts.run"),
        (timeouts_of, {"run": "5"}, "timeouts.run"),
        (timeouts_of, {"walk": 5}, "timeouts"),
        (timeouts_of, object(), "timeouts"),
        (retry_of, True, "retry"),
        (retry_of, "3", "retry"),
        (retry_of, 0, "retry.attempts"),
        (retry_of, {"attempts": 2.5}, "retry.attempts"),
        (retry_of, {"first": -1}, "retry.first"),
        (retry_of, {"longest": float("nan")}, "retry.longest"),
        (retry_of, Retry(jitter=2), "retry.jitter"),
        (retry_of, {"never": "KeyError"}, "retry.never"),
        (retry_of, {"never": [int]}, "retry"),
        (retry_of, Retry(never=cast("Any", KeyError)), "retry.never"),
        (retry_of, Retry(never=("KeyError", "no name")), "retry.never[1]"),
        (retry_of, Retry(on=(OnError(errors=()),)), "retry.on[0].errors"),
        (retry_of, Retry(on=(OnError(errors=("my.Error",)),)), "retry.on[0].errors[0]"),
        (retry_of, {"on": [{"errors": ["A"]}, {"errors": [7]}]}, "retry.on[1].errors[0]"),
        (retry_of, {"on": [{"errors": ["A"], "attempts": 0}]}, "retry.on[0].attempts"),
        (retry_of, {"on": [{"errors": ["A"], "first": -1}]}, "retry.on[0].first"),
        (retry_of, {"on": [{"errors": ["A"], "longest": -1}]}, "retry.on[0].longest"),
        (retry_of, {"on": [{"errors": ["A"], "jitter": 2}]}, "retry.on[0].jitter"),
        (retry_of, {"on": [{"attempts": 2}]}, "retry.on[0]"),
        (retry_of, {"first": 61}, "retry.first"),
        (retry_of, {"longest": 0.25}, "retry.first"),
        (retry_of, {"on": [{"errors": ["A"], "first": 61}]}, "retry.on[0].first"),
        (
            retry_of,
            {"longest": 600, "on": [{"errors": ["A"], "longest": 0.25}]},
            "retry.on[0].first",
        ),
    ],
)
def test_an_option_that_makes_no_sense_is_named(
    read: Callable[[Any], Any], given: Any, option: str
) -> None:
    with pytest.raises(InvalidOption) as caught:
        read(given)
    assert caught.value.option == option
