"""What `callboard approve`, `edit` and `reject` do; and plans of goals, as they are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.messages.errors.approving import NothingProposed
from callboard.messages.values import replace
from callboard.messages.words import listed
from callboard.runtime.clock import RandomIds
from callboard.runtime.gateways.cli.complaints import DONE
from callboard.runtime.gateways.cli.data import data_of, when
from callboard.runtime.gateways.cli.doors import writing
from callboard.runtime.gateways.cli.drawing import draw, draw_corrected
from callboard.runtime.gateways.cli.text import one_line
from callboard.runtime.gateways.operations.stating import stated_again, wholes
from callboard.runtime.planners.plans import make_plan

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Mapping

    from callboard.messages.values import Plan
    from callboard.runtime.gateways.cli.doors import Door
    from callboard.runtime.gateways.cli.screen import Screen, Stream
    from callboard.runtime.gateways.operations.approval import PlanOfGoal

_STANDS = {
    "proposed": "waits to be approved",
    "adopted": "is carried out",
    "changing": "is carried out",
    "dropped": "was not approved",
}


def approve(options: Namespace, screen: Screen) -> int:
    """Have carried out what is shown; the exit status.

    Raises:
        Complaint: It cannot be approved.
    """
    with writing(options) as door:
        found: PlanOfGoal = door.call("goal_plan", goal_id=options.goal)
        number = _number(options, found)
        answer = door.call("approve_goal", goal_id=options.goal, number=number, by=options.by)
    if options.json:
        screen.json({**data_of(answer), "plan": data_of(found)})
        return DONE
    draw(plan_in(found), answer.goal.text, screen.out)
    draw_corrected(found.corrected, screen.out)
    _show_change(found, screen.out)
    screen.out.line()
    screen.out.line(one_line(f"{_what(found)} {number} of goal {options.goal} is approved"), "good")
    return DONE


def edit(options: Namespace, screen: Screen) -> int:
    """Propose another plan, and perhaps have it carried out; the exit status.

    Raises:
        Complaint: It cannot be.
    """
    from callboard.runtime.gateways.cli.planning import planned  # noqa: PLC0415 - for files

    plan = planned(options)
    with writing(options) as door:
        found: PlanOfGoal = door.call("goal_plan", goal_id=options.goal)
        answer = door.call(
            "propose_plan",
            goal_id=options.goal,
            number=_number(options, found),
            plan=[stated_again(subtask) for subtask in plan.subtasks],
            compounds=wholes(plan.compounds),
            by=options.by,
        )
        if options.approve:
            _approve(door, options, answer.number)
    if options.json:
        screen.json(data_of(answer))
        return DONE
    stands = "is approved" if options.approve else _STANDS["proposed"]
    draw(plan, answer.goal.text, screen.out)
    screen.out.line()
    screen.out.line(one_line(f"plan {answer.number} of goal {options.goal} {stands}"), "good")
    return DONE


def reject(options: Namespace, screen: Screen) -> int:
    """Do not have it carried out; the exit status.

    Raises:
        Complaint: It cannot be rejected.
    """
    with writing(options) as door:
        found: PlanOfGoal = door.call("goal_plan", goal_id=options.goal)
        number = _number(options, found)
        answer = door.call(
            "reject_goal",
            goal_id=options.goal,
            number=number,
            reason=options.reason,
            by=options.by,
        )
    if options.json:
        screen.json(data_of(answer))
        return DONE
    screen.out.line(one_line(f"{_what(found)} {number} of goal {options.goal} is rejected"))
    return DONE


def show_plan(found: PlanOfGoal, out: Stream) -> None:
    """A goal's plan, and how that stands."""
    if not found.subtasks:
        out.line("it has no plan" if found.status == "none" else "its plan is being made", "dim")
        return
    draw(plan_in(found), None, out)
    draw_corrected(found.corrected, out)
    _show_change(found, out)
    until = f" until {when(found.approve_until)}" if found.approve_until else ""
    which = f"number {found.number} " if found.number else ""
    stands = _STANDS["proposed" if found.change else found.status]
    by = f", by {found.by}" if found.by else ""
    out.line()
    out.line(one_line(f"{which}{stands}{until}{by}"), "dim")


def _what(found: PlanOfGoal) -> str:
    return "plan" if found.change is None else "change"


def _show_change(found: PlanOfGoal, out: Stream) -> None:
    """What would be done otherwise, by names."""
    change = found.change
    if change is None:
        return
    names = {one["uuid"]: one["name"] for one in (*found.subtasks, *change.added)}
    out.line()
    out.line(one_line(f"a change of it, by {change.source}: {change.reason}"), "bold")
    for one in change.added:
        out.line(one_line(f"new: {one['name']}{_after(one['dependencies'], names)}"))
    for uuid, needs in change.rewired.items():
        out.line(one_line(f"otherwise: {names.get(uuid, uuid)}{_after(needs, names)}"))
    for uuid in change.dropped:
        out.line(one_line(f"dropped: {names.get(uuid, uuid)}"))
    draw_corrected(change.corrected, out)


def _after(needs: Iterable[str], names: Mapping[str, str]) -> str:
    told = [names.get(uuid, uuid) for uuid in needs]
    return f", after {listed(told)}" if told else ", after nothing"


def plan_in(found: PlanOfGoal) -> Plan:
    """The plan that an answer tells.

    Raises:
        NothingProposed: There is none.
    """
    if not found.subtasks:
        why = "it has none" if found.status == "none" else "it is still being made"
        raise NothingProposed(found.goal_id, why)
    stated = {"subtasks": list(found.subtasks), "compounds": list(found.compounds)}
    plan = make_plan(stated, RandomIds())
    return replace(plan, source=found.source)


def _approve(door: Door, options: Namespace, number: int) -> None:
    door.call("approve_goal", goal_id=options.goal, number=number, by=options.by)


def _number(options: Namespace, found: PlanOfGoal) -> int:
    """Of the proposal that is meant: what was said, else that which was just seen."""
    return options.number or found.number or 1
