"""A look at the clock takes a turn only where something is due."""

from __future__ import annotations

import threading

from callboard.actors.logic.effects import After, Effect
from callboard.actors.shell import Shell
from callboard.messages.base import Message
from callboard.messages.supervision import Wake
from tests.actors.troupe import NOW, Troupe
from tests.actors.words import ping
from tests.live import LONG

# Looks at the clock


class Dozer:
    """A logic that says by itself whether something is due.

    Attributes:
        next_looks: What its glances come to, in order.
        woken: How often it had a turn for a look at the clock.
    """

    def __init__(self, *next_looks: list[After] | None) -> None:
        self.next_looks = list(next_looks)
        self.woken = 0

    def start(self, now: float) -> list[Effect]:  # noqa: ARG002
        return [After(5.0, Wake())]

    def handle(self, message: Message, now: float) -> list[Effect]:  # noqa: ARG002
        self.woken += 1
        return []

    def glance(self, now: float) -> list[After] | None:
        assert now == NOW
        return self.next_looks.pop(0)


def doze(troupe: Troupe, *next_looks: list[After] | None) -> tuple[Dozer, Shell]:
    """One that is not run by the dispatcher and has set its first timer."""
    logic = Dozer(*next_looks)
    actor = Shell(troupe.stage, "a", 1, logic)
    actor.turn()
    return logic, actor


def ring(troupe: Troupe) -> float:
    """Let the oldest timer go off; after how many seconds it was to."""
    seconds, knock = troupe.timers.set.pop(0)
    knock()
    return seconds


def test_a_look_at_the_clock_takes_no_turn_where_nothing_is_due(troupe: Troupe) -> None:
    _, actor = doze(troupe, [After(3.0, Wake())], [], None)

    assert (ring(troupe), actor.has_messages()) == (5.0, False)
    assert (ring(troupe), actor.has_messages(), troupe.timers.set) == (3.0, False, [])


def test_what_is_due_takes_a_turn(troupe: Troupe) -> None:
    logic, actor = doze(troupe, None)

    ring(troupe)
    actor.turn()

    assert logic.woken == 1


def test_nobody_glances_at_a_logic_that_is_in_the_middle_of_its_turn(troupe: Troupe) -> None:
    logic, actor = doze(troupe, [])
    begun, go_on = threading.Event(), threading.Event()

    def linger(message: Message, now: float) -> list[Effect]:  # noqa: ARG001
        begun.set()
        go_on.wait(LONG)
        return []

    actor._turns._take = linger  # pyright: ignore[reportPrivateUsage]
    troupe.post.tell("a", ping(1))
    turn = threading.Thread(target=actor.turn)
    turn.start()
    try:
        assert begun.wait(LONG)
        ring(troupe)
    finally:
        go_on.set()
        turn.join()

    assert (len(logic.next_looks), troupe.post.waiting("a")) == (1, 1)


def test_an_error_in_a_glance_is_the_actors_own(troupe: Troupe) -> None:
    _, actor = doze(troupe)  # which has no answer

    ring(troupe)
    actor.turn()

    ((address, _, problem),) = troupe.ended
    assert (address, problem and "IndexError" in problem.text) == ("a", True)
