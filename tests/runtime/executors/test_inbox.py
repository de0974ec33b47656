from __future__ import annotations

from callboard.messages.execution import Deliver
from callboard.messages.values import Payload
from callboard.runtime.executors.inbox import Inbox


def letter(number: int) -> Deliver:
    return Deliver(agent="a1", tag="Note", body=Payload(data=bytes([number])))


def test_messages_are_read_in_the_order_in_which_they_came() -> None:
    inbox = Inbox()
    inbox.put(letter(1))
    inbox.put(letter(2))
    assert [inbox.take().result(0), inbox.take().result(0)] == [letter(1), letter(2)]


def test_readers_are_served_in_the_order_in_which_they_came() -> None:
    inbox = Inbox()
    first, second = inbox.take(), inbox.take()
    inbox.put(letter(1))
    assert (first.result(0), second.done()) == (letter(1), False)


def test_a_reader_that_gives_up_misses_nothing_for_others() -> None:
    inbox = Inbox()
    gone, other = inbox.take(), inbox.take()
    inbox.put_back(gone)
    inbox.put(letter(1))
    assert other.result(0) == letter(1)


def test_a_message_that_comes_as_its_reader_gives_up_goes_to_the_next_reader() -> None:
    inbox = Inbox()
    gone, other = inbox.take(), inbox.take()
    inbox.put(letter(1))
    inbox.put_back(gone)
    assert other.result(0) == letter(1)


def test_a_message_that_comes_as_its_reader_gives_up_stays_the_first() -> None:
    inbox = Inbox()
    gone = inbox.take()
    inbox.put(letter(1))
    inbox.put(letter(2))
    inbox.put_back(gone)
    assert [inbox.take().result(0), inbox.take().result(0)] == [letter(1), letter(2)]


def test_an_inbox_that_is_full_takes_no_more() -> None:
    inbox = Inbox(limit=1)
    assert [inbox.put(letter(1)), inbox.put(letter(2)), len(inbox)] == [True, False, 1]
