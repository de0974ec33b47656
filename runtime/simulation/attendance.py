"""Agents and actors as the oracle sees them: who is there, and who falls without a cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from callboard.messages import facts, notices
from callboard.runtime.simulation.executor import ON_PURPOSE
from callboard.runtime.simulation.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.messages.base import AgentId
    from callboard.messages.values import Problem


class Attendance(Ledger):
    """Looks at those who come, change, fall and leave."""

    def _registered(self, fact: facts.AgentRegistered) -> None:
        self._agents[fact.agent.id] = fact.agent
        self.may_run(fact.agent.id, fact.agent.max_load)
        self._abilities.registered(fact.agent)

    def _resized(self, fact: facts.AgentResized) -> None:
        agent = self._agents[fact.agent]
        self._agents[fact.agent] = msgspec.structs.replace(agent, max_load=fact.max_load)
        self.may_run(fact.agent, fact.max_load)

    def may_run(self, agent: AgentId, max_load: int) -> None:
        """Somebody has said that it runs so many at once.

        The supervisor tells the agent and the scheduler, and the scheduler is the one that
        records it: the agent may hear of it before, and begin what stands in line.
        """
        self._largest[agent] = max(self._largest.get(agent, 0), max_load)

    def _holds_no_more(self, agent: AgentId) -> None:
        """What it holds is nobody's from now on, whoever records the end of its leases.

        Also what it has done, until that is recorded: only facts say who has what, so a
        replayed journal says the same.
        """
        for uuid, doers in list(self._doers.items()):
            for lease in [doer for doer in doers if doer.agent == agent]:
                if uuid not in self._ended:
                    self._undo(lease)

    def _removed(self, fact: facts.AgentRemoved) -> None:
        self._holds_no_more(fact.agent)
        self._fallen[fact.agent] = fact.at

    def _crashed(self, fact: facts.AgentCrashed) -> None:
        self._holds_no_more(fact.agent)
        self._fallen[fact.agent] = fact.at
        self._on_purpose(f"agent/{fact.agent}", fact.problem)

    def _restarting(self, fact: facts.RestartScheduled) -> None:
        self._on_purpose(fact.address, fact.problem)

    def _on_purpose(self, address: str, problem: Problem) -> None:
        by_itself = problem.error == "ActorDied" and ON_PURPOSE not in problem.text
        last = problem.traceback.strip().splitlines()[-4:]
        self.check(not by_itself, lambda: "\n".join([f"{address}: {problem.text}", *last]))

    def _broken(self, notice: notices.RuntimeFailed) -> None:
        self.violations.append(f"the runtime has failed: {notice.problem.text}")

    attendance: ClassVar[dict[type, Callable[[Any, Any], None]]] = {
        facts.AgentRegistered: _registered,
        facts.AgentResized: _resized,
        facts.AgentCrashed: _crashed,
        facts.AgentRemoved: _removed,
        facts.RestartScheduled: _restarting,
        notices.RuntimeFailed: _broken,
    }
