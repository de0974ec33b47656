"""Work is done, fails, is lost and is begun again; people and agents come between.

Each scene is played by a real runtime, once, by `make_recorded`.
"""

from __future__ import annotations

import contextlib
import shutil
from functools import partial
from typing import TYPE_CHECKING

from callboard.messages import facts
from callboard.messages.errors import CallboardError
from callboard.messages.values import Agent, Skill, Timeouts
from callboard.runtime.config import Config
from callboard.runtime.executors.decorator import agent
from callboard.runtime.planners.stated import subtask
from callboard.runtime.runtime import Runtime
from tests.live import LONG, eventually
from tests.runtime.journal.scenery import (
    CONFIG,
    clerk,
    compact,
    ends_badly,
    gambler,
    one_of,
    patient,
)
from tests.runtime.settings import count

if TYPE_CHECKING:
    from pathlib import Path

    from callboard.runtime.executors.context import Context
    from callboard.runtime.executors.task import Task


@agent(skills=["care>=1"])
def surgeon(task: Task) -> str:
    """Goes down with whatever it was not told to do carefully."""
    if task.description != "carefully":
        raise SystemExit(task.name)
    return "a small scar"


@agent(skills=["lead>=1"])
def lead(task: Task, ctx: Context) -> object:
    """Has others do a part of it."""
    part = ctx.submit(f"a part of {task.name}", key=f"part of {task.name}")
    return dict(ctx.wait(part, timeout=LONG))


def everyday(path: Path) -> None:
    """Goals of all kinds end in all ways; one is open when the runtime is closed."""
    with Runtime.open(path, CONFIG) as runtime:
        for one in (clerk, patient, lead, gambler):
            runtime.register(one)
        runtime.resize("clerk", 2)
        plan = [
            subtask("collect", uuid="collect", priority="HIGH", data={"year": 2026}),
            subtask("count", uuid="count", dependencies=["collect"], timeouts=Timeouts(run=60.0)),
            subtask("draw", uuid="draw", dependencies=["collect"], required_skills=["luck>=1"]),
            subtask("tell", uuid="tell", dependencies=["count", "draw"], priority="LOW"),
        ]
        told = runtime.submit("the report", plan=plan, context="for the board", key="report 1")
        told.result(LONG)
        runtime.submit("led", plan=[one_of("led", skill="lead")], deadline=3600.0).result(LONG)
        ends_badly(runtime.submit("lost", plan=[one_of("impossible", skill="luck")]))
        wanted = [one_of("fly", skill="wings"), one_of("land", skill="wings", optional=True)]
        unwanted = runtime.submit("flight", plan=wanted, priority="CRITICAL")
        runtime.cancel_subtask("land", "not needed")
        unwanted.cancel("the weather")
        by_hand(runtime)
        runtime.unregister("gambler")
        under_way = [
            one_of("begin"),
            one_of("go on", ["begin"], "patience"),
            one_of("end", ["go on"]),
        ]
        runtime.submit("under way", plan=under_way, key="under way", context="to be continued")
        eventually(lambda: count(runtime, facts.CheckpointSaved))


def by_hand(runtime: Runtime) -> None:
    """What a person does, and what nobody was assigned."""
    runtime.register_remote(Agent(id="person", skills=(Skill(name="hands", level=1.0),), pull=True))
    goal = runtime.submit(
        "by hand", plan=[one_of("lift", skill="hands"), one_of("carry", ["lift"], "feet")]
    )
    eventually(lambda: goal.subtasks and runtime.assign())
    runtime.complete("lift", {"kilos": 12.5})
    eventually(lambda: goal.subtasks[1].status.value == "ready")
    runtime.complete("carry", None)
    goal.result(LONG)


def trouble(path: Path) -> None:
    """Agents and actors fall, and are given up; what takes them down is parked."""
    with Runtime.open(path, CONFIG) as runtime:
        for one in (clerk, patient, surgeon):
            runtime.register(one)
        mended(runtime)
        adopted = runtime.submit("held through it all", plan=[one_of("hold", skill="patience")])
        eventually(lambda: count(runtime, facts.CheckpointSaved))
        runtime.crash("scheduler", "on purpose")
        eventually(lambda: count(runtime, facts.LeaseAdopted))
        runtime.crash("orchestrator", "on purpose")
        eventually(lambda: count(runtime, facts.ActorRestarted) == 2)
        runtime.crash("agent/patient", "on purpose")
        eventually(lambda: count(runtime, facts.SubtaskRequeued))
        until_given_up(runtime, "agent/clerk")
        assert not adopted.done
        runtime.submit("parked", plan=[one_of("cut again", skill="care")], deadline=7 * 24 * 3600.0)
        eventually(runtime.quarantine)


