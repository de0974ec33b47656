"""The scheduler: a subtask is to be done otherwise than its plan says."""

from __future__ import annotations

import pytest

from callboard.actors.logic.effects import Effect, Record, Show, Tell
from callboard.messages import facts
from callboard.messages.commands import Done, EditSubtask, Refused, RequeueSubtask
from callboard.messages.errors import (
    CallboardError,
    NotParked,
    StillRunning,
    problem_of,
)
from callboard.messages.notices import Unschedulable
from callboard.messages.supervision import Wake
from callboard.messages.values import Priority, Ready, Retry, Timeouts, replace
from callboard.messages.work import AgentUp, Amended, Hold, Progress, Release, Resync, Settled
from tests.actors.logic.desk import (
    OTHER,
    Desk,
    agent,
    assigned,
    completed,
    down,
    failed,
    lease,
    queued,
    ready,
    requeued,
    revoked,
    saved,
    told,
)

A = agent("a", "law")
S1 = ready("s1")
FIRST = lease("s1", "a", 1)


def edited(**changes: object) -> Ready:
    return replace(S1, subtask=replace(S1.subtask, **changes))


def edit(uuid: str = "s1", *, requeue: bool = False) -> EditSubtask:
    to = replace(S1.subtask, description="anew")
    return EditSubtask(
        subtask=uuid, to=to, fields=("description",), requeue=requeue, reply_to="caller/1"
    )


def refused(why: CallboardError) -> list[Effect]:
    return [Tell("caller/1", Refused(problem=problem_of(why)))]


def parked() -> Desk:
    desk = Desk(A, poison=1)
    desk.queue(S1)
    desk.start(FIRST)
    desk.say(1.0, down())
    desk.say(2.0, AgentUp(agent="a", incarnation=2))
    assert desk.state() == {"parked": 1}
    return desk


# It is asked first


@pytest.mark.parametrize("requeue", [False, True])
def test_what_somebody_works_on_is_not_edited(requeue: bool) -> None:  # noqa: FBT001
    desk = Desk(A)
    desk.queue(S1)
    assert desk.say(1.0, edit(requeue=requeue)) == refused(StillRunning("s1", "a"))


def test_what_waits_or_is_not_known_is_the_orchestrators_to_edit() -> None:
    desk = Desk()
    desk.queue(S1)
    for uuid in ("s1", "s9"):
        assert desk.say(1.0, edit(uuid)) == [Tell("orchestrator", edit(uuid))]
    assert parked().say(3.0, edit(requeue=True)) == [Tell("orchestrator", edit(requeue=True))]


def test_only_what_is_parked_can_be_requeued_with_an_edit() -> None:
    desk = Desk()
    desk.queue(S1)
    assert desk.say(1.0, edit(requeue=True)) == refused(NotParked("s1"))


def test_why_what_is_not_here_cannot_be_requeued_the_orchestrator_says() -> None:
    asked = RequeueSubtask(subtask="s9", reply_to="caller/1")
    assert Desk().say(1.0, asked) == [Tell("orchestrator", asked)]
    assert Desk().say(1.0, edit("s9", requeue=True)) == [Tell("orchestrator", asked)]


# It is told what is new


def test_what_is_queued_is_done_as_it_was_edited() -> None:
    desk = Desk()
    desk.queue(S1)
    new = edited(description="anew")
    assert desk.say(1.0, Amended(subtasks=(new,)))[:-1] == []
    assert desk.join(A, 2.0) == assigned(FIRST, new, 2.0)


def test_it_keeps_its_place_at_the_front() -> None:
    desk = Desk(A)
    desk.queue(S1)
    desk.say(1.0, down())
    desk.queue(ready("s2", rank=999.0))
    new = edited(description="anew")
    desk.say(2.0, Amended(subtasks=(new,)))
    assert desk.say(3.0, AgentUp(agent="a", incarnation=2)) == assigned(
        lease("s1", "a", 2), new, 3.0, incarnation=2
    )


def test_other_skills_may_find_another_agent_or_none() -> None:
    desk = Desk(agent("b", "sql"))
    desk.queue(ready("s0", "sql"), replace(S1, subtask=ready("s1", "law").subtask))
    new = replace(S1, subtask=ready("s1", "sql").subtask)
    assert desk.say(1.0, Amended(subtasks=(new,))) == []
    other = replace(S1, subtask=ready("s1", "art").subtask)
    missing = Unschedulable(at=2.0, goal="g", subtask="s1", missing=("art",))
    assert desk.say(2.0, Amended(subtasks=(other,))) == [Show(missing)]
    desk.say(3.0, Amended(subtasks=(new,)))
    held = lease("s0", "b", 1)
    assert desk.say(4.0, completed(held))[-2:] == assigned(lease("s1", "b", 2), new, 4.0)


