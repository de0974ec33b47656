"""Time limits of subtasks, against a dictionary that is searched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.actors.logic.lifecycle import Work
from callboard.actors.logic.limits import Limits
from callboard.actors.logic.members import Member
from callboard.actors.logic.timing import Timing
from callboard.messages.values import Timeouts, replace
from tests.actors.logic.desk import agent, ready

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["set", "set", "clear", "forget", "look"]),
        st.sampled_from(["s1", "s2", "s3"]),
        st.sampled_from(["run", "silence", "total"]),
        st.integers(0, 5),
    ),
    max_size=60,
)


@given(STEPS)
def test_what_is_reached_is_what_a_search_would_find(
    steps: list[tuple[str, str, str, int]],
) -> None:
    timing, now = Timing(Limits()), 0.0
    works = {name: Work(ready(name)) for name in ("s1", "s2", "s3")}
    model: dict[tuple[str, str], float] = {}
    for what, name, kind, number in steps:
        if what == "set":
            timing.set(works[name], kind, now + number)
            model[name, kind] = now + number
        elif what == "clear":
            timing.clear(works[name], kind)
            model.pop((name, kind), None)
        elif what == "forget":
            timing.forget(works[name])
            model = {key: when for key, when in model.items() if key[0] != name}
        else:
            now += number
            found = [(when, work.uuid, kind) for kind, work, when in timing.overdue(now)]
            assert sorted(found) == sorted(
                (when, *key) for key, when in model.items() if when <= now
            )
            assert [when for when, *_ in found] == sorted(when for when, *_ in found)
            model = {key: when for key, when in model.items() if when > now}
        # Never later than the earliest limit, so none is missed; none is left of what has none.
        for uuid, work in works.items():
            own = [when for key, when in model.items() if key[0] == uuid]
            assert not own or work.knock <= min(own)


def test_a_limit_that_is_put_off_while_another_one_is_heard_is_left_out() -> None:
    timing, work = Timing(Limits()), Work(ready("s1"))
    for kind in ("run", "silence", "stall"):
        timing.set(work, kind, 3.0)
    heard: list[str] = []
    for kind, _, _ in timing.overdue(3.0):
        heard.append(kind)
        timing.clear(work, "silence")
        timing.set(work, "stall", 5.0)
    assert heard == ["run"]
    assert [kind for kind, _, _ in timing.overdue(5.0)] == ["stall"]


def test_a_subtask_that_is_forgotten_knocks_no_more() -> None:
    timing, work = Timing(Limits()), Work(ready("s1"))
    timing.set(work, "total", 3.0)
    timing.forget(work)
    assert (len(timing.alarms), list(timing.overdue(9.0))) == (0, [])


@pytest.mark.parametrize("deadline", [None, 99.0])
def test_with_an_attempt_all_its_limits_end_and_no_others(deadline: float | None) -> None:
    timing, work = Timing(Limits(Timeouts(silence=2.0, stall=3.0))), Work(ready("s1"))
    work.ready = replace(work.ready, deadline=deadline)
    member = Member(agent("a"), 1)
    timing.ready(work, 0.0)
    before = dict(work.due)
    timing.started(work, member, 0.0)
    assert {"silence", "stall"} <= set(work.due)
    timing.freed(work)
    assert work.due == before
