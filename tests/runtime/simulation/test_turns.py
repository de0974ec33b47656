"""The oracle sees when something that has waited long enough is overtaken."""

from __future__ import annotations

from itertools import count

import pytest

from callboard.actors.logic.skills import Equivalences
from callboard.messages import facts, notices
from callboard.messages.base import GoalId
from callboard.messages.facts import Fact
from callboard.messages.notices import Notice
from callboard.messages.resources import Amount, Claim
from callboard.messages.values import (
    Agent,
    Goal,
    Lease,
    Payload,
    Plan,
    Skill,
    Subtask,
    Token,
    Verification,
)
from callboard.runtime.simulation.ledger import Promises
from callboard.runtime.simulation.oracle import Oracle

TAU = 600.0
LATE = 3 * TAU + 500.0
SQL = (Skill(name="sql"),)
TOKEN = Token(boot=1, incarnation=1, counter=1)
GPU = Claim(resource="gpu", amount=1.0, of="runtime")


class Court:
    """An oracle that has seen a goal with one subtask, old, and agents a (sql) and b."""

    def __init__(self, old: Subtask | None = None) -> None:
        self.oracle = Oracle(Equivalences(), Promises(run=1e9, attempts=9, tau=TAU), set())
        self._numbers = count(1)
        self.see(
            facts.AgentRegistered(at=0.0, agent=Agent(id="a", skills=SQL, max_load=9)),
            facts.AgentRegistered(at=0.0, agent=Agent(id="b", max_load=9)),
        )
        self.plan(0.0, old or Subtask(uuid="old", name="OLD", required_skills=SQL))

    def plan(self, at: float, spec: Subtask) -> None:
        goal = GoalId(f"g-{spec.uuid}")
        self.see(
            facts.GoalAccepted(at=at, goal=Goal(id=goal, text="a goal")),
            facts.PlanAdopted(at=at, goal=goal, plan=Plan(subtasks=(spec,))),
        )

    def new(self, at: float, agent: str = "a") -> list[str]:
        """What is wrong where something that has just become ready goes to that agent."""
        number = next(self._numbers)
        self.plan(at, Subtask(uuid=f"n{number}", name="NEW"))
        return self.assign(f"n{number}", at, agent)

    def assign(self, uuid: str, at: float, agent: str = "a") -> list[str]:
        token = Token(boot=1, incarnation=1, counter=next(self._numbers))
        lease = Lease(goal="g", subtask=uuid, agent=agent, token=token, attempt=1)
        before = len(self.oracle.violations)
        self.see(facts.SubtaskAssigned(at=at, lease=lease))
        return self.oracle.violations[before:]

    def see(self, *told: Fact | Notice) -> None:
        for fact in told:
            self.oracle.see(fact)


def test_what_has_waited_for_three_tau_is_not_overtaken() -> None:
    court = Court()
    assert court.new(3 * TAU) == []
    [wrong] = court.new(LATE)
    assert "goes before old, which has waited for 2300 s" in wrong


def test_who_may_not_do_it_may_do_something_else() -> None:
    assert Court().new(LATE, agent="b") == []


def test_what_is_older_still_goes_first() -> None:
    court = Court()
    court.plan(0.0, Subtask(uuid="other", name="OTHER"))
    assert court.assign("other", LATE) == []


def test_what_is_requeued_may_go_before_it() -> None:
    court = Court()
    court.plan(LATE, Subtask(uuid="back", name="BACK"))
    court.see(facts.SubtaskRequeued(at=LATE, goal="g", subtask="back", reason="its agent died"))
    assert court.assign("back", LATE) == []


@pytest.mark.parametrize(("agent", "passes"), [("", True), ("b", False)])
def test_so_may_what_was_put_out_to_tender_and_came_back(agent: str, *, passes: bool) -> None:
    court = Court()
    court.plan(LATE, Subtask(uuid="back", name="BACK"))
    court.see(
        notices.NegotiationFellBack(
            at=LATE, goal="g-back", subtask="back", call=TOKEN, reason="none", agent=agent
        )
    )
    assert (court.assign("back", LATE) == []) is passes