def mended(runtime: Runtime) -> None:
    """A subtask is parked, edited, and tried again."""
    goal = runtime.submit("operate", plan=[one_of("cut", skill="care", description="at once")])
    eventually(runtime.quarantine)
    runtime.edit("cut", data={"depth": 1})
    runtime.requeue("cut", description="carefully")
    goal.result(LONG)


def until_given_up(runtime: Runtime, address: str) -> None:
    """It falls whenever it stands, until nobody lifts it up any more."""
    while not count(runtime, facts.Escalated):
        rises = count(runtime, facts.AgentStarted)
        runtime.crash(address, "again and again")
        eventually(partial(rose_or_given_up, runtime, rises))


def rose_or_given_up(runtime: Runtime, rises: int) -> bool:
    """Whether an agent has started since, or was given up."""
    return bool(count(runtime, facts.Escalated)) or count(runtime, facts.AgentStarted) > rises


def control(path: Path) -> None:
    """Everything is paused, resumed and drained; much of it is still held at the end."""
    with Runtime.open(path, CONFIG) as runtime:
        for one in (clerk, patient):
            runtime.register(one)
        runtime.pause_agent("clerk", "lunch")
        runtime.resume_agent("clerk")
        runtime.pause("an update", interrupt=True)
        goal = runtime.submit("waits", plan=[one_of("wait")])
        eventually(lambda: goal.subtasks)
        goal.pause("not yet")
        goal.resume()
        runtime.pause_subtask("wait", "nor this")
        runtime.resume_subtask("wait")
        runtime.resume()
        goal.result(LONG)
        steps = [one_of("sit", skill="patience"), one_of("stand", ["sit"])]
        drained = runtime.submit("runs out", plan=steps, key="runs out")
        eventually(lambda: count(runtime, facts.CheckpointSaved))
        runtime.drain_subtask("sit", "never mind")
        runtime.drain_subtask("stand", "nor this")
        drained.drain("closing time")
        held = runtime.submit("held", plan=[one_of("first"), one_of("second"), one_of("third")])
        eventually(lambda: len(held.subtasks) == 3 and held.subtasks[0].ended_at)
        runtime.submit("kept back", plan=[one_of("kept", skill="care")]).pause("till Monday")
        runtime.submit("kept apart", plan=[one_of("apart", skill="care")])
        eventually(lambda: runtime.hub.board.subtasks.get("apart"))
        runtime.pause_subtask("apart", "till Tuesday")
        runtime.pause_agent("patient", "sent home", interrupt=True)
        with contextlib.suppress(CallboardError):
            runtime.drain(timeout=0.0, reason="shutting down")
        runtime.pause("the night")


def boots(path: Path) -> None:
    """One goal outlives several openings, one of them cut off; what is old is compacted."""
    with Runtime.open(path, CONFIG) as runtime:
        runtime.register(clerk)
        runtime.submit("old", plan=[one_of("old")], key="old").result(LONG)
        ends_badly(
            runtime.submit("old and lost", plan=[one_of("gone", skill="wings")], deadline=0.001)
        )
        runtime.register(patient)
        steps = [one_of("one"), one_of("two", ["one"], "patience"), one_of("three", ["two"])]
        runtime.submit("a long way", plan=steps, key="long", deadline=None)
        eventually(lambda: count(runtime, facts.CheckpointSaved))
        killed = path.with_name("killed.db")
        for end in ("", "-wal"):  # as a process leaves them that is killed now
            shutil.copy(f"{path}{end}", f"{killed}{end}")
    for name in path.parent.glob(f"{path.name}*"):
        name.unlink()
    for name in path.parent.glob(f"{killed.name}*"):
        name.rename(f"{path}{name.name.removeprefix(killed.name)}")
    with Runtime.open(path, CONFIG) as runtime:
        runtime.register(clerk)
        runtime.submit("of the second run", plan=[one_of("again")], key="second").result(LONG)
    compact(path)
    with Runtime.open(path, Config(keep_goals=1, retention=None)) as runtime:
        runtime.register(clerk)
        for number in range(3):
            runtime.submit(f"of the last run, {number}", plan=[one_of(f"last {number}")]).result(
                LONG
            )
        eventually(lambda: count(runtime, facts.GoalForgotten))
