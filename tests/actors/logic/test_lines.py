"""A line of places, against a list that is sorted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from callboard.actors.logic.lines import Line


@given(st.lists(st.tuples(st.sampled_from(["push", "push", "pop", "keep"]), st.integers(0, 9))))
def test_the_least_place_goes_first_in_whatever_order_they_came(
    steps: list[tuple[str, int]],
) -> None:
    line, model = Line[tuple[int, int]](), list[tuple[int, int]]()
    for number, (what, place) in enumerate(steps):
        if what == "push":
            line.push((place, number))
            model.append((place, number))
        elif what == "keep":
            line.keep(lambda one, place=place: one[0] != place)  # type: ignore[misc]
            model = [one for one in model if one[0] != place]
        elif model:
            assert line.pop() == min(model)
            model.remove(min(model))
        assert line.first() == min(model, default=None)
        assert sorted(line) == sorted(model)
        assert len(line) == len(model)