def test_what_became_more_urgent_goes_first() -> None:
    desk = Desk()
    desk.queue(ready("s0", rank=999.0), S1)
    urgent = replace(S1, urgency=Priority.CRITICAL)
    desk.say(1.0, Amended(subtasks=(urgent,)))
    assert desk.join(A, 2.0) == assigned(FIRST, urgent, 2.0)


def test_what_is_delayed_is_tried_again_as_it_was_edited() -> None:
    desk = Desk(A)
    desk.queue(S1)
    desk.say(0.0, failed(FIRST))
    new = edited(description="anew")
    assert desk.say(1.0, Amended(subtasks=(new,))) == []
    second = lease("s1", "a", 2, attempt=2)
    assert desk.say(10.0, Wake()) == [queued("s1", 10.0), *assigned(second, new, 10.0)]


def test_what_is_parked_stays_parked_unless_it_is_to_be_requeued() -> None:
    desk, new = parked(), edited(description="anew")
    assert desk.say(3.0, Amended(subtasks=(new,))) == []
    assert desk.state() == {"parked": 1}
    amended = Amended(subtasks=(new,), requeue="s1", reply_to="caller/1")
    assert desk.say(4.0, amended) == [
        Record(facts.SubtaskUnparked(at=4.0, goal="g", subtask="s1")),
        Tell("caller/1", Done()),
        *assigned(lease("s1", "a", 2), new, 4.0, incarnation=2),
    ]


def test_who_was_given_it_in_between_has_to_give_it_back() -> None:
    desk = Desk(A, retry=Retry(attempts=1))
    desk.queue(S1)
    desk.start(FIRST)
    new = edited(description="anew")
    assert desk.say(1.0, Amended(subtasks=(new,))) == [
        revoked(FIRST, "it was edited", 1.0),
        told(FIRST, "it was edited"),
        requeued("s1", "it was edited", 1.0),
    ]
    desk.join(agent("b"), 2.0)  # a is busy until its handler has stopped
    assert desk.state() == {"leased": 1}


def test_another_urgency_takes_nothing_back() -> None:
    desk = Desk(A)
    desk.queue(S1)
    assert desk.say(1.0, Amended(subtasks=(replace(S1, urgency=Priority.CRITICAL),))) == []
    assert desk.state() == {"leased": 1}


def test_a_checkpoint_that_came_meanwhile_is_not_lost() -> None:
    desk = Desk(A)
    desk.queue(S1)
    desk.say(0.0, Progress(lease=FIRST, checkpoint=OTHER, number=1))
    desk.say(0.0, failed(FIRST))
    new = edited(description="anew")
    desk.say(1.0, Amended(subtasks=(new,)))
    second = lease("s1", "a", 2, attempt=2)
    assert desk.say(10.0, Wake())[1:] == assigned(second, saved(new, FIRST), 10.0)


def test_new_limits_count_from_now_and_others_go_on() -> None:
    desk = Desk(timeouts=Timeouts(queue=60.0))
    desk.queue(S1)
    desk.say(30.0, Amended(subtasks=(edited(description="anew"),)))
    assert len(desk.say(59.9, Wake())) == 0
    desk.say(59.9, Amended(subtasks=(edited(timeouts=Timeouts(queue=20.0)),)))
    assert desk.say(79.8, Wake()) == []
    [effect] = desk.say(79.9, Wake())
    assert "found no agent within 20 s" in repr(effect)


def test_what_has_ended_or_is_not_known_is_not_amended() -> None:
    desk = Desk(A)
    desk.queue(S1)
    desk.say(1.0, completed(FIRST))
    assert desk.say(2.0, Amended(subtasks=(edited(description="anew"), ready("s9")))) == []
    assert desk.state() == {"settling": 1}


def test_what_was_edited_while_it_settles_is_learnt_from_as_it_was_recorded() -> None:
    desk = Desk(A)
    desk.queue(S1)
    desk.say(1.0, completed(FIRST))
    desk.say(2.0, Amended(subtasks=(edited(kind="other"),)))
    desk.say(3.0, Settled(subtasks=("s1",)))
    assert list(desk.learning.kinds) == ["other"]


def test_what_is_paused_is_changed_too_and_still_waits() -> None:
    desk = Desk(A)
    desk.say(0.0, Hold(goals=("g",)))
    desk.queue(S1)
    new = edited(description="anew", timeouts=Timeouts(queue=5.0))
    assert desk.say(1.0, Amended(subtasks=(new,))) == []
    assert desk.say(99.0, Wake()) == []
    release = Release(goals=("g",), ready=("s1",))
    assert desk.say(100.0, release) == assigned(FIRST, new, 100.0)


def test_a_new_scheduler_takes_note_while_it_asks_who_runs_what() -> None:
    desk = Desk(incarnation=2)
    new = edited(description="anew")
    desk.say(0.0, Resync(subtasks=(S1,), incarnation=2))
    assert desk.say(0.5, Amended(subtasks=(new,))) == []
    desk.say(1.0, Wake())
    assert desk.join(A, 2.0)[-2:] == assigned(lease("s1", "a", 1, incarnation=2), new, 2.0)
