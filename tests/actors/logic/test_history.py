"""What befell subtasks survives the scheduler: its facts tell its successor."""

from __future__ import annotations

import pytest

from callboard.actors.logic.effects import Effect, Record
from callboard.actors.logic.evidence import Evidence
from callboard.actors.logic.history import History, histories
from callboard.actors.logic.retries import Charges
from callboard.messages import facts
from callboard.messages.commands import AssignNow, RequeueSubtask
from callboard.messages.errors import AttemptTimedOut, problem_of
from callboard.messages.facts import AgentCrashed, Fact
from callboard.messages.supervision import Wake
from callboard.messages.values import DAY, Payload, Setback, Timeouts, replace
from callboard.messages.work import AgentUp, Resync
from tests.actors.logic.desk import (
    CRASHED,
    Desk,
    agent,
    assigned,
    completed,
    done,
    down,
    failed,
    given_up,
    lease,
    queued,
    ready,
)

A, B = agent("a"), agent("b")
S1 = ready("s1")
FIRST = lease("s1", "a", 1)
READY = facts.SubtaskQueued(at=1.0, goal="g", subtask="s1")
ASSIGNED = facts.SubtaskAssigned(at=2.0, lease=FIRST)
STARTED = facts.SubtaskStarted(at=3.0, lease=FIRST)
FAILED = facts.RetryScheduled(at=5.0, lease=FIRST, problem=CRASHED, delay=10.0)
ERRED = Setback(agent="a", at=5.0, problem=CRASHED)
FALLEN = AgentCrashed(at=4.0, agent="a", incarnation=1, problem=CRASHED)
BLAMED = facts.LeaseRevoked(at=4.0, lease=FIRST, reason="", blamed=True)
AGAIN = facts.SubtaskRequeued(at=4.0, goal="g", subtask="s1", reason="")
DOWN = Setback(agent="a", at=4.0, problem=CRASHED, down=True)
PARKED = facts.SubtaskParked(
    at=6.0, goal="g", subtask="s1", problem=CRASHED, until=90.0, setbacks=(DOWN,)
)
SUBMITTED = facts.ResultSubmitted(
    at=7.0, goal="g", subtask="s1", lease=None, result=Payload(), seconds=0.0, number=1
)
REJECTED = facts.ResultRejected(
    at=8.0, goal="g", subtask="s1", lease=None, problem=CRASHED, number=1
)
BAD = Setback(agent="", at=8.0, problem=CRASHED)
UNPARKED = facts.SubtaskUnparked(at=7.0, goal="g", subtask="s1")
COMPLETED = facts.SubtaskCompleted(
    at=8.0, goal="g", subtask="s1", lease=FIRST, result=Payload(), seconds=1.0
)


def past(*recorded: Fact) -> History:
    return histories([READY, *recorded])["s1"]


# The fold


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        ((), History(since=1.0, queued=1.0)),
        ((READY, ASSIGNED), History(since=1.0, lease=FIRST)),
        ((ASSIGNED, STARTED), History(since=1.0, lease=FIRST, started=True)),
        (
            (ASSIGNED, STARTED, FAILED),
            History(since=1.0, attempts=1, due=15.0, evidence=Evidence(failures={"a": ERRED})),
        ),
        ((ASSIGNED, AGAIN), History(since=1.0, queued=4.0)),
        (
            (ASSIGNED, STARTED, FALLEN, BLAMED, AGAIN),
            History(since=1.0, queued=4.0, evidence=Evidence([DOWN])),
        ),
        (
            (ASSIGNED, STARTED, FALLEN, BLAMED, PARKED),
            History(since=1.0, parked=90.0, why=CRASHED, evidence=Evidence([DOWN])),
        ),
        ((PARKED, UNPARKED), History(since=7.0, queued=7.0)),
        (
            (PARKED, SUBMITTED, REJECTED),
            History(
                since=1.0,
                why=CRASHED,
                evidence=Evidence([DOWN], {"": BAD}),
                rejected=(None, CRASHED, None),
            ),
        ),
        (
            (PARKED, SUBMITTED, REJECTED, replace(READY, at=9.0)),
            History(since=1.0, queued=9.0, evidence=Evidence([DOWN], {"": BAD})),
        ),
        ((BLAMED, PARKED, UNPARKED), History(since=7.0, queued=7.0)),
        (
            (facts.LeaseAdopted(at=3.0, lease=FIRST),),
            History(since=1.0, lease=FIRST, started=True),
        ),
    ],
)
def test_what_was_recorded_is_what_befell_it(recorded: tuple[Fact, ...], expected: History) -> None:
    # Whether a handler ran is told of the attempt that is under way.
    found = past(*recorded)
    found.started = found.started and found.lease is not None
    assert found == expected


