"""Answers that are awaited for equally long, against a dictionary that is searched."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from callboard.actors.logic.alarms import glance
from callboard.actors.logic.expectations import Expectations

EVERY = 5.0


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["expect", "expect", "answered", "look"]),
            st.sampled_from("abcd"),
            st.integers(0, 3),
        ),
        max_size=60,
    )
)
def test_whoever_only_glances_at_the_clock_misses_no_answer_that_is_due(
    steps: list[tuple[str, str, int]],
) -> None:
    awaited, now, looks = Expectations[str, int](EVERY), 0.0, list[float]()
    model: dict[str, tuple[float, int]] = {}
    for number, (what, key, seconds) in enumerate(steps):
        if what == "expect" and key not in model:
            assert awaited.expect(key, number, now)
            model[key] = (now + EVERY, number)
        elif what == "answered":
            assert awaited.answered(key) == model.pop(key, (0.0, None))[1]
        else:
            now += seconds
        looks += [now + after.seconds for after in awaited.arm(now)] if awaited.early else []
        while looks and min(looks) <= now:
            at = min(looks)
            looks.remove(at)
            later = glance([awaited], at)
            if later is None:
                due = [(key, word) for key, (when, word) in model.items() if when <= at]
                assert due == [(key, word) for key, word, _ in awaited.overdue(at)]
                assert due
                for found, _ in due:
                    del model[found]
                later = awaited.arm(at)
            looks += [at + after.seconds for after in later]
        assert all(when > now for when, _ in model.values())
        assert len(awaited) == len(model)
        assert (key in awaited) == (key in model)


def test_when_the_clock_is_put_back_it_takes_nothing_that_would_be_due_before_others() -> None:
    awaited = Expectations[str, str](EVERY)
    assert awaited.expect("tea", "Tea, please", 10.0)
    assert not awaited.expect("cake", "Cake, please", 9.0)
    assert awaited.answered("tea") == "Tea, please"
    assert awaited.expect("cake", "Cake, please", 9.0)
    assert awaited.overdue(14.0) == [("cake", "Cake, please", 14.0)]
