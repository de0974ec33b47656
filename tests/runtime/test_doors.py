"""Doors: first come first served, no longer than one wants, and nothing sent for who left."""

from __future__ import annotations

from concurrent.futures import Future
from functools import partial
from typing import Any

import pytest

from callboard.actors.mailbox import Mailbox
from callboard.messages.base import Lane
from callboard.messages.errors import Overloaded, RuntimeClosed
from callboard.messages.notices import BackpressureBegan, BackpressureEnded, CallRefused
from callboard.runtime.doors import Door, Load, MailboxRoom, Room, Visitor

FULL = Overloaded("things wait", 2, 2)
TEXT = "2 things wait; the limit is 2"


class Pit(Room):
    """Room for two, which a test frees."""

    def __init__(self) -> None:
        super().__init__()
        self.inside = 0

    def full(self, entering: Load) -> Overloaded | None:
        del entering
        return FULL if self.inside >= 2 else None

    def free(self) -> None:
        self.inside -= 1
        self.relieve()


class Hall:
    """A door, a pit behind it, and what was shown."""

    def __init__(self, *, wait: bool = True) -> None:
        self.pit = Pit()
        self.shown: list[Any] = []
        self.sent: list[str] = []
        self.door = Door("pit", [self.pit], wait=wait, clock=self, watcher=self)

    def now(self) -> float:
        return 7.0

    def see(self, event: Any) -> None:
        self.shown.append(event)

    def come(self, name: str) -> Visitor:
        def send() -> None:
            self.pit.inside += 1
            self.sent.append(name)

        visitor = Visitor(name, Future[None](), send)
        self.door.admit(visitor)
        return visitor


def test_they_stand_in_line_and_go_in_one_by_one_as_there_is_room() -> None:
    hall = Hall()
    for name in "abcd":
        hall.come(name)
    assert (hall.sent, len(hall.door)) == (["a", "b"], 2)
    hall.pit.free()
    assert hall.sent == ["a", "b", "c"]
    hall.pit.free()
    hall.pit.free()
    hall.come("e")
    assert hall.sent == ["a", "b", "c", "d", "e"]
    assert hall.shown == [
        BackpressureBegan(at=7.0, to="pit", reason=TEXT),
        BackpressureEnded(at=7.0, to="pit"),
    ]


def test_nobody_overtakes_the_line_even_where_there_is_room() -> None:
    hall = Hall()
    for name in "abc":
        hall.come(name)
    hall.pit.inside = 0  # and nobody has said so yet
    hall.come("d")
    assert hall.sent == ["a", "b", "c", "d"]


def test_who_gives_up_is_never_sent() -> None:
    hall = Hall()
    _, _, third, _ = [hall.come(name) for name in "abcd"]
    assert third.result.cancel()
    assert str(third.why) == TEXT
    hall.pit.free()
    hall.pit.free()
    assert hall.sent == ["a", "b", "d"]
    assert hall.shown == [
        BackpressureBegan(at=7.0, to="pit", reason=TEXT),
        CallRefused(at=7.0, to="pit", what="c", reason=TEXT),
        BackpressureEnded(at=7.0, to="pit"),
    ]


def test_the_line_is_over_when_its_last_one_gives_up() -> None:
    hall = Hall()
    *_, third = [hall.come(name) for name in "abc"]
    third.result.cancel()
    assert isinstance(hall.shown[-1], BackpressureEnded)
    hall.pit.free()
    assert hall.sent == ["a", "b"]


def test_who_is_inside_is_no_longer_outside() -> None:
    hall = Hall()
    *_, third = [hall.come(name) for name in "abc"]
    hall.pit.free()
    assert third.why is None


def test_where_nobody_may_wait_they_are_refused() -> None:
    hall = Hall(wait=False)
    *_, third = [hall.come(name) for name in "abc"]
    with pytest.raises(Overloaded, match=TEXT):
        third.result.result(timeout=0)
    assert hall.shown == [CallRefused(at=7.0, to="pit", what="c", reason=TEXT)]
    hall.pit.free()
    hall.come("d")
    assert hall.sent == ["a", "b", "d"]


def test_when_it_closes_all_who_wait_and_all_who_come_are_told() -> None:
    hall = Hall()
    *_, third = [hall.come(name) for name in "abc"]
    hall.door.close(RuntimeClosed())
    fourth = hall.come("d")
    for visitor in (third, fourth):
        with pytest.raises(RuntimeClosed):
            visitor.result.result(timeout=0)
    hall.pit.free()
    assert hall.sent == ["a", "b"]


def test_what_is_on_its_way_in_counts() -> None:
    loads: list[Load] = []

    class Scales(Room):
        def full(self, entering: Load) -> Overloaded | None:
            loads.append(entering)
            return None

    door = Door("pit", [Scales()], wait=True, clock=Hall(), watcher=Hall())
    first = Visitor("a", Future[None](), lambda: None, subtasks=3)
    door.admit(first)
    door.admit(Visitor("b", Future[None](), lambda: None, subtasks=4))
    first.result.set_result(None)
    door.admit(Visitor("c", Future[None](), lambda: None))
    assert loads == [Load(0, 0), Load(1, 3), Load(1, 4)]


def test_there_must_be_room_behind_the_other_door_too() -> None:
    here, there = Pit(), Pit()
    sent: list[str] = []
    door = Door("both", [here, there], wait=True, clock=Hall(), watcher=Hall())
    there.inside = 2
    door.admit(Visitor("a", Future[None](), lambda: sent.append("a")))
    here.relieve()
    assert sent == []
    there.free()
    assert sent == ["a"]


def test_a_mailbox_has_room_again_when_it_is_read() -> None:
    box: Mailbox[str] = Mailbox(lambda _: Lane.WORK)
    hall = Hall()
    rooms = [MailboxRoom("clerk", box, 1)]
    one = Door("clerk", rooms, wait=True, clock=hall, watcher=hall)
    two = Door("clerk", rooms, wait=True, clock=hall, watcher=hall)
    for door, name in ((one, "a"), (one, "b"), (two, "c")):
        door.admit(Visitor(name, Future[None](), partial(box.put, name)))
    read = [box.take(5), box.take(5), box.take(5), box.take(5)]
    assert read == [["a"], ["b"], ["c"], []]
    assert box.relief is None
    assert [str(e.reason) for e in hall.shown if isinstance(e, BackpressureBegan)] == [
        "1 messages wait for the clerk; the limit is 1",
        "1 messages wait for the clerk; the limit is 1",
    ]
