"""Plans are made, verified, approved and mended.

Each scene is played by a real runtime, once, by `make_recorded`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.messages.errors import AnswerUnusable, CannotRepair
from callboard.messages.values import Plan, PlanChange, Rewire, Skill, Subtask
from callboard.runtime.executors.checker import checker
from callboard.runtime.executors.decorator import agent
from callboard.runtime.planners.stated import subtask
from callboard.runtime.runtime import Runtime
from tests.live import LONG, eventually
from tests.runtime.journal.scenery import CONFIG, clerk, ends_badly

if TYPE_CHECKING:
    from pathlib import Path

    from callboard.actors.ports import Desk
    from callboard.messages.values import Damage, Goal
    from callboard.runtime.executors.task import Task


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
