"""The scheduler's gates: what is held is not handed out, and its waiting is not counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from callboard.actors.logic.effects import Effect, Record, Show, Tell
from callboard.messages import facts
from callboard.messages.commands import (
    Assignments,
    AssignNow,
    CompleteSubtask,
    Done,
    PauseAgent,
    Refused,
    ResizeAgent,
    ResumeAgent,
)
from callboard.messages.errors import AttemptTimedOut, UnknownAgent, problem_of
from callboard.messages.notices import Unschedulable
from callboard.messages.supervision import Wake
from callboard.messages.values import DAY, Timeouts
from callboard.messages.work import (
    AgentJoined,
    AgentLeft,
    AgentUp,
    Hold,
    Progress,
    Reconcile,
    Release,
    Resync,
    Revoke,
    Running,
    SubtaskDone,
    SubtaskIdle,
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
    requeued,
    retried,
    revoked,
    saved,
    told,
)

A, B = agent("a"), agent("b")
HOUR = 3600.0
GOAL = Hold(goals=("g",), ready=("s1",))
ON = Release(goals=("g",), ready=("s1",))
KINDS: dict[str, tuple[Hold, Release]] = {
    "goal": (GOAL, ON),
    "subtask": (
        Hold(subtasks=("s1",), ready=("s1",)),
        Release(subtasks=("s1",), ready=("s1",)),
    ),
    "runtime": (Hold(runtime=True), Release(runtime=True)),
}


def idle(uuid: str) -> Tell:
    return Tell("orchestrator", SubtaskIdle(subtask=uuid))


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
    assert desk.say(3.0, ON) == assigned(lease("s1", "a"), work, 3.0)


def test_agents_that_pull_get_nothing_that_is_held() -> None:
    desk = Desk(agent("a", pull=True))
    desk.queue(ready("s1"))
    desk.say(1.0, GOAL)
    nothing = Tell("caller/1", Assignments(leases=()))
    assert desk.say(2.0, AssignNow(reply_to="caller/1")) == [nothing]


def test_what_runs_goes_on_to_its_end() -> None:
    desk = Desk(A)
    desk.queue(ready("s1"))
    held = lease("s1", "a")
    assert desk.say(1.0, GOAL) == []
    outcome = SubtaskDone(subtask="s1", lease=held, result=RESULT, seconds=2.0)
    assert desk.say(2.0, completed(held))[-1] == Tell("orchestrator", outcome)


def test_a_failed_attempt_is_not_tried_again_before_the_release() -> None:
    desk, work = Desk(A), ready("s1")
    desk.queue(work)
    held = lease("s1", "a")
    desk.say(1.0, GOAL)
    assert desk.say(2.0, failed(held)) == [retried(held, 10.0, 2.0)]
    assert desk.say(12.0, Wake())[1:] == []
    assert desk.state() == {"queued": 1, "held": 1}
    again = assigned(lease("s1", "a", 2, attempt=2), work, 20.0)
    assert desk.say(20.0, ON) == again


def test_what_its_agent_lost_waits_in_front_of_others_when_it_is_released() -> None:
    desk = Desk(A)
    desk.queue(ready("s1"))
    desk.queue(ready("s2"))
    desk.say(1.0, GOAL)
    desk.say(2.0, down())
    desk.say(3.0, ON)
    [first, *_] = [e for e in desk.join(A, 4.0, 2) if isinstance(e, Record)]
    assert first.fact == facts.SubtaskAssigned(at=4.0, lease=lease("s1", "a", 2))


# Interrupted


def interrupted(held: Any, why: str, now: float) -> list[Effect]:
    return [told(held, why), revoked(held, why, now), requeued(held.subtask, why, now)]


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
    desk.say(1.0, GOAL)
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
    desk.say(30.0, GOAL)
    assert desk.say(HOUR, Wake()) == []
    desk.say(HOUR, ON)
    held = lease("s1", "a")
    assert desk.say(HOUR + 69.0, Wake()) == []
    assert desk.say(HOUR + 70.0, Wake())[0] == revoked(
        held, problem_of(AttemptTimedOut("S1", "total", 100.0)).text, HOUR + 70.0
    )


def test_what_comes_while_its_goal_is_held_has_all_its_time_afterwards() -> None:
    desk = Desk(timeouts=SHORT)
    desk.say(0.0, GOAL)
    desk.queue(ready("s1"), now=50.0)
    desk.say(60.0, ON)
    assert desk.say(69.0, Wake()) == []
    assert desk.say(70.0, Wake()) == [too_long("queue", 10.0)]


def test_an_attempt_has_no_more_time_because_its_goal_is_held() -> None:
    desk = Desk(A, timeouts=Timeouts(run=10.0))
    desk.queue(ready("s1"))
    desk.say(1.0, GOAL)
    held = lease("s1", "a")
    text = problem_of(AttemptTimedOut("S1", "run", 10.0)).text
    assert desk.say(10.0, Wake())[0] == revoked(held, text, 10.0)


def test_what_is_parked_when_it_is_released_stays_so_with_its_own_limit_only() -> None:
    desk = Desk(A, timeouts=Timeouts(total=100.0), poison=1)
    desk.queue(ready("s1"))
    desk.start(lease("s1", "a"))
    desk.say(1.0, GOAL)
    desk.say(2.0, down())
    desk.say(3.0, ON)
    assert desk.state() == {"parked": 1}
    assert desk.say(DAY, Wake()) == []


# Ends


def test_it_can_be_completed_from_outside_while_it_is_held() -> None:
    desk = Desk()
    desk.queue(ready("s1"))
    desk.say(1.0, GOAL)
    outcome = SubtaskDone(subtask="s1", lease=None, result=RESULT, seconds=0.0, reply_to="caller/1")
    said = CompleteSubtask(subtask="s1", result=RESULT, reply_to="caller/1")
    assert desk.say(2.0, said) == [Tell("orchestrator", outcome)]
    assert desk.say(3.0, ON) == []
    assert desk.state() == {"settling": 1}


def test_what_has_ended_leaves_no_gate_behind() -> None:
    desk = Desk(A)
    desk.queue(ready("s1"))
    desk.say(1.0, Hold(goals=("g",), subtasks=("s1",), ready=("s1",), last=True, interrupt=True))
    desk.say(1.0, GOAL)
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
    desk.say(1.0, GOAL)
    assert desk.say(2.0, AgentLeft(agent="a", reason="unregistered")) == []
    missing = Unschedulable(at=3.0, goal="g", subtask="s1", missing=("sql",))
    assert desk.say(3.0, ON) == [Show(missing)]


# The last attempt


LAST = Hold(goals=("g",), ready=("s1", "s2"), last=True)


def test_what_nobody_runs_is_idle_at_once_when_it_is_drained() -> None:
    desk = Desk(A)
    desk.queue(ready("s1"), ready("s2"))
    assert desk.say(1.0, LAST) == [idle("s2")]
    assert desk.say(2.0, Wake()) == []


def test_it_is_idle_when_its_last_attempt_has_failed_and_is_not_tried_again() -> None:
    desk = Desk(A)
    desk.queue(ready("s1"))
    held = lease("s1", "a")
    desk.say(1.0, LAST)
    assert desk.say(2.0, failed(held)) == [retried(held, 10.0, 2.0), idle("s1")]


def test_it_is_idle_when_its_agent_has_died() -> None:
    desk = Desk(A, B)
    desk.queue(ready("s1"))
    desk.say(1.0, LAST)
    assert desk.say(2.0, down())[-1] == idle("s1")


def test_its_last_attempt_may_succeed() -> None:
    desk = Desk(A)
    desk.queue(ready("s1"))
    desk.say(1.0, LAST)
    assert idle("s1") not in desk.say(2.0, completed(lease("s1", "a")))


def test_a_drained_subtask_that_comes_late_is_idle() -> None:
    desk = Desk(A)
    desk.say(1.0, LAST)
    assert desk.queue(ready("s1"), now=2.0) == [idle("s1")]


def test_a_release_does_not_undo_a_drain() -> None:
    desk = Desk(A)
    desk.queue(ready("s1"))
    desk.say(1.0, LAST)
    desk.say(1.0, GOAL)
    desk.say(1.0, ON)
    assert desk.say(2.0, failed(lease("s1", "a")))[-1] == idle("s1")


# After a restart


BEFORE = [
    facts.SubtaskQueued(at=-2.0, goal="g", subtask="s1"),
    facts.SubtaskAssigned(at=-1.0, lease=lease("s1", "a")),
]


@dataclass
class Restarted:
    """A scheduler that has been told what is held and what is open, and not who runs what."""

    desk: Desk = field(default_factory=lambda: Desk(incarnation=2, recorded=BEFORE))

    def told(self, *holds: Hold) -> Desk:
        for hold in holds:
            self.desk.say(0.0, hold)
        self.desk.say(0.0, Resync(subtasks=(ready("s1"), ready("s2")), incarnation=2))
        self.desk.say(0.1, AgentJoined(agent=A))
        [ask] = self.desk.say(0.1, AgentUp(agent="a", incarnation=1))
        assert ask == Tell("agent/a", Reconcile())
        return self.desk


def test_a_successor_hands_out_nothing_that_is_held() -> None:
    desk = Restarted().told(GOAL)
    desk.say(0.2, Running(agent="a", leases=()))
    assert [e for e in desk.say(1.0, Wake()) if isinstance(e, Tell)] == []
    assert desk.state() == {"queued": 2, "held": 2}


def test_a_successor_lets_go_on_what_ran_and_is_held() -> None:
    desk = Restarted().told(GOAL)
    held = lease("s1", "a")
    desk.say(0.2, Running(agent="a", leases=(held,)))
    desk.say(1.0, Wake())
    assert desk.state() == {"queued": 1, "leased": 1, "held": 2}


def test_a_successor_takes_back_what_ran_and_was_interrupted() -> None:
    desk = Restarted().told(Hold(goals=("g",), interrupt=True))
    held = lease("s1", "a")
    desk.say(0.2, Running(agent="a", leases=(held,)))
    assert told(held, "paused") in desk.say(1.0, Wake())
    assert desk.state() == {"queued": 2, "held": 2}


def test_a_successor_calls_nothing_idle_before_it_knows_what_runs() -> None:
    desk = Restarted().told(Hold(goals=("g",), last=True))
    assert idle("s1") not in desk.say(0.2, Running(agent="a", leases=(lease("s1", "a"),)))
    effects = desk.say(1.0, Wake())
    assert (idle("s1") in effects, idle("s2") in effects) == (False, True)


# Agents


def pause(name: str = "a", **more: Any) -> PauseAgent:
    return PauseAgent(agent=name, reply_to="caller/1", **more)


RESUME = ResumeAgent(agent="a", reply_to="caller/1")
DONE = Tell("caller/1", Done())


def test_a_paused_agent_gets_nothing_new_and_keeps_what_it_has() -> None:
    desk = Desk(agent("a", max_load=2))
    desk.queue(ready("s1"))
    paused = Record(facts.AgentPaused(at=1.0, agent="a", reason="lunch"))
    assert desk.say(1.0, pause(reason="lunch")) == [paused, DONE]
    work = ready("s2")
    assert desk.queue(work, now=2.0) == []
    assert (desk.load("a"), desk.state()) == (1, {"leased": 1, "queued": 1})
    resumed = Record(facts.AgentResumed(at=3.0, agent="a"))
    assert desk.say(3.0, RESUME) == [resumed, DONE, *assigned(lease("s2", "a", 2), work, 3.0)]


def test_what_an_interrupted_agent_ran_goes_to_others() -> None:
    desk, work = Desk(A), ready("s1")
    desk.queue(work)
    desk.join(B)
    why, held = "agent 'a' is paused", lease("s1", "a")
    assert desk.say(1.0, pause(interrupt=True)) == [
        Record(facts.AgentPaused(at=1.0, agent="a", interrupt=True)),
        *interrupted(held, why, 1.0),
        DONE,
        *assigned(lease("s1", "b", 2), work, 1.0),
    ]
    # Its slot is free when its handler has ended.
    assert desk.load("a") == 1


def test_a_paused_agent_could_still_do_it_some_day() -> None:
    desk = Desk(agent("a", "sql"))
    desk.say(1.0, pause())
    assert desk.queue(ready("s1", "sql"), now=2.0) == []


def test_it_stays_paused_when_its_actor_is_restarted_or_resized() -> None:
    desk = Desk(A)
    desk.say(1.0, pause())
    desk.say(2.0, down())
    desk.say(3.0, AgentUp(agent="a", incarnation=2))
    desk.say(4.0, ResizeAgent(agent="a", max_load=3))
    assert desk.queue(ready("s1"), now=5.0) == []


def test_a_stranger_cannot_be_paused() -> None:
    refused = Refused(problem=problem_of(UnknownAgent("a")))
    assert Desk().say(1.0, pause()) == [Tell("caller/1", refused)]


def test_a_successor_pauses_an_agent_when_it_knows_what_it_runs() -> None:
    desk = Restarted().told()
    held = lease("s1", "a")
    assert desk.say(0.2, pause(interrupt=True)) == []
    desk.say(0.3, Running(agent="a", leases=(held,)))
    effects = desk.say(1.0, Wake())
    paused = Record(facts.AgentPaused(at=1.0, agent="a", interrupt=True))
    assert [paused in effects, told(held, "agent 'a' is paused") in effects] == [True, True]
    assert (desk.load("a"), desk.state()) == (1, {"queued": 2})
