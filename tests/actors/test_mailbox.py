"""Many senders, one reader, control before work, and nothing falls between."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.actors.mailbox import Mailbox, lane_of_message
from callboard.messages.base import Lane
from callboard.messages.commands import Ping
from callboard.messages.work import Assign
from tests.live import LONG, together

ALL = 1_000_000


def lane_of(item: str) -> Lane:
    """Capitals are control."""
    return Lane.CONTROL if item.isupper() else Lane.WORK


def mailbox(*items: str) -> Mailbox[str]:
    box = Mailbox(lane_of)
    box.put_all(items)
    return box


def test_control_goes_before_work_and_each_lane_keeps_its_order() -> None:
    box = mailbox("a", "X", "b", "Y", "c")

    assert box.take(ALL) == ["X", "Y", "a", "b", "c"]


def test_control_that_comes_later_overtakes_what_waits() -> None:
    box = mailbox("a", "b", "c")
    assert box.take(1) == ["a"]

    box.put("X")

    assert (box.take(2), box.take(2)) == (["X", "b"], ["c"])


def test_no_more_is_taken_than_was_asked_for() -> None:
    box = mailbox("a", "b", "c")

    assert [box.take(2), box.take(2), box.take(2)] == [["a", "b"], ["c"], []]


def test_what_was_taken_elsewhere_can_be_put_into_one_that_was_never_used() -> None:
    box = mailbox()
    assert box.take(ALL) == []

    box.put_back(["a", "b"])

    assert box.take(ALL) == ["a", "b"]


@given(st.lists(st.text("abXY", min_size=1, max_size=1)), st.integers(0, 5))
def test_what_is_put_back_is_taken_again_in_the_same_order(items: list[str], limit: int) -> None:
    box = mailbox(*items)
    taken = box.take(limit)

    box.put_back(taken)

    assert box.take(ALL) == mailbox(*items).take(ALL)


def test_what_is_put_back_goes_before_what_came_meanwhile() -> None:
    box = mailbox("a", "b")
    taken = box.take(2)
    box.put("c")

    box.put_back(taken)

    assert box.take(ALL) == ["a", "b", "c"]


def test_it_knows_how_many_wait_and_whether_any_does() -> None:
    box = mailbox("a", "b", "X")
    seen = [(len(box), box.empty())]
    box.take(1)
    seen.append((len(box), box.empty()))
    box.take(ALL)
    seen.append((len(box), box.empty()))

    assert seen == [(3, False), (2, False), (0, True)]


def test_the_reader_is_woken_once_for_all_that_comes_together() -> None:
    woken: list[int] = []
    box: Mailbox[str] = Mailbox(lane_of)
    box.wake = lambda: woken.append(len(box))

    box.put("a")
    box.put_all(["b", "c"])
    box.put_back(box.take(1))

    assert woken == [1, 3, 3]


def test_the_reader_is_only_nudged_for_what_may_wait() -> None:
    rung: list[str] = []
    box = Mailbox(lane_of, lambda item: item == "p")
    box.wake, box.nudge = lambda: rung.append("wake"), lambda: rung.append("nudge")

    box.put("p")
    box.put_all(["p", "p"])
    box.put_all(["p", "a", "p"])
    box.put("a")

    assert rung == ["nudge", "nudge", "wake", "wake"]
    assert box.take(ALL) == ["p", "p", "p", "p", "a", "p", "a"]


def test_who_cannot_be_nudged_is_woken_for_everything() -> None:
    rung: list[str] = []
    box = Mailbox(lane_of, lambda item: item == "p")
    box.wake = lambda: rung.append("wake")

    box.put("p")
    box.put_all(["p"])

    assert rung == ["wake", "wake"]


def test_a_reader_with_a_thread_of_its_own_waits_for_what_comes() -> None:
    box: Mailbox[str] = Mailbox(lane_of)
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.extend([box.get(), box.get()]), daemon=True)
    reader.start()

    box.put("a")
    box.put("b")
    reader.join(LONG)

    assert got == ["a", "b"]


def test_a_closed_mailbox_hands_on_what_waits_and_what_comes() -> None:
    box = mailbox("a", "X")
    taken = box.take(1)
    refused: list[str] = []

    box.close(refused.append)
    box.put("b")
    box.put_all(["c"])
    box.put_back(taken)

    assert (refused, len(box)) == (["a", "b", "c", "X"], 0)


def test_nothing_is_lost_or_doubled_while_many_send_and_one_reads() -> None:
    box: Mailbox[tuple[int, int]] = Mailbox(lambda item: Lane(item[1] % 2))
    senders, each = 8, 2000
    got: list[tuple[int, int]] = []

    def act(number: int) -> None:
        if number < senders:
            for count in range(each):
                box.put((number, count))
        while number == senders and len(got) < senders * each:
            taken = box.take(7)
            got.extend(taken[:5])
            box.put_back(taken[5:])

    together(senders + 1, act)

    for lane in Lane:  # FIFO for each sender and lane
        for sender in range(senders):
            sent = [count for n, count in got if n == sender and count % 2 == lane]
            assert sent == list(range(lane, each, 2))


@pytest.mark.parametrize("readers", [0, 1, 2])
def test_closing_in_the_middle_of_it_loses_and_doubles_nothing(readers: int) -> None:
    """Readers are two where an actor was ended in its turn and its successor began."""
    for _ in range(20):
        _close_in_the_middle(readers)


def _close_in_the_middle(readers: int) -> None:
    box: Mailbox[tuple[int, int]] = Mailbox(lambda item: Lane(item[1] % 2))
    senders, each = 4, 200
    found: list[tuple[int, int]] = []
    half = threading.Semaphore(0)

    def act(number: int) -> None:
        if number < senders:
            for count in range(each):
                box.put((number, count))
                if count == each // 2:
                    half.release()
        elif number == senders:
            half.acquire()
            box.close(found.append)
        else:
            for _ in range(each):
                taken = box.take(5)
                found.extend(taken[:3])
                box.put_back(taken[3:])

    together(senders + 1 + readers, act)

    assert sorted(found) == [(n, count) for n in range(senders) for count in range(each)]


def test_a_message_says_itself_in_which_lane_it_waits() -> None:
    ping = Ping(reply_to="")

    assert (lane_of_message(ping), Assign.lane, lane_of_message("a text")) == (
        Lane.CONTROL,
        Lane.WORK,
        Lane.WORK,
    )
