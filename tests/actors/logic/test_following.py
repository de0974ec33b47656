"""The scheduler follows turns that somebody has worked out, as far as they make sense."""

from __future__ import annotations

import math
from random import Random

import pytest

from callboard.actors.logic.effects import Effect, Show
from callboard.messages.notices import OrderAdvised
from callboard.messages.supervision import Wake
from callboard.messages.values import Priority, Ready
from callboard.messages.work import Advise, Settled, SubtasksReady, Turn, Withdraw
from tests.actors.logic.desk import (
    TAU,
    Desk,
    agent,
    assigned,
    completed,
    done,
    down,
    given,
    lease,
    ready,
)

A, B = agent("a", "x"), agent("b", "x")
BUSY = ready("busy", "x")


def turn(uuid: str, who: str, start: float, seconds: float = 100.0) -> Turn:
    return Turn(subtask=uuid, agent=who, start=start, seconds=seconds)


def advise(desk: Desk, now: float, *turns: Turn, gain: float = 0.0) -> list[Effect]:
    return desk.say(now, Advise(turns=turns, gain=gain))


def busy(*names: str) -> Desk:
    """Each of these agents has something to do."""
    desk = Desk(*(agent(name, "x") for name in names))
    desk.queue(*(ready(f"busy {name}", "x", rank=9e6) for name in names))
    return desk


def over(desk: Desk, name: str, now: float, number: int = 1) -> list[tuple[str, str]]:
    return given(desk.say(now, completed(lease(f"busy {name}", name, number))))


def test_what_is_due_first_goes_first_whatever_its_rank() -> None:
    desk = busy("a")
    desk.queue(ready("long", "x", rank=900.0), ready("short", "x", rank=9.0))
    assert advise(desk, 0.0, turn("long", "a", 200.0), turn("short", "a", 100.0), gain=7.0) == [
        Show(OrderAdvised(at=0.0, subtasks=2, strangers=0, gain=7.0))
    ]
    assert over(desk, "a", 100.0) == [("short", "a")]


def test_what_is_not_ready_yet_has_its_turn_when_it_is() -> None:
    desk = busy("a")
    later, other = ready("later", "x", rank=1.0), ready("s", "x", rank=900.0)
    desk.say(0.0, SubtasksReady(subtasks=(), ahead=(later, other)))
    advise(desk, 0.0, turn("later", "a", 100.0), turn("s", "a", 200.0))
    desk.queue(other, later)

    assert over(desk, "a", 100.0) == [("later", "a")]


def test_a_more_urgent_class_goes_first_all_the_same() -> None:
    desk = busy("a")
    desk.queue(ready("s1", "x"), ready("s2", "x", urgency=Priority.CRITICAL))
    advise(desk, 0.0, turn("s1", "a", 100.0), turn("s2", "a", 150.0))

    assert over(desk, "a", 120.0) == [("s2", "a")]


def test_an_agent_that_is_busy_is_waited_for_until_it_is_overdue() -> None:
    desk = busy("a", "b")
    desk.queue(ready("s1", "x"))
    advise(desk, 0.0, turn("s1", "a", 100.0))

    assert over(desk, "b", 50.0, 2) == []
    assert given(desk.say(109.0, Wake())) == []
    assert given(desk.say(110.0, Wake())) == [("s1", "b")]


def test_it_goes_to_its_agent_when_that_is_free_in_time() -> None:
    desk = busy("a", "b")
    desk.queue(ready("s1", "x"))
    advise(desk, 0.0, turn("s1", "a", 100.0))
    over(desk, "b", 50.0, 2)

    assert over(desk, "a", 100.0) == [("s1", "a")]


def test_an_agent_is_kept_for_what_is_due_before_what_is_ready_would_be_over() -> None:
    desk = Desk(A)
    soon, ahead = ready("s1", "x"), ready("next", "x")
    desk.say(0.0, SubtasksReady(subtasks=(BUSY,), ahead=(ahead, soon)))
    advise(desk, 1.0, turn("next", "a", 50.0), turn("s1", "a", 150.0), turn("busy", "a", 0.0))
    assert desk.say(20.0, completed(lease("busy", "a"))) == done(lease("busy", "a"), 20.0)

    assert given(desk.queue(soon, now=21.0)) == []
    assert given(desk.queue(ahead, now=40.0)) == [("next", "a")]


