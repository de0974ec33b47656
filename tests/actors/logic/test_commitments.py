"""An agent on a bad link: whatever is lost, doubled or late, it answers, and says it again."""

from __future__ import annotations

import pytest

from callboard.actors.logic.agency import AgencyLogic
from callboard.actors.logic.effects import After, Effect, ResumeWork, Show, StopWork
from callboard.messages.execution import (
    WorkDone,
    WorkFailed,
    WorkStopped,
    WorkWaiting,
    WorkWaitOver,
)
from callboard.messages.notices import StaleRefused
from callboard.messages.supervision import Wake
from callboard.messages.unions import AgentMessage
from callboard.messages.values import Agent
from callboard.messages.work import (
    Accepted,
    Acknowledged,
    Assign,
    Cancelled,
    Completed,
    Declined,
    Failed,
    NotHeld,
    Resume,
    Revoke,
    Started,
    Waiting,
    WaitNoted,
    WaitOver,
)
from tests.actors.logic.workshop import NOW, PROBLEM, RESULT, lease, ready, said, token

DONE = WorkDone(token=token(1), result=RESULT, seconds=1.0)
BROKEN = WorkFailed(token=token(1), problem=PROBLEM, seconds=1.0)
COMPLETED = said(Completed(lease=lease(1), result=RESULT, seconds=1.0))
FAILED = said(Failed(lease=lease(1), problem=PROBLEM, seconds=1.0))
REVOKE = Revoke(token=token(1), reason="late")


def assign(number: int, incarnation: int = 1) -> Assign:
    return Assign(lease=lease(number), ready=ready(number), incarnation=incarnation)


class Far:
    """An agent that says again what is not answered within five seconds."""

    def __init__(self, *messages: AgentMessage, max_load: int = 1, incarnation: int = 1) -> None:
        self.logic = AgencyLogic(Agent(id="a1", max_load=max_load), incarnation, 5.0)
        self.logic.start(NOW)
        for message in messages:
            self(message)

    def __call__(self, message: AgentMessage, after: float = 0.0) -> list[Effect]:
        """What follows, without the alarm clock, so many seconds after the beginning."""
        effects = self.logic.handle(message, NOW + after)
        return [effect for effect in effects if not isinstance(effect, After)]

    def says_again(self, *seconds: float) -> list[list[Effect]]:
        return [self(Wake(), after) for after in seconds]


# What the scheduler has not heard


@pytest.mark.parametrize(("end", "word"), [(DONE, COMPLETED), (BROKEN, FAILED)])
def test_how_an_attempt_has_ended_is_said_until_it_is_acknowledged(
    end: WorkDone | WorkFailed, word: Effect
) -> None:
    agent = Far(assign(1))
    assert agent(end) == [word]
    assert agent.says_again(4.9, 5.0, 14.9, 15.0) == [[], [word], [], [word]]
    agent(Acknowledged(tokens=(token(1),)))
    assert agent.says_again(999.0) == [[]]


def test_it_wakes_itself_to_say_it_again() -> None:
    agent = Far(assign(1))
    assert agent.logic.handle(DONE, NOW) == [COMPLETED, After(5.0, Wake())]


def test_pauses_double_up_to_five_minutes() -> None:
    agent = Far(assign(1), DONE)
    seconds = [float(n) for n in range(1, 2000) if agent(Wake(), float(n)) == [COMPLETED]]
    assert seconds == [5, 15, 35, 75, 155, 315, 615, 915, 1215, 1515, 1815]


def test_a_revocation_is_an_answer_too() -> None:
    agent = Far(assign(1), DONE)
    assert agent(REVOKE, 1.0) == [said(Cancelled(lease=lease(1)))]
    assert agent.says_again(999.0) == [[]]


def test_a_late_acknowledgement_changes_nothing() -> None:
    agent = Far(assign(1))
    assert agent(Acknowledged(tokens=(token(1),))) == []
    assert agent(Acknowledged(tokens=(token(9),))) == []
    assert agent(DONE) == [COMPLETED]


def test_that_it_waits_is_said_until_it_waits_no_longer() -> None:
    agent = Far(assign(1))
    waits = said(Waiting(lease=lease(1), number=1))
    assert agent(WorkWaiting(token=token(1))) == [waits]
    assert agent.says_again(5.0, 15.0) == [[waits], [waits]]
    over = said(WaitOver(lease=lease(1), number=1))
    assert agent(WorkWaitOver(token=token(1)), 20.0) == [over]
    assert agent.says_again(25.0) == [[over]]
    assert agent(Resume(token=token(1), number=1), 26.0) == [ResumeWork(token(1))]
    assert agent.says_again(999.0) == [[]]


