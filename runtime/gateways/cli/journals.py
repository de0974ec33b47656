"""What `callboard journal` does and shows."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec

from callboard.messages.errors.lookups import UnknownGoal, UnknownSubtask
from callboard.messages.facts import Fact
from callboard.runtime.gateways.cli.complaints import DONE, FAILED, Complaint
from callboard.runtime.gateways.cli.plain import compact as as_line
from callboard.runtime.gateways.cli.screen import Screen, Stream
from callboard.runtime.gateways.cli.text import counted, one_line
from callboard.runtime.journal.compaction import Compaction
from callboard.runtime.journal.ledger import Entry, Kept
from callboard.runtime.journal.place import check_there
from callboard.runtime.journal.store import Store
from callboard.runtime.journal.verifying import repair, verify
from callboard.runtime.moment import Moment, moment

_SHOWN = 20


def perform(options: Namespace, screen: Screen) -> int:
    """Do what was asked for.

    Raises:
        JournalError: The file is none, or cannot be used.
    """
    return _ACTIONS[options.action](options, screen)


# Inspect


def _inspect(options: Namespace, screen: Screen) -> int:
    with contextlib.closing(Store(options.file, reading=True)) as store:
        if options.goal is not None:
            return _tell(_goal(store, options.goal), options, screen)
        if options.subtask is not None:
            return _tell(_subtask(store, options.subtask), options, screen)
        return _overview(store, options, screen)


def _goal(store: Store, wanted: str) -> list[Fact]:
    entry = store.ledger.by_id(wanted) or store.ledger.by_key(wanted)
    if entry is None:
        raise UnknownGoal(wanted)
    if entry.kept is not Kept.ALL:
        raise Complaint(f"goal {entry.id} was compacted: {entry.status} {_when(entry.ended)}")
    return list(store.facts_of(entry.id))


def _subtask(store: Store, wanted: str) -> list[Fact]:
    found: list[Fact] = [fact for fact in store.facts() if fact.subtask_id == wanted]
    if not found:
        raise UnknownSubtask(wanted)
    return found


def _tell(facts: list[Fact], options: Namespace, screen: Screen) -> int:
    if options.json:
        screen.json({"facts": [as_data(fact) for fact in facts], "count": len(facts)})
        return DONE
    for fact in facts:
        screen.out.line(f"{_when(fact.at)}  {one_line(said(fact))}")
    return DONE


def _overview(store: Store, options: Namespace, screen: Screen) -> int:
    kinds = Counter(type(fact).__name__ for fact in store.facts())
    goals = store.ledger.all()
    if options.json:
        screen.json({
            "file": str(store.path),
            "facts": sum(kinds.values()),
            "kinds": dict(kinds.most_common()),
            "goals": [_entry(entry) for entry in goals],
        })  # fmt: skip
        return DONE
    size = store.path.stat().st_size
    screen.out.line(
        f"{store.path}: {counted(sum(kinds.values()), 'fact')}, "
        f"{counted(len(goals), 'goal')}, {size:,} bytes",
        "bold",
    )
    for kind, count in kinds.most_common():
        screen.out.line(f"  {count:>9,}  {kind}")
    _list(goals, screen.out)
    return DONE


def _list(goals: list[Entry], out: Stream) -> None:
    for entry in goals[-_SHOWN:]:
        key = f", key {entry.key!r}" if entry.key else ""
        summary = "" if entry.kept is Kept.ALL else ", summary"
        about = f"{entry.status}, {counted(entry.subtasks, 'subtask')}{key}{summary}"
        out.line(one_line(f"{_when(entry.accepted)}  {entry.id}  {about}: {entry.text}"))
    if len(goals) > _SHOWN:
        out.line(f"and {counted(len(goals) - _SHOWN, 'goal')} before; --json lists them", "dim")


# Verify and repair


def _verify(options: Namespace, screen: Screen) -> int:
    found = verify(options.file)
    status = FAILED if found.problems else DONE
    if options.json:
        screen.json({**found._asdict(), "exit_status": status})
        return status
    for problem in found.problems:
        screen.out.line(one_line(problem), "bad")
    read = f"{counted(found.facts, 'fact')} of {counted(found.goals, 'goal')} can be read"
    end = f"; {len(found.problems)} wrong: see callboard journal repair" if status else ""
    screen.out.line(f"{read}{end}")
    return status


def _repair(options: Namespace, screen: Screen) -> int:
    check_there(Path(options.file))
    done = repair(options.file)
    if options.json:
        screen.json({**done._asdict(), "backup": str(done.backup)})
        return DONE
    for problem in done.problems:
        screen.out.line(f"lost: {one_line(problem)}", "bad")
    screen.out.line(f"{counted(done.facts, 'fact')} saved; the old file is {done.backup}")
    return DONE


# At


def _at(options: Namespace, screen: Screen) -> int:
    with contextlib.closing(Store(options.file, reading=True)) as store:
        then = moment(store.facts(), instant(options.time))
    if options.json:
        screen.json(_described(then, tensor=options.tensor))
        return DONE
    out, figures = screen.out, then.status()
    out.line(f"at {_when(then.at)}", "bold")
    for goal in then.goals.values():
        out.line(one_line(f"{goal.status.value:<9}  {goal.goal.id}  {goal.goal.text}"))
    for name, agent in figures["agent_status"].items():
        load = f"{agent['current_load']} of {agent['max_load']}"
        out.line(one_line(f"agent {name}: {agent['status']}, {load}"))
    counts = ("completed", "running", "pending", "failed", "cancelled")
    told = ", ".join(f"{figures[f'{name}_subtasks']} {name}" for name in counts)
    out.line(f"{counted(figures['total_subtasks'], 'subtask')}: {told}")
    _foretell(then, out)
    if options.tensor:
        _draw(then, out)
    return DONE


def _foretell(then: Moment, out: Stream) -> None:
    """How soon it could have been done, and what was short."""
    found = then.prospect()
    if not found.subtasks:
        return
    out.line(f"{counted(found.subtasks, 'open subtask')}: at least {found.bound:.0f} s")
    if found.skill:
        short = f"short of {found.skill} ({', '.join(found.agents)})"
        out.line(one_line(f"{short}: one agent more would save {found.saving:.0f} s"))


def _described(then: Moment, *, tensor: bool) -> dict[str, Any]:
    data: dict[str, Any] = {
        "at": then.at,
        "status": then.status(),
        "bounds": then.prospect().data(),
        "goals": [
            {"id": g.goal.id, "text": g.goal.text, "status": g.status.value}
            for g in then.goals.values()
        ],
        "subtasks": [
            {"uuid": uuid, "name": r.subtask.name, "status": r.status.value,
             "agent": r.assigned_agent}
            for uuid, r in then.subtasks.items()
        ],
    }  # fmt: skip
    if tensor:
        shown = then.tensor()
        data["tensor"] = {
            "values": shown.values.tolist(),
            "subtasks": shown.subtasks,
            "agents": shown.agents,
            "priorities": shown.priorities,
        }
    return data


def _draw(then: Moment, out: Stream) -> None:
    shown = then.tensor()
    out.line(f"T_task {shown.shape}, the sum over priorities:", "bold")
    for uuid, row in zip(shown.subtasks, shown.values.sum(axis=2), strict=True):
        cells = "  ".join(f"{agent} {p:.2f}" for agent, p in zip(shown.agents, row, strict=True))
        out.line(one_line(f"{uuid}: {cells}"))


# Export and compact


def _export(options: Namespace, screen: Screen) -> int:
    with contextlib.closing(Store(options.file, reading=True)) as store:
        if options.output is None:
            count = _write(store.facts(), screen.out.line)
            return DONE if count >= 0 else FAILED
        with Path(options.output).open("w", encoding="utf-8") as file:
            count = _write(store.facts(), lambda line: file.write(f"{line}\n"))
    screen.out.line(f"{counted(count, 'fact')} written to {options.output}")
    return DONE


def _write(facts: Iterable[Fact], line: Callable[[str], object]) -> int:
    count = 0
    for count, fact in enumerate(facts, 1):  # noqa: B007 - how many there were
        line(as_line(as_data(fact)))
    return count


def _compact(options: Namespace, screen: Screen) -> int:
    check_there(Path(options.file))
    with contextlib.closing(Store(options.file)) as store:
        before = store.path.stat().st_size
        compaction = Compaction(store, time.time() - options.older_than)
        for _ in compaction:
            pass
        done, after = compaction.done, store.path.stat().st_size
    if options.json:
        screen.json({**done._asdict(), "bytes_before": before, "bytes_after": after})
    else:
        screen.out.line(
            f"{counted(done.goals, 'goal')} became summaries, {counted(done.facts, 'fact')} "
            f"dropped; {before:,} bytes are {after:,}"
        )
    return DONE


# How things are said


def as_data(fact: Fact) -> dict[str, Any]:
    """A fact as plain data for JSON."""
    data: dict[str, Any] = msgspec.to_builtins(fact)
    return data


def said(fact: Fact) -> str:
    """A fact in a line: its kind, and what it says beside goal and time."""
    lease = getattr(fact, "lease", None)
    parts = [type(fact).__name__]
    if fact.subtask_id:
        parts.append(fact.subtask_id)
    if lease is not None:
        parts.append(f"{lease.agent} {lease.token} attempt {lease.attempt}")
    for name in ("reason", "problem", "delay", "seconds", "agent"):
        value = getattr(fact, name, None)
        if value not in (None, "") and (name != "agent" or lease is None):
            parts.append(f"{name} {value if isinstance(value, str | float) else str(value)}")
    return "  ".join(parts)


def instant(text: str) -> float | dt.datetime:
    """A point in time.

    >>> instant("12.5")
    12.5
    """
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        example = "2026-05-04T13:30 and 1777901400 are"
        raise Complaint(f"{one_line(text)!r} is no point in time: {example}") from None


def _when(at: float | None) -> str:
    if at is None:
        return ""
    return dt.datetime.fromtimestamp(at).astimezone().isoformat(" ", "milliseconds")


def _entry(entry: Entry) -> dict[str, Any]:
    return {**entry._asdict(), "kept": entry.kept.name.lower()}


_ACTIONS: dict[str, Callable[[Namespace, Screen], int]] = {
    "inspect": _inspect,
    "verify": _verify,
    "at": _at,
    "export": _export,
    "compact": _compact,
    "repair": _repair,
}
