"""Ready subtasks in their order, against a list that is sorted."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.actors.logic.outlook import Needs
from callboard.actors.logic.places import Entry
from callboard.actors.logic.queues import Queues
from callboard.messages.values import Priority, Skill
from tests.actors.logic.desk import ready

TAU = 10.0
SETS: dict[str, Needs] = {
    "": frozenset(),
    "sql": frozenset({Skill(name="sql")}),
    "law": frozenset({Skill(name="law")}),
}


class Waiting(NamedTuple):
    """One that waits, as the model knows it."""

    name: str
    needs: str
    urgency: int
    since: float
    rank: float
    deadline: float | None
    front: bool
    number: int

    def key(self, now: float, tau: float) -> tuple[float, ...]:
        """Where it stands: the rules of SEMANTICS, said naively."""
        promotions = 0 if tau == math.inf else int((now - self.since) // tau)
        if promotions >= max(1, self.urgency):  # it has waited itself to the top: by age
            return (0, 0 if self.front else 1, self.since, 0.0, self.number)
        slack = math.inf if self.deadline is None else self.deadline - self.rank
        left = self.urgency - promotions
        return (left, 0 if self.front else 2, slack, -self.rank, self.number)


def add(queues: Queues[Entry], one: Waiting, entry: Entry | None = None) -> Entry:
    stated = ready(
        one.name, urgency=Priority(one.urgency), since=one.since, rank=one.rank,
        deadline=one.deadline,
    )  # fmt: skip
    entry = entry or Entry(one.name, SETS[one.needs])
    queues.add(entry, stated, front=one.front)
    return entry


def names(
    queues: Queues[Entry], now: float, able: Iterable[str] = SETS, count: int = 99
) -> list[str]:
    """What is taken, one after the other, by somebody who covers *able*."""
    sets = [SETS[name] for name in able]
    taken: list[str] = []
    for entry, _ in queues.in_order(lambda needs: "somebody" if needs in sets else None, now):
        queues.drop(entry)
        taken.append(entry.uuid)
        if len(taken) == count:
            break
    return taken


@st.composite
def steps(draw: st.DrawFn) -> list[tuple[str, Waiting, float, set[str], int]]:
    """Pushes of some that are alike, withdrawals, returns and takings, while the time goes on."""
    found: list[tuple[str, Waiting, float, set[str], int]] = []
    now = 0.0
    for number in range(draw(st.integers(0, 40))):
        now += draw(st.sampled_from([0.0, 0.0, 1.0, 5.0, 10.0]))
        one = Waiting(
            name=f"s{number}",
            needs=draw(st.sampled_from(list(SETS))),
            urgency=draw(st.integers(0, 3)),
            since=max(0.0, now - draw(st.sampled_from([0.0, 3.0, 10.0, 40.0]))),
            rank=float(draw(st.integers(0, 3))),
            deadline=draw(st.sampled_from([None, 20.0, 22.0])),
            front=draw(st.booleans()),
            number=number,
        )
        what = draw(st.sampled_from(["push", "push", "push", "drop", "back", "take"]))
        able = draw(st.sets(st.sampled_from(list(SETS))))
        found.append((what, one, now, able, draw(st.integers(1, 4))))
    return found


@given(steps(), st.sampled_from([TAU, math.inf]))
def test_what_goes_next_is_what_sorting_all_of_them_would_say(
    happenings: list[tuple[str, Waiting, float, set[str], int]], tau: float
) -> None:
    queues, entries, model = Queues[Entry](tau), dict[str, Entry](), dict[str, Waiting]()
    gone: list[Waiting] = []
    for what, one, now, able, count in happenings:
        if what == "push":
            for number in range(count):
                like = one._replace(name=f"{one.name}.{number}", number=queues.added)
                entries[like.name], model[like.name] = add(queues, like), like
        elif what == "drop" and model:
            name = sorted(model)[count % len(model)]
            queues.drop(entries[name])
            gone.append(model.pop(name))
        elif what == "back" and gone:
            back = gone.pop()._replace(number=queues.added)
            model[back.name] = back
            add(queues, back, entries[back.name])
        elif what == "take":
            fitting = [w for w in model.values() if w.needs in able]
            expected = [w.name for w in sorted(fitting, key=lambda w: w.key(now, tau))][:count]
            assert names(queues, now, able, count) == expected
            for name in expected:
                del model[name]
        waiting = [e.uuid for needs in queues.needs() for e in queues.entries(needs)]
        assert sorted(waiting) == sorted(model)
        assert queues.waiting == len(model)


def waiting(name: str, **stated: object) -> Waiting:
    usual = {"needs": "", "urgency": 2, "since": 0.0, "rank": 1.0, "deadline": None}
    return Waiting(name=name, **{**usual, "front": False, "number": 0, **stated})  # type: ignore[arg-type]


def test_a_low_one_ranks_with_critical_after_three_tau_and_then_by_age() -> None:
    for now, expected in ((29.0, ["critical", "low"]), (30.0, ["low", "critical"])):
        queues = Queues[Entry](TAU)
        add(queues, waiting("low", urgency=3))
        add(queues, waiting("critical", urgency=0, since=25.0))
        assert names(queues, now) == expected


def test_promotion_is_by_whole_classes() -> None:
    queues = Queues[Entry](TAU)
    add(queues, waiting("low", urgency=3, rank=9.0))
    add(queues, waiting("medium", urgency=2, since=9.0))
    add(queues, waiting("high", urgency=1, since=9.0))
    assert names(queues, 15.0) == ["high", "low", "medium"]


def test_without_ageing_classes_are_strict() -> None:
    queues = Queues[Entry](math.inf)
    add(queues, waiting("low", urgency=3))
    add(queues, waiting("medium", since=1e6))
    assert names(queues, 1e6) == ["medium", "low"]


@pytest.mark.parametrize("needs", ["", "sql"])
def test_requeued_work_goes_first_in_its_class_only(needs: str) -> None:
    queues = Queues[Entry](TAU)
    add(queues, waiting("tight", deadline=5.0))
    add(queues, waiting("requeued", front=True, needs=needs))
    add(queues, waiting("high", urgency=1))
    assert names(queues, 0.0) == ["high", "requeued", "tight"]


def test_among_those_that_nobody_prefers_the_oldest_goes_first() -> None:
    queues = Queues[Entry](TAU)
    for number in range(5):
        add(queues, waiting(f"s{number}"))
    assert names(queues, 0.0) == [f"s{number}" for number in range(5)]


def test_what_nobody_can_do_now_holds_up_nobody() -> None:
    queues = Queues[Entry](TAU)
    add(queues, waiting("law", needs="law", urgency=0))
    add(queues, waiting("sql", needs="sql"))
    assert names(queues, 0.0, ["sql"]) == ["sql"]
    assert names(queues, 0.0) == ["law"]


def test_what_has_been_taken_leaves_no_room_behind() -> None:
    queues = Queues[Entry](TAU)
    add(queues, waiting("stays", urgency=0))
    for number in range(5_000):
        queues.drop(add(queues, waiting(f"s{number}", urgency=number % 4)))
    [queue] = queues._queues.values()  # pyright: ignore[reportPrivateUsage]
    assert len(queue._ages._entries) + len(queue._line) < 500  # pyright: ignore[reportPrivateUsage]
    assert len(queue) == 1
    assert names(queues, 0.0) == ["stays"]


def test_what_is_alike_stands_as_one_and_rises_as_one() -> None:
    queues = Queues[Entry](TAU)
    entries = [add(queues, waiting(f"s{number:03}")) for number in range(500)]
    [queue] = queues._queues.values()  # pyright: ignore[reportPrivateUsage]
    assert len({entry.block for entry in entries}) == 1
    assert len(queue._line) == len(queue._ages._entries) == 1  # pyright: ignore[reportPrivateUsage]
    queue.head(TAU)
    assert len(queue._line) == 2  # pyright: ignore[reportPrivateUsage] # where it stood, and stands
    queues.drop(entries[250])
    expected = [entry.uuid for entry in entries if entry is not entries[250]]
    assert names(queues, 3 * TAU, count=500) == expected


def test_what_comes_back_from_the_midst_of_those_that_are_like_it_stands_behind_them() -> None:
    queues = Queues[Entry](TAU)
    entries = [add(queues, waiting(f"s{number}")) for number in range(3)]
    for lane in ("law", "", ""):
        queues.drop(entries[1])
        entries[1].needs = SETS[lane]
        add(queues, waiting("s1", needs=lane), entries[1])
    assert [e.uuid for e in queues.entries(SETS[""])] == ["s0", "s2", "s1"]
    assert names(queues, 0.0) == ["s0", "s2", "s1"]


def test_a_set_of_skills_that_nothing_waits_for_any_more_is_forgotten() -> None:
    queues = Queues[Entry](TAU)
    add(queues, waiting("law", needs="law"))
    assert names(queues, 0.0) == ["law"]
    assert queues.entries(SETS["law"]) == []
    assert names(queues, 0.0) == []
    assert not queues.needs()
    assert queues.entries(SETS["law"]) == []
