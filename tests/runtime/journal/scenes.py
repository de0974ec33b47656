"""What happens in the recorded journals: everything that a runtime can write down.

Each scene is played by a real runtime, once, by `make_recorded`. A new kind of fact
gets a new scene; those of before stay, as do their journals.
"""

from __future__ import annotations

import contextlib
import shutil
import threading
from functools import partial
from typing import TYPE_CHECKING, TypedDict, Unpack

import msgspec

from callboard.actors.logic.speculation_options import SpeculationOptions
from callboard.actors.logic.supervision_options import SupervisionOptions
from callboard.messages import facts, notices
from callboard.messages.bids import Bid
from callboard.messages.errors import AnswerUnusable, CallboardError, CannotRepair
from callboard.messages.resources import Budget, Rate
from callboard.messages.values import (
    Agent,
    Plan,
    PlanChange,
    Retry,
    Rewire,
    Skill,
    Subtask,
    Timeouts,
)
from callboard.runtime.config import Config
from callboard.runtime.executors.checker import checker
from callboard.runtime.executors.decorator import agent
from callboard.runtime.journal.sqlite import SqliteJournal
from callboard.runtime.planners.stated import subtask
from callboard.runtime.runtime import Runtime
from tests.live import LONG, eventually
from tests.runtime.settings import count

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from callboard.actors.ports import Desk
    from callboard.messages.values import Damage, Goal
    from callboard.runtime.executors.context import Context
    from callboard.runtime.executors.task import Task
    from callboard.runtime.handle import GoalHandle

CONFIG = Config(
    keep_goals=None,
    retry=Retry(attempts=3, first=0.005, longest=0.02),
    supervision=SupervisionOptions(intensity=7, first=0.005, longest=0.02, stop_seconds=2.0),
    stop_grace=0.05,
)


class _More(TypedDict, total=False):
    description: str
    optional: bool


@agent(skills=["general"])
def clerk(task: Task) -> str:
    """Does what is asked of anybody."""
    return f"{task.name} is done"


@agent(skills=["patience>=1"])
def patient(task: Task, ctx: Context) -> None:
    """Saves what it has, and waits to be taken away."""
    if task.checkpoint is None:
        ctx.progress(0.5, "halfway", checkpoint={"rows": 500, "of": task.name})
    ctx.sleep(LONG)


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


@agent(skills=["luck>=1"])
def gambler(task: Task) -> str:
    """Fails at first, and at the impossible always."""
    if task.attempt == 1 or task.name == "impossible":
        raise ConnectionError(f"attempt {task.attempt}")
    return "won"


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


class Hesitant:
    """A planner that does not succeed at once."""

    def plan(self, goal: Goal) -> Plan:
        """It is asked by `plan_at`."""
        raise NotImplementedError(goal.id)

    def plan_at(self, goal: Goal, desk: Desk) -> Plan:
        """One subtask, after a setback."""
        desk.stumbled(AnswerUnusable("it was no plan"), "asks the model once more")
        return Plan(subtasks=(Subtask(uuid=f"{goal.text}-1", name="dig"),), source="hesitant")


def stumbling(path: Path) -> None:
    """What went wrong while a plan was made is kept; one goal ends, one is open."""
    with Runtime.open(path, CONFIG, planner=Hesitant()) as runtime:
        runtime.register(clerk, id="clerk")
        runtime.submit("done").result(timeout=LONG)
        runtime.unregister("clerk")
        runtime.decompose("open")


class Gradual:
    """A planner that hands in its plan by parts."""

    def plan(self, goal: Goal) -> Plan:
        """It is asked by `plan_at`."""
        raise NotImplementedError(goal.id)

    def plan_at(self, goal: Goal, desk: Desk) -> Plan:
        """Two subtasks, one by one."""
        first = Subtask(uuid=f"{goal.text}-1", name="dig")
        second = Subtask(uuid=f"{goal.text}-2", name="fill", dependencies=(first.uuid,))
        desk.put(Plan(subtasks=(first,), source="gradual"))
        return Plan(subtasks=(first, second), source="gradual")


def growing(path: Path) -> None:
    """Of two plans that grew one is done, and one is open."""
    with Runtime.open(path, CONFIG, planner=Gradual()) as runtime:
        runtime.register(clerk, id="clerk")
        runtime.submit("done").result(timeout=LONG)
        runtime.unregister("clerk")
        runtime.decompose("open")


def second_thoughts(task: Task) -> int:
    """Is right once it was told that it is not."""
    return 7 if task.rejected else 3


def seven(result: object) -> str | None:
    """Finds nothing else good."""
    return None if result == 7 else "seven is wanted"


