"""The runtime as a whole: how it stands, its tensor, and holding it up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callboard.messages.base import AgentId, GoalId, SubtaskId
from callboard.runtime.gateways.operations.aside import aside
from callboard.runtime.gateways.operations.bounds import Moment, check_moment
from callboard.runtime.gateways.operations.operation import Answer, Operation, Request, Scope

if TYPE_CHECKING:
    from callboard.actors.logic.sparse import SparseTensor
    from callboard.runtime.runtime import Runtime


class AskStanding(Request):
    """How everything stands."""


class AskSparse(Request):
    """The task tensor with its labels: only what is not 0."""


class PauseAll(Request):
    """Give nobody anything new.

    Attributes:
        reason: For people.
        interrupt: What runs is taken back at once, with its checkpoint.
    """

    reason: str = ""
    interrupt: bool = False


class ResumeAll(Request):
    """Undo a pause of everything, or its drain."""


class DrainAll(Request):
    """Accept no goal any more; those that are there go on.

    Attributes:
        reason: For people.
        timeout: Seconds that the end of the last one is waited for, up to 60.
    """

    reason: str = ""
    timeout: Moment = 0.0


class Standing(Answer):
    """How everything stands.

    Attributes:
        status: Figures about goals, subtasks, agents, resources, and what can be foreseen.
    """

    status: dict[str, Any]


class Sparse(Answer):
    """T_task, as far as it is not 0.

    Attributes:
        shape: Subtasks, agents and priorities.
        subtasks: Uuids on the first axis.
        agents: Ids on the second.
        priorities: Names on the third.
        coords: Three rows: where on each axis a number stands.
        data: The numbers, in [0, 1].
    """

    shape: tuple[int, int, int]
    subtasks: tuple[SubtaskId, ...]
    agents: tuple[AgentId, ...]
    priorities: tuple[str, ...]
    coords: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]
    data: tuple[float, ...]


class Held(Answer):
    """It is done.

    Attributes:
        message: What was done, for people.
    """

    message: str


class Drained(Answer):
    """No goal is accepted any more.

    Attributes:
        goals: Ids of those that have not ended yet.
    """

    goals: tuple[GoalId, ...]


async def _status(runtime: Runtime, _: AskStanding) -> Standing:
    # Looking at all that is open takes a while where that is much.
    return Standing(status=await aside(runtime.status))


async def _tensor(runtime: Runtime, _: AskSparse) -> Sparse:
    return await aside(lambda: _sparse(runtime.tensor().sparse()))


def _sparse(found: SparseTensor) -> Sparse:
    rows = [tuple(row.tolist()) for row in found.coords]
    return Sparse(
        shape=found.shape,
        subtasks=found.subtasks,
        agents=found.agents,
        priorities=found.priorities,
        coords=(rows[0], rows[1], rows[2]),
        data=tuple(found.data.tolist()),
    )


async def _pause(runtime: Runtime, asked: PauseAll) -> Held:
    await runtime.apause(asked.reason, interrupt=asked.interrupt)
    return Held(message="Nobody is given anything new")


async def _resume(runtime: Runtime, _: ResumeAll) -> Held:
    await runtime.aresume()
    return Held(message="Everything goes on")


async def _drain(runtime: Runtime, asked: DrainAll) -> Drained:
    check_moment("timeout", asked.timeout)
    return Drained(goals=await runtime.adrain(asked.timeout, asked.reason))


RUNTIME = (
    Operation(
        name="status",
        method="GET",
        path="/status",
        summary="How everything stands",
        tag="runtime",
        scope=Scope.READER,
        request=AskStanding,
        answer=Standing,
        do=_status,
        bulky=True,
    ),
    Operation(
        name="tensor",
        method="GET",
        path="/tensor",
        summary="The task tensor with its labels: what is not 0",
        tag="runtime",
        scope=Scope.READER,
        request=AskSparse,
        answer=Sparse,
        do=_tensor,
        bulky=True,
    ),
    Operation(
        name="pause_runtime",
        method="POST",
        path="/runtime/pause",
        summary="Give nobody anything new",
        tag="runtime",
        scope=Scope.OPERATOR,
        request=PauseAll,
        answer=Held,
        do=_pause,
    ),
    Operation(
        name="drain_runtime",
        method="POST",
        path="/runtime/drain",
        summary="Accept no goal any more",
        tag="runtime",
        scope=Scope.OPERATOR,
        request=DrainAll,
        answer=Drained,
        do=_drain,
    ),
    # Last: whoever tries all of them in order leaves nothing held up.
    Operation(
        name="resume_runtime",
        method="POST",
        path="/runtime/resume",
        summary="Undo a pause or a drain",
        tag="runtime",
        scope=Scope.OPERATOR,
        request=ResumeAll,
        answer=Held,
        do=_resume,
    ),
)
"""In the order in which the documentation shows them."""
