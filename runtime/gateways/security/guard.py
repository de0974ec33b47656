"""Who asks, and whether they may.

A server without a file of tokens lets everybody who can reach it do everything, and so it
is reached from its own machine only. With one, whoever asks shows a token; what that
allows is its scope, and a token that is bound to agents speaks for no others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from callboard.messages.base import AgentId
from callboard.messages.errors.guarding import NotAllowed, NotLetIn
from callboard.runtime.gateways.operations.operation import Scope

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

    from callboard.runtime.gateways.operations.operation import AnyOperation, Request
    from callboard.runtime.gateways.security.store import TokenStore
    from callboard.runtime.runtime import Runtime

CALLER: Final = "callboard.caller"
"""Where the scope of ASGI has who asks."""

PUBLIC: Final = frozenset({"/health", "/ready", "/docs", "/openapi.json"})
"""What tells nothing of anybody's work, and is asked by those who have no token: probes,
and browsers that are shown the documentation."""

PREFIX: Final = "callboard.token."
"""Before a token among the subprotocols of a WebSocket: a browser sends no headers of ours."""

SUBTASK_FIELDS: Final = ("subtask_uuid", "subtask_id")
"""Fields that name a subtask, and with it those who hold its leases."""


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever asks.

    Attributes:
        name: What people call them.
        scope: What they may do; None for nothing but what is public.
        agents: As which agents they may speak; () for all.
        token: Id of their token; "" for none.
    """

    name: str
    scope: Scope | None
    agents: tuple[AgentId, ...] = ()
    token: str = ""

    def speaks_for(self, agent: AgentId) -> bool:
        """Whether they may be that agent.

        >>> ann = Caller(name="ann", scope=Scope.AGENT, agents=("ann",))
        >>> ann.speaks_for("ann"), ann.speaks_for("bob")
        (True, False)
        """
        if self.scope is None or self.scope < Scope.AGENT:
            return False
        return not self.agents or agent in self.agents


ANYBODY: Final = Caller(name="anybody", scope=Scope.OPERATOR)
"""Who comes to a server that has no tokens."""

STRANGER: Final = Caller(name="a stranger", scope=None)
"""Who shows no token, and may see what is public."""


class Guard:
    """Knows who asks by their token.

    Args:
        store: Where tokens are; None lets everybody do everything.
        clock: Seconds since the epoch.
    """

    def __init__(
        self, store: TokenStore | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self.store = store
        self._clock = clock

    def caller(self, headers: Mapping[str, str], path: str) -> Caller:
        """Who asks, by their token.

        Args:
            headers: Of the request, with names in lower case.
            path: What they ask for.

        Raises:
            NotLetIn: They show no token, or one that does not count.
            TokensUnusable: The file of tokens is not there, or cannot be understood.
        """
        if self.store is None:
            return ANYBODY
        shown = token_of(headers)
        if not shown:
            if path in PUBLIC:
                return STRANGER
            raise NotLetIn("a token is needed: Authorization: Bearer TOKEN")
        known = self.store.find(shown, self._clock())
        if known is None:
            raise NotLetIn("the token is unknown, revoked or expired")
        return Caller(
            name=known.name,
            scope=Scope[known.scope.upper()],
            agents=known.agents,
            token=known.id,
        )

    def still(self, caller: Caller) -> bool:
        """Whether somebody who was let in would be let in now."""
        if self.store is None or not caller.token:
            return True
        return self.store.counts(caller.token, self._clock())

    async def admit(self, connection: HTTPConnection, operation: AnyOperation) -> Caller:
        """Who asks, if they may ask for that at all.

        Raises:
            NotAllowed: Their token is for less.
            NotLetIn: See `caller`.
        """
        caller = self.caller_of(connection)
        if operation.path in PUBLIC or _may(caller, operation.scope):
            return caller
        raise _too_little(caller, operation)

    def permit(
        self, who: object, operation: AnyOperation, asked: Request, runtime: Runtime
    ) -> None:
        """Whether they may ask just that: an agent is asked for by those who speak for it.

        Raises:
            NotAllowed: It is another agent's, or everybody's.
            UnknownSubtask: There is none with that uuid.
        """
        if not isinstance(who, Caller):
            raise NotAllowed(operation.name, "nobody knows who asks")
        if not who.agents or operation.scope < Scope.AGENT:
            return
        meant = _agents_of(operation, asked, runtime)
        if meant is None:
            raise NotAllowed(operation.name, f"the token {who.name!r} is for {_listed(who)} only")
        for agent in meant:
            if not who.speaks_for(agent):
                raise NotAllowed(
                    f"{operation.name} for {agent!r}", f"the token is for {_listed(who)}"
                )

    def name_of(self, who: object) -> str:
        """The name of their token; "" where they have none."""
        return who.name if isinstance(who, Caller) and who.token else ""

    def admit_agent(self, connection: HTTPConnection, agent: AgentId) -> Caller:
        """Who comes over a link and says that they are *agent*, if they may be.

        Raises:
            NotAllowed: They may not be that agent.
            NotLetIn: See `caller`.
        """
        caller = self.caller_of(connection)
        if caller.speaks_for(agent):
            return caller
        if not _may(caller, Scope.AGENT):
            raise NotAllowed("to be an agent", f"the token {caller.name!r} is for readers")
        raise NotAllowed(f"to be {agent!r}", f"the token is for {_listed(caller)}")

    def caller_of(self, connection: HTTPConnection) -> Caller:
        """Who asks; the server has looked at it before anything else."""
        found: object = connection.scope.get(CALLER)
        if isinstance(found, Caller):
            return found
        return self.caller(connection.headers, connection.scope["path"])


def token_of(headers: Mapping[str, str]) -> str:
    """The token that somebody shows; "" for none.

    >>> token_of({"authorization": "Bearer cb_1_x"})
    'cb_1_x'
    >>> token_of({"sec-websocket-protocol": "callboard.json, callboard.token.cb_1_x"})
    'cb_1_x'
    """
    kind, _, shown = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return shown.strip()
    for offered in headers.get("sec-websocket-protocol", "").split(","):
        if offered.strip().startswith(PREFIX):
            return offered.strip().removeprefix(PREFIX)
    return ""


def _may(caller: Caller, scope: Scope) -> bool:
    return caller.scope is not None and caller.scope >= scope


def _too_little(caller: Caller, operation: AnyOperation) -> NotAllowed | NotLetIn:
    if caller.scope is None:
        return NotLetIn("a token is needed: Authorization: Bearer TOKEN")
    has, needs = caller.scope.name.lower(), operation.scope.name.lower()
    return NotAllowed(
        operation.name, f"it needs the scope {needs}, the token {caller.name!r} has {has}"
    )


def _agents_of(
    operation: AnyOperation, asked: Request, runtime: Runtime
) -> tuple[AgentId, ...] | None:
    """Whose business it is; None where that cannot be said, so that it is everybody's."""
    if operation.agent:
        return (getattr(asked, operation.agent),)
    for name in SUBTASK_FIELDS:
        subtask = getattr(asked, name, None)
        if isinstance(subtask, str):
            return _holders(subtask, runtime)
    return None


def _holders(subtask: str, runtime: Runtime) -> tuple[AgentId, ...] | None:
    """Who holds a subtask, or did when it ended: that may be told to them once more."""
    record = runtime.hub.subtask(subtask)
    holders = tuple(lease.agent for lease in record.leases)
    if holders:
        return holders
    last = record.assigned_agent
    return None if last is None else (last,)


def _listed(caller: Caller) -> str:
    return ", ".join(map(repr, caller.agents))
