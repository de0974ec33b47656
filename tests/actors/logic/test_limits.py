"""Which limits and which retry policy hold: the subtask's, its agent's, or the runtime's."""

from __future__ import annotations

import pytest

from callboard.actors.logic.limits import Limits
from callboard.messages.values import DAY, Retry, Timeouts
from tests.actors.logic.desk import agent, ready

NOW = 1000.0
ALL = Timeouts(queue=1.0, run=2.0, total=3.0, silence=4.0, stall=5.0)
A = agent("a")


@pytest.mark.parametrize(("whose", "expected"), [
    ("subtask", {"queue": 1.0, "run": 2.0, "total": 3.0, "silence": 4.0, "stall": 5.0}),
    ("agent", {"queue": DAY, "run": 2.0, "total": DAY, "silence": 4.0, "stall": 5.0}),
    ("runtime", {"queue": 1.0, "run": 2.0, "total": 3.0, "silence": 4.0, "stall": 5.0}),
    ("nobody", {"queue": DAY, "run": DAY, "total": DAY, "silence": None, "stall": None}),
])  # fmt: skip
def test_a_limit_is_whosever_states_it_first(whose: str, expected: dict[str, float | None]) -> None:
    limits = Limits(ALL if whose == "runtime" else None)
    work = ready("s1", timeouts=ALL if whose == "subtask" else Timeouts())
    who = agent("a", timeouts=ALL if whose == "agent" else Timeouts())
    run, silence, stall = limits.attempt(work, who)
    assert {
        "queue": limits.queue(work),
        "run": run,
        "total": limits.total(work),
        "silence": silence,
        "stall": stall,
    } == expected


def test_a_stated_limit_of_nothing_is_a_limit() -> None:
    work = ready("s1", timeouts=Timeouts(queue=0.0, run=0.0, total=0.0, silence=0.0, stall=0.0))
    limits = Limits(ALL)
    assert (limits.queue(work), limits.total(work)) == (0.0, 0.0)
    assert limits.attempt(work, A) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(("deadline", "last"), [(NOW, None), (None, DAY)])
def test_where_nobody_states_one_the_goals_deadline_ends_it_or_a_day(
    deadline: float | None, last: float | None
) -> None:
    work, limits = ready("s1", deadline=deadline), Limits()
    run, _, _ = limits.attempt(work, A)
    assert (limits.queue(work), limits.total(work), run) == (last, last, last)


def test_an_agent_in_pull_mode_may_take_its_time_unless_a_limit_is_stated() -> None:
    pull = agent("p", pull=True)
    assert Limits().attempt(ready("s1", deadline=NOW), pull) == (None, None, None)
    assert Limits().attempt(ready("s1"), pull) == (None, None, None)
    assert Limits(ALL).attempt(ready("s1"), pull) == (2.0, 4.0, 5.0)


@pytest.mark.parametrize(("own", "agents", "expected"), [(5, 6, 5), (None, 6, 6), (None, None, 7)])
def test_so_it_is_with_the_retry_policy(own: int | None, agents: int | None, expected: int) -> None:
    limits = Limits(retry=Retry(attempts=7))
    work = ready("s1", retry=None if own is None else Retry(attempts=own))
    who = agent("a", retry=None if agents is None else Retry(attempts=agents))
    assert limits.retry(work, who).attempts == expected