def verified(path: Path) -> None:
    """A result is found wrong and another one good; a third one waits for a verdict."""
    with Runtime.open(path, CONFIG) as runtime:
        runtime.register(second_thoughts, id="counter")
        runtime.register(checker(seven), id="sevens", skills=["verification"])
        once_more = [subtask("count", uuid="count", verify=True)]
        runtime.submit("count", plan=once_more).result(LONG)
        runtime.unregister("sevens")
        held = runtime.submit("hold", plan=[subtask("hold", uuid="hold", verify=True)], key="hold")
        eventually(lambda: held.subtasks[0].verifying)


def approved(path: Path) -> None:
    """Of three plans one is edited, approved and done, one is rejected, and one waits."""
    with Runtime.open(path, CONFIG) as runtime:
        runtime.register(clerk, id="clerk")
        done, rejected, _ = (
            runtime.submit(text, plan=[subtask("dig", uuid=f"{text}-1")], approve="plan")
            for text in ("done", "rejected", "open")
        )
        other = [subtask("fill", uuid="done-2"), subtask("plant", uuid="done-3")]
        done.approve(done.edit(other, by="ann"), by="bob")
        done.result(timeout=LONG)
        rejected.reject("too deep", by="ann")
        ends_badly(rejected)


class Handy:
    """A planner that knows another way, where there is one."""

    def plan(self, goal: Goal) -> Plan:
        """What cannot be done, and what waits for it."""
        first = Subtask(uuid=f"{goal.text}-1", name="break")
        second = Subtask(uuid=f"{goal.text}-2", name="go on", dependencies=(first.uuid,))
        third = Subtask(uuid=f"{goal.text}-3", name="look", dependencies=(first.uuid,))
        return Plan(subtasks=(first, second, third), source="handy")

    def repair_at(self, goal: Goal, damage: Damage, desk: Desk) -> PlanChange:
        """Something else in its place."""
        del damage, desk
        if goal.text == "hopeless":
            raise CannotRepair("there is no other way")
        skill = Skill(name="patience", level=1.0)
        add = Subtask(
            uuid=f"{goal.text}-4",
            name="walk around",
            required_skills=(skill,) if goal.text == "open" else (),
        )
        return PlanChange(
            add=(add,),
            rewire=(Rewire(subtask=f"{goal.text}-2", dependencies=(add.uuid,)),),
            drop=(f"{goal.text}-3",),
            source="handy",
            reason="it is broken",
        )


@agent(skills=["general"])
def clumsy(task: Task) -> str:
    """Breaks things."""
    if task.name == "break":
        raise ValueError("it is broken")
    return f"{task.name} is done"


def changed(path: Path) -> None:
    """A plan was mended and is done, one could not be, and one is mended and open."""
    with Runtime.open(path, CONFIG, planner=Handy()) as runtime:
        runtime.register(clumsy, id="clumsy")
        runtime.submit("done").result(timeout=LONG)
        ends_badly(runtime.submit("hopeless"))
        held = runtime.submit("open")
        eventually(lambda: len(held.subtasks) == 4)


def agreed(path: Path) -> None:
    """Of three changes one is approved and done, one is rejected, and one waits."""
    with Runtime.open(path, CONFIG, planner=Handy()) as runtime:
        runtime.register(clumsy, id="clumsy")
        done, rejected, open_ = (
            runtime.submit(text, approve="changes") for text in ("done", "rejected", "open")
        )
        for goal in (done, rejected, open_):
            eventually(lambda: goal.record.proposal)  # noqa: B023 - at once
        done.approve(by="ann")
        done.result(timeout=LONG)
        rejected.reject("too far", by="ann")
        ends_badly(rejected)


SCENES: dict[str, Callable[[Path], None]] = {
    "everyday": everyday,
    "trouble": trouble,
    "control": control,
    "boots": boots,
    "stragglers": stragglers,
    "supplies": supplies,
    "negotiated": negotiated,
    "learning": learning,
    "stumbling": stumbling,
    "growing": growing,
    "verified": verified,
    "approved": approved,
    "mended": changed,
    "agreed": agreed,
}


def compact(path: Path) -> None:
    """All goals that have ended become summaries."""
    with contextlib.closing(SqliteJournal(path, 0.0)) as journal:
        journal.tidy(before=journal.last + 1.0)
        kept = threading.Event()
        journal.append([], kept.set)
        assert kept.wait(LONG)


def one_of(
    name: str, after: Sequence[str] = (), skill: str = "general", **more: Unpack[_More]
) -> Subtask:
    """A subtask whose uuid is its name; no generalist can do what needs another skill."""
    needed = skill if skill == "general" else f"{skill}>=1"
    return subtask(name, uuid=name, dependencies=after, required_skills=[needed], **more)


def ends_badly(goal: GoalHandle) -> None:
    """Wait for its end."""
    error = goal.ending.exception(LONG)
    assert error is not None
