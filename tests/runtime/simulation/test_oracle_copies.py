"""What the oracle says of several attempts at a subtask at the same time."""

from __future__ import annotations

import pytest

from callboard.actors.logic.skills import Equivalences
from callboard.messages import facts, notices
from callboard.messages.values import (
    Agent,
    Goal,
    Lease,
    Payload,
    Plan,
    Problem,
    Subtask,
    Token,
)
from callboard.runtime.simulation.ledger import GRACE, Promises
from callboard.runtime.simulation.oracle import Oracle
from callboard.runtime.simulation.sink import Sink
from tests.runtime.simulation.test_oracle import Event


def lease(who: str, number: int, *, copy: int = 0, uuid: str = "s1") -> Lease:
    token = Token(boot=1, incarnation=1, counter=number)
    return Lease(goal="g", subtask=uuid, agent=who, token=token, attempt=number, copy=copy)


FIRST, COPY, THIRD = lease("a", 1), lease("b", 2, copy=1), lease("c", 3, copy=2)
WRONG = Problem(error="ValueError", text="no data")
RESTARTED = facts.ActorRestarted(at=9.0, address="scheduler", incarnation=2)


def assigned(held: Lease) -> Event:
    return facts.SubtaskAssigned(at=0.0, lease=held)


def copied(held: Lease, of: Lease = FIRST, *, seconds: float = 9.0) -> Event:
    return facts.CopyStarted(at=8.0, lease=held, of=of, seconds=seconds, expected=5.0)


def revoked(held: Lease) -> Event:
    return facts.LeaseRevoked(at=9.0, lease=held, reason="another copy was first")


def completed(held: Lease) -> Event:
    return facts.SubtaskCompleted(
        at=10.0, goal="g", subtask=held.subtask, lease=held, result=Payload(), seconds=1.0
    )


def adopted(held: Lease) -> Event:
    return facts.LeaseAdopted(at=9.5, lease=held)


def failed(held: Lease) -> Event:
    return facts.CopyFailed(at=9.0, lease=held, problem=WRONG)


def cancelled(at: float) -> Event:
    return facts.SubtaskCancelled(at=at, goal="g", subtask="s1", reason="not wanted")


DOUBLED = (assigned(FIRST), copied(COPY), assigned(COPY))


def oracle(*events: Event) -> Oracle:
    """One that has seen three agents, and two subtasks of which s1 may be done twice."""
    witness = Oracle(Equivalences(), Promises(run=3600.0, attempts=4), set())
    plan = Plan(
        subtasks=(
            Subtask(uuid="s1", name="S1", speculate=True),
            Subtask(uuid="s2", name="S2"),
        )
    )
    for who in ("a", "b", "c"):
        witness.see(facts.AgentRegistered(at=0.0, agent=Agent(id=who, max_load=2)))
    witness.see(facts.GoalAccepted(at=0.0, goal=Goal(id="g", text="a goal")))
    witness.see(facts.PlanAdopted(at=0.0, goal="g", plan=plan))
    for event in events:
        witness.see(event)
    return witness


@pytest.mark.parametrize(
    "events",
    [
        (*DOUBLED, revoked(FIRST), notices.AttemptOver(at=9.0, lease=COPY), completed(COPY)),
        (*DOUBLED, revoked(COPY), notices.AttemptOver(at=9.0, lease=FIRST), completed(FIRST)),
        (*DOUBLED, failed(FIRST), completed(COPY)),
        (*DOUBLED, failed(COPY), completed(FIRST)),
        (*DOUBLED, RESTARTED, adopted(COPY), adopted(FIRST), revoked(COPY), completed(FIRST)),
        (*DOUBLED, RESTARTED, adopted(COPY), revoked(FIRST), completed(COPY)),
        (*DOUBLED, RESTARTED, adopted(COPY), RESTARTED, adopted(COPY), adopted(FIRST)),
        (*DOUBLED, failed(FIRST), copied(THIRD, COPY), assigned(THIRD)),
        (assigned(FIRST), cancelled(8.0), copied(COPY), assigned(COPY)),
    ],
)
def test_what_is_as_it_should_be(events: tuple[Event, ...]) -> None:
    assert oracle(*events).violations == []


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ((assigned(FIRST), assigned(COPY)), "leased twice"),
        ((*DOUBLED, completed(COPY)), "go on"),
        ((*DOUBLED, copied(THIRD)), "what there are enough copies of"),
        ((assigned(FIRST), copied(lease("a", 2, copy=1))), "what that agent does already"),
        ((assigned(FIRST), copied(lease("b", 2))), "a copy of the same number"),
        ((assigned(FIRST), copied(COPY, seconds=1.0)), "what is not late"),
        ((copied(COPY),), "what is not held"),
        ((assigned(FIRST), cancelled(8.0 - 2 * GRACE), copied(COPY)), "what is not held"),
        ((assigned(FIRST), cancelled(8.0), copied(COPY, THIRD)), "what is not held"),
        ((*DOUBLED, cancelled(8.0), copied(THIRD)), "what there are enough copies of"),
        ((assigned(FIRST), completed(FIRST), copied(COPY)), "what is not held"),
        (
            (
                assigned(lease("a", 1, uuid="s2")),
                copied(lease("b", 2, copy=1, uuid="s2"), lease("a", 1, uuid="s2")),
            ),
            "what nobody may do twice",
        ),
        ((assigned(FIRST), failed(FIRST)), "is alone"),
        (
            (
                *DOUBLED,
                facts.RetryScheduled(at=9.0, lease=FIRST, problem=WRONG, delay=1.0),
            ),
            "tried again while others go on",
        ),
        ((*DOUBLED, revoked(FIRST), RESTARTED, adopted(FIRST)), "is adopted"),
        (
            (*DOUBLED, RESTARTED, adopted(COPY), revoked(FIRST), RESTARTED, adopted(FIRST)),
            "is adopted",
        ),
    ],
)
def test_what_breaks_a_promise(events: tuple[Event, ...], said: str) -> None:
    violations = oracle(*events).violations

    assert any(said in one for one in violations), violations


def test_the_oldest_that_goes_on_is_who_does_it() -> None:
    names = ("a", "b", "c")

    assert oracle(*DOUBLED).row("s1", names) == [1.0, 0.0, 0.0]
    assert oracle(*DOUBLED, revoked(FIRST)).row("s1", names) == [0.0, 1.0, 0.0]
    assert oracle(*DOUBLED, RESTARTED, adopted(COPY)).row("s1", names) == [1.0, 0.0, 0.0]


def test_of_several_attempts_at_the_same_time_each_may_have_the_effect() -> None:
    sink = Sink(lambda _: pytest.fail("nobody is asked here"))
    for event in DOUBLED:
        sink.see(event)

    for held in (COPY, FIRST):
        why_not = sink._why_not(held)  # pyright: ignore[reportPrivateUsage]
        sink._do(held, why_not)  # pyright: ignore[reportPrivateUsage]
    assert (len(sink.effects), sink.repeated, sink.violations) == (1, 1, [])
