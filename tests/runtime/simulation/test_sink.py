"""Side effects of simulated attempts: each once, and none of who may not."""

from __future__ import annotations

from concurrent.futures import Future

import pytest

from callboard.messages.errors.lookups import StaleLease
from callboard.messages.facts import LeaseRevoked, SubtaskCompleted
from callboard.messages.values import Lease, Payload
from callboard.runtime.simulation.drawing import Rates
from callboard.runtime.simulation.executor import Fate
from callboard.runtime.simulation.lots import NotedLots, NotedOrder
from callboard.runtime.simulation.scenario import Blow, Commission, Job, Scenario, Worker
from callboard.runtime.simulation.sink import Sink
from callboard.runtime.simulation.trial import Trial
from tests.actors.logic.desk import lease

FIRST, SECOND = lease("s", "a", 1), lease("s", "b", 2)


class Office:
    """A sink, and a scheduler that answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[Future[None]] = []
        self.told: list[bool] = []
        self.sink = Sink(self._check)

    def _check(self, lease: Lease) -> Future[None]:
        assert lease.subtask == "s"
        self.asked.append(Future())
        return self.asked[-1]

    def want(self, lease: Lease, *, may: bool | None = None) -> None:
        self.sink.want(lease, self.told.append)
        if may is not None:
            self.answer(may=may)

    def answer(self, *, may: bool) -> None:
        answer = self.asked.pop(0)
        if may:
            answer.set_result(None)
        else:
            answer.set_exception(StaleLease("s", "1.1.1"))


def completed(lease: Lease) -> SubtaskCompleted:
    result = Payload(data=b"\x01")
    return SubtaskCompleted(at=0.0, goal="g", subtask="s", lease=lease, result=result, seconds=1.0)


def test_the_effect_of_two_attempts_is_there_once() -> None:
    office = Office()
    office.want(FIRST, may=True)
    office.want(SECOND, may=True)
    assert office.sink.effects == {"s/effect": FIRST.token}
    assert (office.sink.repeated, office.told, office.sink.violations) == (1, [True, True], [])


def test_who_was_revoked_before_it_asked_must_be_refused() -> None:
    office = Office()
    office.sink.see(LeaseRevoked(at=0.0, lease=FIRST, reason="late"))
    office.want(FIRST, may=False)
    assert (office.sink.refused, office.told, office.sink.violations) == (1, [False], [])
    office.want(FIRST, may=True)
    assert "was revoked before it asked" in office.sink.violations[0]


def test_who_asked_before_it_was_revoked_may_be_told_so_later() -> None:
    office = Office()
    office.want(FIRST)
    office.sink.see(LeaseRevoked(at=0.0, lease=FIRST, reason="late"))
    office.answer(may=True)
    assert office.sink.violations == []


def test_who_was_overtaken_must_be_refused() -> None:
    office = Office()
    office.want(SECOND, may=True)
    office.want(FIRST, may=True)
    assert "has had its effect already" in office.sink.violations[0]


def test_nobody_is_completed_without_its_effect() -> None:
    office = Office()
    office.sink.see(completed(SECOND))  # it has none
    assert office.sink.violations == []
    office.want(FIRST)
    office.sink.see(completed(FIRST))
    assert "is completed without its effect" in office.sink.violations[0]


def test_other_errors_are_no_answer() -> None:
    office = Office()
    office.want(FIRST)
    office.asked.pop().set_exception(RuntimeError("closed"))
    assert office.told == []


# In trials


def played(scenario: Scenario) -> Trial:
    trial = Trial(scenario, NotedLots(scenario), NotedOrder(scenario.order))
    assert trial.play().violations == ()
    return trial


def test_an_attempt_that_fails_after_its_effect_leaves_it_to_the_next_one() -> None:
    fates = {
        "s/1": Fate(seconds=60.0, ends="failed", once=True),
        "s/2": Fate(seconds=60.0, once=True),
    }
    commission = Commission(name="it", jobs=(Job(id="s"),))
    trial = played(Scenario(workers=(Worker(id="a"),), commissions=(commission,), fates=fates))
    assert (len(trial.sink.effects), trial.sink.repeated) == (1, 1)


def test_one_that_lives_on_after_its_agent_has_died_is_refused() -> None:
    fates = {"s/1": Fate(seconds=600.0, once=True), "s/2": Fate(seconds=600.0, once=True)}
    commission = Commission(name="it", jobs=(Job(id="s"),))
    dies = Blow(at=60.0, what="crash", target="agent/a")
    scenario = Scenario(
        workers=(Worker(id="a"),), commissions=(commission,), fates=fates, blows=(dies,)
    )
    trial = played(scenario)
    assert (len(trial.sink.effects), trial.sink.repeated, trial.sink.refused) == (1, 0, 1)


@pytest.mark.parametrize("seed", range(8))
def test_under_all_faults_each_subtask_that_is_completed_has_its_effect_once(seed: int) -> None:
    trial = Trial.of_seed(seed, rates=Rates(effects=1.0, waits=0.0))
    report = trial.play()
    assert report.violations == ()
    assert len(trial.sink.effects) > 0
