"""Whose heartbeats the scheduler looks for, so that nobody has to tell of them."""

from __future__ import annotations

from callboard.actors.logic.effects import Effect, ExpectBeats, LookAt, LookAtAll, Show, Tell
from callboard.messages.commands import Heartbeat
from callboard.messages.notices import AgentDoubted
from callboard.messages.supervision import AllSignsSeen, SignsSeen, Wake
from callboard.messages.unions import SchedulerMessage
from callboard.messages.work import AgentJoined, AgentLeft
from tests.actors.logic.desk import Desk, down
from tests.actors.logic.happenings import agent

A, PULL = agent("a"), agent("p", pull=True)
BEAT, FAR_BEAT = Heartbeat(agent="a"), Heartbeat(agent="p")


def attention(desk: Desk, now: float, message: SchedulerMessage) -> list[Effect]:
    """What of the effects is about whose heartbeats are looked for."""
    return [e for e in desk.logic.handle(message, now) if isinstance(e, ExpectBeats)]


def looks(desk: Desk, now: float) -> list[Effect]:
    """Who is looked at now."""
    return [e for e in desk.logic.handle(Wake(), now) if isinstance(e, LookAt | LookAtAll)]


def began(name: str) -> list[ExpectBeats]:
    return [ExpectBeats(name, expected=True)]


def ended(name: str) -> list[ExpectBeats]:
    return [ExpectBeats(name, expected=False)]


def test_they_are_looked_for_from_the_first_one_on() -> None:
    desk = Desk(A)
    assert attention(desk, 1.0, BEAT) == began("a")
    assert attention(desk, 2.0, BEAT) == []


def test_who_has_died_or_left_is_to_tell_of_its_next_one() -> None:
    desk = Desk(A)
    attention(desk, 1.0, BEAT)
    assert attention(desk, 2.0, down("a")) == ended("a")
    desk.join(A, 3.0, incarnation=2)
    assert attention(desk, 4.0, BEAT) == began("a")
    assert attention(desk, 5.0, AgentLeft(agent="a", reason="unregistered")) == ended("a")


def test_who_is_doubted_is_to_tell_of_its_next_one_before_anybody_hears_of_the_doubt() -> None:
    desk = Desk(PULL)
    attention(desk, 1.0, FAR_BEAT)
    assert [e for e in desk.logic.handle(Wake(), 31.0) if isinstance(e, LookAt)]
    seen = SignsSeen(agent="p", limit="heartbeat", quiet=30.0)
    assert desk.logic.handle(seen, 31.0)[:1] == ended("p")
    assert attention(desk, 32.0, FAR_BEAT) == began("p")


def test_who_was_seen_to_beat_is_not_doubted() -> None:
    desk = Desk(PULL)
    attention(desk, 1.0, FAR_BEAT)
    desk.logic.handle(Wake(), 31.0)
    assert desk.show(31.0, LookAt(agent="p", lease=None, limit="heartbeat"), quiet=4.0) == []
    assert not [e for e in desk.logic.handle(Wake(), 56.9) if isinstance(e, LookAt)]
    assert [e for e in desk.logic.handle(Wake(), 57.0) if isinstance(e, LookAt)]


def test_who_is_due_soon_is_looked_at_together_with_who_is_due_now() -> None:
    agents = [agent(name) for name in "abc"]
    desk = Desk(*agents)
    for at, name in ((1.0, "a"), (1.9, "b"), (2.0, "c")):
        attention(desk, at, Heartbeat(agent=name))

    assert looks(desk, 30.9) == []
    assert looks(desk, 31.0) == [LookAtAll(agents=("a", "b"), limit="heartbeat")]


def test_who_was_looked_at_too_early_is_looked_at_again_in_time() -> None:
    desk = Desk(A, agent("b"))
    attention(desk, 1.0, BEAT)
    attention(desk, 1.5, Heartbeat(agent="b"))
    assert looks(desk, 31.0) == [LookAtAll(agents=("a", "b"), limit="heartbeat")]

    seen = AllSignsSeen(limit="heartbeat", seen=(("a", 2.0), ("b", 29.5)))
    assert desk.hear(31.0, seen) == []
    assert looks(desk, 31.4) == []
    assert looks(desk, 31.5) == [LookAt(agent="b", lease=None, limit="heartbeat")]
    assert looks(desk, 59.0) == [LookAt(agent="a", lease=None, limit="heartbeat")]


def test_who_could_not_be_seen_is_not_judged_before_its_time() -> None:
    desk = Desk(A, PULL)
    attention(desk, 1.0, BEAT)
    attention(desk, 1.5, FAR_BEAT)
    looks(desk, 31.0)

    seen = AllSignsSeen(limit="heartbeat", seen=(("a", 0.0), ("p", None)))
    assert desk.hear(31.0, seen) == []
    assert looks(desk, 31.5) == [LookAt(agent="p", lease=None, limit="heartbeat")]
    judged = desk.hear(31.5, SignsSeen(agent="p", limit="heartbeat"))
    assert judged == [Show(AgentDoubted(at=31.5, agent="p", seconds=30.0))]


def test_all_who_were_seen_to_be_silent_are_doubted() -> None:
    desk = Desk(A, PULL)
    attention(desk, 1.0, BEAT)
    attention(desk, 1.0, FAR_BEAT)
    looks(desk, 31.0)

    seen = AllSignsSeen(limit="heartbeat", seen=(("a", 30.0), ("p", 30.0)))
    doubted = [e.notice.agent for e in desk.hear(31.0, seen) if isinstance(e, Show)
               and isinstance(e.notice, AgentDoubted)]  # fmt: skip
    assert doubted == ["a", "p"]


def test_another_agent_of_that_id_is_not_expected_to_beat() -> None:
    desk = Desk(A)
    attention(desk, 1.0, BEAT)
    other = AgentJoined(agent=agent("a", pull=True), reply_to="caller/1")
    assert attention(desk, 2.0, other) == ended("a")
    assert attention(desk, 3.0, BEAT) == began("a")
    assert not [e for e in desk.logic.handle(Wake(), 4.0) if isinstance(e, Tell)]
