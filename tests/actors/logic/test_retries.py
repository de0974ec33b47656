"""Which rule of a retry policy holds for an error, and how attempts are counted."""

from __future__ import annotations

import pytest

from callboard.actors.logic.retries import Charges, applied, rule_for
from callboard.messages.errors import AgentLost, UnknownAgent, problem_of
from callboard.messages.values import OnError, Problem, Retry

RESET = problem_of(ConnectionResetError())
REFUSED = problem_of(ConnectionRefusedError())
MISSING = problem_of(FileNotFoundError())
WRONG = problem_of(ValueError("no"))

NET = OnError(errors=(ConnectionError,), attempts=9)
RESETS = OnError(errors=(ConnectionResetError,), attempts=5)
ANY = OnError(errors=(Exception,), attempts=1)


@pytest.mark.parametrize(
    ("problem", "found"),
    [(RESET, RESETS), (REFUSED, NET), (MISSING, ANY), (WRONG, ANY)],
)
@pytest.mark.parametrize("rules", [(NET, RESETS, ANY), (ANY, RESETS, NET)])
def test_the_rule_of_the_closest_class_holds(
    problem: Problem, found: OnError, rules: tuple[OnError, ...]
) -> None:
    assert rule_for(Retry(on=rules), problem) == found


def test_what_no_rule_names_is_as_the_policy_says() -> None:
    policy = Retry(attempts=4, first=2.0, on=(NET,), never=(KeyError,))
    assert rule_for(policy, WRONG) is None
    assert applied(policy, None) == Retry(attempts=4, first=2.0)


def test_of_rules_for_the_same_class_never_holds_and_then_the_first() -> None:
    again = OnError(errors=("ConnectionError",), attempts=2)
    assert rule_for(Retry(on=(NET, again)), RESET) == NET
    assert rule_for(Retry(on=(NET, again), never=(ConnectionError,)), RESET) == OnError(
        errors=("ConnectionError",), attempts=1
    )


def test_a_closer_class_is_excepted_from_never() -> None:
    policy = Retry(on=(NET,), never=(OSError,))
    assert rule_for(policy, RESET) == NET
    assert Charges().delay(policy, MISSING, 1, "s") is None


def test_a_rule_leaves_to_the_policy_what_it_does_not_say() -> None:
    policy = Retry(attempts=4, first=2.0, longest=9.0, jitter=0.0, on=(NET,))
    assert applied(policy, NET) == Retry(attempts=9, first=2.0, longest=9.0, jitter=0.0)
    whole = OnError(errors=(OSError,), attempts=1, first=3.0, longest=5.0, jitter=1.0)
    assert applied(policy, whole) == Retry(attempts=1, first=3.0, longest=5.0, jitter=1.0)


@pytest.mark.parametrize(
    ("problem", "never", "lasting"),
    [
        (problem_of(UnknownAgent("a")), (), True),
        (problem_of(AgentLost("a", "is silent")), (), False),
        (problem_of(AgentLost("a", "is silent")), ("AgentLost",), True),
        (problem_of(AgentLost("a", "is silent")), ("CallboardError",), True),
        (Problem(error="KeyError", text=""), ("ValueError",), False),
    ],
)
def test_what_no_attempt_would_mend_says_so_or_the_policy_does(
    problem: Problem, never: tuple[str, ...], *, lasting: bool
) -> None:
    assert (Charges().delay(Retry(never=never), problem, 1, "s") is None) is lasting


def test_each_rule_counts_its_own_attempts() -> None:
    charges = Charges()
    net = OnError(errors=(ConnectionError,), attempts=3, first=1.0)
    policy = Retry(attempts=2, first=10.0, jitter=0.0, on=(net,))
    said = [RESET, WRONG, REFUSED, RESET]
    delays = [charges.delay(policy, p, n, "s") for n, p in enumerate(said, start=1)]
    assert delays == [1.0, 10.0, 2.0, None]


def test_a_rule_that_only_waits_otherwise_counts_with_the_rest() -> None:
    charges = Charges()
    slow = OnError(errors=(ConnectionError,), first=60.0, longest=600.0)
    policy = Retry(attempts=3, first=1.0, jitter=0.0, on=(slow,))
    said = [WRONG, RESET, WRONG]
    delays = [charges.delay(policy, p, n, "s") for n, p in enumerate(said, start=1)]
    assert delays == [1.0, 120.0, None]