def test_what_is_told_again_of_what_waits_does_not_make_it_wait_anew() -> None:
    again = facts.SubtaskQueued(at=50.0, goal="g", subtask="s1")
    assert past(again) == History(since=1.0, queued=1.0)


@pytest.mark.parametrize(
    "end",
    [
        COMPLETED,
        facts.SubtaskFailed(at=8.0, goal="g", subtask="s1", problem=CRASHED),
        facts.SubtaskCancelled(at=8.0, goal="g", subtask="s1", reason=""),
    ],
)
def test_of_what_has_ended_nothing_is_kept(end: Fact) -> None:
    assert histories([READY, ASSIGNED, STARTED, end, FALLEN, BLAMED, AGAIN, FAILED, PARKED]) == {}


def test_an_agent_that_dies_while_nobody_schedules_was_taken_down_by_what_it_ran() -> None:
    assert past(ASSIGNED, STARTED, FALLEN).evidence == Evidence([DOWN])


def test_but_not_by_what_it_had_not_begun_nor_by_what_had_ended_nor_twice() -> None:
    assert past(ASSIGNED, FALLEN).evidence.downs == []
    assert past(ASSIGNED, STARTED, FALLEN, FAILED).evidence.downs == []
    assert past(ASSIGNED, STARTED, FALLEN, BLAMED).evidence == Evidence([DOWN])
    assert (
        past(ASSIGNED, STARTED, facts.LeaseRevoked(at=4.0, lease=FIRST, reason="")).evidence.downs
        == []
    )


# A scheduler and its successor


class Shift:
    """A scheduler that notes its facts, and the next one that is made of them."""

    def __init__(self, **settings: object) -> None:
        self.settings = settings
        self.facts: list[Fact] = [facts.SubtaskQueued(at=0.0, goal="g", subtask="s1")]
        self.desk = Desk(A, **settings)  # type: ignore[arg-type]
        self.note(self.desk.queue(S1))

    def note(self, effects: list[Effect]) -> list[Effect]:
        self.facts += [effect.fact for effect in effects if isinstance(effect, Record)]
        return effects

    def fail(self, number: int, attempt: int, now: float) -> None:
        self.note(self.desk.say(now, failed(lease("s1", "a", number, attempt=attempt))))

    def fall(self, number: int, now: float) -> None:
        """The agent dies of it, and comes back."""
        self.desk.start(lease("s1", "a", number))
        self.facts.append(AgentCrashed(at=now, agent="a", incarnation=number, problem=CRASHED))
        self.note(self.desk.say(now, down("a", number)))
        self.note(self.desk.say(now, AgentUp(agent="a", incarnation=number + 1)))

    def succeed(self, now: float) -> Desk:
        """A new scheduler, when it has been told all and its time to look about is over."""
        desk = Desk(incarnation=2, recorded=self.facts, **self.settings)  # type: ignore[arg-type]
        desk.logic.start(now)
        desk.join(A, now)
        desk.say(now, Resync(subtasks=(S1,), incarnation=2))
        self.note(desk.say(now + 1.0, Wake()))
        return desk


def test_attempts_that_were_used_stay_used() -> None:
    shift = Shift()
    shift.fail(1, 1, 5.0)
    shift.note(shift.desk.say(15.0, Wake()))
    shift.fail(2, 2, 20.0)
    successor = shift.succeed(21.0)
    third = lease("s1", "a", 1, attempt=3, incarnation=2)

    assert successor.say(34.9, Wake()) == []
    assert successor.say(35.0, Wake()) == [queued("s1", 35.0), *assigned(third, S1, 35.0)]
    assert successor.say(36.0, failed(third))[-1] == given_up("s1", failed(third).problem, third)


def test_to_which_rules_attempts_were_charged_is_remembered_until_somebody_requeues() -> None:
    charged = replace(FAILED, rule=("OSError",))
    assert past(ASSIGNED, charged, ASSIGNED, charged).charges == Charges({("OSError",): 2})
    parked = replace(PARKED, attempts=2)
    assert past(ASSIGNED, charged, parked, UNPARKED).charges == Charges({(): 2})


def test_an_attempt_that_never_began_and_took_too_long_does_not_speak_against_it() -> None:
    late = replace(FAILED, problem=problem_of(AttemptTimedOut("S1", "run", 5.0)))
    assert past(ASSIGNED, late).evidence == Evidence()
    assert past(ASSIGNED, STARTED, late).evidence.weight == 1


