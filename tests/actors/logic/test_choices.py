"""Why this agent got it, and not another one."""

from __future__ import annotations

from typing import Any

import pytest

from callboard.actors.logic import sightings
from callboard.actors.logic.effects import Tell
from callboard.messages.commands import Explain, Explained, PauseAgent
from callboard.messages.reasons import Candidate, Chosen
from callboard.messages.values import Lease
from callboard.messages.work import AgentLeft
from tests.actors.logic.desk import Desk, agent, completed, down, lease, ready


def choice(desk: Desk, held: Lease, now: float = 9.0) -> Chosen | None:
    [effect] = desk.say(now, Explain(subtask=held.subtask, lease=held, reply_to="caller/1"))
    assert isinstance(effect, Tell)
    assert isinstance(effect.message, Explained)
    found = [reason for reason in effect.message.reasons if isinstance(reason, Chosen)]
    return found[0] if found else None


def told(desk: Desk, held: Lease) -> list[tuple[str, str, str]]:
    """Who, how fit and how they stood, in the order in which they would have got it."""
    chosen = choice(desk, held)
    assert chosen is not None
    return [(one.agent, one.fit, one.state) for one in chosen.candidates]


def test_the_alternatives_are_told_as_they_stood_then() -> None:
    desk = Desk(agent("a", "sql"), agent("b", "sql", max_load=2), agent("c", "law"), agent("d"))
    desk.queue(ready("s1", "sql"), now=1.0)
    desk.queue(ready("s2", "sql"), now=2.0)
    desk.queue(ready("s3", "sql"), now=3.0)
    assert told(desk, lease("s1", "a", 1)) == [("a", "exact", "free"), ("b", "exact", "free")]
    assert told(desk, lease("s2", "b", 2)) == [("b", "exact", "free"), ("a", "exact", "busy")]
    third = choice(desk, lease("s3", "b", 3))
    assert third is not None
    assert (third.agent, third.at, third.count) == ("b", 3.0, 2)
    assert third.candidates[0] == Candidate(
        agent="b", fit="exact", load=1, max_load=2, seconds=3600.0, backlog=0.0, number=2,
        state="free",
    )  # fmt: skip


def test_what_has_happened_since_does_not_matter() -> None:
    desk = Desk(agent("a", "sql"), agent("b", "sql"), agent("c", "sql"), agent("e", "sql"))
    desk.say(0.0, PauseAgent(agent="c"))
    desk.say(0.0, down("e"))
    desk.queue(ready("s1", "sql"))
    desk.queue(ready("s2", "sql"))
    desk.say(1.0, completed(lease("s1", "a", 1)))
    desk.say(2.0, AgentLeft(agent="a", reason="unregistered"))
    desk.say(2.0, PauseAgent(agent="b"))
    desk.join(agent("late", "sql"), 3.0)
    assert told(desk, lease("s2", "b", 2)) == [
        ("b", "exact", "free"), ("c", "exact", "paused"),
        ("e", "exact", "down"), ("a", "exact", "busy"),
    ]  # fmt: skip


def test_who_fits_best_stands_first() -> None:
    desk = Desk(agent("g", "general"), agent("q", "development"), agent("x", "coding"))
    desk.queue(ready("s1", "coding"))
    assert told(desk, lease("s1", "x", 1)) == [
        ("x", "exact", "free"), ("q", "equivalent", "free"), ("g", "general", "free")
    ]  # fmt: skip


def test_the_chosen_one_is_told_of_however_many() -> None:
    desk = Desk(*(agent(f"a{n}", "sql") for n in range(9)))
    desk.queue(*(ready(f"s{n}", "sql") for n in range(9)))
    last = choice(desk, lease("s8", "a8", 9))
    assert last is not None
    assert (last.count, len(last.candidates)) == (9, 5)
    assert last.candidates[0].agent == "a8"
    assert last.said(9.0) == (
        "of 9 agents that may do it a8 got it, which has just these skills; not "
        "a0 (1 of 1 taken), a1 (1 of 1 taken), a2 (1 of 1 taken), a3 (1 of 1 taken) and 4 more"
    )


def test_why_not_the_other_one_is_told_in_words() -> None:
    desk = Desk(agent("a", "sql"), agent("b", "sql"), agent("g", "general"))
    desk.queue(ready("s1", "sql"))
    chosen = choice(desk, lease("s1", "a", 1))
    assert chosen is not None
    assert chosen.said(9.0) == (
        "of 3 agents that may do it a got it, which has just these skills; "
        "not b (registered later) and g (its fit is general)"
    )


def test_a_choice_that_is_too_long_ago_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    kind: Any = sightings.Sightings
    monkeypatch.setattr(kind.__init__, "__defaults__", (2,))
    desk = Desk(agent("a"))
    desk.queue(*(ready(f"s{n}") for n in range(9)))
    for number in range(1, 6):
        desk.say(float(number), completed(lease(f"s{number - 1}", "a", number)))
    assert choice(desk, lease("s0", "a", 1)) is None
    assert choice(desk, lease("s5", "a", 6)) is not None


def test_of_what_an_earlier_scheduler_chose_nothing_is_told() -> None:
    desk = Desk(agent("a"), incarnation=2)
    assert choice(desk, lease("s1", "a", 1, incarnation=1)) is None
