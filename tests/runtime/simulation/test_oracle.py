"""The oracle: what it lets pass, and what it calls a broken promise."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from callboard.actors.logic.skills import Equivalences
from callboard.messages import facts, notices
from callboard.messages.errors import ActorDied, AttemptTimedOut, problem_of
from callboard.messages.facts import Fact
from callboard.messages.notices import Notice
from callboard.messages.values import (
    Agent,
    Goal,
    Lease,
    Payload,
    Plan,
    Problem,
    Skill,
    Subtask,
    Token,
)
from callboard.runtime.simulation.executor import ON_PURPOSE
from callboard.runtime.simulation.ledger import Promises
from callboard.runtime.simulation.oracle import Oracle

HOUR = 3600.0
Event = Fact | Notice


def lease(uuid: str, agent: str = "a", number: int = 1, attempt: int = 1) -> Lease:
    token = Token(boot=1, incarnation=1, counter=number)
    return Lease(goal="g", subtask=uuid, agent=agent, token=token, attempt=attempt)


A = lease("s1")
B = lease("s2", number=2)
NEXT = lease("s1", number=2)


def assigned(held: Lease, at: float = 0.0) -> Event:
    return facts.SubtaskAssigned(at=at, lease=held)


def started(held: Lease, at: float = 0.0) -> Event:
    return facts.SubtaskStarted(at=at, lease=held)


def over(held: Lease, at: float = 0.0) -> Event:
    return notices.AttemptOver(at=at, lease=held)


def revoked(held: Lease, at: float = 0.0, reason: str = "because") -> Event:
    return facts.LeaseRevoked(at=at, lease=held, reason=reason)


def completed(uuid: str, held: Lease | None = None, at: float = 0.0) -> Event:
    return facts.SubtaskCompleted(
        at=at, goal="g", subtask=uuid, lease=held, result=Payload(), seconds=1.0
    )


def failed(uuid: str, problem: Problem | None = None, at: float = 0.0) -> Event:
    why = problem or Problem(error="ValueError", text="no data")
    return facts.SubtaskFailed(at=at, goal="g", subtask=uuid, problem=why)


def cancelled(uuid: str, at: float = 0.0) -> Event:
    return facts.SubtaskCancelled(at=at, goal="g", subtask=uuid, reason="not wanted")


def adopted(held: Lease) -> Event:
    return facts.LeaseAdopted(at=0.0, lease=held)


def edited(uuid: str, skill: str, at: float = 0.0) -> Event:
    spec = Subtask(uuid=uuid, name=uuid.upper(), required_skills=(Skill(name=skill),))
    return facts.SubtaskEdited(at=at, goal="g", subtask=uuid, spec=spec)


RESTARTED = facts.ActorRestarted(at=0.0, address="scheduler", incarnation=2)
DONE = facts.GoalCompleted(at=0.0, goal="g")
FAILED = facts.GoalFailed(at=0.0, goal="g", problems=())


def died(why: str, address: str = "scheduler") -> Problem:
    return problem_of(ActorDied(address, why))


class Court:
    """An oracle that has seen two agents and a goal: s2 needs s1, s3 needs the optional s4."""

    def __init__(self, *events: Event) -> None:
        self.lent: set[Token] = set()
        self.oracle = Oracle(Equivalences(), Promises(run=HOUR, attempts=2), self.lent)
        sql = (Skill(name="sql"),)
        self.see(
            facts.AgentRegistered(at=0.0, agent=Agent(id="a", skills=sql)),
            facts.AgentRegistered(at=0.0, agent=Agent(id="b")),
            facts.GoalAccepted(at=0.0, goal=Goal(id="g", text="a goal")),
            facts.PlanAdopted(at=0.0, goal="g", plan=Plan(subtasks=(
                Subtask(uuid="s1", name="S1", required_skills=sql),
                Subtask(uuid="s2", name="S2", dependencies=("s1",)),
                Subtask(uuid="s3", name="S3", dependencies=("s4",)),
                Subtask(uuid="s4", name="S4", optional=True),
            ))),
        )  # fmt: skip
        self.see(*events)

    def see(self, *events: Event) -> Court:
        for event in events:
            self.oracle.see(event)
        return self

    @property
    def broken(self) -> list[str]:
        return self.oracle.violations


@pytest.mark.parametrize(
    "events",
    [
        [assigned(A), started(A), over(A), completed("s1", A), assigned(B)],
        [assigned(A), revoked(A), assigned(NEXT)],
        [assigned(A), RESTARTED, assigned(NEXT)],
        [assigned(A), RESTARTED, adopted(A), over(A), completed("s1", A)],
        [assigned(A), over(A), RESTARTED, assigned(NEXT, 9.0), completed("s1", A, 8.0)],
        [completed("s1"), assigned(B)],
        [edited("s1", "law"), assigned(A, 1.0), revoked(A, 2.0)],
        [failed("s4"), assigned(lease("s3", number=2))],
        [assigned(A), cancelled("s1"), over(A, 1.0), revoked(A, 1.0)],
        [cancelled("s1"), assigned(A), revoked(A)],
        [completed("s1"), completed("s2"), completed("s3"), failed("s4"), DONE],
        [facts.AgentResized(at=0.0, agent="a", max_load=2), assigned(lease("s4")), assigned(NEXT)],
        [facts.RestartScheduled(at=0.0, address="scheduler", attempt=1, delay=1.0,
                                problem=died(ON_PURPOSE))],
        [notices.ProgressMade(at=0.0, lease=A, fraction=0.5)],
        [assigned(A), cancelled("s1"), started(A, 1.0), revoked(A, 1.0)],
    ],
)  # fmt: skip
def test_what_may_happen_passes(events: list[Event]) -> None:
    assert Court(*events).broken == []


@pytest.mark.parametrize(("events", "why"), [
    ([assigned(A), assigned(NEXT)], "s1 is leased twice"),
    ([completed("s1"), assigned(A)], "s1 is leased after its completion"),
    ([assigned(NEXT), revoked(NEXT), assigned(A)], "token 1.1.1 after 1.1.2"),
    ([assigned(lease("s1", attempt=3))], "one attempt too many"),
    ([assigned(B)], "s2 is leased before ['s1']"),
    ([failed("s1"), assigned(B)], "s2 is leased before ['s1']"),
    ([assigned(lease("s3"))], "s3 is leased before ['s4']"),
    ([assigned(lease("s1", "b"))], "to an agent without the skills"),
    ([edited("s1", "law"), assigned(A, HOUR)], "to an agent without the skills"),
    ([assigned(lease("s1", "x"))], "to an agent that was never there"),
    ([assigned(lease("s4")), assigned(NEXT)], "to an agent that has 1 already"),
    ([started(A)], "started without being held"),
    ([assigned(A), revoked(A), started(A)], "started without being held"),
    ([assigned(A), cancelled("s1"), started(NEXT)], "started without being held"),
    ([assigned(A), cancelled("s1"), started(A, HOUR)], "started without being held"),
    ([assigned(A), revoked(A), completed("s1", A)], "completed, None is current"),
    ([assigned(A), over(A), RESTARTED, assigned(NEXT, 8.0), completed("s1", A, 9.0)],
     "is current"),
    ([completed("s1"), failed("s1")], "s1 failed after it was ('completed', 0.0)"),
    ([assigned(A), adopted(A)], "is adopted, None was held"),
    ([assigned(A), RESTARTED, assigned(NEXT), adopted(A)], "is adopted, and leased anew"),
    ([assigned(A), started(A), revoked(A, 2 * HOUR)], "was let run for 7200 s"),
    ([assigned(A), started(A), over(A, 2 * HOUR)], "was let run for 7200 s"),
    ([assigned(A), revoked(A, HOUR, "'S1' was not finished within 3600 s")],
     "was to end by itself"),
    ([assigned(A), cancelled("s1"), over(A, HOUR)], "ran for 3600 s after its subtask's end"),
    ([failed("s1", problem_of(AttemptTimedOut("S1", "queue", 9.0)))], "nobody cared for s1"),
    ([failed("s1", problem_of(AttemptTimedOut("S1", "total", 9.0)))], "nobody cared for s1"),
    ([FAILED], "goal g has ended before ['s1', 's2', 's3', 's4']"),
    ([completed("s1"), failed("s2"), completed("s3"), failed("s4"), DONE],
     "goal g is completed without ['s2']"),
    ([*(cancelled(f"s{n}") for n in range(1, 5)), FAILED, FAILED], "goal g has ended twice"),
    ([facts.AgentCrashed(at=0.0, agent="a", incarnation=1, problem=died("KeyError: 'q4'"))],
     "agent/a: scheduler died: KeyError: 'q4'"),
    ([notices.RuntimeFailed(at=0.0, problem=died("no more"))], "the runtime has failed"),
])  # fmt: skip
def test_what_must_not_happen_is_called_a_broken_promise(events: Iterable[Event], why: str) -> None:
    assert [text for text in Court(*events).broken if why in text] != []


def test_what_nobody_could_do_fails_at_its_limit_and_breaks_no_promise() -> None:
    late = failed("s1", problem_of(AttemptTimedOut("S1", "total", 9.0)))
    assert Court(edited("s1", "what nobody can do"), late).broken == []


@pytest.mark.parametrize(
    ("ends", "wrong"),
    [
        ([completed("s1", A)], []),
        ([], ["s2 is leased before ['s1']"]),
        ([completed("s1")], [f"{B} follows {A.token}, not []"]),
    ],
)
def test_an_agent_goes_on_from_the_completion_that_counts_only(
    ends: list[Event], wrong: list[str]
) -> None:
    went_on = facts.SubtaskAssigned(at=1.0, lease=B, ahead=True, after=A.token)
    later = assigned(lease("s4", "b", 3))
    court = Court(assigned(A), later, *ends, went_on)
    assert [text for text in court.broken if "waits at" not in text] == wrong


@pytest.mark.parametrize(("after", "wrong"), [(A.token, 0), (None, 1)])
def test_what_its_agent_went_on_to_has_the_slot_of_that_and_does_not_wait_ahead(
    after: Token | None, wrong: int
) -> None:
    oracle = Oracle(Equivalences(), Promises(run=HOUR, attempts=2, ahead=1), set())
    given = lease("s3", number=3)
    plan = Plan(
        subtasks=(
            Subtask(uuid="s1", name="S1"),
            Subtask(uuid="s2", name="S2", dependencies=("s1",)),
            Subtask(uuid="s3", name="S3"),
        )
    )
    for event in (
        facts.AgentRegistered(at=0.0, agent=Agent(id="a", ahead=True)),
        facts.GoalAccepted(at=0.0, goal=Goal(id="g", text="a goal")),
        facts.PlanAdopted(at=0.0, goal="g", plan=plan),
        assigned(A),
        facts.SubtaskAssigned(at=0.0, lease=given, ahead=True),
        over(A),
        completed("s1", A),
        facts.SubtaskAssigned(at=1.0, lease=lease("s2", number=4), ahead=True, after=after),
    ):
        oracle.see(event)
    assert len([text for text in oracle.violations if "waits at" in text]) == wrong


PAUSES = {
    "the goal": facts.GoalPaused(at=1.0, goal="g"),
    "the subtask": facts.SubtaskPaused(at=1.0, goal="g", subtask="s2"),
    "another": facts.SubtaskPaused(at=1.0, goal="g", subtask="s4"),
    "everything": facts.RuntimePaused(at=1.0),
    "nothing": facts.RuntimeResumed(at=1.0),
    "nothing any more": facts.GoalResumed(at=1.0, goal="g"),
}


@pytest.mark.parametrize("paused", PAUSES)
@pytest.mark.parametrize("heard", [True, False])
def test_what_is_recorded_with_its_end_only_does_not_begin_in_a_pause(
    paused: str, *, heard: bool
) -> None:
    """Of what its scheduler has heard the end before, that one knew of no pause."""
    before = [PAUSES["the goal"]] if paused == "nothing any more" else []
    went_on = facts.SubtaskAssigned(at=1.0, lease=B, ahead=True, after=A.token)
    ended = [over(B), completed("s2", B)] if heard else [completed("s2", B)]
    pause = [*before, PAUSES[paused]]
    court = Court(assigned(A), over(A), completed("s1", A), *pause, went_on, started(B), *ended)
    broken = [text for text in court.broken if "is paused" in text]
    assert len(broken) == (not heard and paused in ("the goal", "the subtask", "everything"))


def test_no_more_begin_beside_each_other_than_its_agent_may_run() -> None:
    court = Court(assigned(A))
    court.oracle.begins(A, 0)
    assert court.broken == []
    court.oracle.begins(B, 1)
    assert court.broken == [f"{B} begins beside 1 others, of 1"]


def test_an_agent_may_hear_how_much_it_may_run_before_that_is_recorded() -> None:
    court = Court(assigned(A))
    court.oracle.may_run("a", 2)
    court.oracle.begins(B, 1)
    assert court.broken == []


def test_a_crash_that_nobody_wanted_is_told_with_the_end_of_its_traceback() -> None:
    problem = died("KeyError: 'q4'")
    traceback = "\n".join(f"line {number}" for number in range(9))
    more: dict[str, Any] = {"address": "scheduler", "attempt": 1, "delay": 1.0}
    fallen = Problem(error=problem.error, text=problem.text, traceback=traceback)
    court = Court(facts.RestartScheduled(at=0.0, problem=fallen, **more))
    assert court.broken == [
        "scheduler: scheduler died: KeyError: 'q4'\nline 5\nline 6\nline 7\nline 8"
    ]


def test_an_attempt_that_hangs_may_run_out_of_time() -> None:
    court = Court()
    court.oracle.hanging.add(A.token)
    court.see(assigned(A), revoked(A, HOUR, "'S1' was not finished within 3600 s"))
    assert court.broken == []


def test_so_may_one_that_waits_for_a_slot_that_hangs() -> None:
    court = Court()
    hangs = lease("s4", number=2)
    court.lent.add(A.token)
    court.oracle.lending.add(A.token)
    court.oracle.hanging.add(hangs.token)
    court.see(assigned(A), assigned(hangs))
    court.see(revoked(A, HOUR, "'S1' was not finished within 3600 s"))
    assert court.broken == []


@pytest.mark.parametrize(("later", "fine"), [(0.0, True), (HOUR / 2, True), (2 * HOUR, False)])
def test_also_if_that_one_has_just_run_out_of_time(*, later: float, fine: bool) -> None:
    court = Court()
    hangs = lease("s4", number=2)
    court.lent.add(A.token)
    court.oracle.lending.add(A.token)
    court.oracle.hanging.add(hangs.token)
    court.see(assigned(A, HOUR), assigned(hangs, HOUR))
    for held, at in ((hangs, 2 * HOUR), (A, 2 * HOUR + later)):
        court.see(started(held, at), revoked(held, at, "it was not finished within 3600 s"))
    assert (court.broken == []) is fine


def test_what_nobody_has_is_shared_by_those_who_may_do_it_now() -> None:
    court, names = Court(), ("a", "b")
    assert [court.oracle.row(uuid, names) for uuid in ("s1", "s2")] == [[1.0, 0.0], [0.5, 0.5]]

    court.see(edited("s2", "sql"), edited("s1", "law"))
    assert [court.oracle.row(uuid, names) for uuid in ("s1", "s2")] == [[0.0, 0.0], [1.0, 0.0]]

    learnt = Agent(id="b", skills=(Skill(name="sql"), Skill(name="law")))
    court.see(facts.AgentRegistered(at=1.0, agent=learnt))
    assert [court.oracle.row(uuid, names) for uuid in ("s1", "s2")] == [[0.0, 1.0], [0.5, 0.5]]
    assert court.oracle.row("s1", ("b", "a")) == [1.0, 0.0]


def test_in_the_end_nothing_is_open() -> None:
    court = Court(assigned(A))
    court.oracle.finish()
    assert court.broken == [
        "goals without an end: ['g']",
        "subtasks without an end: ['s1', 's2', 's3', 's4']",
        "leases without an end: ['1.1.1']",
    ]


def test_what_was_cancelled_is_nobodys_also_where_an_assignment_crosses_that() -> None:
    assert Court(assigned(A)).oracle.row("s1", ("a", "b")) == [1.0, 0.0]
    assert Court(assigned(A), cancelled("s1")).oracle.row("s1", ("a", "b")) == [0.0, 0.0]
    crossed = Court(cancelled("s1"), assigned(A))
    assert crossed.oracle.row("s1", ("a", "b")) == [0.0, 0.0]
    assert crossed.broken == []
