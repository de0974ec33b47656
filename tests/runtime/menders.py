"""A planner that knows another way, and an agent that makes it necessary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.messages.values import Plan, PlanChange, Rewire, Subtask

if TYPE_CHECKING:
    from callboard import Task
    from callboard.actors.ports import Desk
    from callboard.messages.values import Damage, Goal

DIG = Subtask(uuid="dig", name="Dig")
PLANT = Subtask(uuid="plant", name="Plant", dependencies=("dig",))


class Handy:
    """Has a spade borrowed where one was to dig without."""

    def plan(self, goal: Goal) -> Plan:
        """To dig, and then to plant."""
        del goal
        return Plan(subtasks=(DIG, PLANT))

    def repair_at(self, goal: Goal, damage: Damage, desk: Desk) -> PlanChange:
        """To borrow, and then to plant."""
        del goal, damage, desk
        wired = Rewire(subtask="plant", dependencies=("borrow",))
        borrow = Subtask(uuid="borrow", name="Borrow")
        return PlanChange(add=(borrow,), rewire=(wired,), source="handy", reason="no spade")


def clumsy(task: Task) -> str:
    """Cannot dig."""
    if task.name == "Dig":
        raise ValueError("the spade is broken")
    return f"{task.name} is done"
