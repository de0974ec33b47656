"""What is sent arrives, or becomes a dead letter with a reason; records go first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from functools import partial

import pytest

from callboard.actors.logic.effects import After, Effect, Record, Show, StartActor, Tell
from callboard.actors.shell import Shell
from callboard.messages.base import Address, Message
from callboard.messages.commands import Done, Ping, Pong, Refused
from callboard.messages.errors.base import error_of, problem_of
from callboard.messages.errors.lookups import UnknownAgent
from callboard.messages.errors.running import RuntimeClosed
from callboard.messages.facts import AgentRemoved, Fact, GoalCompleted
from callboard.messages.notices import DeadLetter, HeartbeatSeen, Notice
from callboard.messages.supervision import Wake
from tests.actors.troupe import NOW, LateJournal, Log, Troupe
from tests.live import LONG, eventually, together

DURABLE = GoalCompleted(at=1.0, goal="g")
RECORDED = AgentRemoved(at=1.0, agent="a", reason="")
SEEN = HeartbeatSeen(at=1.0, agent="a")


def ping(number: int) -> Ping:
    return Ping(reply_to=f"{number}")


@pytest.fixture
def late() -> Generator[Troupe]:
    """A troupe whose journal takes its time."""
    made = Troupe(journal=LateJournal())
    yield made
    made.close()


def commit(late: Troupe, count: int = 1) -> None:
    assert isinstance(late.journal, LateJournal)
    late.journal.commit(count)


def recorded(troupe: Troupe, count: int) -> bool:
    return len(troupe.journal.replay()) >= count


# Letters


def test_what_is_told_arrives(troupe: Troupe) -> None:
    log = Log()
    troupe.play("a", log)

    troupe.post.tell("a", ping(1))

    assert eventually(lambda: log.heard) == [ping(1)]


def test_a_message_waits_for_an_actor_that_is_about_to_come(troupe: Troupe) -> None:
    troupe.post.open_box("a")
    troupe.post.tell("a", ping(1))
    log = Log()

    troupe.play("a", log)

    assert eventually(lambda: log.heard) == [ping(1)]


def test_what_nobody_receives_becomes_a_dead_letter(troupe: Troupe) -> None:
    troupe.post.tell("a", Wake())

    assert troupe.witness.events == [
        DeadLetter(at=NOW, to="a", what="Wake", reason="nobody lives there")
    ]


def test_what_waits_for_an_actor_that_is_gone_becomes_dead_letters(troupe: Troupe) -> None:
    troupe.post.open_box("a")
    troupe.post.tell("a", Wake())
    here, answer = troupe.post.expect()
    troupe.post.tell("a", Ping(reply_to=here))

    troupe.post.close_box("a")

    reason = "its receiver has gone"
    assert troupe.witness.events == [
        DeadLetter(at=NOW, to="a", what="Wake", reason=reason),
        DeadLetter(at=NOW, to="a", what="Ping", reason=reason),
    ]
    assert answer.result(LONG) == Refused(problem=problem_of(UnknownAgent("")))


def test_a_caller_who_asks_nobody_is_told_so(troupe: Troupe) -> None:
    here, answer = troupe.post.expect()

    troupe.post.tell("agent/a", Ping(reply_to=here))

    assert answer.result(LONG) == Refused(problem=problem_of(UnknownAgent("a")))


def test_nothing_is_said_to_nobody(troupe: Troupe) -> None:
    troupe.post.tell("", Done())

    assert troupe.witness.events == []


# Callers


def test_a_caller_gets_its_answer_once(troupe: Troupe) -> None:
    here, answer = troupe.post.expect()

    troupe.post.tell(here, Done())
    troupe.post.tell(here, Pong(address="a", state={}))

    assert answer.result(LONG) == Done()
    reason = "the caller does not wait any more"
    assert troupe.witness.events == [DeadLetter(at=NOW, to=here, what="Pong", reason=reason)]


def test_two_answers_at_once_are_an_answer_and_a_dead_letter(troupe: Troupe) -> None:
    here, answer = troupe.post.expect()

    troupe.play("a", Log(), first=lambda: [Tell(here, Done()), Tell(here, Done())])

    assert answer.result(LONG) == Done()
    assert len(eventually(lambda: troupe.witness.events)) == 1


def test_a_late_answer_is_a_dead_letter(troupe: Troupe) -> None:
    here, _ = troupe.post.expect()
    troupe.post.forget(here)

    troupe.post.tell(here, Done())

    reason = "the caller does not wait any more"
    assert troupe.witness.events == [DeadLetter(at=NOW, to=here, what="Done", reason=reason)]


def test_an_answer_to_who_has_given_up_is_a_dead_letter(troupe: Troupe) -> None:
    here, answer = troupe.post.expect()
    answer.cancel()

    troupe.post.tell(here, Done())

    reason = "the caller has given up"
    assert troupe.witness.events == [DeadLetter(at=NOW, to=here, what="Done", reason=reason)]


def test_who_waits_when_the_post_closes_is_told_why(troupe: Troupe) -> None:
    troupe.post.open_box("a")
    answers = [troupe.post.expect() for _ in range(3)]
    for here, _ in answers[:2]:
        troupe.post.tell("a", Ping(reply_to=here))

    troupe.post.close(problem_of(RuntimeClosed()))
    here, late = troupe.post.expect()
    troupe.post.tell("a", Ping(reply_to=here))

    refused = Refused(problem=problem_of(RuntimeClosed()))
    assert [answer.result(LONG) for _, answer in answers] == [refused] * 3
    assert late.result(LONG) == refused
    assert isinstance(error_of(refused.problem), RuntimeClosed)


def test_the_first_reason_for_closing_stays(troupe: Troupe) -> None:
    troupe.post.close(problem_of(UnknownAgent("why")))
    troupe.post.close(problem_of(RuntimeClosed()))

    _, answer = troupe.post.expect()

    assert answer.result(LONG) == Refused(problem=problem_of(UnknownAgent("why")))


def test_everybody_who_asks_while_the_post_closes_gets_an_answer(troupe: Troupe) -> None:
    troupe.play("a", lambda message: [Tell(message.reply_to, Done())])
    answers: list[object] = []

    def act(number: int) -> None:
        if number == 0:
            eventually(lambda: len(answers) > 50)
            troupe.post.close(problem_of(RuntimeClosed()))
        for _ in range(200):
            here, answer = troupe.post.expect()
            troupe.post.tell("a", Ping(reply_to=here))
            answers.append(answer.result(LONG))

    together(5, act)

    assert len(answers) == 1000
    assert set(map(type, answers)) == {Done, Refused}


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

    actor._take = linger  # pyright: ignore[reportPrivateUsage]
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
