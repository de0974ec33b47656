"""What orchestrator, board and hub do for a no-op, counted as in `test_frugality`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from callboard.actors.logic.effects import Record
from callboard.actors.logic.orchestration import OrchestrationLogic
from callboard.messages.commands import SubmitGoal
from callboard.messages.facts import SubtaskAssigned, SubtaskStarted
from callboard.messages.notices import AttemptOver
from callboard.messages.values import Goal, Lease, Payload, Plan, Subtask, Token, replace
from callboard.messages.work import SubtaskDone
from callboard.runtime.hub import Hub

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from callboard.actors.logic.effects import Effect
    from callboard.messages.facts import Fact
    from callboard.messages.notices import Notice

MOST = 23
"""Calls for a no-op from its lease to its end, in turns of eight: 21 when this was written,
and 33 before."""
MOST_OF_A_GOAL = 75
"""Calls for a goal of one subtask, from its command to what is shown of it: 70 when this was
written, and 104 before."""
MOST_OF_A_DEPENDENT = 38
"""Calls for one that waits for three others, from the command to its end: 37 when this was
written, 45 before."""
COUNT, TURN = 200, 8


def shown(effects: list[Effect]) -> list[Fact | Notice]:
    return [effect.fact for effect in effects if isinstance(effect, Record)]


def do(logic: OrchestrationLogic, hub: Hub, leases: list[Lease]) -> None:
    """As scheduler and agents would say it."""
    hub.see_all([SubtaskAssigned(at=2.0, lease=lease) for lease in leases])
    hub.see_all([SubtaskStarted(at=3.0, lease=lease) for lease in leases])
    hub.see_all([AttemptOver(at=4.0, lease=lease) for lease in leases])
    effects: list[Effect] = []
    for lease in leases:
        done = SubtaskDone(subtask=lease.subtask, lease=lease, result=Payload(), seconds=1e-5)
        effects += logic.take(done, 5.0)
    effects += logic.settle(5.0)
    hub.see_all(shown(effects))


def leases_of(plan: Plan) -> list[Lease]:
    return [
        Lease(goal="g", subtask=one.uuid, agent="a", token=Token(boot=1, incarnation=1, counter=n))
        for n, one in enumerate(plan.subtasks)
    ]


def counted(what: Callable[[], None]) -> int:
    """How many Python functions are called meanwhile, without *what* itself."""
    calls = -1

    def seen(_frame: FrameType, event: str, _about: object) -> None:
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        what()
    finally:
        sys.setprofile(before)
    return calls


def test_a_goal_of_one_subtask_is_taken_in_with_no_more_calls_than_it_must() -> None:
    logic, hub = OrchestrationLogic(), Hub()
    commands = [
        SubmitGoal(
            goal=Goal(id=f"g{n}", text="count"),
            plan=Plan(subtasks=(Subtask(uuid=f"s{n}", name="s"),)),
            reply_to="caller/1",
        )
        for n in range(COUNT + 1)
    ]

    def take(command: SubmitGoal) -> None:
        effects = logic.take(command, 1.0)
        effects += logic.settle(1.0)
        hub.see_all([effect.fact for effect in effects if isinstance(effect, Record)])

    take(commands.pop())  # what is found once is found

    def take_all() -> None:
        for command in commands:
            take(command)

    assert counted(take_all) / COUNT <= MOST_OF_A_GOAL


def test_the_books_of_a_no_op_take_no_more_calls_than_they_must() -> None:
    logic, hub = OrchestrationLogic(), Hub()
    plan = Plan(subtasks=tuple(Subtask(uuid=f"s{n}", name=f"s{n}") for n in range(COUNT + TURN)))
    submit = SubmitGoal(goal=Goal(id="g", text="count"), plan=plan, reply_to="caller/1")
    hub.see_all(shown(logic.handle(submit, 1.0)))
    leases = leases_of(plan)
    do(logic, hub, leases[COUNT:])  # what is found once is found

    def do_all() -> None:
        for first in range(0, COUNT, TURN):
            do(logic, hub, leases[first : first + TURN])

    calls = counted(do_all)
    assert hub.goal("g").ended_at == 5.0
    assert calls / COUNT <= MOST


def test_nor_do_those_of_one_that_waits_for_others() -> None:
    logic, hub = OrchestrationLogic(), Hub()

    def do_all(goal: str) -> None:
        plan = layered(goal)
        submit = SubmitGoal(goal=Goal(id=goal, text="count"), plan=plan, reply_to="caller/1")
        hub.see_all(shown(logic.handle(submit, 1.0)))
        leases = leases_of(plan)
        for first in range(0, COUNT, TURN):
            do(logic, hub, [replace(one, goal=goal) for one in leases[first : first + TURN]])

    do_all("before")  # what is found once is found
    calls = counted(lambda: do_all("g"))
    assert hub.goal("g").ended_at == 5.0
    assert calls / COUNT <= MOST_OF_A_DEPENDENT


def layered(goal: str) -> Plan:
    """Each waits for three of the turn before."""
    names = [f"{goal}-{n}" for n in range(COUNT)]
    return Plan(
        subtasks=tuple(
            Subtask(uuid=name, name=name, dependencies=tuple(names[n - TURN : n - TURN + 3]))
            if n >= TURN
            else Subtask(uuid=name, name=name)
            for n, name in enumerate(names)
        )
    )
