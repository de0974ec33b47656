"""Events, told to people."""

from __future__ import annotations

import msgspec

from callboard.messages import facts, notices
from callboard.messages.unions import Event
from callboard.messages.values import (
    Agent,
    Lease,
    Payload,
    Plan,
    PlanChange,
    Problem,
    Subtask,
    Token,
)
from callboard.runtime.gateways.cli.story import Doing, Line, Story

LEASE = Lease(goal="g", subtask="s1", agent="ann", token=Token(boot=1, incarnation=1, counter=1))
AGAIN = Lease(
    goal="g", subtask="s1", agent="bob", token=Token(boot=1, incarnation=1, counter=2), attempt=2
)
PLAN = Plan(subtasks=(Subtask(uuid="s1", name="Count"), Subtask(uuid="s2", name="Tell")))
WRONG = Problem(error="ValueError", text="ValueError: no\n such page")


def told(*events: Event) -> list[Line | None]:
    """The lines after that of the plan."""
    story = Story(begin=100.0)
    story.see(facts.PlanAdopted(at=100.0, goal="g", plan=PLAN))
    return [story.see(event) for event in events]


def test_what_happens_to_a_subtask() -> None:
    assert told(
        facts.SubtaskQueued(at=100.0, goal="g", subtask="s1"),
        facts.SubtaskStarted(at=101.0, lease=LEASE),
        facts.RetryScheduled(at=102.0, lease=LEASE, problem=WRONG, delay=0.5),
        facts.SubtaskStarted(at=103.0, lease=AGAIN),
        facts.LeaseRevoked(at=104.0, lease=AGAIN, reason="it is silent"),
        facts.SubtaskRequeued(at=104.0, goal="g", subtask="s1", reason="it is silent"),
        facts.SubtaskCompleted(
            at=105.0, goal="g", subtask="s1", lease=LEASE, result=Payload(), seconds=90.0
        ),
        facts.SubtaskCompleted(
            at=106.0, goal="g", subtask="s2", lease=None, result=Payload(), seconds=0.0
        ),
    ) == [
        None,
        Line(1.0, "ann begins Count"),
        Line(2.0, "ann failed at Count: ValueError: no such page; another attempt in 0.5 s", "bad"),
        Line(3.0, "bob begins Count, attempt 2"),
        Line(4.0, "Count is taken away from bob: it is silent", "bad"),
        Line(4.0, "Count waits again, at the front", "dim"),
        Line(5.0, "ann has done Count in 1.5 min", "good"),
        Line(6.0, "somebody outside has done Tell in 0 s", "good"),
    ]


def test_what_somebody_has_to_approve() -> None:
    story = Story(begin=100.0)
    change = PlanChange(add=(Subtask(uuid="s3", name="Sum"),))
    waits = "waits to be approved (number {}): callboard approve g"
    assert story.see(facts.PlanProposed(at=101.0, goal="g", number=1, plan=PLAN)) == Line(
        1.0, f"a plan of 2 subtasks {waits.format(1)}", "bad"
    )
    proposed = facts.ChangeProposed(at=102.0, goal="g", number=2, failed=("s1",), change=change)
    assert story.see(proposed) == Line(2.0, f"a change of the plan {waits.format(2)}", "bad")
    assert (story.total, story.doing) == (0, {})


def test_what_takes_long_and_is_overtaken() -> None:
    copy = msgspec.structs.replace(AGAIN, copy=1)
    story = Story(begin=100.0)
    story.see(facts.PlanAdopted(at=100.0, goal="g", plan=PLAN))

    assert [
        story.see(event)
        for event in (
            facts.SubtaskStarted(at=101.0, lease=LEASE),
            facts.CopyStarted(at=102.0, lease=copy, of=LEASE, seconds=1.0, expected=0.5),
            facts.SubtaskStarted(at=103.0, lease=copy),
            facts.LeaseRevoked(at=104.0, lease=LEASE, reason="another copy was first"),
        )
    ][1:] == [
        Line(2.0, "Count takes ann long, so bob tries it too", "dim"),
        Line(3.0, "bob begins Count, attempt 2"),
        Line(4.0, "Count is taken away from ann: another copy was first", "dim"),
    ]
    assert [one.agent for one in story.doing.values()] == ["bob"]
    assert story.see(facts.CopyFailed(at=105.0, lease=copy, problem=WRONG)) == Line(
        5.0, "bob failed at Count: ValueError: no such page; another attempt goes on", "bad"
    )
    assert not story.doing


