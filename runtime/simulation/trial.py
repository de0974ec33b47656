"""One scenario, played to its end under the oracle.

>>> trial(7, subtasks=10).violations
()
"""

from __future__ import annotations

from collections import Counter
from functools import cache, partial
from itertools import chain, repeat
from typing import TYPE_CHECKING

import msgspec

from callboard.messages.errors.base import CallboardError, described
from callboard.messages.facts import ChangeProposed, PlanProposed, SubtaskAssigned
from callboard.runtime.planners.skills import load_equivalences
from callboard.runtime.simulation.ahead import with_options
from callboard.runtime.simulation.approvals import Approver
from callboard.runtime.simulation.audit import audit, compare_tensor
from callboard.runtime.simulation.blows import Blows
from callboard.runtime.simulation.comparison import disagreements
from callboard.runtime.simulation.customer import Customer, plan_of
from callboard.runtime.simulation.disk import Disk
from callboard.runtime.simulation.fates import Fates
from callboard.runtime.simulation.kinds import with_ageing
from callboard.runtime.simulation.links import Links
from callboard.runtime.simulation.lives import Listening, Lives
from callboard.runtime.simulation.lots import NotedLots, NotedOrder, RecordedOrder
from callboard.runtime.simulation.oracle import Oracle
from callboard.runtime.simulation.pulling import Visitors
from callboard.runtime.simulation.rationing import RATIONED, config_of
from callboard.runtime.simulation.repairs import change_of
from callboard.runtime.simulation.scenario import HOUR, PROMISES, Blow, Scenario
from callboard.runtime.simulation.seeds import drawn_of
from callboard.runtime.simulation.simulation import Simulation
from callboard.runtime.simulation.sink import SEEN, Sink
from callboard.runtime.simulation.world import Restless

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from random import Random

    from callboard.actors.logic.effects import StartWork
    from callboard.actors.logic.skills import Equivalences
    from callboard.actors.ports import Desk
    from callboard.messages.base import Address, Message, SubtaskId
    from callboard.messages.bids import CallForBids
    from callboard.messages.facts import Fact
    from callboard.messages.notices import Notice
    from callboard.messages.values import Agent, Damage, Goal, Lease, Plan, PlanChange
    from callboard.runtime.simulation.bidding import Answer
    from callboard.runtime.simulation.crashing import Crashes
    from callboard.runtime.simulation.drawing import Rates
    from callboard.runtime.simulation.executor import Fate
    from callboard.runtime.simulation.lots import Lots
    from callboard.runtime.simulation.scenario import Commission

__all__ = ["Report", "Trial", "replay", "trial"]

_SAMPLED = 5
"""After each so many blows the tensor is looked at: that costs as much as many events."""
_LINGERS = 30 * 24 * HOUR
_MOST, _MOST_EACH = 10_000, 100
"""Turns within one instant, and those more for each subtask: a whole seed takes 15 for each."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one seed or scenario.

    Attributes:
        seed: -1 where a scenario was played.
        violations: Promises that were broken.
        events: Facts and notices.
        deliveries: Turns of actors.
        ends: How the goals ended, and how often.
        seconds: Virtual ones that passed.
        deaths: Of the whole process.
    """

    seed: int
    violations: tuple[str, ...]
    events: int
    deliveries: int
    ends: dict[str, int]
    seconds: float
    deaths: int = 0


def trial(  # noqa: PLR0913 - each is optional
    seed: int,
    *,
    subtasks: int = 50,
    agents: int = 5,
    rates: Rates | None = None,
    crashes: Crashes | None = None,
    bids: bool | None = None,
) -> Report:
    """Play one seed to its end.

    Args:
        seed: Decides everything; the same one gives the same report.
        subtasks: In all plans together.
        agents: Of the company; one of them can do everything.
        rates: How often what goes wrong; None for a part of the usual faults that the
            seed draws.
        crashes: How often the whole process dies, and what its disk does; None for a
            journal in memory, and a process that lives.
        bids: See `Trial.of_seed`.
    """
    return Trial.of_seed(
        seed, subtasks=subtasks, agents=agents, rates=rates, crashes=crashes, bids=bids
    ).play()


def replay(scenario: Scenario) -> Report:
    """Play one scenario to its end."""
    return Trial(scenario, NotedLots(scenario), NotedOrder(scenario.order)).play()


