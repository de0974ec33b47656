"""Effects are carried out in order, and what depends on a fact waits until it is kept."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from functools import partial

import pytest

from callboard.actors.logic.effects import After, Effect, Record, Show, StartActor, Tell
from callboard.messages.base import Address, Message
from callboard.messages.commands import Ping
from callboard.messages.facts import Fact
from callboard.messages.notices import DeadLetter, Notice
from callboard.messages.supervision import Wake
from tests.actors.troupe import NOW, LateJournal, Log, Troupe
from tests.actors.words import DURABLE, RECORDED, SEEN, commit, ping, recorded
from tests.live import eventually, together


@pytest.fixture
def late() -> Generator[Troupe]:
    """A troupe whose journal takes its time."""
    made = Troupe(journal=LateJournal())
    yield made
    made.close()


# Effects


def test_effects_are_carried_out_records_first_and_letters_last(troupe: Troupe) -> None:
    log = Log()
    troupe.play("b", log)
    effects: list[Effect] = [Tell("b", ping(1)), Show(SEEN), Record(RECORDED), Tell("b", ping(2))]

    troupe.play("a", Log(), first=lambda: effects)

    assert eventually(lambda: log.heard[1:]) == [ping(2)]
    assert troupe.witness.events == [SEEN, RECORDED]
    assert troupe.journal.replay() == (RECORDED,)


def test_a_letter_is_for_who_lived_there_when_it_was_decided(troupe: Troupe) -> None:
    """A farewell must not reach somebody who comes under the same name at that moment."""
    troupe.post.open_box("b")

    def moved(events: Sequence[Fact | Notice]) -> None:
        troupe.witness.events.extend(events)
        troupe.post.close_box("b")
        troupe.post.open_box("b")

    troupe.witness.see_all = moved  # type: ignore[method-assign]

    troupe.play("a", Log(), first=lambda: [Record(RECORDED), Tell("b", Wake())])

    letter = DeadLetter(at=NOW, to="b", what="Wake", reason="its receiver has gone")
    assert eventually(lambda: troupe.witness.events[1:]) == [letter]
    assert troupe.post.open_box("b").empty()


def test_letters_between_actors_go_by_the_route() -> None:
    carried: list[tuple[Address, Address, Sequence[Message]]] = []
    arrived: list[Callable[[Sequence[Message]], None]] = []

    def route(
        sender: Address,
        to: Address,
        messages: Sequence[Message],
        deliver: Callable[[Sequence[Message]], None],
    ) -> None:
        carried.append((sender, to, messages))
        arrived.append(deliver)

    troupe, log = Troupe(route=route), Log()
    troupe.play("b", log)
    troupe.play("a", Log(), first=lambda: [Tell("b", ping(1)), Tell("b", ping(2))])
    (deliver,) = eventually(lambda: arrived)

    deliver([ping(2)])
    deliver([ping(1), ping(2)])

    assert eventually(lambda: log.heard[2:] and log.heard) == [ping(2), ping(1), ping(2)]
    assert carried == [("a", "b", [ping(1), ping(2)])]
    troupe.close()


def test_what_the_route_brings_too_late_is_a_dead_letter() -> None:
    """As what comes at once: it was for who lived there when it was said."""
    arrived: list[Callable[[Sequence[Message]], None]] = []

    def late(
        sender: Address,  # noqa: ARG001
        to: Address,  # noqa: ARG001
        messages: Sequence[Message],  # noqa: ARG001
        deliver: Callable[[Sequence[Message]], None],
    ) -> None:
        arrived.append(deliver)

    troupe = Troupe(route=late)
    troupe.post.open_box("b")
    troupe.play("a", Log(), first=lambda: [Tell("b", Wake())])
    (deliver,) = eventually(lambda: arrived)
    troupe.post.close_box("b")
    troupe.post.open_box("b")

    deliver([Wake()])

    letter = DeadLetter(at=NOW, to="b", what="Wake", reason="its receiver has gone")
    assert troupe.witness.events == [letter]
    assert troupe.post.open_box("b").empty()
    troupe.close()


def test_an_actor_is_woken_later_unless_it_has_ended(troupe: Troupe) -> None:
    log = Log()
    actor = troupe.play("a", log, first=lambda: [After(5.0, ping(1)), After(6.0, ping(2))])
    (first, knock), (second, too_late) = eventually(lambda: troupe.timers.set[:2] or None) or []

    knock()
    assert eventually(lambda: log.heard) == [ping(1)]
    actor.end()
    too_late()

    assert (first, second, log.heard) == (5.0, 6.0, [ping(1)])


def test_what_depends_on_a_durable_fact_waits_until_it_is_kept(late: Troupe) -> None:
    log = Log()
    late.play("b", log)
    late.play("a", Log(), first=lambda: [Record(DURABLE), Show(SEEN), Tell("b", ping(1))])
    eventually(late.journal.replay)
    before = (list(late.witness.events), list(log.heard))

    commit(late)

    assert eventually(lambda: log.heard) == [ping(1)]
    assert (before, late.witness.events) == (([], []), [DURABLE, SEEN])


def test_other_facts_are_not_waited_for(late: Troupe) -> None:
    log = Log()
    late.play("b", log)

    late.play("a", Log(), first=lambda: [Record(RECORDED), Tell("b", ping(1))])

    assert eventually(lambda: log.heard) == [ping(1)]
    assert late.witness.events == [RECORDED]


def test_what_comes_after_a_durable_fact_does_not_overtake_it(late: Troupe) -> None:
    """Neither with another fact nor without one; also in the actor's later turns."""
    log = Log()
    late.play("b", log)

    def react(message: Ping) -> list[Effect]:
        number = int(message.reply_to)
        records: list[list[Record]] = [[Record(DURABLE)], [Record(RECORDED)], []]
        return [*records[number % 3], Tell("b", message)]

    late.play("a", react)
    for number in range(9):
        late.post.tell("a", ping(number))
        eventually(partial(recorded, late, (2 * number + 4) // 3))
    before = list(log.heard)

    commit(late, 3)

    assert before == []
    assert eventually(lambda: log.heard[8:] and log.heard) == [ping(n) for n in range(9)]


def test_a_successor_does_not_overtake_what_its_predecessor_has_decided(late: Troupe) -> None:
    log = Log()
    late.play("b", log)
    first = late.play("a", Log(), first=lambda: [Record(DURABLE), Tell("b", ping(1))])
    eventually(late.journal.replay)
    first.end()
    late.play("a", Log(), incarnation=2, first=lambda: [Show(SEEN), Tell("b", ping(2))])
    other = Log()
    late.play("c", other)
    late.post.tell("c", ping(3))
    eventually(lambda: other.heard)

    commit(late)

    assert eventually(lambda: log.heard[1:] and log.heard) == [ping(1), ping(2)]


def test_effects_stay_in_order_while_the_journal_answers_from_its_own_thread(late: Troupe) -> None:
    log = Log()
    late.play("b", log)
    count = 500
    late.play(
        "a",
        lambda m: [*([Record(DURABLE)] if int(m.reply_to) % 2 else []), Tell("b", m)],
    )

    def act(number: int) -> None:
        for n in range(count):
            if number == 0:
                late.post.tell("a", ping(n))
            else:
                commit(late)

    together(2, act)

    assert eventually(lambda: log.heard[count - 1 :] and log.heard) == [
        ping(n) for n in range(count)
    ]


def test_an_actor_whose_deed_fails_on_the_journals_thread_dies_alone(late: Troupe) -> None:
    """The journal's thread is not the one that pays for it."""
    log = Log()
    late.play("b", log)
    late.play("a", Log(), first=lambda: [Record(DURABLE), Tell("b", ping(1)), StartActor("c", 1)])
    eventually(late.journal.replay)

    commit(late)

    (end,) = eventually(lambda: late.ended)
    assert (end[0], end[2] and end[2].error) == ("a", "ActorDied")
    assert isinstance(late.journal, LateJournal)
    assert late.journal.thread.is_alive()


def test_an_actor_whose_facts_are_not_taken_dies_and_holds_nobody_up(late: Troupe) -> None:
    assert isinstance(late.journal, LateJournal)
    late.journal.broken = True
    late.play("a", Log(), first=lambda: [Record(DURABLE), Show(SEEN)])
    eventually(lambda: late.ended)
    late.journal.broken = False

    late.play("a", Log(), incarnation=2, first=lambda: [Record(DURABLE)])
    eventually(late.journal.replay)
    commit(late)

    assert eventually(lambda: late.witness.events) == [DURABLE]
    (end,) = late.ended
    assert end[2] is not None
    assert end[2].text == "a died: OSError: no space left on device"


def test_an_actor_that_never_waits_for_the_journal_needs_no_outbox(troupe: Troupe) -> None:
    log = Log()
    troupe.play("a", log, first=lambda: [Record(RECORDED)])
    troupe.post.tell("a", Wake())

    eventually(lambda: log.heard)
    assert troupe.post._outboxes == {}  # pyright: ignore[reportPrivateUsage]