@pytest.mark.parametrize(
    "fact",
    [
        facts.ActorRestarted(at=LATE - 1.0, address="scheduler", incarnation=2),
        facts.GoalPaused(at=1.0, goal="g-old", reason=""),
        facts.SubtaskPaused(at=1.0, goal="g-old", subtask="old", reason=""),
        facts.RuntimePaused(at=1.0, reason=""),
        facts.GoalDraining(at=1.0, goal="g-old"),
        notices.OrderAdvised(at=1.0, subtasks=1, strangers=0, gain=1.0),
        notices.BidsInvited(
            at=1.0, goal="g-old", subtask="old", call=TOKEN, agents=("a",), seconds=1.0
        ),
        notices.ResourceAwaited(at=1.0, goal="g-old", subtask="old", claim=GPU, free=0.0),
        facts.SubtaskCompleted(
            at=1.0, goal="g-old", subtask="old", lease=None, result=Payload(), seconds=0.0
        ),
    ],
)
def test_what_may_keep_it_waiting_is_no_fault(fact: Fact | Notice) -> None:
    court = Court()
    court.see(fact)
    assert court.new(LATE) == []


def test_it_waits_anew_after_a_restart() -> None:
    court = Court()
    court.see(facts.ActorRestarted(at=LATE, address="scheduler", incarnation=2))
    assert court.new(2 * LATE) != []


def test_it_waits_anew_from_when_the_process_was_started_again() -> None:
    court = Court()
    court.oracle.reopened([], [], LATE)
    assert court.new(LATE + 3 * TAU) == []
    assert court.new(2 * LATE) != []


def test_what_its_agent_has_gone_on_with_does_not_wait() -> None:
    court = Court()
    court.assign("old", 1.0)
    court.see(
        facts.SubtaskQueued(at=2.0, goal="g-old", subtask="old"),
        facts.LeaseAdopted(
            at=2.0,
            lease=Lease(
                goal="g-old",
                subtask="old",
                agent="a",
                token=Token(boot=1, incarnation=1, counter=1),
            ),
        ),
    )
    assert court.new(LATE) == []


def test_what_is_seen_after_a_leap_of_the_clock_may_have_been_before_it() -> None:
    court = Court()
    court.plan(1000.0, Subtask(uuid="late", name="LATE"))
    court.oracle.leap(LATE, at=1000.0)
    court.plan(1000.0, Subtask(uuid="later", name="LATER"))
    court.assign("old", 1000.0 + LATE)
    assert court.assign("late", 1000.0 + LATE + 4 * TAU) == []


def test_what_somebody_has_done_from_outside_waits_no_more_unless_it_is_rejected() -> None:
    court = Court(Subtask(uuid="old", name="OLD", verify=Verification()))
    court.see(
        facts.ResultSubmitted(
            at=1.0, goal="g-old", subtask="old", lease=None, result=Payload(), seconds=0.0, number=1
        )
    )
    assert court.new(LATE) == []
    court.see(facts.SubtaskQueued(at=LATE, goal="g-old", subtask="old"))
    assert court.new(LATE + 3 * TAU) == []
    assert court.new(2 * LATE) != []


def test_what_demands_resources_may_wait_for_these() -> None:
    demands = (Amount(resource="gpu", amount=1.0),)
    assert Court(Subtask(uuid="old", name="OLD", demands=demands)).new(LATE) == []


def test_it_counts_from_when_it_is_ready() -> None:
    court = Court()
    first = Subtask(uuid="first", name="FIRST")
    then = Subtask(uuid="then", name="THEN", dependencies=("first",))
    court.see(facts.PlanAdopted(at=0.0, goal="h", plan=Plan(subtasks=(first, then))))
    court.assign("old", 1.0)
    court.assign("first", 1.0)
    done = facts.SubtaskCompleted(
        at=LATE, goal="h", subtask="first", lease=None, result=Payload(), seconds=0.0
    )
    court.see(done)
    assert court.new(LATE + 3 * TAU) == []
    assert "before then" in court.new(2 * LATE)[0]
