"""What is about to be ready is known before the orchestrator says so, and kept room for."""

from __future__ import annotations

from callboard.actors.logic.effects import Effect, Tell
from callboard.actors.logic.foresight import Foresight
from callboard.messages.values import Ready, replace
from callboard.messages.work import Completed, Resync, Settled, SubtasksReady, Withdraw
from tests.actors.logic.desk import RESULT, Desk, agent, lease, leases_in, ready


def ahead(uuid: str, *needs: str, rank: float = 60.0, skill: str = "") -> Ready:
    stated = ready(uuid, *([skill] if skill else []), rank=rank)
    return replace(stated, subtask=replace(stated.subtask, dependencies=needs))


def imminent(foresight: Foresight) -> list[str]:
    return [one.subtask.uuid for one in foresight.imminent()]


def test_what_waits_for_several_is_imminent_when_the_last_is_done() -> None:
    foresight = Foresight()
    foresight.learn([ahead("c", "a", "b"), ahead("d", "c")], {"a", "b"}.__contains__)

    foresight.done("a")
    assert imminent(foresight) == []
    foresight.done("b")
    assert imminent(foresight) == ["c"]


def test_what_has_ended_before_is_not_waited_for() -> None:
    foresight = Foresight()
    foresight.learn([ahead("c", "a", "b")], {"b"}.__contains__)
    foresight.done("b")

    assert imminent(foresight) == ["c"]


def test_what_is_edited_waits_for_what_it_waited_for() -> None:
    foresight = Foresight()
    foresight.learn([ahead("b", "a")], {"a"}.__contains__)
    foresight.learn([ahead("b", "a", rank=5.0)], {"a"}.__contains__)
    foresight.done("a")

    assert [one.rank for one in foresight.imminent()] == [5.0]


def test_nothing_is_left_of_what_is_over() -> None:
    foresight = Foresight()
    foresight.learn([ahead("b", "a"), ahead("c", "a")], {"a"}.__contains__)
    foresight.done("a")
    foresight.settled("a")

    assert foresight.forget("b")
    assert not foresight.forget("b")
    assert foresight.changes == 1
    foresight.clear()
    assert (len(foresight), imminent(foresight)) == (0, [])
    left = (foresight._missing, foresight.waiting)  # pyright: ignore[reportPrivateUsage]
    assert left == ({}, {})


# At the scheduler's desk


def assigned(effects: list[Effect]) -> list[str]:
    return [held.subtask for held in leases_in(effects)]


def completed(uuid: str, number: int = 1) -> Completed:
    return Completed(lease=lease(uuid, "a", number), result=RESULT, seconds=1.0)


def busy_desk(*later: Ready) -> Desk:
    """Agent "a" runs "a"; "short" waits, and *later* comes when "a" is done."""
    desk = Desk(agent("a"))
    desk.queue(ready("a", rank=200.0))
    desk.say(0.0, SubtasksReady(subtasks=(ready("short", rank=10.0),), ahead=later))
    return desk


def test_an_agent_is_kept_for_what_is_about_to_be_ready_and_more_urgent() -> None:
    desk = busy_desk(ahead("long", "a", rank=100.0))

    assert assigned(desk.say(1.0, completed("a"))) == []
    assert assigned(desk.queue(ready("long", rank=100.0), now=1.0)) == ["long"]


def test_an_agent_is_not_kept_for_what_is_less_urgent() -> None:
    desk = busy_desk(ahead("later", "a", rank=5.0))

    assert assigned(desk.say(1.0, completed("a"))) == ["short"]


def test_an_agent_is_not_kept_for_what_it_may_not_do() -> None:
    desk = busy_desk(ahead("law", "a", rank=100.0, skill="law"))

    assert assigned(desk.say(1.0, completed("a"))) == ["short"]


def test_an_agent_is_not_kept_for_what_waits_for_something_else_too() -> None:
    desk = busy_desk(ahead("long", "a", "short", rank=100.0))

    assert assigned(desk.say(1.0, completed("a"))) == ["short"]


def test_an_agent_is_let_go_when_it_turns_out_that_nothing_follows() -> None:
    desk = busy_desk(ahead("long", "a", rank=100.0))
    desk.say(1.0, completed("a"))

    assert assigned(desk.say(1.0, Settled(subtasks=("a", "long")))) == ["short"]


def test_an_agent_is_let_go_when_what_was_to_follow_is_withdrawn() -> None:
    desk = busy_desk(ahead("long", "a", rank=100.0))
    desk.say(1.0, completed("a"))

    assert assigned(desk.say(1.0, Withdraw(subtasks=("long",), reason="no"))) == ["short"]


def test_an_agent_is_let_go_when_an_orchestrator_begins_anew() -> None:
    desk = busy_desk(ahead("long", "a", rank=100.0))
    desk.say(1.0, completed("a"))

    resync = Resync(subtasks=(ready("short", rank=10.0),))
    assert assigned(desk.say(1.0, resync)) == ["short"]


def test_of_two_free_agents_one_is_kept() -> None:
    desk = busy_desk(ahead("long", "a", rank=100.0))
    desk.queue(ready("other", rank=9.0))
    desk.say(1.0, completed("a"))

    assert assigned(desk.join(agent("b"), 1.0)) == ["short"]


def test_what_only_busy_agents_can_do_goes_before_what_has_a_longer_way() -> None:
    desk = Desk(agent("a", "sql", "law"), agent("b", "sql"))
    desk.queue(ready("a", "law"), ready("b", "sql"))
    desk.queue(ready("x", "sql", rank=100.0), ready("y", "law", rank=90.0))

    assert assigned(desk.say(1.0, completed("a"))) == ["y"]


def test_of_free_agents_those_go_first_who_are_needed_least_elsewhere() -> None:
    desk = Desk(agent("busy"), agent("wanted", "sql", "law"), agent("spare", "sql", "go"))
    desk.say(0.0, SubtasksReady(subtasks=(), ahead=(ahead("later", "x", skill="law"),)))
    [told] = [e for e in desk.queue(ready("x", "sql")) if isinstance(e, Tell)]

    assert told.to == "agent/spare"


def test_what_waits_for_others_than_was_said_is_imminent_after_these() -> None:
    foresight = Foresight()
    foresight.learn([ahead("c", "a", "b")], {"a", "b"}.__contains__)
    foresight.learn([ahead("c", "b", "d"), ahead("d")], {"b", "d"}.__contains__)

    foresight.done("a")
    foresight.done("b")
    assert imminent(foresight) == []
    foresight.done("d")
    assert imminent(foresight) == ["c"]


def test_what_was_imminent_and_waits_for_something_else_is_so_no_longer() -> None:
    foresight = Foresight()
    foresight.learn([ahead("c", "a")], {"a"}.__contains__)
    foresight.done("a")
    before = foresight.changes
    foresight.learn([ahead("c", "b")], {"b"}.__contains__)

    assert imminent(foresight) == []
    assert foresight.changes > before
    foresight.done("b")
    assert imminent(foresight) == ["c"]