def test_what_was_noted_is_said_again_after_five_minutes() -> None:
    agent = Far(assign(1), WorkWaiting(token=token(1)))
    assert agent(WaitNoted(token=token(1)), 1.0) == []
    assert agent.says_again(300.9, 301.0) == [[], [said(Waiting(lease=lease(1)))]]
    over = said(WaitOver(lease=lease(1)))
    agent(WorkWaitOver(token=token(1)), 400.0)
    assert agent(WaitNoted(token=token(1), over=True), 401.0) == []
    assert agent.says_again(700.9, 701.0) == [[], [over]]


@pytest.mark.parametrize(
    "noted", [WaitNoted(token=token(1)), WaitNoted(token=token(1), number=2, over=True)]
)
def test_but_not_when_something_else_was(noted: WaitNoted) -> None:
    agent = Far(assign(1), WorkWaiting(token=token(1)), WorkWaitOver(token=token(1)))
    agent(noted)
    assert agent.says_again(5.0) == [[said(WaitOver(lease=lease(1)))]]


def test_what_is_noted_too_late_is_not_said_again() -> None:
    agent = Far(assign(1), WorkWaiting(token=token(1)), WorkWaitOver(token=token(1)))
    agent(Resume(token=token(1)))
    assert agent(WaitNoted(token=token(1), over=True)) == []
    assert agent.says_again(999.0) == [[]]


@pytest.mark.parametrize("end", [DONE, REVOKE])
def test_and_not_when_it_has_ended_or_shall_stop(end: AgentMessage) -> None:
    agent = Far(assign(1), WorkWaiting(token=token(1)), end)
    agent(Acknowledged(tokens=(token(1),)))
    assert agent.says_again(999.0) == [[]]


# What comes for an earlier wait


def test_each_wait_has_a_number_and_a_slot_for_an_earlier_one_is_refused() -> None:
    agent = Far(assign(1), WorkWaiting(token=token(1)), WorkWaitOver(token=token(1)))
    agent(Resume(token=token(1), number=1))
    assert agent(WorkWaiting(token=token(1))) == [said(Waiting(lease=lease(1), number=2))]
    stale = Show(StaleRefused(at=NOW, lease=lease(1), what="Resume"))
    assert agent(Resume(token=token(1), number=1)) == [stale]
    agent(WorkWaitOver(token=token(1)))
    assert agent(Resume(token=token(1), number=1)) == [stale]
    assert agent(Resume(token=token(1), number=2)) == [ResumeWork(token(1))]


def test_a_slot_that_nobody_asked_for_is_refused() -> None:
    agent = Far(assign(1), WorkWaiting(token=token(1)))
    stale = Show(StaleRefused(at=NOW, lease=lease(1), what="Resume"))
    assert agent(Resume(token=token(1), number=1)) == [stale]


# The same assignment again


def test_an_assignment_that_comes_again_is_answered_by_what_has_become_of_it() -> None:
    agent = Far(assign(1))
    assert agent(assign(1)) == [said(Started(lease=lease(1)))]
    agent(WorkWaiting(token=token(1)))
    assert agent(assign(1)) == [said(Started(lease=lease(1)))]
    agent(DONE)
    assert agent(assign(1)) == [COMPLETED]
    agent(Acknowledged(tokens=(token(1),)))
    late = Declined(lease=lease(1), reason="it came after a later one")
    assert agent(assign(1)) == [said(late)]


def test_also_while_it_is_queued_and_while_it_stops() -> None:
    agent = Far(assign(1))
    accepted = [said(Accepted(lease=lease(2)))]
    assert (agent(assign(2)), agent(assign(2))) == (accepted, accepted)
    assert agent(REVOKE) == [StopWork(token(1), "late")]
    assert agent(assign(1)) == [said(Accepted(lease=lease(1), stopping=True))]


def test_what_was_declined_once_is_always_declined() -> None:
    agent = Far(assign(2))
    late = [said(Declined(lease=lease(1), reason="it came after a later one"))]
    assert (agent(assign(1)), agent(assign(1))) == (late, late)


def test_what_was_meant_for_another_incarnation_is_declined() -> None:
    """It has waited in the mailbox, or on the link, while the agent was restarted."""
    agent = Far(incarnation=2)
    other = said(
        Declined(lease=lease(1), reason="it was meant for another incarnation of the agent")
    )
    assert agent(assign(1)) == [other]
    assert agent(assign(1, 2))[0] != other


# The same revocation again


def test_every_revocation_is_answered() -> None:
    agent = Far(assign(1))
    assert agent(Revoke(token=token(9), reason="")) == [said(NotHeld(agent="a1", token=token(9)))]
    assert agent(REVOKE) == [StopWork(token(1), "late")]
    assert agent(REVOKE) == [said(Accepted(lease=lease(1), stopping=True))]  # it stops still
    assert agent(WorkStopped(token=token(1))) == [said(Cancelled(lease=lease(1)))]
    assert agent(REVOKE) == [said(NotHeld(agent="a1", token=token(1)))]
