"""The scheduler's gates: what is held is not handed out, and its waiting is not counted."""

from __future__ import annotations

import pytest

from callboard.actors.logic.effects import Effect, Record, Show, Tell
from callboard.messages import facts
from callboard.messages.commands import Assignments, AssignNow, CompleteSubtask, Done
from callboard.messages.errors import AttemptTimedOut, problem_of
from callboard.messages.notices import Unschedulable
from callboard.messages.supervision import Wake
from callboard.messages.values import DAY, Timeouts
from callboard.messages.work import (
    AgentLeft,
    Hold,
    Progress,
    Release,
    Revoke,
    SubtaskDone,
    Withdraw,
    Withdrawn,
)
from tests.actors.logic.desk import (
    OTHER,
    RESULT,
    Desk,
    agent,
    assigned,
    completed,
    down,
    failed,
    given_up,
    lease,
    ready,
    retried,
    revoked,
    saved,
)
from tests.actors.logic.holds import HOLD, KINDS, RELEASE, A, B, interrupted

HOUR = 3600.0


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_held_is_not_handed_out_until_it_is_released(kind: str) -> None:
    hold, release = KINDS[kind]
    desk, work = Desk(), ready("s1")
    desk.queue(work)
    assert desk.say(1.0, hold) == []
    assert desk.state() == {"queued": 1, "held": 1}
    assert desk.join(A, 2.0) == []
    assert desk.say(3.0, release) == assigned(lease("s1", "a"), work, 3.0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_hold_that_overtakes_its_subtask_still_holds_it(kind: str) -> None:
    hold, release = KINDS[kind]
    desk, work = Desk(A), ready("s1")
    desk.say(1.0, hold)
    assert desk.queue(work, now=2.0) == []
    assert desk.say(3.0, release) == assigned(lease("s1", "a"), work, 3.0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_release_that_overtakes_its_subtask_lets_it_pass(kind: str) -> None:
    hold, release = KINDS[kind]
    desk, work = Desk(A), ready("s1")
    desk.say(1.0, hold)
    desk.say(2.0, release)
    assert desk.queue(work, now=3.0) == assigned(lease("s1", "a"), work, 3.0)


def test_who_waits_for_it_is_told_when_nothing_is_begun_any_more() -> None:
    desk = Desk()
    desk.queue(ready("s1"))
    said = Hold(goals=("g",), ready=("s1",), reply_to="caller/1")
    assert desk.say(1.0, said) == [Tell("caller/1", Done())]


def test_other_goals_and_subtasks_pass() -> None:
    desk = Desk(A)
    desk.say(1.0, Hold(goals=("h",), subtasks=("s2",)))
    assert desk.queue(ready("s1"), now=2.0) == assigned(lease("s1", "a"), ready("s1"), 2.0)


def test_whatever_holds_it_must_be_gone_before_it_passes() -> None:
    desk, work = Desk(A), ready("s1")
    for hold, _ in KINDS.values():
        desk.say(1.0, hold)
    desk.queue(work)
    _, *others = KINDS.values()
    for _, release in others:
        assert desk.say(2.0, release) == []
    assert desk.say(3.0, RELEASE) == assigned(lease("s1", "a"), work, 3.0)


def test_agents_that_pull_get_nothing_that_is_held() -> None:
    desk = Desk(agent("a", pull=True))
    desk.queue(ready("s1"))
    desk.say(1.0, HOLD)
    nothing = Tell("caller/1", Assignments(leases=()))
    assert desk.say(2.0, AssignNow(reply_to="caller/1")) == [nothing]


def test_what_runs_goes_on_to_its_end() -> None:
    desk = Desk(A)
    desk.queue(ready("s1"))
    held = lease("s1", "a")
    assert desk.say(1.0, HOLD) == []
    outcome = SubtaskDone(subtask="s1", lease=held, result=RESULT, seconds=2.0)
    assert desk.say(2.0, completed(held))[-1] == Tell("orchestrator", outcome)


def test_a_failed_attempt_is_not_tried_again_before_the_release() -> None:
    desk, work = Desk(A), ready("s1")
    desk.queue(work)
    held = lease("s1", "a")
    desk.say(1.0, HOLD)
    assert desk.say(2.0, failed(held)) == [retried(held, 10.0, 2.0)]
    assert desk.say(12.0, Wake())[1:] == []
    assert desk.state() == {"queued": 1, "held": 1}
    again = assigned(lease("s1", "a", 2, attempt=2), work, 20.0)
    assert desk.say(20.0, RELEASE) == again


def test_what_its_agent_lost_waits_in_front_of_others_when_it_is_released() -> None:
    desk = Desk(A)
    desk.queue(ready("s1"))
    desk.queue(ready("s2"))
    desk.say(1.0, HOLD)
    desk.say(2.0, down())
    desk.say(3.0, RELEASE)
    [first, *_] = [e for e in desk.join(A, 4.0, 2) if isinstance(e, Record)]
    assert first.fact == facts.SubtaskAssigned(at=4.0, lease=lease("s1", "a", 2))


# Interrupted


@pytest.mark.parametrize("kind", KINDS)
def test_an_interruption_takes_back_what_runs_and_costs_no_attempt(kind: str) -> None:
    hold, release = KINDS[kind]
    desk, work = Desk(A), ready("s1")
    desk.queue(work)
    held = lease("s1", "a")
    desk.start(held)
    desk.say(0.5, Progress(lease=held, checkpoint=OTHER, number=1))
    stop = Hold(
        goals=hold.goals, subtasks=hold.subtasks, runtime=hold.runtime, ready=hold.ready,
        reason="lunch", interrupt=True,
    )  # fmt: skip
    assert desk.say(1.0, stop) == interrupted(held, "paused: lunch", 1.0)
    assert desk.state() == {"queued": 1, "held": 1}
    desk.join(B, 2.0)
    again = saved(ready("s1"), held)
    assert desk.say(3.0, release) == assigned(lease("s1", "b", 2, attempt=1), again, 3.0)


def test_what_is_interrupted_at_once_is_taken_back_in_the_same_order_each_time() -> None:
    # Not in that of a set of names, which differs from process to process.
    names = [f"s{number}" for number in range(1, 41)]
    desk = Desk(agent("a", max_load=len(names)))
    desk.queue(*map(ready, names))
    effects = desk.say(1.0, Hold(goals=("g",), ready=tuple(names), interrupt=True))
    words = [e.message for e in effects if isinstance(e, Tell)]
    tokens = [word.token for word in words if isinstance(word, Revoke)]
    assert [token.counter for token in tokens] == [*range(1, 41)]


def test_a_pause_that_did_not_interrupt_can_still_do_so() -> None:
    desk = Desk(A)
    desk.queue(ready("s1"))
    desk.say(1.0, HOLD)
    again = Hold(goals=("g",), ready=("s1",), interrupt=True)
    assert desk.say(2.0, again) == interrupted(lease("s1", "a"), "paused", 2.0)
    assert desk.say(3.0, again) == []


# Limits


SHORT = Timeouts(queue=10.0, total=100.0)


def too_long(limit: str, seconds: float) -> Effect:
    return given_up("s1", problem_of(AttemptTimedOut("S1", limit, seconds)))


@pytest.mark.parametrize("kind", KINDS)
def test_waiting_is_not_counted_while_it_is_held(kind: str) -> None:
    hold, release = KINDS[kind]
    desk = Desk(timeouts=SHORT)
    desk.queue(ready("s1"))
    desk.say(4.0, hold)
    assert desk.say(DAY, Wake()) == []
    desk.say(DAY, release)
    assert desk.say(DAY + 5.9, Wake()) == []
    assert desk.say(DAY + 6.0, Wake()) == [too_long("queue", 10.0)]


def test_the_time_over_all_attempts_stands_still_too() -> None:
    desk = Desk(A, timeouts=SHORT)
    desk.queue(ready("s1"))
    desk.say(30.0, HOLD)
    assert desk.say(HOUR, Wake()) == []
    desk.say(HOUR, RELEASE)
    held = lease("s1", "a")
    assert desk.say(HOUR + 69.0, Wake()) == []
    assert desk.say(HOUR + 70.0, Wake())[0] == revoked(
        held, problem_of(AttemptTimedOut("S1", "total", 100.0)).text, HOUR + 70.0
    )


def test_what_comes_while_its_goal_is_held_has_all_its_time_afterwards() -> None:
    desk = Desk(timeouts=SHORT)
    desk.say(0.0, HOLD)
    desk.queue(ready("s1"), now=50.0)
    desk.say(60.0, RELEASE)
    assert desk.say(69.0, Wake()) == []
    assert desk.say(70.0, Wake()) == [too_long("queue", 10.0)]


def test_an_attempt_has_no_more_time_because_its_goal_is_held() -> None:
    desk = Desk(A, timeouts=Timeouts(run=10.0))
    desk.queue(ready("s1"))
    desk.say(1.0, HOLD)
    held = lease("s1", "a")
    text = problem_of(AttemptTimedOut("S1", "run", 10.0)).text
    assert desk.say(10.0, Wake())[0] == revoked(held, text, 10.0)


def test_what_is_parked_when_it_is_released_stays_so_with_its_own_limit_only() -> None:
    desk = Desk(A, timeouts=Timeouts(total=100.0), poison=1)
    desk.queue(ready("s1"))
    desk.start(lease("s1", "a"))
    desk.say(1.0, HOLD)
    desk.say(2.0, down())
    desk.say(3.0, RELEASE)
    assert desk.state() == {"parked": 1}
    assert desk.say(DAY, Wake()) == []


# Ends


def test_it_can_be_completed_from_outside_while_it_is_held() -> None:
    desk = Desk()
    desk.queue(ready("s1"))
    desk.say(1.0, HOLD)
    outcome = SubtaskDone(subtask="s1", lease=None, result=RESULT, seconds=0.0, reply_to="caller/1")
    said = CompleteSubtask(subtask="s1", result=RESULT, reply_to="caller/1")
    assert desk.say(2.0, said) == [Tell("orchestrator", outcome)]
    assert desk.say(3.0, RELEASE) == []
    assert desk.state() == {"settling": 1}


def test_what_has_ended_leaves_no_gate_behind() -> None:
    desk = Desk(A)
    desk.queue(ready("s1"))
    desk.say(1.0, Hold(goals=("g",), subtasks=("s1",), ready=("s1",), last=True, interrupt=True))
    desk.say(1.0, HOLD)
    desk.say(2.0, Withdraw(subtasks=("s1",), reason="no"))
    desk.say(2.0, Withdrawn(subtasks=("s1",)))
    desk.say(2.0, Release(goals=("g",), subtasks=("s1",), ended=True))
    leasing = desk.logic._leasing  # pyright: ignore[reportPrivateUsage]
    assert (bool(leasing.gates), leasing.gates.unsettled) == (False, {})
    assert (len(leasing.alarms), len(leasing.timing.alarms)) == (0, 0)


def test_nobody_can_do_it_is_said_when_it_is_released() -> None:
    desk = Desk(agent("a", "sql"))
    desk.queue(ready("s1", "sql"))
    desk.say(0.0, down())
    desk.say(1.0, HOLD)
    assert desk.say(2.0, AgentLeft(agent="a", reason="unregistered")) == []
    missing = Unschedulable(at=3.0, goal="g", subtask="s1", missing=("sql",))
    assert desk.say(3.0, RELEASE) == [Show(missing)]
