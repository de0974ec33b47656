"""Who does what and at what price: copies, supplies, bids and what was learnt.

Each scene is played by a real runtime, once, by `make_recorded`.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import msgspec

from callboard.actors.logic.speculation_options import SpeculationOptions
from callboard.messages import facts, notices
from callboard.messages.bids import Bid
from callboard.messages.resources import Budget, Rate
from callboard.messages.values import Subtask
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

FOUND = threading.Event()


@agent(skills=["eyes>=1"])
def searcher(task: Task, ctx: Context) -> str:
    """Finds needles only at the second look, and threads only at the first."""
    if task.name == "needle" and task.attempt == 1:
        ctx.sleep(LONG)
    if task.name == "thread" and task.attempt > 1:
        raise LookupError(task.name)
    while task.name == "thread" and not FOUND.is_set():
        ctx.sleep(0.001)
    return f"{task.name} is here"


def stragglers(path: Path) -> None:
    """One attempt hangs and is overtaken by its copy; the copy of another one fails."""
    config = msgspec.structs.replace(CONFIG, speculation=SpeculationOptions(least=3, share=1.0))
    with Runtime.open(path, config) as runtime:
        for name in ("left", "right"):
            runtime.register(searcher, id=name)
        known = [search(f"hay {number}") for number in range(6)]
        runtime.submit("known", plan=known).result(LONG)
        runtime.submit("hangs", plan=[search("needle")]).result(LONG)
        goal = runtime.submit("fails", plan=[search("thread")])
        eventually(lambda: count(runtime, facts.CopyFailed))
        FOUND.set()
        goal.result(LONG)


def search(name: str) -> Subtask:
    """One that may be done twice at once."""
    wanted = ["eyes>=1"]
    return subtask(name, uuid=name, kind="search", required_skills=wanted, speculate=True)


@agent(skills=["thrift>=1"], offers={"desk": 1})
def buyer(task: Task, ctx: Context) -> None:
    """Spends some of what it may."""
    ctx.spend(usd=1.5, **{f"pages of {task.name}": 3})


def supplies(path: Path) -> None:
    """Work reserves what it demands, and uses budgets up; one attempt has all of it still."""
    resources = {"gpu": 2, "usd": Budget(4.0), "calls": Rate(100, per=3600.0)}
    settings = msgspec.structs.replace(CONFIG, resources=resources, concurrency={"shop-*": 2})
    with Runtime.open(path, settings) as runtime:
        runtime.register(buyer)
        runtime.register(patient)
        demands = {"usd": 2, "gpu": 1, "calls": 1, "desk": 1}
        more = {"demands": demands, "keys": ["shop-1"]}
        plan = [{"name": f"buy {n}", "required_skills": ["thrift>=1"], **more} for n in range(3)]
        bought = runtime.submit("the shopping", plan=plan, budget={"usd": 9}, key="shopping")
        eventually(lambda: count(runtime, notices.BudgetExhausted))
        runtime.grant("usd", 2.5)
        bought.result(LONG)
        held = {"name": "hold", "required_skills": ["patience>=1"], "demands": {"usd": 1}}
        kept = runtime.submit("kept", plan=[held], budget={"usd": 3})
        eventually(lambda: count(runtime, facts.CheckpointSaved))
        runtime.grant("usd", 2, goal=kept.id)


def negotiated(path: Path) -> None:
    """Agents bid for work, one of them too little; it is found out, and forgiven."""
    with Runtime.open(path, CONFIG) as runtime:
        runtime.register(
            clerk,
            id="thorough",
            bid=lambda _: Bid(seconds=0.25, cost=1.0, confidence=0.9),
        )
        runtime.register(clerk, id="hasty", bid=lambda _: 1e-9)
        for number in range(2):
            one = subtask("a chore", uuid=f"chore {number}", negotiate=True)
            runtime.submit(f"chore {number}", plan=[one]).result(LONG)
        runtime.forget_bids("hasty")
        runtime.submit("a choice", plan=[one_of("open", skill="wings")], key="open")


def learning(path: Path) -> None:
    """What was learnt is forgotten for one agent, and outlives what it was learnt from."""
    with Runtime.open(path, CONFIG) as runtime:
        runtime.register(clerk)
        runtime.register(gambler)
        plan = [one_of("draw", skill="luck"), one_of("file"), one_of("impossible", skill="luck")]
        ends_badly(runtime.submit("try", plan=plan))
        runtime.reset_learning(agent="gambler")
        runtime.submit("file", plan=[subtask("file 2", uuid="file 2", kind="file")]).result(LONG)
    compact(path)
    with Runtime.open(path, Config(retention=None)) as runtime:
        runtime.register(clerk)
        runtime.submit("file", plan=[subtask("file 3", uuid="file 3", kind="file")]).result(LONG)
        runtime.submit("left", plan=[one_of("later", skill="wings")], key="left")
