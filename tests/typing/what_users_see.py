"""What a user's type checker sees: mypy and pyright check this file, nobody runs it.

Every line with an `ignore` is wrong on purpose, and both checkers must say so: both
complain of an `ignore` without a reason.
"""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from typing import Any, assert_type

from callboard import (
    Closed,
    Config,
    Context,
    GoalHandle,
    Note,
    OnError,
    Plan,
    Priority,
    Retry,
    RetryLater,
    Runtime,
    Subtask,
    Task,
    UserMessage,
    agent,
    handles,
    subtask,
)
from callboard.actors.logic.records import GoalStatus, Quarantined, SubtaskRecord
from callboard.messages.unions import Event
from callboard.messages.values import Lease
from callboard.runtime.executors.inputs import Results
from callboard.runtime.subscription import Subscription

# Agents


@agent(skills=["statistics"], max_load=2)
def analyst(task: Task, ctx: Context) -> dict[str, int]:
    """A decorated function is what it was."""
    assert_type(task.name, str)
    assert_type(ctx.cancelled, bool)
    assert_type(ctx.remaining, float | None)
    ctx.progress(0.5, "half of it", checkpoint={"row": 5})
    ctx.progress("half")  # type: ignore[arg-type]
    return {"rows": 5}


@agent(skills={"statistics": 2.0, "sql": None}, timeout=5, retry={"attempts": 2})
async def async_analyst(task: Task) -> str:
    """A decorated coroutine function as well."""
    return task.description


@agent
class Reporter:
    """And a class."""

    def __init__(self, name: str = "reporter") -> None:
        self.name = name

    def work(self, task: Task, ctx: Context) -> str:
        """Do one subtask."""
        return f"{task.name} by {ctx.agent}"

    @handles(Note)
    def note(self, note: Note) -> str:
        """Handle a note."""
        return note.text


async def decorated_things_stay_what_they_are(task: Task, ctx: Context) -> None:
    """With their own signatures."""
    assert_type(analyst(task, ctx), dict[str, int])
    assert_type(await async_analyst(task), str)
    assert_type(Reporter("me"), Reporter)
    assert_type(Reporter().note(Note("x")), str)
    analyst(task)  # type: ignore[call-arg]
    Reporter(5)  # type: ignore[arg-type]


def options_of_agents_are_known(runtime: Runtime) -> None:
    """As keywords, with their types."""
    assert_type(runtime.register(analyst), str)
    assert_type(runtime.register(Reporter(), id="r", skills=["prose >= 2"], retry=3), str)
    runtime.register(analyst, skill=["a"])  # type: ignore[call-arg]
    runtime.register(analyst, max_load="2")  # type: ignore[arg-type]
    agent(skills=5)  # type: ignore[call-overload]


def retry_policies_take_classes_and_names() -> None:
    """Of exceptions, and nothing else."""
    rule = OnError(errors=(ConnectionError, "RateLimited"), attempts=10, first=30)
    assert_type(Retry(attempts=2, on=(rule,), never=(KeyError, "TypeError")), Retry)
    OnError(errors=(int,))  # type: ignore[arg-type]
    OnError(errors="KeyError")  # type: ignore[arg-type]
    Retry(then="forget")  # type: ignore[arg-type]
    assert_type(RetryLater(30, "the rate limit"), RetryLater)
    RetryLater("30")  # type: ignore[arg-type]


def what_is_parked_can_be_looked_into(runtime: Runtime) -> None:
    """And changed, by keywords with types."""
    for parked in runtime.quarantine():
        assert_type(parked, Quarantined)
        assert_type(parked.agents, tuple[str, ...])
        runtime.requeue(parked.subtask.uuid)
        runtime.requeue(parked.subtask.uuid, description="anew", data={"any": 1})
        runtime.edit(parked.subtask.uuid, required_skills=["sql>=2"], retry=None)
        runtime.edit(parked.subtask.uuid, name="other")  # type: ignore[call-arg]
        runtime.edit(parked.subtask.uuid, description=5)  # type: ignore[arg-type]


# Goals


def goals_have_handles(runtime: Runtime) -> None:
    """With typed results, records and events."""
    goal = runtime.submit("analyze it", context="Q4", priority="HIGH", deadline=60)
    assert_type(goal, GoalHandle)
    assert_type(goal.result(timeout=60), Results)
    assert_type(goal.result()["Data Analysis"], Any)
    assert_type(goal.status, GoalStatus)
    assert_type(goal.subtasks, tuple[SubtaskRecord, ...])
    assert_type(goal.events(), Subscription)
    for event in goal.events():
        assert_type(event, Event)
    runtime.submit("x", priority=Priority.LOW, plan=[subtask("A")])
    runtime.submit("x", plan=[{"name": "A"}], key="k")
    runtime.submit(Plan(subtasks=()))
    runtime.submit([subtask("A"), {"name": "B"}])
    runtime.submit("x", dedline=60)  # type: ignore[call-arg]
    runtime.submit("x", deadline="60")  # type: ignore[arg-type]
    runtime.submit(5)  # type: ignore[arg-type]


def a_subtask_is_a_value() -> None:
    """Frozen, and with keywords."""
    one = subtask("A", required_skills=["sql"], priority="HIGH", dependencies=[])
    assert_type(one, Subtask)
    assert_type(one.priority, Priority)


async def twins_are_typed_alike(runtime: Runtime) -> None:
    """Every call has a form for coroutines."""
    goal = await runtime.asubmit("analyze it", deadline=60)
    assert_type(goal, GoalHandle)
    assert_type(await goal, Results)
    assert_type(await goal.aresult(5), Results)
    assert_type(await runtime.aregister(analyst), str)
    assert_type(await runtime.aassign(), tuple[Lease, ...])
    assert_type(await runtime.aclose(), Closed)
    async for event in goal.events():
        assert_type(event, Event)
    async with Runtime(Config(pool_size=4)) as other:
        assert_type(other, Runtime)


def a_runtime_closes_itself() -> None:
    """And says what it left behind."""
    with Runtime() as runtime:
        assert_type(runtime, Runtime)
        assert_type(runtime.status(), dict[str, Any])
        assert_type(runtime.assign(), tuple[Lease, ...])
        assert_type(runtime.health(), dict[str, dict[str, int]])
    assert_type(runtime.close().threads, tuple[str, ...])
    Runtime("work.db")  # type: ignore[arg-type]


# Messages


class Question(UserMessage, frozen=True):
    """A type of the user's own."""

    text: str


def messages_are_typed(runtime: Runtime, ctx: Context) -> None:
    """What is sent is a message, and what is answered is anything."""
    runtime.send("reporter", Question(text="why"))
    assert_type(runtime.ask("reporter", Question(text="why"), timeout=5), Any)
    assert_type(ctx.ask("reporter", Note("x"), timeout=5), Any)
    assert_type(ctx.messages.get(timeout=5), UserMessage)
    runtime.send("reporter", "why")  # type: ignore[arg-type]
    handles(str)  # type: ignore[arg-type]
