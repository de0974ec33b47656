"""What a run came to: results and problems, for people and as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from callboard.actors.logic.records import GoalRecord, GoalStatus, SubtaskRecord, SubtaskStatus
from callboard.messages.errors import DependencyFailed
from callboard.messages.values import Problem
from callboard.runtime.gateways.cli.plain import compact, plain, pretty
from callboard.runtime.gateways.cli.screen import Stream
from callboard.runtime.gateways.cli.story import failed
from callboard.runtime.gateways.cli.text import counted, duration, fit, one_line, printable

_PLACE = re.compile(
    r'^ *File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<name>.+)$', re.MULTILINE
)
_OURS = str(Path(__file__).parents[2])
_PYTHONS = str(Path(re.__file__).parents[1])
_WHOSE = {"agent": "the agents' fault: ", "callboard": "Callboard's own fault: "}
_LINE = 80


def described(record: GoalRecord, status: int, threads: tuple[str, ...]) -> dict[str, Any]:
    """The outcome as data for JSON."""
    goal = record.goal
    return {
        "goal": goal.text,
        "context": goal.context,
        "status": record.status.value,
        "seconds": _seconds(record),
        "results": {
            r.subtask.name: plain(r.result) for r in record.subtasks.values() if _is_done(r)
        },
        "subtasks": [_subtask(subtask) for subtask in record.subtasks.values()],
        "problems": [_problem(problem) for problem in record.problems],
        "reason": record.reason,
        "left_running": list(threads),
        "exit_status": status,
    }


def tell(record: GoalRecord, out: Stream) -> None:
    """The results, in the order of the plan: those of last subtasks whole, others in a line."""
    needed = {uuid for r in record.subtasks.values() for uuid in r.subtask.dependencies}
    took = f" in {duration(_seconds(record))}" if record.ended_at else ""
    if out.is_terminal:
        out.line()  # after how it went
    out.line(f"{one_line(record.goal.text)}: {record.status.value}{took}", "bold")
    for uuid, subtask in record.subtasks.items():
        style = "good" if _is_done(subtask) else "bad"
        out.line(f"\n{one_line(subtask.subtask.name)}{_how(record, subtask)}", style)
        if _is_done(subtask):
            room = (out.columns or _LINE) - 2
            for line in _shown(subtask, whole=uuid not in needed, room=room):
                out.line(f"  {line}".rstrip())


def reasons(record: GoalRecord) -> Iterator[str]:
    """Why it failed: each subtask's own problem in a line, then what is left.

    A subtask that failed because another one did is not a reason.
    """
    if record.status is GoalStatus.CANCELLED:
        yield f"given up: {_without_id(record, record.reason)}"
    told: set[str] = set()
    for subtask in record.subtasks.values():
        problem = subtask.problem
        if problem is None or subtask.status is not SubtaskStatus.FAILED:
            continue
        told.add(problem.text)
        if problem.error != DependencyFailed.__name__:
            times = f" ({counted(subtask.attempts, 'attempt')})" if subtask.attempts > 1 else ""
            said = f"{subtask.subtask.name}{times}: {problem.text}{place_of(problem)}"
            yield _WHOSE.get(problem.fault, "") + one_line(said)
    for problem in record.problems:
        if problem.text not in told:
            yield _WHOSE.get(problem.fault, "") + _without_id(record, problem.text)


def place_of(problem: Problem) -> str:
    """Where a user's code raised, from the traceback: " (agents.py, line 12)", or ""."""
    theirs = [
        found
        for found in _PLACE.finditer(problem.traceback)
        if not found["file"].startswith((_OURS, _PYTHONS, "<"))
    ]
    if not theirs:
        return ""
    return f" ({Path(theirs[-1]['file']).name}, line {theirs[-1]['line']})"


def _how(goal: GoalRecord, record: SubtaskRecord) -> str:
    if record.status is SubtaskStatus.COMPLETED:
        who = record.assigned_agent or "somebody outside"
        return f": {one_line(who)}, {duration(record.seconds)}"
    if record.status is SubtaskStatus.FAILED and record.problem is not None:
        return f" {one_line(failed(record.problem))}"
    return f": {record.status.value}{_because(goal, record.reason)}"


def _because(goal: GoalRecord, reason: str) -> str:
    return f": {_without_id(goal, reason)}" if reason else ""


def _without_id(goal: GoalRecord, text: str) -> str:
    """Here is one goal only; nobody knows it by its id."""
    return one_line(text.replace(f"goal {goal.goal.id}", "the goal"))


def _shown(record: SubtaskRecord, *, whole: bool, room: int) -> list[str]:
    result = plain(record.result)
    if whole:
        return printable(result).split("\n") if isinstance(result, str) else pretty(result, room)
    text = result if isinstance(result, str) else compact(result)
    return [fit(one_line(text), room)]


def _subtask(record: SubtaskRecord) -> dict[str, Any]:
    return {
        "uuid": record.subtask.uuid,
        "name": record.subtask.name,
        "status": record.status.value,
        "agent": record.assigned_agent,
        "attempts": record.attempts,
        "seconds": round(record.seconds, 6),
        "result": plain(record.result),
        "problem": None if record.problem is None else _problem(record.problem),
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "error": problem.error,
        "text": problem.text,
        "fault": problem.fault,
        "traceback": problem.traceback,
    }


def _seconds(record: GoalRecord) -> float:
    return 0.0 if record.ended_at is None else round(record.ended_at - record.accepted_at, 6)


def _is_done(record: SubtaskRecord) -> bool:
    return record.status is SubtaskStatus.COMPLETED
