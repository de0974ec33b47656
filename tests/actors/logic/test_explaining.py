"""Why the scheduler does not hand something out, or who has it."""

from __future__ import annotations

from typing import Any

from callboard.actors.logic.breaker_options import BreakerOptions
from callboard.actors.logic.effects import Tell
from callboard.messages.commands import AssignNow, Explain, Explained, PauseAgent
from callboard.messages.reasons import (
    AboutToGo,
    AgentsTaken,
    AgentState,
    AnyReason,
    BackingOff,
    BeingRecorded,
    HasTurn,
    InQueue,
    KeptAside,
    NobodyCan,
    NotAskedFor,
    Runs,
    SchedulerRecovers,
    SkillRests,
    Standing,
)
from callboard.messages.supervision import Wake
from callboard.messages.values import Priority
from callboard.messages.work import Advise, Hold, Progress, Turn
from tests.actors.logic.desk import (
    CRASHED,
    WRONG,
    Desk,
    agent,
    completed,
    down,
    failed,
    lease,
    ready,
)


def why(desk: Desk, uuid: str, now: float = 0.0) -> tuple[AnyReason, ...]:
    [effect] = desk.say(now, Explain(subtask=uuid, reply_to="caller/1"))
    assert isinstance(effect, Tell)
    assert effect.to == "caller/1"
    assert isinstance(effect.message, Explained)
    return effect.message.reasons


def standing(**changes: Any) -> Standing:
    stated: dict[str, Any] = {
        "urgency": 2, "priority": Priority.MEDIUM, "group": "usual", "latest": None,
        "rank": 60.0, "backlog": 0.0, "since": 0.0,
    }  # fmt: skip
    return Standing(**stated | changes)


def queued(desk: Desk, uuid: str, now: float = 0.0) -> InQueue:
    [reason] = [reason for reason in why(desk, uuid, now) if isinstance(reason, InQueue)]
    return reason


def first(desk: Desk, uuid: str, now: float = 0.0) -> list[tuple[str, str]]:
    """Who goes first, and why."""
    return [(one.subtask, one.because) for one in queued(desk, uuid, now).first]


def test_of_what_is_not_ready_the_scheduler_knows_nothing() -> None:
    assert why(Desk(agent("a")), "s1") == ()


def test_who_has_it_and_how_far_it_is() -> None:
    desk = Desk(agent("a"))
    desk.queue(ready("s1"), now=1.0)
    assert why(desk, "s1", 2.0) == (Runs(agent="a", attempt=1, since=1.0, started=False),)
    held = lease("s1", "a")
    desk.start(held, 2.0)
    desk.say(3.0, Progress(lease=held, fraction=0.5))
    assert why(desk, "s1", 4.0) == (
        Runs(agent="a", attempt=1, since=1.0, started=True, fraction=0.5),
    )


def test_everybody_who_may_do_it_is_busy() -> None:
    desk = Desk(agent("a", "sql"), agent("b", "law"))
    desk.queue(ready("s1", "sql"), now=1.0)
    desk.queue(ready("s2", "sql"), now=2.0)
    busy = AgentState(agent="a", fit="exact", state="busy", load=1, max_load=1, free_at=3601.0)
    [taken, turn] = why(desk, "s2", 2.0)
    assert taken == AgentsTaken(count=1, agents=(busy,))
    assert turn == InQueue(standing=standing(backlog=3600.0), count=0, until=86402.0)


def test_agents_that_take_nothing_are_told_with_the_reason() -> None:
    desk = Desk(agent("a", "sql"), agent("b", "sql"), agent("c", "sql", max_load=2), agent("d"))
    desk.say(0.0, PauseAgent(agent="a"))
    desk.say(0.0, down("b"))
    desk.queue(ready("s1", "sql"), ready("s2", "sql"), ready("s3", "sql"))
    taken = why(desk, "s3")[0]
    assert isinstance(taken, AgentsTaken)
    assert [(one.agent, one.state, one.load) for one in taken.agents] == [
        ("c", "busy", 2), ("a", "paused", 0), ("b", "down", 0)
    ]  # fmt: skip