def test_how_subtasks_end_without_success() -> None:
    needs = Problem(error="DependencyFailed", text="...", details=("Tell", "Count"))
    assert told(
        facts.SubtaskFailed(at=101.0, goal="g", subtask="s1", problem=WRONG),
        facts.SubtaskFailed(at=101.0, goal="g", subtask="s2", problem=needs),
        facts.SubtaskCancelled(at=102.0, goal="g", subtask="s1", reason="goal g is late"),
        facts.SubtaskCancelled(at=102.0, goal="g", subtask="s2", reason=""),
        facts.SubtaskParked(at=103.0, goal="g", subtask="s1", problem=WRONG, until=9e9),
    ) == [
        Line(1.0, "Count has FAILED: ValueError: no such page", "bad"),
        Line(1.0, "Tell is not done: it needs Count", "bad"),
        Line(2.0, "Count is cancelled: the goal is late", "bad"),
        Line(2.0, "Tell is cancelled", "bad"),
        Line(3.0, "Count is kept aside: ValueError: no such page", "bad"),
    ]


def test_what_happens_to_agents_and_to_the_runtime() -> None:
    assert told(
        facts.AgentRegistered(at=100.0, agent=Agent(id="ann")),
        facts.AgentCrashed(at=101.0, agent="ann", incarnation=1, problem=WRONG),
        facts.RestartScheduled(at=101.0, address="agent/ann", attempt=1, delay=2, problem=WRONG),
        facts.Escalated(at=102.0, address="agent/ann", problem=WRONG),
        notices.ThreadAbandoned(at=103.0, lease=LEASE, problem=WRONG),
        notices.ProcessLost(at=103.0, agent="ann", lease=None, problem=WRONG),
        notices.HandlerFailed(at=104.0, agent="ann", tag="Note", problem=WRONG),
        notices.RuntimeFailed(at=105.0, problem=WRONG),
    ) == [
        None,
        Line(1.0, "ann has CRASHED: ValueError: no such page", "bad"),
        Line(1.0, "ann is started again in 2 s", "dim"),
        Line(2.0, "ann is given up: ValueError: no such page", "bad"),
        Line(3.0, "ann does not let go of Count: left to itself", "bad"),
        Line(3.0, "ann loses a process: ValueError: no such page", "bad"),
        Line(4.0, "ann failed to handle Note: ValueError: no such page", "bad"),
        Line(5.0, "the runtime has failed: ValueError: no such page", "bad"),
    ]


def test_progress_is_told_now_and_then_and_always_known() -> None:
    story = Story(begin=100.0)
    story.see(facts.PlanAdopted(at=100.0, goal="g", plan=PLAN))
    early = notices.ProgressMade(at=100.0, lease=LEASE, fraction=0.1)
    story.see(early)
    before = dict(story.doing)
    story.see(facts.SubtaskStarted(at=100.0, lease=LEASE))
    lines = [
        story.see(
            notices.ProgressMade(at=100.0 + n, lease=LEASE, fraction=n / 20, note=f"page {n}")
        )
        for n in (1, 4, 5, 6, 11)
    ]

    assert before == {}
    assert lines == [
        None,
        None,
        Line(5.0, "ann is at 25% of Count, page 5", "dim", progress=True),
        None,
        Line(11.0, "ann is at 55% of Count, page 11", "dim", progress=True),
    ]
    assert story.doing == {"s1": Doing("ann", "Count", 0.55, "page 11", told_at=111.0)}
    assert (story.total, story.over) == (2, 0)
