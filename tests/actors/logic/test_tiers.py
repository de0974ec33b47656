"""Who counts in a group, against a look at all of it."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from callboard.actors.logic.tiers import Changes, Tiers

FACTORS = (0.25, 1.0, 1.01, 3.0)


class Somebody:
    """A member that a test changes."""

    def __init__(self, number: int) -> None:
        self.number, self.version = number, 0
        self.load, self.slots, self.takes, self.until = 0, 1, True, math.inf

    @property
    def free(self) -> bool:
        return self.takes and self.load < self.slots


def until(member: Somebody) -> float:
    return member.until


def factor(member: Somebody) -> float:
    return FACTORS[member.number % len(FACTORS)]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 5),
            st.sampled_from(["take", "take", "free", "takes", "later", "go", "come", "look"]),
            st.integers(1, 9),
        ),
        max_size=60,
    )
)
def test_the_best_of_all_are_among_those_who_count(steps: list[tuple[int, str, int]]) -> None:
    members = {str(number): Somebody(number) for number in range(6)}
    changes = Changes()
    tiers, came = Tiers(members, changes, factor), 0
    for number, what, seconds in steps:
        member = members.get(str(number))
        if what == "come" and member is None:
            member = members[str(number)] = Somebody(number)
            came += 1
            member.version = 100 * came  # no two are alike in what they are compared by
        elif member is None:
            continue
        if what == "later":  # it is overdue, which changes nothing else
            member.until += seconds
            continue
        if what == "look":
            assert _counted(tiers) == _naive(members)
            continue
        if what == "take":
            member.load, member.until = member.load + 1, float(seconds)
        elif what == "free":
            member.load = 0
        elif what == "takes":
            member.takes = not member.takes
        elif what == "go":
            del members[str(number)]
        member.version += 1
        changes.note(str(number), len(members))
    assert _counted(tiers) == _naive(members)


def _counted(tiers: Tiers[Somebody]) -> tuple[object, object]:
    tiers.look(until)
    free = sorted((f, m.load, m.number) for f, m in tiers.free())
    busy = sorted((f, when, m.number) for f, when, m in tiers.busy(until))
    return [one[1:] for one in free], [one[1:] for one in busy]


def _naive(members: dict[str, Somebody]) -> tuple[object, object]:
    """Of each tier the first; 1.0 and 1.01 are one."""
    free: dict[float, tuple[float, int]] = {}
    busy: dict[float, tuple[float, int]] = {}
    for member in members.values():
        tier = round(factor(member), 1)
        if member.free:
            place = (member.load, member.number)
            free[tier] = min(free.get(tier, place), place)
        elif member.takes and member.until < math.inf:
            late = (member.until, member.number)
            busy[tier] = min(busy.get(tier, late), late)
    return [free[t] for t in sorted(free)], [busy[t] for t in sorted(busy)]


def test_what_has_changed_long_ago_is_made_anew() -> None:
    members = {"a": Somebody(1)}
    changes = Changes()
    tiers = Tiers(members, changes, factor)
    for _ in range(1_000):
        members["a"].version += 1
        changes.note("a", 1)
    assert len(changes.since(changes.end) or []) == 0
    assert changes.since(0) is None
    assert _counted(tiers) == ([(0, 1)], [])