def test_who_goes_first_is_told_with_what_decides() -> None:
    desk = Desk(agent("a"))
    desk.queue(ready("s0"))
    desk.queue(
        ready("mine"),
        ready("class", urgency=Priority.HIGH),
        ready("deadline", deadline=5000.0),
        ready("longer", rank=90.0),
        ready("later"),
    )
    assert first(desk, "mine") == [
        ("class", "class"),
        ("deadline", "deadline"),
        ("longer", "score"),
    ]
    assert first(desk, "later")[-1] == ("mine", "age")
    assert queued(desk, "later").count == 4
    assert queued(desk, "class").count == 0


def test_what_was_taken_from_an_agent_goes_first() -> None:
    desk = Desk(agent("a"), agent("b"))
    desk.queue(ready("s1"), ready("s2"), ready("mine"))
    desk.say(1.0, down("a"))
    assert first(desk, "mine") == [("s1", "front")]


def test_who_has_waited_to_the_top_goes_first() -> None:
    desk = Desk(agent("a"), tau=10.0)
    desk.queue(ready("s0"))
    desk.queue(ready("old", urgency=Priority.LOW))
    desk.queue(ready("mine", urgency=Priority.CRITICAL, since=95.0), now=95.0)
    assert first(desk, "mine", 100.0) == [("old", "waited")]


def test_only_rivals_for_the_same_agents_are_ahead() -> None:
    desk = Desk(agent("a", "sql"), agent("b", "law"), agent("c", "sql", "art"))
    desk.queue(ready("s1", "sql"), ready("s2", "sql"), ready("s3", "law"))
    desk.queue(
        ready("mine", "sql"),
        ready("lawyers", "law", rank=900.0),
        ready("painters", "art", rank=900.0),
    )
    assert first(desk, "mine") == [("painters", "score")]


def test_the_first_few_stand_for_all_that_go_first() -> None:
    desk = Desk(agent("a"))
    desk.queue(*(ready(f"s{n}") for n in range(20)))
    turn = queued(desk, "s19")
    assert (turn.count, len(turn.first)) == (18, 5)
    assert [one.subtask for one in turn.first] == ["s1", "s2", "s3", "s4", "s5"]


def test_a_skill_that_nobody_has_is_named() -> None:
    desk = Desk(agent("a", "sql"), agent("b", "law"))
    desk.queue(ready("s1", "art"), ready("s2", "sql", "law"))
    assert why(desk, "s1") == (NobodyCan(missing=("art",), required=("art",), until=86400.0),)
    assert why(desk, "s2") == (NobodyCan(missing=(), required=("sql", "law"), until=86400.0),)


def test_whoever_asks_for_work_gets_it() -> None:
    desk = Desk(agent("a", pull=True))
    desk.queue(ready("s1"))
    [asked, turn] = why(desk, "s1")
    assert asked == NotAskedFor(agents=("a",), count=1)
    assert isinstance(turn, InQueue)
    desk.say(0.0, AssignNow(reply_to="caller/1"))
    assert why(desk, "s1") == (Runs(agent="a", attempt=1, since=0.0, started=True),)


def test_it_waits_for_its_next_attempt() -> None:
    desk = Desk(agent("a"))
    desk.queue(ready("s1"))
    held = lease("s1", "a")
    desk.start(held)
    desk.say(5.0, failed(held))
    assert why(desk, "s1", 6.0) == (BackingOff(until=15.0, attempts=1, problem=WRONG),)
    desk.say(15.0, Wake())
    assert why(desk, "s1", 15.0)[0] == Runs(agent="a", attempt=2, since=15.0, started=False)