class Trial:
    """The same, for who wants to look on.

    Args:
        scenario: Who and what there is, and what strikes.
        lots: Decides the rest.
        order: Draws every order.
        seed: For the report.
        keep_story: Keep every event.

    Attributes:
        sink: Has the side effects of the attempts.
        story: Every fact and notice so far, if it was asked for.
    """

    def __init__(
        self,
        scenario: Scenario,
        lots: Lots,
        order: Random,
        *,
        seed: int = -1,
        keep_story: bool = False,
    ) -> None:
        self.story: list[Fact | Notice] = []
        self._scenario = scenario
        self._lots = lots
        self._order = order
        self._seed = seed
        self._keep_story = keep_story
        rules = config_of(scenario)
        self._rationed = rules is RATIONED
        self._looks = 0.0
        self._struck = 0
        self._upon: dict[SubtaskId, list[Blow]] = {}
        for blow in scenario.blows:
            self._upon.setdefault(blow.upon, []).append(blow)
        self._links = Links(lots, self._later)
        route = self._links if lots.slippery else None
        self._lives: Lives | None = None
        self.sink = Sink(self._check)
        config = with_options(with_ageing(rules, scenario), scenario)
        self._simulation = Simulation(
            decide=self._decide,
            config=config,
            planner=_Planner(scenario),
            witness=self._see,
            route=Listening(route, self._hear) if scenario.disk else route,
            order=order,
            journal_lag=scenario.journal_lag,
            disk=Disk(scenario.journal_lag, order.random) if scenario.disk else None,
            effect=self.sink.want,
            answer=self._answer,
            lag=chain.from_iterable(repeat(scenario.lags)).__next__ if scenario.lags else None,
        )
        self._simulation.stepper.most = _MOST + _MOST_EACH * len(scenario.jobs)
        most = 0 if config.ahead is None else config.ahead.most
        promises = msgspec.structs.replace(PROMISES, tau=config.ageing, ahead=most)
        self._oracle = Oracle(_equivalences(), promises, self._simulation.lent)
        self._judge = self._oracle.see
        self._fates = Fates(scenario, lots, self._simulation, self._oracle, rationed=self._rationed)
        self._blows = Blows(scenario, self._simulation, self._oracle)
        self._customer = Customer(self._simulation)
        self._approver = Approver(scenario, self._simulation, self._blows, self._oracle)
        self._visitors = Visitors(self._simulation, self._fates.begun_elsewhere, self._blows.note)
        if scenario.disk:
            self._lives = Lives(self._simulation, self._oracle, self._blows, self._customer)
            self._blows.dies, self._blows.roomy = self._lives.die, self._customer.insist

    @classmethod
    def of_seed(  # noqa: PLR0913 - each is optional
        cls,
        seed: int,
        *,
        subtasks: int = 50,
        agents: int = 5,
        rates: Rates | None = None,
        crashes: Crashes | None = None,
        keep_story: bool = False,
        record: bool = False,
        bids: bool | None = None,
    ) -> Trial:
        """The trial that a seed gives; see `trial`.

        Args:
            seed: Decides everything.
            subtasks: In all plans together.
            agents: Of the company.
            rates: How often what goes wrong.
            crashes: How often the process dies; None for never.
            keep_story: Keep every event.
            record: Note the order too, for `noted`.
            bids: Whether subtasks are negotiated; None for a fourth of the seeds, where
                they draw their faults themselves.
        """
        drawn = drawn_of(
            seed,
            subtasks=subtasks,
            agents=agents,
            rates=rates,
            crashes=crashes,
            record=record,
            bids=bids,
        )
        return cls(drawn.scenario, drawn.lots, drawn.order, seed=seed, keep_story=keep_story)

    def noted(self) -> Scenario:
        """The scenario with all that was drawn while it was played."""
        drawn = self._order.drawn if isinstance(self._order, RecordedOrder) else ()
        return msgspec.structs.replace(
            self._scenario,
            fates=dict(self._lots.fates),
            slips=dict(self._lots.slips),
            answers=dict(self._lots.answers),
            order=tuple(drawn),
        )

    def play(self) -> Report:
        """Submit the goals, strike, wait until nothing is left to happen, and check."""
        with self._simulation as simulation:
            try:
                self._run()
            except CallboardError as error:
                self._oracle.violations.append(f"a call was in vain: {described(error)}")
            except Restless as error:
                self._oracle.violations.append(str(error))
            found = (self._customer.record(c.name) for c in self._scenario.commissions)
            ends = Counter(record.status.value for record in found if record is not None)
        return Report(
            seed=self._seed,
            violations=tuple(self._oracle.violations),
            events=self._oracle.events,
            deliveries=simulation.stepper.deliveries,
            deaths=0 if self._lives is None else self._lives.deaths,
            ends=dict(ends),
            seconds=simulation.elapsed,
        )

    def _run(self) -> None:
        simulation, scenario = self._simulation, self._scenario
        self._blows.join_all()
        if self._fates.pulling:
            self._visitors.come(scenario.calm)
        for at, event in _program(scenario):
            if at > simulation.elapsed:  # else at once, before anybody has heard of the last one
                simulation.advance(at - simulation.elapsed)
            self._happen(event)
        simulation.advance(max(0.0, scenario.calm - simulation.elapsed))
        self._fates.calm = self._links.calm = True
        self._blows.settle()
        self._approver.settle()
        simulation.advance(scenario.patience)
        self._oracle.finish()
        simulation.advance(_LINGERS)
        audit(simulation, self._oracle)
        self._oracle.violations.extend(self._blows.unanswered())
        self._oracle.violations.extend(self._customer.unanswered())
        self._oracle.violations.extend(self._approver.complaints())
        self._oracle.violations.extend(self.sink.violations)
        if self._lives is not None:
            self._oracle.violations.extend(self._customer.complaints())
            self._lives.compare()
        wrong = disagreements(scenario, self._customer, self._fates.deeds)
        self._oracle.violations.extend(wrong)

    def _happen(self, event: Blow | Commission) -> None:
        if isinstance(event, Blow):
            self._blows.strike(event)
            self._struck += 1
            if self._struck % _SAMPLED == 0:
                compare_tensor(self._simulation, self._oracle)
        else:
            self._customer.submit(event)

    def _later(self, seconds: float, call: Callable[[], None]) -> None:
        self._simulation.stepper.after(seconds, call)

    def _see(self, event: Fact | Notice) -> None:
        if type(event) is SubtaskAssigned:
            self._fates.draw(event)
        elif type(event) is PlanProposed or type(event) is ChangeProposed:
            self._approver.see(event)
        judge = self._judge
        judge(event)
        if self._rationed and event.at > self._looks:  # once all of this moment is over
            self._looks = event.at
            self._simulation.stepper.after(0.0, self._look_for_idling)
        if type(event) in SEEN:
            self.sink.see(event)
        if self._lives is not None:
            self._lives.see(event)
        if self._keep_story:
            self.story.append(event)

    def _look_for_idling(self) -> None:
        self._oracle.idles(self._simulation.runtime.idling())

    def _hear(self, sender: Address, messages: Sequence[Message]) -> None:
        if self._lives is not None:
            self._lives.hear(sender, messages)

    # What the simulation asks for before there is anybody else who could tell

    def _decide(self, agent: Agent, effect: StartWork) -> Fate:
        for blow in () if self._fates.calm else self._upon.pop(effect.lease.subtask, ()):
            self._later(blow.at, partial(self._blows.strike, blow))
        return self._fates.decide(agent, effect)

    def _answer(self, agent: Agent, call: CallForBids) -> Answer:
        return self._fates.answer(agent, call)

    def _check(self, lease: Lease) -> Future[None]:
        return self._simulation.runtime.checking(lease)


def _program(scenario: Scenario) -> list[tuple[float, Blow | Commission]]:
    """Goals and blows by their times; a goal before a blow of the same moment."""
    events: list[Blow | Commission] = [*scenario.commissions]
    events += [blow for blow in scenario.blows if not blow.upon]
    return sorted(((event.at, event) for event in events), key=lambda entry: entry[0])


class _Planner:
    """Makes the plans of those goals that come without one."""

    def __init__(self, scenario: Scenario) -> None:
        self._commissions = {commission.name: commission for commission in scenario.commissions}

    def plan(self, goal: Goal) -> Plan:
        return plan_of(self._commissions[goal.text])

    def repair_at(self, goal: Goal, damage: Damage, desk: Desk) -> PlanChange:
        del desk
        return change_of(self._commissions[goal.text], damage)


@cache
def _equivalences() -> Equivalences:
    return load_equivalences()
