"""What speaks against a subtask, and how much it weighs."""

from __future__ import annotations

from callboard.actors.logic.evidence import MOST, Evidence
from callboard.messages.errors import Poison, problem_of
from callboard.messages.values import Problem, Setback, replace


def wrong(text: str) -> Problem:
    return Problem(error="ValueError", text=text, traceback=f"in {text}")


def fell(agent: str, at: float) -> Setback:
    return Setback(agent=agent, at=at, problem=wrong(f"{agent} {at}"), down=True)


def erred(agent: str, at: float) -> Setback:
    return Setback(agent=agent, at=at, problem=wrong(f"{agent} {at}"))


def of(*setbacks: Setback) -> Evidence:
    evidence = Evidence()
    for setback in setbacks:
        evidence.add(setback)
    return evidence


def test_each_death_counts_and_each_agent_at_which_it_failed() -> None:
    assert of(fell("a", 1.0), fell("a", 2.0)).weight == 2
    assert of(erred("a", 1.0), erred("a", 2.0), erred("b", 3.0)).weight == 2
    assert of(erred("a", 1.0), fell("a", 2.0)).weight == 1
    assert of(erred("a", 1.0), fell("b", 2.0)).weight == 2
    assert Evidence().weight == 0


def test_what_somebody_brought_and_was_no_good_speaks_against_no_agent() -> None:
    evidence = of(fell("a", 1.0), erred("", 2.0), erred("b", 3.0))
    assert evidence.weight == 2
    assert evidence.poison("S1").text == "subtask 'S1' took down a, and failed at b"
    assert erred("", 2.0) in evidence.all()


def test_it_is_shown_in_order_with_the_latest_failure_of_each_agent() -> None:
    evidence = of(erred("a", 1.0), fell("b", 2.0), erred("c", 3.0), erred("a", 4.0))
    assert evidence.all() == (fell("b", 2.0), erred("c", 3.0), erred("a", 4.0))


def test_not_every_agent_at_which_it_failed_is_remembered() -> None:
    evidence = of(*(erred(f"a{n}", float(n)) for n in range(MOST + 5)))
    assert evidence.all() == tuple(erred(f"a{n}", float(n)) for n in range(5, MOST + 5))


def test_the_reason_names_everybody_and_has_all_tracebacks() -> None:
    problem = of(fell("a", 1.0), erred("b", 2.0), fell("a", 3.0)).poison("S1")
    assert problem == replace(
        problem_of(Poison("S1", ["a", "a"], ["b"])), traceback="in a 1.0\nin b 2.0\nin a 3.0"
    )
    assert problem.text == "subtask 'S1' took down a, a, and failed at b"


def test_what_was_looked_into_is_forgotten() -> None:
    evidence = of(fell("a", 1.0), erred("b", 2.0))
    evidence.clear()
    assert evidence == Evidence()