def test_what_is_kept_aside_waits_for_somebody() -> None:
    desk = Desk(agent("a"), poison=1)
    desk.queue(ready("s1"))
    desk.start(lease("s1", "a"))
    desk.say(5.0, down("a"))
    [aside] = why(desk, "s1", 6.0)
    assert isinstance(aside, KeptAside)
    assert (aside.until, aside.agents, aside.problem.error) == (86405.0, ("a",), "Poison")
    assert CRASHED.text in aside.problem.text or "'S1'" in aside.problem.text


def test_a_skill_that_is_given_a_rest_is_named() -> None:
    options = BreakerOptions(failures=1, subtasks=1, first=60.0, jitter=0.0)
    desk = Desk(agent("a", "sql"), breaker=options)
    desk.queue(ready("s1", "sql"))
    desk.queue(ready("s2", "sql"))
    held = lease("s1", "a")
    desk.start(held)
    desk.say(5.0, failed(held))
    [rest, turn] = why(desk, "s2", 6.0)
    assert rest == SkillRests(skill="sql", until=65.0)
    assert isinstance(turn, InQueue)
    assert why(desk, "s1", 6.0)[1] == rest


def test_what_needs_a_skill_that_rests_goes_before_nobody() -> None:
    options = BreakerOptions(failures=1, subtasks=1, first=60.0, jitter=0.0)
    desk = Desk(agent("a", "sql"), breaker=options)
    desk.queue(ready("s1", "sql"))
    desk.queue(ready("urgent", "sql", urgency=Priority.HIGH), ready("s2"), ready("s3"))
    held = lease("s1", "a")
    desk.start(held)
    assert [one.subtask for one in queued(desk, "s3", 4.0).first] == ["urgent", "s2"]
    desk.say(5.0, failed(held))
    assert [reason.agent for reason in why(desk, "s2", 6.0) if isinstance(reason, Runs)] == ["a"]
    assert queued(desk, "s3", 6.0).count == 0


def test_what_has_a_turn_in_an_order_that_was_worked_out_is_told_when() -> None:
    desk = Desk(agent("a"), agent("b", "sql"))
    desk.queue(ready("s0"), ready("s1"))
    desk.queue(ready("s2"))
    desk.say(0.0, Advise(turns=(Turn(subtask="s2", agent="a", start=50.0, seconds=10.0),)))
    turn, taken, queue = why(desk, "s2", 1.0)
    assert turn == HasTurn(agent="a", start=50.0)
    assert isinstance(taken, AgentsTaken)
    assert isinstance(queue, InQueue)
    assert queue.standing == standing(rank=10.0)


def test_what_is_behind_a_gate_stands_in_no_queue() -> None:
    desk = Desk()
    desk.say(0.0, Hold(goals=("g",), reason="lunch"))
    desk.join(agent("a"))
    desk.queue(ready("s1"))
    assert why(desk, "s1") == ()  # the orchestrator says who has paused it


def test_what_has_ended_is_being_recorded() -> None:
    desk = Desk(agent("a"))
    desk.queue(ready("s1"))
    desk.say(1.0, completed(lease("s1", "a")))
    assert why(desk, "s1", 1.0) == (BeingRecorded(),)


def test_a_scheduler_that_was_rebuilt_says_so() -> None:
    desk = Desk(agent("a"), incarnation=2)
    desk.queue(ready("s1"))
    assert why(desk, "s1")[0] == SchedulerRecovers()


def test_in_the_midst_of_a_batch_it_is_about_to_go() -> None:
    desk = Desk(agent("a"))
    desk.queue(ready("s1"), now=0.0)
    desk.queue(ready("s2"), now=0.0)
    desk.join(agent("asks", pull=True))
    desk.logic.take(completed(lease("s1", "a")), 1.0)
    [effect] = desk.logic.take(Explain(subtask="s2", reply_to="caller/1"), 1.0)
    assert isinstance(effect, Tell)
    assert isinstance(effect.message, Explained)
    assert effect.message.reasons[0] == AboutToGo(agents=("a",))
