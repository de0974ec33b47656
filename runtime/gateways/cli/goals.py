"""What `callboard goals` and `callboard goal` show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from callboard.messages.errors.lookups import UnknownGoal
from callboard.runtime.gateways.cli.columns import table
from callboard.runtime.gateways.cli.complaints import DONE
from callboard.runtime.gateways.cli.data import data_of, when
from callboard.runtime.gateways.cli.doors import reading
from callboard.runtime.gateways.cli.screen import STDOUT
from callboard.runtime.gateways.cli.text import counted, duration, one_line

if TYPE_CHECKING:
    from argparse import Namespace

    from callboard.runtime.gateways.cli.doors import Door
    from callboard.runtime.gateways.cli.screen import Screen, Stream

Data: TypeAlias = dict[str, Any]

_GOALS = ("id", "state", "done", "goal")
_SUBTASKS = ("uuid", "state", "subtask")
_IN = "- "


def show(options: Namespace, screen: Screen) -> int:
    """List them; the exit status.

    Raises:
        Complaint: Nobody can be asked.
    """
    with reading(options) as door:
        answer = door.call(
            "list_goals",
            state=options.state,
            text=options.text,
            key=options.key,
            limit=options.limit,
            after=options.after,
        )
    data = data_of(answer)
    if options.json:
        screen.json(data)
        return DONE
    if data["goals"]:
        rows = [(g["id"], _state(g), _done(g), g["text"]) for g in data["goals"]]
        table(screen.out, _GOALS, rows)
    more = f"; --after {data['next']} shows more" if data["next"] else ""
    screen.out.line(f"{counted(data['count'], 'goal')}{more}", "dim")
    return DONE


def tell(options: Namespace, screen: Screen) -> int:
    """Show one; the exit status.

    Raises:
        Complaint: Nobody can be asked.
    """
    with reading(options) as door:
        answer = door.call("get_goal", goal_id=options.goal or goal_keyed(door, options.key))
        planned = None
        if options.plan or options.save:
            planned = door.call("goal_plan", goal_id=answer.goal.id)
    data = data_of(answer)
    if options.save and planned is not None:
        # Here, as they are slow to load: all that is known of plans.
        from callboard.runtime.gateways.cli.deciding import plan_in  # noqa: PLC0415
        from callboard.runtime.gateways.cli.drawing import save  # noqa: PLC0415

        save(plan_in(planned), options.save, screen)
    if options.json:
        screen.json(data if planned is None else {**data, "plan": data_of(planned)})
        return DONE
    if options.save == STDOUT:
        return DONE
    _head(data["goal"], screen.out)
    rows = list(_rows(data["subtasks"], data["compounds"], data["goal"]["superseded"]))
    if rows:
        table(screen.out, _SUBTASKS, rows)
    if options.plan and planned is not None:
        from callboard.runtime.gateways.cli.deciding import show_plan  # noqa: PLC0415 - as above

        screen.out.line()
        show_plan(planned, screen.out)
    if options.results:
        # Here, as they are slow to load: all that can happen.
        from callboard.runtime.gateways.cli.outcome import tell as results  # noqa: PLC0415
        from callboard.runtime.gateways.cli.revived import record_of  # noqa: PLC0415

        screen.out.line()
        results(record_of(answer), screen.out)
    return DONE


def _rows(
    subtasks: list[Data], compounds: list[Data], superseded: Sequence[str]
) -> Iterator[tuple[str, str, str]]:
    """The subtasks; what was decomposed stands before its parts, which are indented."""
    wholes = {whole["uuid"]: whole for whole in compounds}
    told: set[str] = set()
    for subtask in subtasks:
        above = list(_above(subtask, wholes))
        for depth, whole in enumerate(reversed(above)):
            if whole["uuid"] not in told:
                told.add(whole["uuid"])
                said = f"{_IN * depth}{whole['name']}: {_done(whole)} done"
                yield whole["uuid"], whole["status"], said
        made_up_for = subtask["status"] == "failed" and subtask["uuid"] in superseded
        more = " (made up for)" if made_up_for else ""
        yield subtask["uuid"], _state(subtask), _IN * len(above) + _stands(subtask) + more


def _above(subtask: Data, wholes: Mapping[str, Data]) -> Iterator[Data]:
    """What it is a part of, the nearest first."""
    whole = wholes.get(subtask["parent_task_uuid"])
    while whole is not None:
        yield whole
        whole = wholes.get(whole["parent_task_uuid"])


def goal_keyed(door: Door, key: str) -> str:
    """The id of the goal with that key.

    Raises:
        UnknownGoal: There is none.
    """
    found = door.call("list_goals", key=key, limit=1).goals
    if not found:
        raise UnknownGoal(key)
    goal: str = found[0].id
    return goal


def _head(goal: Data, out: Stream) -> None:
    out.line(one_line(goal["text"]), "bold")
    parts = [_state(goal), f"{_done(goal)} done", f"accepted {when(goal['accepted_at'])}"]
    if goal["ended_at"]:
        parts.append(f"ended {when(goal['ended_at'])}")
    elif goal["deadline"]:
        parts.append(f"to end by {when(goal['deadline'])}")
    if goal["approve_until"]:
        word = f"number {goal['proposal']} to be approved by {when(goal['approve_until'])}"
        parts.append(f"its plan, {word}")
    parts += ["its plan is being mended"] if goal["mending"] else []
    parts += [f"key {goal['key']}"] if goal["key"] else []
    out.line(one_line(", ".join(parts)))
    for change in goal["changes"]:
        out.line(f"- {one_line(_changed(change))}", "dim")
    whys = [goal["reason"], *(problem["text"] for problem in goal["problems"])]
    for why in filter(None, whys):
        out.line(f"- {one_line(why)}", "bad")


def _changed(change: Data) -> str:
    said = ("added", "new"), ("rewired", "after others"), ("dropped", "dropped")
    what = ", ".join(f"{len(change[name])} {how}" for name, how in said if change[name])
    why = f": {change['reason']}" if change["reason"] else ""
    return f"{change['source']} has mended the plan ({what}){why}"


def _state(thing: Data) -> str:
    """Of a goal or a subtask; that it is paused matters more as long as it is open."""
    over = thing["ended_at"] is not None
    return "paused" if thing["paused"] and not over else str(thing["status"])


def _done(goal: Data) -> str:
    return f"{goal['counts'].get('completed', 0):,}/{goal['total']:,}" if goal["total"] else "-"


def _stands(subtask: Data) -> str:
    """Its name, and what there is to say of it."""
    return f"{subtask['name']}{_how(subtask)}"


def _how(subtask: Data) -> str:
    who = subtask["assigned_agent"]
    match subtask["status"]:
        case "running":
            note = f", {subtask['note']}" if subtask["note"] else ""
            return f": {who}, {subtask['progress']:.0%}{note}"
        case "completed":
            return f": {who or 'somebody outside'}, {duration(subtask['seconds'])}"
        case "cancelled":
            return f": {subtask['reason']}" if subtask["reason"] else ""
        case _:
            problem = subtask["problem"]
            return f": {problem['text']}" if problem else ""
