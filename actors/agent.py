"""An Agent: does subtasks, and answers messages, by what it was registered with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.agency import AgencyLogic
from callboard.actors.logic.distance import DistantAgencyLogic
from callboard.actors.shell import Shell, Stage
from callboard.messages.base import agent_address

if TYPE_CHECKING:
    from callboard.actors.logic.effects import Effect
    from callboard.actors.ports import Executor
    from callboard.messages import values


class Agent(Shell):
    """The actor of one agent.

    Attributes:
        agent_id: Whom it stands for.
        executor: Runs its code beside the mailbox.
    """

    def __init__(
        self,
        stage: Stage,
        agent: values.Agent,
        incarnation: int,
        executor: Executor,
        audit: float,
    ) -> None:
        logic = (DistantAgencyLogic if agent.elsewhere else AgencyLogic)(agent, incarnation, audit)
        super().__init__(stage, agent_address(agent.id), incarnation, logic)
        self.agent_id = agent.id
        self.executor = executor

    def special(self, effect: Effect) -> None:
        """Everything that runs the agent's code is the executor's."""
        self.executor.perform(effect)
