"""What is sent arrives, or becomes a dead letter with a reason; records go first."""

from __future__ import annotations

from callboard.actors.logic.effects import Tell
from callboard.messages.commands import Done, Ping, Pong, Refused
from callboard.messages.errors.base import error_of, problem_of
from callboard.messages.errors.lookups import UnknownAgent
from callboard.messages.errors.running import RuntimeClosed
from callboard.messages.notices import DeadLetter
from callboard.messages.supervision import Wake
from tests.actors.troupe import NOW, Log, Troupe
from tests.actors.words import ping
from tests.live import LONG, eventually, together

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
