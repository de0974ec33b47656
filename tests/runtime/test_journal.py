"""The journal in memory keeps every fact in one order, but for forgotten goals."""

from __future__ import annotations

from callboard.messages.facts import (
    AgentRemoved,
    BudgetCharged,
    Fact,
    GoalCompleted,
    GoalForgotten,
    HonestyLearnt,
    SubtaskQueued,
)
from callboard.messages.values import Lease, Token, replace
from callboard.runtime.journal.memory import MemoryJournal
from tests.live import together


def ended(goal: str) -> GoalCompleted:
    return GoalCompleted(at=1.0, goal=goal)


def test_facts_are_kept_in_their_order_and_the_writer_is_told() -> None:
    journal, told = MemoryJournal(), list[int]()

    journal.append([ended("a"), ended("b")], lambda: told.append(len(journal.replay())))
    journal.append([ended("c")], None)

    assert journal.replay() == (ended("a"), ended("b"), ended("c"))
    assert (told, journal.boot) == ([2], 1)


def test_many_writers_lose_nothing_and_each_keeps_its_order() -> None:
    journal = MemoryJournal()

    def write(number: int) -> None:
        for count in range(500):
            journal.append([ended(f"{number}/{count}"), ended(f"{number}/{count}+")], None)

    together(8, write)

    goals = [fact.goal_id for fact in journal.replay()]
    for number in range(8):
        own = [goal for goal in goals if goal.startswith(f"{number}/")]
        assert own == [f"{number}/{n}{sign}" for n in range(500) for sign in ("", "+")]


def test_facts_of_forgotten_goals_go_when_they_are_half_of_all() -> None:
    journal = MemoryJournal()
    other: list[Fact] = [AgentRemoved(at=1.0, agent="x", reason=""), ended("kept")]
    journal.append([*other, *[ended("a")] * 3, *[ended("b")] * 3], None)

    journal.append([GoalForgotten(at=2.0, goal="a")], None)
    first = len(journal.replay())
    journal.append([GoalForgotten(at=2.0, goal="b")], None)

    assert (first, journal.replay()) == (9, tuple(other))


def test_what_others_recorded_of_a_forgotten_goal_goes_with_it() -> None:
    journal = MemoryJournal()
    for number in range(50):
        goal = f"goal {number}"
        journal.append([SubtaskQueued(at=1.0, goal=goal, subtask="s")] * 9 + [ended(goal)], None)
        journal.append([GoalForgotten(at=2.0, goal=goal)], None)

    assert len(journal.replay()) < 25


def test_what_bids_were_worth_and_what_is_used_up_outlives_forgotten_goals() -> None:
    journal, token = MemoryJournal(), Token(boot=1, incarnation=1, counter=1)
    for number in range(50):
        goal = f"goal {number}"
        lease = Lease(goal=goal, subtask="s", agent="a", token=token)
        learnt = HonestyLearnt(at=1.0, agent="a", lease=lease, weight=float(number))
        used = BudgetCharged(at=1.0, resource="usd", used=float(number))
        journal.append([learnt, used, ended(goal)], None)
        journal.append([GoalForgotten(at=2.0, goal=goal)], None)

    learnt_last, used_last = (
        [fact for fact in journal.replay() if type(fact) is kind][-1]
        for kind in (HonestyLearnt, BudgetCharged)
    )
    assert replace(learnt_last, lease=None) == HonestyLearnt(at=1.0, agent="a", weight=49.0)
    assert used_last == BudgetCharged(at=1.0, resource="usd", used=49.0)
    assert len(journal.replay()) < 25


def test_closing_it_loses_nothing() -> None:
    journal = MemoryJournal()
    journal.append([ended("a")], None)

    journal.close()

    assert journal.replay() == (ended("a"),)