def test_what_is_over_before_that_is_done_meanwhile() -> None:
    desk = Desk(A)
    soon, ahead = ready("s1", "x"), ready("next", "x")
    desk.say(0.0, SubtasksReady(subtasks=(), ahead=(ahead, soon)))
    advise(desk, 0.0, turn("next", "a", 50.0), turn("s1", "a", 150.0, seconds=20.0))

    assert given(desk.queue(soon, now=29.0)) == [("s1", "a")]


@pytest.mark.parametrize("now", [60.0, 61.0])
def test_an_agent_is_kept_no_longer_than_a_tenth_of_what_it_is_kept_for(now: float) -> None:
    desk = Desk(A)
    soon, ahead = ready("s1", "x"), ready("next", "x")
    desk.say(0.0, SubtasksReady(subtasks=(), ahead=(ahead, soon)))
    advise(desk, 0.0, turn("next", "a", 50.0), turn("s1", "a", 150.0))
    desk.queue(soon, now=30.0)

    assert given(desk.say(59.0, Wake())) == []
    assert given(desk.say(now, Wake())) == [("s1", "a")]


def test_who_runs_several_at_once_keeps_only_as_many_slots_as_are_due() -> None:
    desk = Desk(agent("a", "x", max_load=2))
    works = [ready(f"s{n}", "x") for n in range(2)]
    desk.say(0.0, SubtasksReady(subtasks=(), ahead=(ready("next", "x"), *works)))
    advise(desk, 0.0, turn("next", "a", 50.0), turn("s0", "a", 150.0), turn("s1", "a", 151.0))

    assert given(desk.queue(*works, now=20.0)) == [("s0", "a")]


def test_what_nobody_has_a_turn_for_goes_by_the_rule() -> None:
    desk = busy("a")
    desk.queue(ready("new", "x", rank=500.0), ready("s1", "x"))
    advise(desk, 0.0, turn("s1", "a", 100.0))

    assert over(desk, "a", 100.0) == [("new", "a")]


def test_what_comes_back_goes_by_the_rule() -> None:
    desk = Desk(A, B)
    work = ready("s1", "x")
    desk.say(0.0, SubtasksReady(subtasks=(), ahead=(work,)))
    advise(desk, 0.0, turn("s1", "b", 0.0))
    assert given(desk.queue(work)) == [("s1", "b")]

    assert given(desk.say(1.0, down("b"))) == [("s1", "a")]


@pytest.mark.parametrize(
    "nonsense",
    [
        turn("who?", "a", 0.0),
        turn("s1", "nobody", 0.0),
        turn("s1", "lawyer", 0.0),
        turn("running", "a", 0.0),
        turn("s1", "a", math.nan),
        turn("s1", "a", math.inf),
        turn("s1", "a", 0.0, seconds=-1.0),
        turn("s1", "a", 0.0, seconds=math.inf),
    ],
)
def test_a_turn_that_makes_no_sense_is_as_good_as_none(nonsense: Turn) -> None:
    desk = Desk(A, agent("lawyer", "law"))
    running, work = ready("running", "x"), ready("s1", "x")
    desk.queue(running, work)
    said = advise(desk, 0.0, nonsense)

    assert said == [Show(OrderAdvised(at=0.0, subtasks=0, strangers=1, gain=0.0))]
    first, second = lease("running", "a"), lease("s1", "a", 2)
    assert desk.say(1.0, completed(first)) == [*done(first, 1.0), *assigned(second, work, 1.0)]


def test_what_has_ended_has_no_turn() -> None:
    desk = busy("a")
    desk.queue(ready("s1", "x"), ready("s2", "x"), ready("s3", "x", rank=1.0))
    advise(desk, 0.0, *(turn(f"s{n}", "a", 100.0 * n) for n in range(1, 4)))
    desk.say(1.0, Withdraw(subtasks=("s1", "s2"), reason="gone"))

    assert over(desk, "a", 10.0) == [("s3", "a")]


