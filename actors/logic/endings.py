"""How a subtask ended, and what befell it before, as the board and its story tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.records import SubtaskRecord, SubtaskStatus
from callboard.messages import facts
from callboard.messages.errors.endings import DependencyFailed
from callboard.messages.reasons import (
    AnyReason,
    Attempt,
    Chosen,
    Dependency,
    EarlierAttempts,
    Explanation,
    HasCompleted,
    HasFailed,
    OnItsWay,
    WaitsForOthers,
    WaitsForResource,
    WasCancelled,
    WasCorrected,
    WonByBid,
)
from callboard.messages.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from callboard.messages.base import Message, SubtaskId
    from callboard.messages.values import Problem, Token

SHOWN = 5
"""Earlier attempts that are told one by one, the latest ones."""


def joined(
    record: SubtaskRecord,
    others: Mapping[SubtaskId, SubtaskRecord],
    told: Sequence[AnyReason],
    story: Iterable[Message],
    at: float,
) -> Explanation:
    """All that is known, put together.

    Args:
        record: Of the subtask.
        others: Of all subtasks.
        told: What orchestrator and scheduler say.
        story: Events of the subtask.
        at: Seconds since the epoch.
    """
    happened = list(story)
    reasons = list(ending(record, others))
    if reasons:  # it may have ended while the others answered
        reasons += [reason for reason in told if isinstance(reason, Chosen)]
    else:
        reasons += in_detail(told, others)
    return Explanation(
        subtask=record.subtask.uuid,
        name=record.subtask.name,
        goal=record.goal,
        status=record.status.value,
        at=at,
        reasons=(
            *(reasons or [OnItsWay()]),
            *auction(happened),
            *earlier(happened),
            *learnt(record),
        ),
    )


def learnt(record: SubtaskRecord) -> Iterator[AnyReason]:
    """What of it is not as its planner said."""
    if record.subtask.correction is not None:
        yield WasCorrected(correction=record.subtask.correction)


def ending(record: SubtaskRecord, others: Mapping[SubtaskId, SubtaskRecord]) -> Iterator[AnyReason]:
    """How a subtask ended; nothing while it has not.

    Args:
        record: Of the subtask.
        others: Those of its goal at least.
    """
    when = record.ended_at
    if when is None:
        return
    if record.status is SubtaskStatus.COMPLETED:
        yield HasCompleted(agent=record.assigned_agent or "", when=when, seconds=record.seconds)
    elif record.status is SubtaskStatus.CANCELLED:
        yield WasCancelled(why=record.reason, when=when)
    elif record.problem is not None:
        yield HasFailed(problem=record.problem, when=when, root=_root(record, others))


def _root(
    record: SubtaskRecord, others: Mapping[SubtaskId, SubtaskRecord]
) -> tuple[str, Problem] | None:
    """What failed first, where it failed because of something that it needs."""
    seen: SubtaskRecord | None = record
    while seen is not None and _is_blocked(seen):
        needs = (others.get(uuid) for uuid in seen.subtask.dependencies)
        seen = next((r for r in needs if r is not None and _is_lost(r)), None)
    if seen is None or seen is record or seen.problem is None:
        return None
    return seen.subtask.name, seen.problem


def _is_blocked(record: SubtaskRecord) -> bool:
    return record.problem is not None and record.problem.error == DependencyFailed.__name__


def _is_lost(record: SubtaskRecord) -> bool:
    return record.status is SubtaskStatus.FAILED and not record.subtask.optional


def earlier(story: Iterable[Message]) -> Iterator[AnyReason]:
    """What became of attempts that did not end the subtask, of its story's events."""
    found: dict[Token, Attempt] = {}
    for event in story:
        if isinstance(event, facts.LeaseRevoked | facts.RetryScheduled):
            lease = event.lease
            how = event.reason if isinstance(event, facts.LeaseRevoked) else event.problem.text
            found[lease.token] = Attempt(
                agent=lease.agent, number=lease.attempt, when=event.at, how=how
            )
    if found:
        yield EarlierAttempts(count=len(found), latest=tuple(found.values())[-SHOWN:])


def in_detail(
    reasons: Iterable[AnyReason], others: Mapping[SubtaskId, SubtaskRecord]
) -> Iterator[AnyReason]:
    """Say of what is waited for who has it: the orchestrator does not know that."""
    for reason in reasons:
        if isinstance(reason, WaitsForOthers):
            yield replace(reason, open=tuple(_standing(one, others) for one in reason.open))
        elif isinstance(reason, WaitsForResource):
            named = [_named(uuid, others) for uuid in reason.holders]
            yield replace(reason, names=tuple(named))
        else:
            yield reason


def _named(uuid: SubtaskId, others: Mapping[SubtaskId, SubtaskRecord]) -> str:
    record = others.get(uuid)
    return uuid if record is None else repr(record.subtask.name)


def _standing(one: Dependency, others: Mapping[SubtaskId, SubtaskRecord]) -> Dependency:
    record = others.get(one.subtask)
    if record is None:
        return one
    return replace(one, status=record.status.value, agent=record.assigned_agent or "")


def auction(story: Iterable[Message]) -> tuple[WonByBid, ...]:
    """The bids for its latest attempt; nothing where that was given away by the rule."""
    found: tuple[WonByBid, ...] = ()
    for event in story:
        if isinstance(event, facts.SubtaskAssigned):
            found = ()
        elif isinstance(event, facts.BidAwarded):
            found = (WonByBid(award=event.award, others=event.others),)
    return found
