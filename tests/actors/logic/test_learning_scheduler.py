"""What a scheduler learns from attempts, and when."""

from __future__ import annotations

import pytest

from callboard.actors.logic.learning import Sample
from callboard.messages.supervision import Wake
from callboard.messages.unions import SchedulerMessage
from callboard.messages.values import Retry, Timeouts
from callboard.messages.work import AgentUp, Cancelled, Completed, Settled, Withdraw
from tests.actors.logic.desk import (
    LASTING,
    RESULT,
    Desk,
    agent,
    completed,
    down,
    failed,
    lease,
    ready,
)

A = agent("a", "sql")
S1, S2 = ready("s1", "SQL", kind="query"), ready("s2", "sql", kind="query")
FIRST = lease("s1", "a", 1)
QUERY = Sample("query", "sql", "a")


def test_a_completion_is_learnt_from_when_it_is_recorded() -> None:
    desk = Desk(A)
    desk.queue(S1)
    desk.say(0.0, Completed(lease=FIRST, result=RESULT, seconds=36.0))
    assert desk.learning.expect(QUERY, 60.0).seconds == 60.0

    desk.say(0.0, Settled(subtasks=("s1",)))
    assert desk.learning.expect(QUERY, 60.0).seconds < 10.0
    assert desk.learning.success(QUERY) == 1.0


def test_the_name_is_the_kind_where_none_is_said() -> None:
    desk = Desk(A)
    desk.queue(ready("s1", "sql"))
    desk.say(0.0, completed(FIRST))
    desk.say(0.0, Settled(subtasks=("s1",)))

    assert desk.learning.expect(Sample("S1", "sql", "a"), 60.0).seconds < 10.0


@pytest.mark.parametrize("how", ["failed", "down", "too long"])
@pytest.mark.parametrize("end", ["done", "given up", "cancelled"])
def test_bad_attempts_are_learnt_from_when_the_subtask_has_ended(how: str, end: str) -> None:
    desk = Desk(A, timeouts=Timeouts(run=5.0), poison=9, retry=Retry(attempts=2, first=1.0))
    desk.queue(S1)
    desk.start(FIRST)
    bad: dict[str, SchedulerMessage] = {"failed": failed(FIRST), "down": down(), "too long": Wake()}
    desk.say(5.0, bad[how])
    desk.say(5.0, AgentUp(agent="a", incarnation=2))
    desk.say(7.0, Cancelled(lease=FIRST))
    desk.say(7.0, Wake())
    assert desk.learning.success(QUERY) == 1.0

    again = lease("s1", "a", 2, attempt=1 if how == "down" else 2)
    if end == "cancelled":
        desk.say(8.0, Withdraw(subtasks=("s1",), reason="not wanted"))
        assert (desk.learning.success(QUERY), desk.learning.misses) == (1.0, {})
        return
    desk.say(8.0, completed(again) if end == "done" else failed(again, LASTING))
    desk.say(8.0, Settled(subtasks=("s1",)))
    assert desk.learning.success(QUERY) < 0.8
    assert desk.learning.attempts == 2


def test_an_agent_that_goes_down_before_it_has_begun_is_not_held_against_it() -> None:
    desk = Desk(A)
    desk.queue(S1)
    desk.say(6.0, down())

    assert desk.learning.success(QUERY) == 1.0
