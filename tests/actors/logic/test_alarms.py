"""Deadlines of a logic object, against a dictionary that is searched."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from callboard.actors.logic.alarms import Alarms, glance
from callboard.actors.logic.effects import After
from callboard.messages.supervision import Wake

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["set", "clear", "due", "arm"]), st.sampled_from("abcd"), st.integers(0, 5)
    ),
    max_size=60,
)


def due(alarms: Alarms[str], now: float) -> list[str]:
    return list(alarms.due(now))


@given(STEPS)
def test_what_is_due_is_what_a_search_would_find(steps: list[tuple[str, str, int]]) -> None:
    alarms, model, now = Alarms[str](), dict[str, float](), 0.0
    for what, key, number in steps:
        if what == "set":
            alarms.set(key, now + number)
            model[key] = now + number
        elif what == "clear":
            alarms.clear(key)
            model.pop(key, None)
        else:
            now += number
            found = due(alarms, now)
            assert sorted(found) == sorted(k for k, when in model.items() if when <= now)
            assert [model[k] for k in found] == sorted(model[k] for k in found)
            model = {k: when for k, when in model.items() if when > now}
        assert len(alarms) == len(model)
        assert (key in alarms) == (key in model)


def test_who_looks_late_is_told_since_when_it_was_due() -> None:
    alarms = Alarms[str]()
    alarms.set("tea", 3.0)
    alarms.set("cake", 2.0)
    assert list(alarms.overdue(7.5)) == [("cake", 2.0), ("tea", 3.0)]
    assert list(alarms.overdue(9.0)) == []


def test_where_anything_is_due_what_is_due_soon_is_too_if_that_is_wanted() -> None:
    alarms = Alarms[str]()
    for key, when in (("a", 3.0), ("b", 3.5), ("c", 4.5)):
        alarms.set(key, when)

    assert list(alarms.overdue(2.9, ahead=1.0)) == []
    assert list(alarms.overdue(3.0, ahead=1.0)) == [("a", 3.0), ("b", 3.5)]
    assert alarms.arm(3.0) == [After(1.5, Wake())]


@given(STEPS)
def test_a_knock_is_always_under_way_for_the_next_deadline(
    steps: list[tuple[str, str, int]],
) -> None:
    alarms, model, knocks, now = Alarms[str](), dict[str, float](), list[float](), 0.0
    for what, key, number in steps:
        if what == "set":
            alarms.set(key, now + number)
            model[key] = now + number
        elif what == "clear":
            alarms.clear(key)
            model.pop(key, None)
        else:
            now += number
            due(alarms, now)
            model = {k: when for k, when in model.items() if when > now}
            knocks = [when for when in knocks if when > now]
        knocks += [now + effect.seconds for effect in alarms.arm(now)]
        assert not model or min(knocks) <= min(model.values())


def test_what_was_set_is_due_once() -> None:
    alarms = Alarms[str]()
    alarms.set("tea", 3.0)
    assert [due(alarms, now) for now in (2.9, 3.0, 9.0)] == [[], ["tea"], []]


def test_a_key_has_one_deadline_the_last_that_was_set() -> None:
    alarms = Alarms[str]()
    for when in (3.0, 9.0, 5.0, 5.0):
        alarms.set("tea", when)
    assert (due(alarms, 4.0), due(alarms, 9.0)) == ([], ["tea"])


def test_what_is_cleared_or_put_off_while_others_are_heard_is_left_out() -> None:
    alarms = Alarms[str]()
    for key in ("first", "cleared", "put off", "last"):
        alarms.set(key, 3.0)
    heard: list[str] = []
    for key in alarms.due(3.0):
        heard.append(key)
        alarms.clear("cleared")
        alarms.set("put off", 5.0)
    assert heard == ["first", "last"]
    assert due(alarms, 5.0) == ["put off"]


def test_one_knock_is_enough_for_several_deadlines_unless_one_is_earlier() -> None:
    alarms = Alarms[str]()
    assert alarms.arm(0.0) == []
    alarms.set("late", 9.0)
    assert alarms.arm(1.0) == [After(8.0, Wake())]
    alarms.set("later", 10.0)
    assert alarms.arm(2.0) == []
    alarms.set("soon", 3.0)
    assert alarms.arm(2.0) == [After(1.0, Wake())]


def test_a_deadline_that_has_passed_knocks_at_once() -> None:
    alarms = Alarms[str]()
    alarms.set("tea", 3.0)
    assert alarms.arm(4.0) == [After(0.0, Wake())]


def test_what_never_comes_needs_no_knock() -> None:
    alarms = Alarms[str]()
    alarms.set("never", float("inf"))
    assert alarms.arm(0.0) == []


def test_deadlines_that_are_set_again_and_again_take_no_more_room() -> None:
    alarms = Alarms[int]()
    for number in range(10_000):
        alarms.set(number % 10, float(number))
    assert len(alarms._heap) < 100  # pyright: ignore[reportPrivateUsage]
    assert list(alarms.due(1e9)) == list(range(10))


def test_what_is_cleared_leaves_nothing_behind_where_nothing_else_is_set() -> None:
    alarms = Alarms[int]()
    for key in range(10_000):
        alarms.set(key, 600.0 + key)
    for key in range(10_000):
        alarms.clear(key)

    assert len(alarms._heap) < 100  # pyright: ignore[reportPrivateUsage]


@given(STEPS)
def test_whoever_only_glances_at_the_clock_misses_no_deadline(
    steps: list[tuple[str, str, int]],
) -> None:
    alarms, model, now = Alarms[str](), dict[str, float](), 0.0
    looks: list[float] = []
    for what, key, number in steps:
        if what == "set":
            alarms.set(key, now + number)
            model[key] = now + number
        elif what == "clear":
            alarms.clear(key)
            model.pop(key, None)
        else:
            now += number
        looks += [now + after.seconds for after in alarms.arm(now)]
        while looks and min(looks) <= now:
            at = min(looks)
            looks.remove(at)
            later = glance([alarms], at)
            if later is None:
                assert any(when <= at for when in model.values())
                for found in due(alarms, at):
                    del model[found]
                later = alarms.arm(at)
            looks += [at + after.seconds for after in later]
        assert all(when > now for when in model.values())


def test_one_that_is_due_is_enough_for_a_turn() -> None:
    quiet, loud = Alarms[str](), Alarms[str]()
    quiet.set("a", 9.0)
    loud.set("b", 3.0)

    assert glance([quiet, loud], 3.0) is None
    assert glance([quiet, loud], 2.0) == [
        After(seconds=7.0, message=Wake()),
        After(seconds=1.0, message=Wake()),
    ]
