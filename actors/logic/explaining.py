"""Why a subtask does not run, or why an agent has it: what the scheduler knows of that.

A subtask that is ready is looked at from several sides, by its state; each look yields
the reasons that it finds. Whatever makes work wait and is not here yet gets a look of its
own in `LOOKS`, and a reason in `callboard.messages.reasons`. The plan's side (dependencies,
pauses) is the orchestrator's (`obstacles`), what has ended is told from the facts
(`endings`).

This is for people, and costs what it costs: O(n) of what waits. Nothing here is asked
while work is handed out.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

from callboard.actors.logic.binding import Binding
from callboard.actors.logic.choices import choice
from callboard.actors.logic.lifecycle import State, Work
from callboard.actors.logic.overdue import expected_end
from callboard.actors.logic.places import Seat
from callboard.actors.logic.skills import stated
from callboard.messages.base import AgentId
from callboard.messages.reasons import (
    AboutToGo,
    AgentsCrowded,
    AgentsTaken,
    AgentState,
    Ahead,
    AnyReason,
    AwaitsBids,
    BackingOff,
    BeingRecorded,
    HasTurn,
    InQueue,
    KeptAside,
    NobodyCan,
    NotAskedFor,
    Runs,
    SchedulerRecovers,
    SkillRests,
    Standing,
    TooMuch,
    WaitsForFaster,
)

if TYPE_CHECKING:
    from callboard.actors.logic.leasing import Leasing
    from callboard.actors.logic.members import Member
    from callboard.actors.logic.outlook import Needs
    from callboard.actors.logic.places import Place
    from callboard.actors.logic.skills import Fit
    from callboard.messages.base import SubtaskId
    from callboard.messages.values import Lease

SHOWN = 5
"""Subtasks that go first, and agents, that are told one by one."""

Look: TypeAlias = "Callable[[Leasing, Work, float], Iterable[AnyReason]]"
"""Finds reasons of one kind, at a time in seconds since the epoch."""


def explain(
    leasing: Leasing, uuid: SubtaskId, lease: Lease | None, now: float
) -> tuple[AnyReason, ...]:
    """All that the scheduler knows of why a subtask stands as it does.

    Args:
        leasing: What it knows.
        uuid: The subtask; there is little to say where it is not ready, or has ended.
        lease: The attempt of which is asked why its agent got it; None for none.
        now: Seconds since the epoch.
    """
    work, found = leasing.works.get(uuid), list[AnyReason]()
    if work is not None:
        found += [reason for look in LOOKS[work.state] for reason in look(leasing, work, now)]
    return (*found, *(choice(leasing, lease) if lease is not None else ()))


# It waits for an agent


def _recovering(leasing: Leasing, work: Work, now: float) -> Iterator[AnyReason]:
    del work, now
    if leasing.recovering:
        yield SchedulerRecovers()


def _nobody(leasing: Leasing, work: Work, now: float) -> Iterator[AnyReason]:
    del now
    if not leasing.slots.could(work.needs):
        offered = leasing.reserving.offered(work.ready)
        required = tuple(map(stated, (*work.ready.subtask.required_skills, *offered)))
        missing = leasing.slots.missing(work.needs)
        yield NobodyCan(missing=missing, required=required, until=work.due.get("queue"))


def _rests(leasing: Leasing, work: Work, now: float) -> Iterator[AnyReason]:
    del now
    bar = leasing.breakers.bar(work.needs)
    if bar is not None:
        yield SkillRests(skill=bar.skill, until=bar.until)


def _advised(leasing: Leasing, work: Work, now: float) -> Iterator[AnyReason]:
    del now
    turn = leasing.advice.turn(work.uuid)
    if turn is not None and work.place is not None:
        yield HasTurn(agent=turn.agent, start=turn.start)


def _faster(leasing: Leasing, work: Work, now: float) -> Iterator[AnyReason]:
    """Somebody is free, and somebody else is worth waiting for."""
    if work.place is None or work.patience == math.inf:
        return
    free, busy = Binding(leasing).offers(leasing.slots.pushed, work, now)
    if free is not None and busy is not None and busy.end < free.end:
        yield WaitsForFaster(
            agent=busy.member.agent.id,
            end=busy.end,
            instead=free.member.agent.id,
            end_instead=free.end,
            until=work.patience,
        )


def _agents(leasing: Leasing, work: Work, now: float) -> Iterator[AnyReason]:
    """Who may do it, and why none of them has it."""
    able = _able(leasing, work.needs)
    if not able or work.place is None or work.line is not None:
        return
    company = leasing.slots.company
    roomy = [m for _, m in able if m.free and not company(m.agent).crowded(work.needs, m)]
    free = [member.agent for member in roomy]
    crowded = [m.agent.id for _, m in able if m.free and m not in roomy]
    if crowded and not free:
        yield AgentsCrowded(agents=tuple(crowded[:SHOWN]), count=len(crowded))
        return
    if not free:
        states = sorted((_state(leasing, *one, now) for one in able), key=_soonest)
        yield AgentsTaken(count=len(states), agents=tuple(states[:SHOWN]))
        return
    pulling = [agent.id for agent in free if agent.pull]
    pushed = tuple(agent.id for agent in free if not agent.pull)
    if pulling and not pushed:
        yield NotAskedFor(agents=tuple(pulling[:SHOWN]), count=len(pulling))
    elif not _is_kept(leasing, work):
        yield AboutToGo(agents=pushed[:SHOWN])


def _is_kept(leasing: Leasing, work: Work) -> bool:
    """Whether it waits although somebody is free, for a reason that is told apart."""
    waits = work.patience < math.inf or leasing.recovering
    return waits or leasing.breakers.bar(work.needs) is not None


def _turn(leasing: Leasing, work: Work, now: float) -> Iterator[AnyReason]:
    """Who goes first, of all who want an agent that may do it."""
    aside = work.place is None or work.line is not None
    if aside or not leasing.slots.could(work.needs):
        return
    mine, ahead = leasing.queues.ahead_of(work, _rivals(leasing, work.needs), now)
    standing = _standing(mine)
    yield InQueue(
        standing=standing,
        count=len(ahead),
        first=tuple(_ahead(place, mine) for place in heapq.nsmallest(SHOWN, ahead)),
        until=work.due.get("queue"),
    )


def _rivals(leasing: Leasing, needs: Needs) -> Callable[[Needs], bool]:
    """Whether work with other needs may take an agent away from work with these."""

    def rivals(other: Needs) -> bool:
        return leasing.breakers.bar(other) is None and leasing.slots.share(needs, other)

    return rivals


def _able(leasing: Leasing, needs: Needs) -> list[tuple[Fit, Member]]:
    slots = leasing.slots
    return [*slots.pushed.eligible(needs), *slots.pulling.eligible(needs)]


def _bids(leasing: Leasing, work: Work, now: float) -> Iterator[AnyReason]:
    """Agents are asked what they would do it for."""
    del now
    tender = leasing.tenders.of(work.uuid)
    if tender is not None:
        offers = tuple(sorted(tender.bids.values(), key=lambda offer: offer.score))
        yield AwaitsBids(silent=tuple(tender.silent), offers=offers, until=tender.until)


def _resources(leasing: Leasing, work: Work, now: float) -> Iterator[AnyReason]:
    """What it demands is not there."""
    never = leasing.reserving.never(work)
    if never:
        yield TooMuch(missing=never)
    elif work.claims:
        yield from leasing.reserving.reasons(work, now)


# Where it stands

_GROUPS: tuple[Literal["front", "waited", "usual"], ...] = ("front", "waited", "usual")


def _standing(place: Place[Work]) -> Standing:
    urgency, group, latest, score, _, work = place
    waited = _GROUPS[group] == "waited"
    turn = -score if type(work.lane) is Seat else None
    return Standing(
        urgency=urgency,
        priority=work.ready.subtask.priority,
        group=_GROUPS[group],
        latest=None if waited or latest == math.inf else latest,
        rank=work.rank if turn is None else turn,
        backlog=0.0 if waited or turn is not None else max(0.0, -score - work.rank),
        since=work.since,
    )


def _ahead(place: Place[Work], mine: Place[Work]) -> Ahead:
    work = place[5]
    because = _because(place, mine)
    return Ahead(subtask=work.uuid, name=work.name, because=because, standing=_standing(place))


def _because(
    place: Place[Work], mine: Place[Work]
) -> Literal["class", "front", "deadline", "waited", "score", "age"]:
    """The first of what the order goes by in which they differ."""
    if place[0] != mine[0]:
        return "class"
    if place[1] != mine[1]:
        return "front" if _GROUPS[place[1]] == "front" else "waited"
    if place[2] != mine[2]:
        return "waited" if _GROUPS[place[1]] == "waited" else "deadline"
    return "age" if place[3] == mine[3] else "score"


# How agents stand


def _state(leasing: Leasing, fits: Fit, member: Member, now: float) -> AgentState:
    return AgentState(
        agent=member.agent.id,
        fit=fits.name.lower(),
        state=member.state,
        load=member.load,
        max_load=member.agent.max_load,
        free_at=_free_at(leasing, member, now),
        stopping=len(member.stopping),
    )


def _free_at(leasing: Leasing, member: Member, now: float) -> float | None:
    """When the first of what it runs should be done, as far as it is known."""
    paces, ends = leasing.paces, list[float]()
    for lease in member.leases.values():
        work = leasing.current(lease)
        if work is not None:
            expected = paces.expect(work.ready.subtask, member.agent.id)
            ends.append(expected_end(work.begun, expected, now))
    return min(ends, default=None)


def _soonest(one: AgentState) -> tuple[bool, float, AgentId]:
    return one.state != "busy", math.inf if one.free_at is None else one.free_at, one.agent


# It is held, waits for its next attempt, rests, or has ended


def _held(leasing: Leasing, work: Work, now: float) -> Iterator[AnyReason]:
    del now
    for one in (work, *leasing.copies.of(work)):
        if one.lease is not None:
            yield Runs(
                agent=one.lease.agent,
                attempt=one.lease.attempt,
                since=one.begun,
                started=one.started,
                fraction=one.fraction,
            )


def _backoff(leasing: Leasing, work: Work, now: float) -> Iterator[AnyReason]:
    del leasing
    setbacks = work.evidence.all()
    problem = setbacks[-1].problem if setbacks else None
    until = work.due.get("retry", now)
    yield BackingOff(until=until, attempts=work.attempts, problem=problem)


def _aside(leasing: Leasing, work: Work, now: float) -> Iterator[AnyReason]:
    del leasing
    agents = dict.fromkeys(setback.agent for setback in work.evidence.all())
    yield KeptAside(
        until=work.due.get("park", now),
        problem=work.why or work.evidence.poison(work.name),
        agents=tuple(agents),
    )


def _settling(leasing: Leasing, work: Work, now: float) -> Iterator[AnyReason]:
    del leasing, now
    if not work.verifying:  # of which the orchestrator tells
        yield BeingRecorded()


LOOKS: Mapping[State, tuple[Look, ...]] = {
    State.QUEUED: (
        _recovering,
        _nobody,
        _rests,
        _bids,
        _resources,
        _advised,
        _faster,
        _agents,
        _turn,
    ),
    State.LEASED: (_held,),
    State.DELAYED: (_backoff, _rests),
    State.PARKED: (_aside,),
    State.SETTLING: (_settling,),
}
"""What is looked at, by where a subtask is; what weighs most comes first."""
