"""The circuit breaker of a skill: when it opens, what it lets through, when it closes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.actors.logic.alarms import Alarms
from callboard.actors.logic.breaker import (
    TRANSITIONS,
    Bar,
    Breaker,
    Breakers,
    Circuit,
    Turn,
)
from callboard.actors.logic.breaker_options import BreakerOptions
from callboard.messages.notices import BreakerClosed, BreakerHalfOpen, BreakerOpened, Notice
from callboard.messages.values import Problem, Skill, Token

OPTIONS = BreakerOptions(failures=3, subtasks=2, first=8.0, longest=20.0, jitter=0.0)
SQL, LAW = frozenset({Skill(name="sql")}), frozenset({Skill(name="law", level=2.0)})
BOTH = SQL | LAW
WRONG = Problem(error="ValueError", text="ValueError: no data")


def token(number: int) -> Token:
    return Token(boot=1, incarnation=1, counter=number)


def opened(at: float, until: float, skill: str = "sql", failures: int = 3) -> Notice:
    return BreakerOpened(at=at, skill=skill, failures=failures, until=until, problem=WRONG)


class Bench:
    """Breakers, and attempts with numbers."""

    def __init__(self, options: BreakerOptions | None = OPTIONS) -> None:
        self.alarms = Alarms[tuple[str, str]]()
        self.breakers = Breakers(options, self.alarms)
        self.bar = self.breakers.bar

    def fail(
        self, subtask: str, now: float, number: int = 1, needs: frozenset[Skill] = SQL
    ) -> list[Notice]:
        return self.breakers.failed(needs, subtask, token(number), WRONG, now)

    def open(self, now: float = 5.0) -> None:
        for name in ("s1", "s2", "s3"):
            self.fail(name, now)

    def rest(self, now: float) -> list[Notice]:
        """Let the alarm ring."""
        return [n for _, skill in self.alarms.due(now) for n in self.breakers.rested(skill, now)]


def test_so_many_failures_in_a_row_open_it_for_a_while() -> None:
    bench = Bench()
    assert bench.fail("s1", 1.0) == bench.fail("s2", 2.0) == []
    assert bench.bar(SQL) is None
    assert bench.fail("s1", 5.0) == [opened(5.0, 13.0)]
    assert bench.bar(SQL) == bench.bar(BOTH) == Bar("sql", 13.0)
    assert bench.bar(LAW) is None


def test_one_ill_subtask_does_not_open_it() -> None:
    bench = Bench()
    assert [bench.fail("s1", float(n)) for n in range(99)] == [[]] * 99
    assert bench.fail("s2", 99.0) == [opened(99.0, 107.0, failures=100)]


def test_a_success_between_them_begins_the_count_anew() -> None:
    bench = Bench()
    bench.fail("s1", 1.0)
    bench.fail("s2", 2.0)
    assert bench.breakers.succeeded(SQL, 3.0) == []
    assert bench.fail("s1", 4.0) == bench.fail("s2", 4.0) == []
    assert bench.fail("s3", 5.0) == [opened(5.0, 13.0)]


def test_a_failure_counts_for_every_skill_that_was_needed() -> None:
    bench = Bench()
    for name in ("s1", "s2"):
        bench.fail(name, 1.0, needs=BOTH)
    bench.breakers.succeeded(SQL, 2.0)
    assert bench.fail("s3", 5.0, needs=BOTH) == [opened(5.0, 13.0, "law")]


def test_what_needs_no_skill_is_never_held_back() -> None:
    bench = Bench()
    for number in range(9):
        assert bench.fail(f"s{number}", 1.0, needs=frozenset()) == []
    assert bench.bar(frozenset()) is None


def test_without_options_it_never_opens() -> None:
    bench = Bench(None)
    bench.open()
    assert (bench.bar(SQL), len(bench.alarms)) == (None, 0)


def test_after_its_rest_one_probe_is_let_through() -> None:
    bench = Bench()
    bench.open()
    assert bench.rest(12.9) == []
    before = bench.breakers.changes
    assert bench.rest(13.0) == [BreakerHalfOpen(at=13.0, skill="sql")]
    assert (bench.bar(SQL), bench.breakers.changes) == (None, before + 1)
    bench.breakers.leased(SQL, token(9))
    assert bench.bar(SQL) == Bar("sql", None)


def test_each_probe_that_fails_doubles_the_rest_up_to_the_longest() -> None:
    bench = Bench()
    bench.open(now=0.0)
    now, rests = 0.0, [8.0]
    for number in range(10, 13):
        now += rests[-1]
        bench.rest(now)
        bench.breakers.leased(SQL, token(number))
        [notice] = bench.fail("s9", now, number)
        assert isinstance(notice, BreakerOpened)
        rests.append(notice.until - now)
    assert rests == [8.0, 16.0, 20.0, 20.0]


def test_any_success_closes_it_and_the_next_rest_is_a_short_one() -> None:
    for wait in (False, True):
        bench = Bench()
        bench.open()
        if wait:
            bench.rest(13.0)
            bench.breakers.leased(SQL, token(9))
        assert bench.breakers.succeeded(BOTH, 14.0) == [BreakerClosed(at=14.0, skill="sql")]
        assert (bench.bar(SQL), len(bench.alarms), bench.breakers.shut) == (None, 0, 0)
        bench.fail("s1", 20.0)
        bench.fail("s2", 20.0)
        assert bench.fail("s3", 20.0) == [opened(20.0, 28.0)]


def test_a_probe_that_shows_nothing_makes_way_for_another() -> None:
    bench = Bench()
    bench.open()
    bench.rest(13.0)
    bench.breakers.leased(SQL, token(9))
    bench.breakers.freed(token(8))
    assert bench.bar(SQL) == Bar("sql", None)
    bench.breakers.freed(token(9))
    assert bench.bar(SQL) is None


def test_what_was_begun_before_and_fails_within_the_rest_changes_nothing() -> None:
    bench = Bench()
    bench.open()
    assert bench.fail("s4", 6.0, 4) == []
    bench.rest(13.0)
    assert bench.fail("s5", 14.0, 5) == []
    bench.breakers.leased(SQL, token(9))
    assert bench.fail("s6", 15.0, 6) == []
    assert bench.fail("s7", 16.0, 9) == [opened(16.0, 32.0)]


def test_part_of_a_rest_is_drawn_by_lot() -> None:
    untils: set[float] = set()
    for now in range(20):
        bench = Bench(BreakerOptions(failures=1, subtasks=1, first=8.0, jitter=0.5))
        [notice] = bench.fail("s1", float(now))
        assert isinstance(notice, BreakerOpened)
        untils.add(notice.until - now)
    assert len(untils) > 15
    assert all(4.0 <= seconds <= 8.0 for seconds in untils)


def test_there_is_no_other_change_of_state() -> None:
    for state in Circuit:
        for turn in Turn:
            breaker = Breaker("sql")
            breaker.state = state
            if (state, turn) in TRANSITIONS:
                breaker.take(turn)
                assert breaker.state is TRANSITIONS[state, turn]
            else:
                with pytest.raises(KeyError):
                    breaker.take(turn)


class Model:
    """The same for one skill, as plainly as can be."""

    def __init__(self) -> None:
        self.row: list[str] = []  # the subtasks that failed one after the other
        self.rests = 0
        self.until: float | None = None  # set while nothing is let through
        self.probe: int | None = None

    def lets_through(self) -> bool:
        return self.until is None and self.probe is None

    def fail(self, subtask: str, number: int, now: float) -> None:
        if self.rests == 0:
            self.row.append(subtask)
            if len(self.row) >= 3 and len(set(self.row)) >= 2:
                self.rest(now)
        elif number == self.probe:
            self.rest(now)

    def rest(self, now: float) -> None:
        self.rests, self.probe = self.rests + 1, None
        self.until = now + min(20.0, 8.0 * 2 ** (self.rests - 1))


SAID = st.sampled_from(["lease", "fail", "succeed", "free", "wait"])


@given(st.lists(st.tuples(SAID, st.integers(0, 3)), max_size=60))
def test_it_does_what_the_model_does(said: list[tuple[str, int]]) -> None:
    bench, model = Bench(), Model()
    running: list[int] = []
    now = 0.0
    for number, (what, which) in enumerate(said):
        now += 1.0
        if what == "wait":
            now += 3.0 * which
        if model.until is not None and model.until <= now:
            model.until = None
        bench.rest(now)
        if what == "lease" and model.lets_through():
            bench.breakers.leased(SQL, token(number))
            running.append(number)
            model.probe = number if model.rests else None
        elif what in {"fail", "succeed", "free"} and running:
            ended = running.pop(which % len(running))
            if what == "fail":
                bench.fail(f"s{which}", now, ended)
                model.fail(f"s{which}", ended, now)
            elif what == "succeed":
                bench.breakers.succeeded(SQL, now)
                model = Model()
            bench.breakers.freed(token(ended))
            model.probe = None if model.probe == ended else model.probe
        bar = bench.bar(SQL)
        assert (bar is None) is model.lets_through()
        assert bar is None or bar.until == model.until
