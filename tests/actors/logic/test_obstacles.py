"""What of its plan, or by somebody's word, keeps a subtask from going on."""

from __future__ import annotations

from callboard.actors.logic.effects import Effect, Tell
from callboard.messages.commands import (
    DrainGoal,
    DrainSubtask,
    Explain,
    Explained,
    PauseGoal,
    PauseRuntime,
    PauseSubtask,
    Refused,
)
from callboard.messages.reasons import (
    AnyReason,
    Dependency,
    Draining,
    Paused,
    WaitsForOthers,
    WaitsForSubGoals,
)
from tests.actors.logic.office import Office, child, done, given_up, plan, subtask


def asked(office: Office, uuid: str) -> list[Effect]:
    return office.say(1.0, Explain(subtask=uuid, reply_to="caller/1"))


def why(office: Office, uuid: str) -> tuple[AnyReason, ...]:
    [effect] = asked(office, uuid)
    assert isinstance(effect, Tell)
    assert isinstance(effect.message, Explained)
    return effect.message.reasons


def waits(*open_: str, met: int = 0, status: str = "ready") -> WaitsForOthers:
    return WaitsForOthers(
        open=tuple(Dependency(subtask=u, name=u.upper(), status=status) for u in open_), met=met
    )


def test_it_waits_for_what_it_depends_on() -> None:
    office = Office(plan(subtask("a"), subtask("b"), subtask("c", "a", "b")))
    assert why(office, "c") == (waits("a", "b"),)
    office.say(1.0, done("a"))
    assert why(office, "c") == (waits("b", met=1),)
    office.say(1.0, done("b"))
    assert why(office, "c") == ()


def test_what_is_optional_and_failed_is_waited_for_no_longer() -> None:
    office = Office(plan(subtask("a", optional=True), subtask("b"), subtask("c", "a", "b")))
    office.say(1.0, given_up("a"))
    assert why(office, "c") == (waits("b", met=1),)


def test_who_has_paused_it_is_told_with_the_reason() -> None:
    office = Office(plan(subtask("a")))
    office.say(1.0, PauseSubtask(subtask="a", reason="tea"))
    office.say(1.0, PauseGoal(goal="g", reason="lunch"))
    office.say(1.0, PauseRuntime(reason="night"))
    assert why(office, "a") == (
        Paused(what="subtask", name="a", why="tea"),
        Paused(what="goal", name="g", why="lunch"),
        Paused(what="runtime", why="night"),
    )


def test_a_pause_of_what_it_serves_holds_a_sub_goal() -> None:
    office = Office(plan(subtask("a")))
    office.submit(child("kid", "a"), plan(subtask("k")))
    office.say(1.0, PauseSubtask(subtask="a", reason="tea"))
    assert why(office, "k") == (Paused(what="subtask", name="a", why="tea"),)


def test_what_has_submitted_goals_of_its_own_waits_for_them() -> None:
    office = Office(plan(subtask("a")))
    office.submit(child("kid", "a"), plan(subtask("k")))
    assert why(office, "a") == (WaitsForSubGoals(goals=("kid",)),)


def test_a_drain_is_told() -> None:
    office = Office(plan(subtask("a"), subtask("b")))
    office.say(1.0, DrainSubtask(subtask="a", reason="enough"))
    office.say(1.0, DrainGoal(goal="g", reason="all of it"))
    assert why(office, "a") == (
        Draining(what="subtask", name="a", why="enough"),
        Draining(what="goal", name="g", why="all of it"),
    )


def test_of_what_has_ended_there_is_nothing_to_say() -> None:
    office = Office(plan(subtask("a"), subtask("b")))
    office.say(1.0, done("a"))
    assert why(office, "a") == ()


def test_a_subtask_that_is_not_known_is_refused() -> None:
    [effect] = asked(Office(plan(subtask("a"))), "nothing")
    assert isinstance(effect, Tell)
    assert isinstance(effect.message, Refused)
    assert effect.message.problem.error == "UnknownSubtask"
