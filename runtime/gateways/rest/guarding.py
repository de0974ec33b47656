"""What the routes ask of whoever guards them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

    from callboard.messages.base import AgentId
    from callboard.runtime.gateways.operations.operation import AnyOperation, Request
    from callboard.runtime.runtime import Runtime


class Guard(Protocol):
    """Decides who may ask what; without one, everybody may everything."""

    async def admit(self, connection: HTTPConnection, operation: AnyOperation) -> object:
        """Who asks, by the headers; the body was not read yet.

        Returns:
            Whatever `permit` wants to know of them.

        Raises:
            CallboardError: They are not let in; its status is in
                `callboard.runtime.gateways.operations.problems`.
        """
        ...

    def permit(
        self, who: object, operation: AnyOperation, asked: Request, runtime: Runtime
    ) -> None:
        """Whether they may ask just that, as of an agent that they are not.

        Args:
            who: What `admit` has said.
            operation: What is asked for; `Operation.agent` is the field that names the agent.
            asked: With which values.
            runtime: Knows who holds which lease.

        Raises:
            CallboardError: They may not.
        """
        ...

    def name_of(self, who: object) -> str:
        """What people call them; "" where they have not shown who they are.

        Args:
            who: What `admit` has said.
        """
        ...

    def admit_agent(self, connection: HTTPConnection, agent: AgentId) -> object:
        """Who comes over a link and says that they are *agent*, if they may be.

        Raises:
            CallboardError: They may not.
        """
        ...
