"""Ranks, latest starts and backlogs by what was learnt, and when they are made anew."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given

from callboard.actors.logic import graph
from callboard.actors.logic.effects import Effect, Tell
from callboard.actors.logic.learning import Learning
from callboard.actors.logic.lengths import Lengths, edited, upward
from callboard.actors.logic.lessons import Lessons
from callboard.actors.logic.paces import Learnt, Stated
from callboard.messages.base import SubtaskId
from callboard.messages.commands import Explain, Explained
from callboard.messages.facts import Fact
from callboard.messages.reasons import InQueue
from callboard.messages.values import Plan, Ready, replace
from callboard.messages.work import (
    Amended,
    Assign,
    Completed,
    ForgetLearnt,
    Hold,
    Resync,
    Settled,
    SubtasksReady,
    Withdraw,
)
from tests.actors.logic.desk import RESULT, Desk, agent, ready
from tests.strategies import plans

A, B = agent("a", "sql"), agent("b", "law")
LONG, SHORT = "long", "short"


def one(
    uuid: str, kind: str = SHORT, *, of: str = "sql", needs: Iterable[str] = (), **more: Any
) -> Ready:
    """One hour by its plan, which says as much of its way as *rank*."""
    made = ready(uuid, of, kind=kind, **{"rank": 3600.0, **more})
    spec = replace(made.subtask, estimated_duration=60.0, dependencies=tuple(needs))
    return replace(made, subtask=spec)


def taught(**seconds: float) -> list[Fact]:
    """What stands for eighty attempts at each kind, each of which took so long."""
    learning = Learning()
    for kind, took in seconds.items():
        for number in range(80):
            learning.completed(one("past", kind).subtask, f"a{number % 8}", took)
    lessons = Lessons()
    lessons.learning = learning
    return lessons.kept(0.0)


LEARNT = taught(long=36000.0, short=360.0)
"""Ten hours, and six minutes."""


class Hall(Desk):
    """A desk of which one sees to whom what goes, and what that is ranked by."""

    def given(self, effects: Iterable[Effect]) -> list[str]:
        told = (effect.message for effect in effects if isinstance(effect, Tell))
        return [message.lease.subtask for message in told if isinstance(message, Assign)]

    def all_in_order(self, *readies: Ready, ahead: tuple[Ready, ...] = ()) -> list[str]:
        """What the agents are given, one after the other, when they are there."""
        self.say(0.0, SubtasksReady(subtasks=readies, ahead=ahead))
        return self.given(self.join(agent("all", "sql", "law", max_load=99)))

    def ranks(self) -> dict[SubtaskId, float]:
        works = self.logic._leasing.works.values()  # pyright: ignore[reportPrivateUsage]
        return {work.uuid: round(work.rank) for work in works}

    def open(self) -> dict[SubtaskId, float]:
        """Seconds of all that counts in backlogs."""
        outlook = self.logic._leasing.outlook  # pyright: ignore[reportPrivateUsage]
        return {uuid: round(own[1]) for uuid, own in outlook._open.items()}  # pyright: ignore[reportPrivateUsage]

    def works(self, uuid: str, seconds: float, now: float) -> list[str]:
        """Its agent completes it, and the orchestrator has it in writing."""
        held = self.logic._leasing.works[uuid].lease  # pyright: ignore[reportPrivateUsage]
        assert held is not None
        effects = self.say(now, Completed(lease=held, result=RESULT, seconds=seconds))
        return self.given([*effects, *self.say(now, Settled(subtasks=(uuid,)))])


@given(plans())
def test_ranks_of_a_whole_plan_are_those_of_the_orchestrator(plan: Plan) -> None:
    seconds = {subtask.uuid: subtask.seconds for subtask in plan.subtasks}
    ranks = graph.upward_ranks(plan)
    assert upward(plan.subtasks, seconds) == ranks
    assert upward(plan.subtasks[::-1], seconds) == ranks


def test_what_is_known_to_take_longest_goes_first() -> None:
    work = one("s1", SHORT, rank=7200.0), one("s2", LONG)
    assert Hall().all_in_order(*work) == ["s1", "s2"]
    assert Hall(recorded=LEARNT).all_in_order(*work) == ["s2", "s1"]


def test_so_does_what_the_longest_way_waits_for() -> None:
    ahead = one("after", LONG, needs=["s2", "gone"])
    work = one("s1", SHORT), one("s2", SHORT)
    hall = Hall(recorded=LEARNT)
    assert hall.all_in_order(*work, ahead=(ahead,)) == ["s2", "s1"]
    ranks = hall.ranks()
    assert ranks["s2"] == pytest.approx(36000 + ranks["s1"], rel=0.2)

    hall.works("s2", 360.0, 1.0)
    hall.say(1.0, SubtasksReady(subtasks=(ahead,)))
    assert hall.ranks()["after"] == pytest.approx(36000, rel=0.2)


def test_a_deadline_leaves_less_slack_to_what_takes_longer() -> None:
    soon, late = one("s1", SHORT, deadline=50_000.0), one("s2", LONG, deadline=60_000.0)
    assert Hall().all_in_order(soon, late) == ["s1", "s2"]
    assert Hall(recorded=LEARNT).all_in_order(soon, late) == ["s2", "s1"]


def test_backlogs_are_of_what_was_learnt() -> None:
    work = one("s1", LONG), one("s2", SHORT, of="law")
    later = one("s3", LONG, of="law", needs=["s1"])
    hall = Hall(recorded=LEARNT)
    hall.say(0.0, SubtasksReady(subtasks=work, ahead=(later,)))
    open_ = hall.open()
    assert open_["s3"] == open_["s1"] == pytest.approx(36000, rel=0.2)
    assert open_["s2"] == pytest.approx(360, rel=0.2)


def test_without_any_attempt_all_is_as_plans_say() -> None:
    hall = Hall()
    hall.say(0.0, SubtasksReady(subtasks=(one("s1", rank=99.0),), ahead=(one("s2"),)))
    assert (hall.ranks(), hall.open()) == ({"s1": 99}, {"s1": 3600, "s2": 3600})


def test_who_knows_durations_beforehand_states_them_in_the_plan() -> None:
    lengths = Lengths(Stated({SHORT: {"a": 1.0}}))
    lengths.reckon([one("s1")])
    assert lengths.known == {"s1": (3600.0, 3600.0)}


def test_a_running_goal_is_ranked_anew_when_a_kind_turns_out_to_be_otherwise() -> None:
    hall = Hall(A)
    work = [one(f"s{n}", LONG if n % 2 else SHORT, rank=7200.0 - n) for n in range(8)]
    late = one("late", LONG, of="law", needs=["s7"])
    hall.say(0.0, SubtasksReady(subtasks=tuple(work), ahead=(late,)))
    assert hall.works("s0", 360.0, 1.0) == ["s1"]  # as the plan says: nothing is recorded yet
    assert hall.works("s1", 36000.0, 2.0) == ["s7"]  # two of that kind wait for each other

    ranks = hall.ranks()
    assert ranks["s7"] > ranks["s3"] > 2 * ranks["s2"]
    assert hall.open()["late"] == ranks["s3"]


BRIEFLY = 5e-5 / 60.0
"""Minutes: ten times as long is nothing that anybody would decide by."""


@pytest.mark.parametrize("order", [("s0", "s1", "s2"), ("s2", "s1", "s0")])
def test_what_ends_together_is_taken_in_at_once(order: tuple[str, ...]) -> None:
    together, apart = (Hall(agent("a", "sql", max_load=3)) for _ in range(2))
    for hall in (together, apart):
        work = [one(f"s{n}", LONG if n else SHORT) for n in range(8)]
        brief = replace(work[1].subtask, estimated_duration=BRIEFLY)
        work[1] = replace(work[1], subtask=brief)
        hall.say(0.0, SubtasksReady(subtasks=tuple(work)))
        for uuid, seconds in (("s0", 3600.0), ("s1", 1.1e-3), ("s2", 36000.0)):
            held = hall.logic._leasing.works[uuid].lease  # pyright: ignore[reportPrivateUsage]
            assert held is not None
            hall.say(1.0, Completed(lease=held, result=RESULT, seconds=seconds))
    before = together.ranks()
    together.say(2.0, Settled(subtasks=order))
    for uuid in order:
        apart.say(2.0, Settled(subtasks=(uuid,)))

    assert together.ranks() == apart.ranks() != {u: before[u] for u in together.ranks()}
    assert together.open() == apart.open()


def test_as_long_as_attempts_take_what_was_thought_nothing_is_ranked_anew() -> None:
    learning = Learning()
    lengths = Lengths(Learnt(learning))
    subtask = one("s1").subtask
    for number in range(40):
        learning.completed(subtask, f"a{number % 8}", 360.0)
        lengths.hear(subtask)
    assert lengths.stale
    lengths.begin()
    lengths.reckon([one("s2")])
    for number in range(40):
        learning.completed(subtask, f"a{number % 8}", 360.0)
        lengths.hear(subtask)
    assert not lengths.stale


def test_ranks_are_made_anew_no_oftener_than_attempts_pay_for() -> None:
    learning = Learning()
    lengths, renewed = Lengths(Learnt(learning)), 0
    kinds = [one("s", f"kind {n}x", rank=1.0).subtask for n in range(500)]
    for number, subtask in enumerate(kinds):
        learning.completed(subtask, "a", 3600.0 * (100.0 if number % 2 else 0.01))
        lengths.hear(subtask)
        if lengths.pays(400):
            lengths.begin()
            renewed += 1
    assert renewed == 5


def test_an_edit_counts_in_proportion_until_ranks_are_made_anew() -> None:
    before = one("s1", rank=3600.0)
    after = replace(before, rank=7200.0, subtask=replace(before.subtask, estimated_duration=120.0))
    assert edited((360.0, 36.0), after, before) == (720.0, 72.0)
    assert edited((3600.0, 3600.0), after, before) == (7200.0, 7200.0)

    hall = Hall(recorded=LEARNT)
    hall.say(0.0, SubtasksReady(subtasks=(before,), ahead=(one("s2", needs=["s1"]),)))
    known = hall.ranks()["s1"]
    hall.say(1.0, Amended(subtasks=(after,)))
    assert hall.ranks()["s1"] == pytest.approx(2 * known, abs=1)

    seconds = hall.open()["s2"]
    longer = one("s2", needs=["s1"], rank=7200.0)
    longer = replace(longer, subtask=replace(longer.subtask, estimated_duration=120.0))
    hall.say(2.0, SubtasksReady(subtasks=(), ahead=(longer,)))
    assert hall.open()["s2"] == pytest.approx(2 * seconds, abs=1)


def test_after_a_reset_plans_count_again() -> None:
    hall = Hall(recorded=LEARNT)
    work = one("s1", LONG), one("s2", SHORT)
    hall.say(0.0, SubtasksReady(subtasks=work, ahead=(one("s3", needs=["s1"]),)))
    hall.say(1.0, Hold(subtasks=("s2",), ready=("s2",)))
    hall.say(2.0, ForgetLearnt(work="", agent="", reply_to="caller/1"))
    assert hall.ranks() == {"s1": 7200, "s2": 3600}
    assert hall.open() == {"s1": 3600, "s2": 3600, "s3": 3600}


def test_a_successor_ranks_as_one_who_has_seen_it_all() -> None:
    work, later = (one("s1", LONG), one("s2", SHORT)), (one("s3", LONG, needs=["s2"]),)
    first = Hall(recorded=LEARNT)
    first.say(0.0, SubtasksReady(subtasks=work, ahead=later))
    second = Hall(recorded=LEARNT, incarnation=2)
    second.say(0.0, Resync(subtasks=work, ahead=later, incarnation=2))
    assert (second.ranks(), second.open()) == (first.ranks(), first.open())

    first.say(1.0, Resync(subtasks=work, ahead=later))  # of a new orchestrator
    assert (first.ranks(), first.open()) == (second.ranks(), second.open())


def test_nothing_is_kept_of_what_has_ended_or_was_withdrawn() -> None:
    hall = Hall(A, recorded=LEARNT)
    lengths = hall.logic._leasing.lengths  # pyright: ignore[reportPrivateUsage]
    hall.say(0.0, Withdraw(subtasks=("s2", "s4"), reason="not wanted"))
    ahead = one("s3", needs=["s1"]), one("s4", needs=["s1"])
    hall.say(0.0, SubtasksReady(subtasks=(one("s1"), one("s2")), ahead=ahead))
    assert list(lengths.known) == ["s3"]
    hall.say(1.0, Withdraw(subtasks=("s3",), reason="not wanted"))
    assert not lengths.known


def test_what_it_is_ranked_by_is_told() -> None:
    hall = Hall(recorded=LEARNT)
    hall.join(agent("other", "sql", max_load=1))
    hall.say(0.0, SubtasksReady(subtasks=(one("s1", LONG), one("s2", LONG))))
    [told] = [
        e for e in hall.say(1.0, Explain(subtask="s2", reply_to="caller/1")) if isinstance(e, Tell)
    ]
    assert isinstance(told.message, Explained)
    [place] = [reason for reason in told.message.reasons if isinstance(reason, InQueue)]
    assert round(place.standing.rank) == hall.ranks()["s2"] > 30_000