def test_an_agent_that_takes_nothing_is_not_waited_for() -> None:
    desk = busy("a", "b")
    desk.queue(ready("s1", "x"))
    advise(desk, 0.0, turn("s1", "a", 100.0))
    desk.say(1.0, down("a"))  # what it had goes first, to the other one
    assert over(desk, "b", 2.0, 2) == [("busy a", "b")]

    held = lease("busy a", "b", 3)
    assert given(desk.say(3.0, completed(held))) == [("s1", "b")]


def test_who_has_learnt_something_else_since_is_not_asked_to_do_it() -> None:
    desk = busy("a", "b")
    desk.queue(ready("s1", "x"))
    advise(desk, 0.0, turn("s1", "a", 100.0))
    desk.join(agent("a", "law"), 1.0)

    assert over(desk, "b", 2.0, 2) == [("s1", "b")]


def test_what_has_waited_to_the_top_waits_for_nobody_in_particular() -> None:
    desk = busy("a", "b")
    desk.queue(ready("s1", "x", urgency=Priority.CRITICAL))
    advise(desk, 0.0, turn("s1", "a", 5 * TAU))

    assert over(desk, "b", TAU, 2) == [("s1", "b")]


def test_after_an_hour_nothing_is_waited_for_because_of_old_advice() -> None:
    desk = Desk(A, B, tau=math.inf)
    desk.queue(ready("busy a", "x", rank=9e6), ready("busy b", "x", rank=9e6), ready("s1", "x"))
    advise(desk, 0.0, turn("s1", "a", 1e9))
    over(desk, "b", 50.0, 2)

    assert given(desk.say(3599.0, Wake())) == []
    assert given(desk.say(3600.0, Wake())) == [("s1", "b")]


def test_a_new_order_takes_the_place_of_the_old_one() -> None:
    desk = busy("a")
    desk.queue(ready("s1", "x", rank=2.0), ready("s2", "x", rank=1.0))
    advise(desk, 0.0, turn("s1", "a", 1.0), turn("s2", "a", 2.0))
    advise(desk, 0.0, turn("s1", "a", 2.0), turn("s2", "a", 1.0))
    assert over(desk, "a", 1.0) == [("s2", "a")]

    desk.queue(ready("s3", "x", rank=3.0))
    advise(desk, 1.0)
    assert given(desk.say(2.0, completed(lease("s2", "a", 2)))) == [("s3", "a")]


@pytest.mark.parametrize("seed", range(20))
def test_everything_is_done_whatever_is_advised(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - reproducible
    names = [f"a{n}" for n in range(4)]
    desk = Desk(*(agent(name, *random.sample("xyz", 2)) for name in names), agent("all", "general"))
    works: dict[str, Ready] = {
        f"s{n}": ready(f"s{n}", random.choice("xyz"), rank=random.uniform(1, 99)) for n in range(30)
    }
    open_, running = set(works), dict[str, str]()
    now, numbers = 0.0, 0

    def take(effects: list[Effect]) -> None:
        nonlocal numbers
        for uuid, who in given(effects):
            numbers += 1
            running[uuid] = f"{who} {numbers}"

    def nonsense() -> Turn:
        who = random.choice([*names, "all", "gone"])
        start = now + random.choice([-50.0, 0.0, 10.0, 500.0, 1e6])
        return turn(random.choice([*works, "?"]), who, start, random.choice([0.0, 9.0, 1e4]))

    take(desk.queue(*works.values()))
    while open_:
        now += random.uniform(1.0, 1000.0)
        if random.random() < 0.5:
            take(advise(desk, now, *(nonsense() for _ in range(random.randrange(40)))))
        if running:
            uuid = random.choice(list(running))
            who, number = running.pop(uuid).split()
            take(desk.say(now, completed(lease(uuid, who, int(number)))))
            take(desk.say(now, Settled(subtasks=(uuid,))))
            open_.remove(uuid)
        else:
            take(desk.say(now, Wake()))
        assert now < 1e6