def test_who_fell_silent_and_cannot_be_restarted_speaks_against_it() -> None:
    silent = replace(BLAMED, reason="agent 'a' gave no sign of life")
    [setback] = past(ASSIGNED, STARTED, silent).evidence.all()
    assert (setback.down, setback.problem.text) == (True, "agent 'a' gave no sign of life")


def test_a_retry_that_was_due_meanwhile_is_queued_at_once() -> None:
    shift = Shift()
    shift.fail(1, 1, 5.0)
    successor = shift.succeed(60.0)
    assert successor.state() == {"leased": 1}


def test_agents_that_it_took_down_are_remembered() -> None:
    shift = Shift()
    shift.fall(1, 5.0)
    shift.fall(2, 6.0)
    successor = shift.succeed(10.0)
    third = lease("s1", "a", 1, incarnation=2)
    successor.start(third)

    parked = successor.say(12.0, down("a", 1))[-1]

    assert isinstance(parked, Record)
    assert isinstance(parked.fact, facts.SubtaskParked)
    assert parked.fact.problem.details[1] == ("a", "a", "a")


def test_what_was_parked_stays_parked_until_its_deadline() -> None:
    shift = Shift(poison=1)
    shift.fall(1, 5.0)
    successor = shift.succeed(10.0)

    assert successor.state() == {"parked": 1}
    assert successor.say(5.0 + DAY - 1, Wake()) == []
    [effect] = successor.say(5.0 + DAY, Wake())
    assert effect == given_up("s1", effect.message.problem)  # type: ignore[union-attr]


def test_and_can_be_requeued() -> None:
    shift = Shift(poison=1)
    shift.fall(1, 5.0)
    successor = shift.succeed(10.0)

    effects = successor.say(12.0, RequeueSubtask(subtask="s1", reply_to="caller/1"))

    assert effects[0] == Record(facts.SubtaskUnparked(at=12.0, goal="g", subtask="s1"))
    assert successor.state() == {"leased": 1}


@pytest.mark.parametrize("limit", ["total", "queue"])
def test_the_time_that_has_passed_counts(limit: str) -> None:
    shift = Shift(timeouts=Timeouts(**{limit: 100.0}))
    if limit == "queue":
        shift.note(shift.desk.say(1.0, down()))  # taken from its agent, it waits again
    begun = 1.0 if limit == "queue" else 0.0
    desk = Desk(incarnation=2, recorded=shift.facts, timeouts=Timeouts(**{limit: 100.0}))
    desk.say(60.0, Resync(subtasks=(S1,), incarnation=2))
    desk.say(61.0, Wake())

    assert desk.say(begun + 99.9, Wake()) == []
    assert desk.say(begun + 100.0, Wake()) != []
    assert desk.state() == {"settling": 1}


def test_what_was_handed_to_who_pulls_stays_with_it() -> None:
    """It cannot be asked what it runs."""
    puller = agent("p", pull=True)
    first = Desk(puller)
    held = lease("s1", "p", 1)
    first.queue(S1)
    effects = first.say(2.0, AssignNow(reply_to="caller/1"))
    recorded = [READY, *(e.fact for e in effects if isinstance(e, Record))]

    desk = Desk(incarnation=2, recorded=recorded)
    desk.join(puller, 10.0)
    desk.say(10.0, Resync(subtasks=(S1,), incarnation=2))

    assert desk.say(11.0, Wake()) == [Record(facts.LeaseAdopted(at=11.0, lease=held))]
    assert desk.say(12.0, completed(held)) == done(held, 12.0)


def test_unless_it_has_left() -> None:
    held = lease("s1", "p", 1)
    recorded = [READY, facts.SubtaskAssigned(at=2.0, lease=held)]
    desk = Desk(incarnation=2, recorded=recorded)
    desk.join(B, 10.0)
    desk.say(10.0, Resync(subtasks=(S1,), incarnation=2))
    desk.say(11.0, Wake())
    assert desk.state() == {"leased": 1}
    assert desk.say(12.0, completed(lease("s1", "b", 1, incarnation=2))) != []


def test_time_in_which_no_process_ran_counts_for_no_limit() -> None:
    past = histories([
        facts.SubtaskQueued(at=1.0, goal="g", subtask="s"),
        facts.SubtaskQueued(at=2.0, goal="g", subtask="t"),
        facts.RuntimeStarted(at=1002.0, boot=2),
    ])  # fmt: skip
    assert (past["s"].since, past["s"].queued) == (1001.0, 1002.0)
    assert (past["t"].since, past["t"].queued) == (1002.0, 1002.0)
