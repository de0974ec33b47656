"""Agents go on by themselves with what follows what they run: the orchestrator's side."""

from __future__ import annotations

from callboard.actors.logic.effects import Effect, Record, Show, Tell
from callboard.messages import facts
from callboard.messages.commands import PauseGoal, ResumeGoal
from callboard.messages.notices import StaleRefused
from callboard.messages.values import Subtask, replace
from callboard.messages.work import (
    Acknowledged,
    Settled,
    SubtaskDone,
    SubtasksReady,
    Withdraw,
    Withdrawn,
)
from tests.actors.logic.office import (
    RESULT,
    Office,
    done,
    lease,
    plan,
    ready,
    result_of,
    subtask,
)

A, B, C = subtask("a"), subtask("b", "a"), subtask("c", "b")


def followed(spec: Subtask, number: int, before: SubtaskDone) -> SubtaskDone:
    """Its agent has gone on to it by itself."""
    assert before.lease is not None
    return replace(done(spec.uuid, number), after=before.lease.token, spec=spec)


FIRST = done("a", 1)
SECOND = followed(B, 2, FIRST)
THIRD = followed(C, 3, SECOND)


def kinds(office: Office, since: int) -> list[tuple[str, str]]:
    return [(type(f).__name__, str(f.subtask_id)) for f in office.facts[since:]]


def words(effects: list[Effect]) -> list[object]:
    return [effect.message for effect in effects if isinstance(effect, Tell)]


def batch(office: Office, *messages: SubtaskDone, now: float = 1.0) -> list[Effect]:
    """What follows from all of them, as one turn takes them."""
    effects = [effect for message in messages for effect in office.logic.take(message, now)]
    effects += office.logic.settle(now)
    office.facts += [e.fact for e in effects if isinstance(e, Record)]
    return effects


def test_a_chain_is_recorded_in_order_from_each_assignment_on() -> None:
    office = Office(plan(A, B, C))
    since = len(office.facts)
    effects = batch(office, FIRST, SECOND, THIRD)

    assert kinds(office, since) == [
        ("SubtaskCompleted", "a"),
        ("SubtaskQueued", "b"),
        ("SubtaskAssigned", "b"),
        ("SubtaskStarted", "b"),
        ("SubtaskCompleted", "b"),
        ("SubtaskQueued", "c"),
        ("SubtaskAssigned", "c"),
        ("SubtaskStarted", "c"),
        ("SubtaskCompleted", "c"),
        ("GoalCompleted", ""),
    ]
    [assigned] = [f for f in office.facts if isinstance(f, facts.SubtaskAssigned)][-1:]
    assert assigned == facts.SubtaskAssigned(
        at=1.0, lease=lease("c", 3), ahead=True, after=lease("b", 2).token
    )
    tokens = tuple(lease(uuid, n).token for n, uuid in enumerate("abc", 1))
    assert [w for w in words(effects) if isinstance(w, Settled | Acknowledged)] == [
        Settled(subtasks=("a", "b", "c")),
        Acknowledged(tokens=tokens),
    ]


def test_nobody_is_told_that_it_is_ready_what_is_done_by_then() -> None:
    office = Office(plan(A, B, C))
    effects = batch(office, FIRST, SECOND)
    released = [w for w in words(effects) if isinstance(w, SubtasksReady)]
    assert released == [SubtasksReady(subtasks=(ready(C, result_of("b"), since=1.0),))]


def test_it_counts_as_well_when_it_was_told_to_be_ready_before() -> None:
    office = Office(plan(A, B))
    batch(office, FIRST)
    since = len(office.facts)
    batch(office, SECOND, now=2.0)
    assert ("SubtaskCompleted", "b") in kinds(office, since)


def too_soon(effects: list[Effect]) -> bool:
    """Whether it is to be done again, and its agent need not say it again."""
    withdrawn = [w for w in words(effects) if isinstance(w, Withdraw | Withdrawn)]
    heard = Acknowledged(tokens=(lease("b", 2).token,))
    shown = Show(StaleRefused(at=2.0, lease=lease("b", 2), what="SubtaskDone"))
    return (
        withdrawn
        == [
            Withdraw(subtasks=("b",), reason="what it follows does not count"),
            Withdrawn(subtasks=("b",)),
        ]
        and heard in words(effects)
        and shown in effects
    )


def test_it_does_not_count_where_another_attempt_was_completed() -> None:
    office = Office(plan(A, B))
    batch(office, done("a", 7))
    effects = batch(office, SECOND, now=2.0)

    assert too_soon(effects)
    again = SubtasksReady(subtasks=(ready(B, result_of("a"), since=1.0),))
    assert words(effects).index(again) > words(effects).index(Withdrawn(subtasks=("b",)))


def test_it_does_not_count_before_what_it_follows() -> None:
    office = Office(plan(A, B))
    effects = batch(office, SECOND, now=2.0)
    assert too_soon(effects)
    assert not [w for w in words(effects) if isinstance(w, SubtasksReady)]


def test_it_does_not_count_where_it_was_paused_meanwhile() -> None:
    office = Office(plan(A, B))
    batch(office, FIRST)
    office.say(1.0, PauseGoal(goal="g", reply_to="caller/1"))
    assert too_soon(batch(office, SECOND, now=2.0))


def test_nor_does_it_when_it_is_said_again_and_nothing_is_paused_any_more() -> None:
    """It is withdrawn by then, and may be done by somebody else."""
    office = Office(plan(A, B))
    batch(office, FIRST)
    office.say(1.0, PauseGoal(goal="g", reply_to="caller/1"))
    batch(office, SECOND, now=2.0)
    office.say(3.0, ResumeGoal(goal="g", reply_to="caller/1"))
    heard = Acknowledged(tokens=(lease("b", 2).token,))
    assert words(batch(office, SECOND, now=4.0)) == [heard]
    batch(office, done("b", 3), now=5.0)
    assert office.goals.subtasks["b"].token == lease("b", 3).token


def test_it_does_not_count_where_it_is_to_be_done_otherwise() -> None:
    office = Office(plan(A, B))
    batch(office, FIRST)
    otherwise = replace(SECOND, spec=replace(B, description="as it was said before"))
    assert too_soon(batch(office, otherwise, now=2.0))


def test_the_same_again_is_harmless() -> None:
    office = Office(plan(A, B))
    batch(office, FIRST, SECOND)
    since = len(office.facts)
    batch(office, SECOND, now=2.0)
    assert kinds(office, since) == []
    assert office.goals.subtasks["b"].result == RESULT
