# ruff: noqa: ARG002 - handlers take what they are given
"""Negotiation in a whole runtime: on threads, as coroutines, in processes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from callboard import Bid, Config, Runtime, Subtask, Task, subtask
from callboard.actors.logic.negotiation_options import NegotiationOptions
from callboard.messages import facts, notices
from callboard.messages.errors import InvalidCall
from tests.live import LONG, eventually
from tests.runtime.executors.processes import staff
from tests.runtime.settings import QUICK, count, helper, says, with_settings

if TYPE_CHECKING:
    from collections.abc import Generator

PATIENT = with_settings(QUICK, negotiation=NegotiationOptions(seconds=LONG))
"""Nobody's bid is late because the machine is busy."""


@pytest.fixture
def patient() -> Generator[Runtime]:
    with Runtime(PATIENT) as made:
        yield made
    assert made.hub.faults == 0


def chore(name: str = "chore", data: object = None) -> list[Subtask]:
    return [subtask(name, required_skills=["general"], negotiate=True, data=data)]


def awards(runtime: Runtime) -> list[facts.BidAwarded]:
    return [f for f in runtime.journal.replay() if isinstance(f, facts.BidAwarded)]


def test_the_best_bid_gets_it_whatever_code_has_made_it(patient: Runtime) -> None:
    async def later(_: Task) -> Bid:
        return Bid(seconds=50.0, cost=3.0)

    class Shop:
        def work(self, task: Task) -> str:
            return "the shop"

        def bid(self, task: Task) -> float:
            return 20.0

    patient.register(says("the first"), id="first", skills=["general"], bid=lambda _: 90)
    patient.register(says("later"), id="later", skills=["general"], bid=later)
    patient.register(Shop, skills=["general"])
    patient.register(says("nobody"), id="unwilling", skills=["general"], bid=lambda _: None)
    eventually(lambda: count(patient, facts.AgentStarted) == 4)
    goal = patient.submit(chore())
    assert goal.result(LONG)["chore"] == "the shop"
    [award] = awards(patient)
    assert [offer.agent for offer in (award.award, *award.others)] == ["Shop", "later", "first"]
    kinds = [type(event).__name__ for event in patient.story(goal.subtasks[0].subtask.uuid)]
    assert kinds.count("BidSeen") == 3
    for kind in ("BidsInvited", "BidRefused", "BidAwarded", "HonestyLearnt"):
        assert kinds.count(kind) == 1


def test_a_function_that_fails_or_hangs_stops_nobody(patient: Runtime) -> None:
    go_on = threading.Event()

    def raises(_: Task) -> float:
        raise ValueError("no rates today")

    patient.register(helper, id="raises", bid=raises)
    goal = patient.submit(chore())
    assert goal.result(LONG)["chore"] == "did chore"
    [refused] = [
        e for e in patient.story(goal.subtasks[0].subtask.uuid) if isinstance(e, notices.BidRefused)
    ]
    assert refused.reason == "ValueError: no rates today"
    assert count(patient, notices.NegotiationFellBack) == 1
    patient.unregister("raises")
    with Runtime(with_settings(QUICK, negotiation=NegotiationOptions(seconds=0.02))) as quick:
        quick.register(helper, id="hangs", bid=lambda _: go_on.wait(LONG) and 1)
        assert quick.submit(chore()).result(LONG)["chore"] == "did chore"
        assert count(quick, notices.NegotiationFellBack) == 1
        go_on.set()


def test_agents_with_processes_bid_too(patient: Runtime) -> None:
    patient.register(staff.declared, id="elsewhere", isolation="process")
    patient.register(says("here"), id="here", skills=["general"], bid=lambda _: 90)
    eventually(lambda: count(patient, facts.AgentStarted) == 2)
    goal = patient.submit(chore(data=5))
    assert isinstance(goal.result(LONG)["chore"], int)
    assert [award.award.agent for award in awards(patient)] == ["elsewhere"]
    assert patient.submit(chore("other", data="no thanks")).result(LONG)["other"] == "here"


def test_whoever_bids_too_little_is_found_out_and_can_be_forgiven(patient: Runtime) -> None:
    patient.register(says("honest"), id="honest", skills=["general"], bid=lambda _: 60)
    patient.register(says("liar"), id="liar", skills=["general"], bid=lambda _: 1e-12)

    def done_by() -> object:
        return patient.submit(chore()).result(LONG)["chore"]

    def ratio() -> float:
        learnt = [f for f in patient.journal.replay() if isinstance(f, facts.HonestyLearnt)]
        return learnt[-1].ratio

    assert done_by() == "liar"
    eventually(lambda: count(patient, facts.HonestyLearnt) == 1)
    assert ratio() > 2.0
    assert patient.forget_bids("lair") == 0
    assert patient.forget_bids("liar") == 1
    assert ratio() == 0.0


def test_doubt_alone_is_reason_enough_where_that_is_wanted() -> None:
    with Runtime(with_settings(PATIENT, negotiate="uncertain")) as runtime:
        runtime.register(says("slow"), id="slow", skills=["general"], bid=lambda _: 90)
        runtime.register(says("fast"), id="fast", skills=["general"], bid=lambda _: 10)
        plan = [subtask("chore", required_skills=["general"])]
        assert runtime.submit(plan).result(LONG)["chore"] == "fast"


@pytest.mark.parametrize(
    "settings",
    [{"negotiate": "always"}, {"negotiation": NegotiationOptions(invitations=0)},
     {"negotiation": NegotiationOptions(seconds=-1.0)}],
)  # fmt: skip
def test_settings_that_make_no_sense_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(InvalidCall):
        Config(**settings)  # type: ignore[arg-type]
