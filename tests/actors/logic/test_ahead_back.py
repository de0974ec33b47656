"""Brief work that was given to busy agents is taken back."""

from __future__ import annotations

from callboard.actors.logic.ahead import WHY
from callboard.actors.logic.effects import Effect, Record, Tell
from callboard.messages.commands import Done, PauseAgent
from callboard.messages.supervision import Wake
from callboard.messages.values import Lease, Timeouts
from callboard.messages.work import GivenBack, Hold, Recall, SubtaskGivenUp, Withdraw
from tests.actors.logic.brief import desk, eager, revoked_in, several
from tests.actors.logic.desk import (
    completed,
    down,
    given,
    lease,
    leases_in,
    requeued,
    revoked,
    told,
)


def recalls_in(effects: list[Effect]) -> list[tuple[str, list[int]]]:
    return [
        (effect.to, [token.counter for token in effect.message.tokens])
        for effect in effects
        if isinstance(effect, Tell) and isinstance(effect.message, Recall)
    ]


def back(*held: Lease) -> GivenBack:
    return GivenBack(agent=held[0].agent, tokens=tuple(each.token for each in held))


def given_up_in(effects: list[Effect]) -> list[str]:
    words = [effect.message for effect in effects if isinstance(effect, Tell)]
    return [word.subtask for word in words if isinstance(word, SubtaskGivenUp)]


def test_what_has_not_begun_in_time_is_asked_back() -> None:
    at = desk()
    first, *_ = leases_in(at.queue(*several(3)))
    at.start(first)
    assert recalls_in(at.say(9.0, Wake())) == []
    assert recalls_in(at.say(10.0, Wake())) == [("agent/a", [3, 4])]
    assert recalls_in(at.say(109.0, Wake())) == []
    assert recalls_in(at.say(110.0, Wake())) == [("agent/a", [3, 4])]


def test_nothing_is_asked_back_that_has_begun() -> None:
    at = desk()
    first, second, _ = leases_in(at.queue(*several(3)))
    at.start(first)
    at.say(1.0, completed(first))
    at.start(second, 1.0)
    assert recalls_in(at.say(10.0, Wake())) == [("agent/a", [4])]


def test_what_comes_back_goes_to_others_and_costs_no_attempt() -> None:
    at = desk()
    first, second, third = leases_in(at.queue(*several(3)))
    at.start(first)
    at.say(10.0, Wake())
    at.join(eager("b"), 11.0)
    effects = at.say(12.0, back(second, third))
    assert [e for e in effects if isinstance(e, Record)][:4] == [
        revoked(second, WHY, 12.0),
        requeued("s2", WHY, 12.0),
        revoked(third, WHY, 12.0),
        requeued("s3", WHY, 12.0),
    ]
    assert given(effects) == [("s2", "b")]
    assert [held.attempt for held in leases_in(effects)] == [1]
    assert at.say(12.0, back(second, third)) == []  # said again


def test_what_comes_back_has_waited_all_the_time() -> None:
    at = desk(timeouts=Timeouts(queue=50.0))
    first, second, third = leases_in(at.queue(*several(3)))
    at.start(first)
    at.say(10.0, Wake())
    at.say(12.0, back(second, third))
    assert given_up_in(at.say(49.0, Wake())) == []
    assert given_up_in(at.say(50.0, Wake())) == ["s2", "s3"]


def test_what_has_begun_meanwhile_is_not_taken_back() -> None:
    at = desk()
    first, second, _ = leases_in(at.queue(*several(3)))
    at.start(first)
    at.say(10.0, completed(first))
    at.start(second, 10.0)
    assert at.say(10.0, back(second)) == []
    assert at.load("a") == 1


def test_what_is_paused_is_asked_back_at_once() -> None:
    at = desk()
    at.queue(*several(3))
    effects = at.say(1.0, Hold(subtasks=("s2",), ready=("s2",), reply_to="caller/1"))
    assert recalls_in(effects) == [("agent/a", [3])]
    assert effects[-1] == Tell("caller/1", Done())
    effects = at.say(1.0, back(lease("s2", "a", 3)))
    assert given(effects) == []  # it is behind a gate


def test_who_is_paused_gives_all_of_it_back() -> None:
    at = desk()
    at.queue(*several(3))
    assert recalls_in(at.say(1.0, PauseAgent(agent="a"))) == [("agent/a", [3, 4])]


def test_what_is_withdrawn_is_revoked() -> None:
    at = desk()
    _, second, _ = leases_in(at.queue(*several(3)))
    effects = at.say(1.0, Withdraw(subtasks=("s2",), reason="nobody wants it"))
    assert told(second, "nobody wants it") in effects
    assert revoked_in(effects) == ["s2"]


def test_of_what_comes_back_when_it_is_revoked_by_now_nothing_runs_any_more() -> None:
    """The revocation may be lost, and is answered by that."""
    at = desk(audit=5.0)
    first, second, _ = leases_in(at.queue(*several(3)))
    at.start(first)
    at.say(1.0, Withdraw(subtasks=("s2",), reason="nobody wants it"))
    before = at.load("a")
    at.say(1.1, back(second))
    assert (before, at.load("a")) == (2, 1)
    assert told(second, "nobody wants it") not in at.say(6.0, Wake())


def test_nobody_who_is_gone_is_asked() -> None:
    at = desk()
    at.queue(*several(3))
    at.say(1.0, down())
    assert recalls_in(at.say(10.0, Wake())) == []
