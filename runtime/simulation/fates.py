"""What becomes of each attempt of a trial: drawn as it is assigned, done when it begins."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import msgspec

from callboard.messages.base import agent_address
from callboard.messages.errors.lookups import UnknownAgent
from callboard.messages.user import pack
from callboard.messages.values import unpack
from callboard.runtime.simulation.rationing import spends
from callboard.runtime.simulation.reference import Deeds, result_of
from callboard.runtime.simulation.scenario import HOUR, PROMISES
from callboard.runtime.simulation.verifications import verdict_on

if TYPE_CHECKING:
    from callboard.actors.logic.effects import StartWork
    from callboard.messages.bids import CallForBids
    from callboard.messages.facts import SubtaskAssigned
    from callboard.messages.values import Agent, Lease, Token
    from callboard.runtime.simulation.bidding import Answer
    from callboard.runtime.simulation.executor import Fate
    from callboard.runtime.simulation.lots import Lots
    from callboard.runtime.simulation.oracle import Oracle
    from callboard.runtime.simulation.scenario import Scenario
    from callboard.runtime.simulation.simulation import Simulation

_LATEST = 600.0
"""Seconds by which nobody is late: grace, lateness of timers, backoff."""

_ANOTHER = 2 * HOUR
"""Seconds that one takes at the most which has the slot that another one wants back."""


class Fates:
    """Decides for a simulation what lots say, and tells the oracle what must not surprise it.

    Args:
        scenario: Who there is.
        lots: Decides.
        simulation: In which it comes true.
        oracle: Is told which attempts cannot end by themselves, and what runs.
        rationed: There are resources, so the oracle looks at what runs.

    Attributes:
        calm: The faults have stopped: from now on nobody is slower than others.
        deeds: What the agents really did.
        pulling: Agents that work elsewhere.
    """

    def __init__(
        self,
        scenario: Scenario,
        lots: Lots,
        simulation: Simulation,
        oracle: Oracle,
        *,
        rationed: bool,
    ) -> None:
        self.calm = False
        self.deeds = Deeds()
        self.pulling = {worker.id for worker in scenario.workers if worker.pull}
        self._hopeless = {job.id for job in scenario.jobs if job.hopeless}
        self._slow = {worker.id: worker.slow for worker in scenario.workers}
        self._lots = lots
        self._simulation = simulation
        self._oracle = oracle
        self._rationed = rationed
        self._fates: dict[Token, Fate] = {}
        self._begun: dict[Token, tuple[str, float]] = {}

    # Once something is assigned

    def draw(self, fact: SubtaskAssigned) -> None:
        """An attempt is assigned: what becomes of it?"""
        lease, board = fact.lease, self._simulation.runtime.hub.board
        if lease.token in self._fates:  # its agent has gone on to it by itself
            return
        fate = self._drawn(lease, board.subtasks[lease.subtask].subtask.seconds)
        if lease.agent in self.pulling:
            self._begin_elsewhere(lease, fate)
        elif fate.ends == "crashed before":
            self._kill(lease.agent)

    def _drawn(self, lease: Lease, seconds: float) -> Fate:
        fate = self._lots.fate(lease.subtask, seconds, calm=self.calm)
        if lease.subtask in self._hopeless and fate.ends == "done":
            fate = msgspec.structs.replace(fate, ends="failed")
        self._fates[lease.token] = fate
        return fate

    def begun_elsewhere(self, lease: Lease) -> Fate | None:
        """The fate of an attempt that one who works elsewhere begins; None of any other."""
        return self._fates.get(lease.token) if lease.agent in self.pulling else None

    def _begin_elsewhere(self, lease: Lease, fate: Fate) -> None:
        """What does not end well over there is never heard of, and ended from here."""
        seconds, token = fate.seconds * self._slow[lease.agent], lease.token
        self._fates[token] = msgspec.structs.replace(fate, seconds=seconds, waits=0.0)
        self.deeds.begun[lease.subtask] += 1
        if fate.ends in ("done", "crashed after"):
            self.deeds.able.add(lease.subtask)
        if fate.ends != "done" or seconds > PROMISES.run - _LATEST:
            self._oracle.hanging.add(token)

    def _kill(self, agent: str) -> None:
        with contextlib.suppress(UnknownAgent):  # it is dead already
            self._simulation.crash(agent_address(agent))

    # Once it begins

    def decide(self, agent: Agent, effect: StartWork) -> Fate:
        """An attempt begins: how does it go?"""
        ready, token = effect.ready, effect.lease.token
        fate = self._fates.get(token) or self._drawn(effect.lease, ready.subtask.seconds)
        self._oracle.begins(effect.lease, self._others(agent.id))
        slow = 1.0 if self.calm else self._slow[agent.id]
        uuid, seconds = ready.subtask.uuid, fate.seconds * slow
        self.deeds.begun[uuid] += 1
        # One that lends its slot may wait long for getting one back, on a slow agent too long.
        latest = PROMISES.run - _LATEST - (fate.waits and fate.waits + _ANOTHER)
        too_long = seconds > latest or (fate.waits and slow > 1.0)
        if fate.ends == "hangs" or too_long:
            self._oracle.hanging.add(token)
        if fate.waits:
            self._oracle.lending.add(token)
        if fate.ends in ("done", "crashed after"):
            self.deeds.able.add(uuid)
        said = verdict_on(ready.subtask, effect.lease.attempt) or result_of(
            uuid, [unpack(i.result) for i in ready.inputs]
        )
        result = pack(said, what="a result")
        self._begun[token] = (uuid, self._simulation.stepper.now())
        if self._rationed:  # after this one has begun
            self._simulation.stepper.after(0.0, self._look_at_rations)
        spent = spends(ready.subtask, token)
        return msgspec.structs.replace(fate, seconds=seconds, result=result, spends=spent)

    def _others(self, agent: str) -> int:
        executor, lent = self._simulation.executors.get(agent), self._simulation.lent
        running = () if executor is None else executor.running
        return sum(token not in lent for token in running)

    def answer(self, agent: Agent, call: CallForBids) -> Answer:
        """An agent hears a call for bids: what does it say?"""
        return self._lots.answer(agent.id, call.ready.subtask.uuid, calm=self.calm)

    def _look_at_rations(self) -> None:
        executors = self._simulation.executors.items()
        begun = {agent: [self._begun[t] for t in one.running] for agent, one in executors}
        self._oracle.runs(begun)
