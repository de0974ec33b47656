"""The journal in memory keeps every fact in one order, but for forgotten goals."""

from __future__ import annotations

from callboard.messages.facts import (
    AgentRegistered,
    AgentRemoved,
    AgentStarted,
    BudgetCharged,
    Fact,
    GoalCompleted,
    GoalForgotten,
    HonestyLearnt,
    SubtaskQueued,
)
from callboard.messages.values import Agent, Lease, Token, replace
from callboard.runtime.journal.memory import RECENT, MemoryJournal
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


def life(agent: str) -> list[Fact]:
    return [
        AgentRegistered(at=1.0, agent=Agent(id=agent)),
        AgentStarted(at=2.0, agent=agent, incarnation=1),
        AgentRemoved(at=3.0, agent=agent, reason="unregistered"),
    ]


def test_agents_that_come_and_go_fill_no_memory_and_what_happened_lately_stays() -> None:
    journal, told = MemoryJournal(), list[Fact]()
    stays: list[Fact] = [*life("back"), AgentRegistered(at=4.0, agent=Agent(id="back"))]
    journal.append([ended("first"), *stays], None)

    for number in range(RECENT):
        journal.append(life(f"guest-{number}"), None)
        told += life(f"guest-{number}")
        assert len(journal.replay()) <= 2 * RECENT + 6

    kept = journal.replay()
    assert kept[:2] == (ended("first"), stays[-1])
    assert kept[-RECENT:] == tuple(told[-RECENT:])
    assert journal.count == len(told) + 5


def test_a_reader_goes_on_where_it_was_although_agents_were_forgotten() -> None:
    journal = MemoryJournal()
    for number in range(RECENT):
        journal.append(life(f"guest-{number}"), None)
    position = journal.count

    journal.append([ended("a")], None)

    stretch = journal.stretch(position + 1)
    assert stretch is not None
    assert (stretch.facts, stretch.last) == ((ended("a"),), position + 1)


def test_facts_of_a_goal_are_still_counted_when_agents_were_forgotten() -> None:
    journal = MemoryJournal()
    journal.append([ended("a")] * (2 * RECENT), None)
    journal.append(life("guest"), None)

    journal.append([GoalForgotten(at=4.0, goal="a")], None)

    assert journal.replay() == tuple(life("guest"))
