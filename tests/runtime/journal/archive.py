"""The recorded journals, and what is expected of each, in a file of JSON beside it."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from callboard.actors.logic.skills import is_mark
from callboard.messages.facts import ChangeProposed, PlanProposed
from callboard.messages.unions import AnyFact
from callboard.messages.values import Subtask
from callboard.runtime.clock import SystemClock
from callboard.runtime.config import Config
from callboard.runtime.gateways.cli.main import main
from callboard.runtime.journal.sqlite import SqliteJournal
from callboard.runtime.journal.store import Store
from callboard.runtime.journal.verifying import verify
from callboard.runtime.moment import moment
from callboard.runtime.runtime import Runtime
from callboard.runtime.world import real_world
from tests.live import LONG

if TYPE_CHECKING:
    from callboard.runtime.executors.task import Task
    from callboard.runtime.moment import Moment

_decode = msgspec.json.Decoder(AnyFact).decode
FOLDER = Path(__file__).parent / "recorded"


def names() -> list[str]:
    """Of all that were ever recorded."""
    return sorted(path.stem for path in FOLDER.glob("*.db"))


def expected(name: str) -> dict[str, Any]:
    """What the journal of that name holds, and what becomes of it."""
    said: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return said


def copy_of(path: Path, folder: Path) -> Path:
    """A copy, to be opened and written."""
    return Path(shutil.copy(path, folder / "copy.db"))


def facts_in(path: Path) -> list[AnyFact]:
    """All of them, in order."""
    with contextlib.closing(Store(path, reading=True)) as store:
        return list(store.facts())


def summary(path: Path) -> dict[str, Any]:
    """What stands in a journal, as Python and the command line tell it."""
    told = facts_in(path)
    middle, last = told[len(told) // 2].at, max(fact.at for fact in told)
    inspected = _said("inspect", path)
    assert exported(path) == told
    return {
        "verified": {**verify(path)._asdict(), "problems": list(verify(path).problems)},
        "kinds": dict(sorted(inspected["kinds"].items())),
        "goals": {
            goal["text"]: [goal["status"], goal["kept"], goal["subtasks"], goal["key"]]
            for goal in inspected["goals"]
        },
        "subtasks": {
            uuid: _story(told, uuid) for uuid in sorted({f.subtask_id for f in told} - {""})
        },
        "halfway": _stood(moment(told, middle), _said("at", path, f"{middle!r}", "--tensor")),
        "at the end": _stood(moment(told, last), _said("at", path, f"{last!r}", "--tensor")),
    }


def _story(told: list[AnyFact], subtask: str) -> str:
    return " ".join(type(fact).__name__ for fact in told if fact.subtask_id == subtask)


def _stood(then: Moment, said: dict[str, Any]) -> dict[str, Any]:
    assert json.loads(json.dumps(then.status())) == said["status"]
    assert then.tensor().values.tolist() == said["tensor"]["values"]
    return {
        "goals": {record.goal.text: record.status.value for record in then.goals.values()},
        "subtasks": {uuid: record.status.value for uuid, record in then.subtasks.items()},
        "agents": list(then.agents),
        "tensor": list(then.tensor().values.shape),
    }


def exported(path: Path) -> list[AnyFact]:
    """What `callboard journal export` writes, read again."""
    lines = _output("export", str(path)).splitlines()
    return [_decode(line) for line in lines]


def _said(action: str, path: Path, *more: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(_output(action, str(path), *more, "--json"))
    return said


def _output(*arguments: str) -> str:
    out = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
    with contextlib.redirect_stdout(out):
        assert main(["journal", *arguments]) == 0
    out.seek(0)
    return out.read()


def outcome(path: Path) -> dict[str, Any]:
    """What becomes of a journal: all that is open in it is done, whatever holds it."""
    with reopened(path) as runtime:
        parked = [one.subtask.uuid for one in runtime.quarantine()]
        open_ones = runtime.hub.read(
            lambda board: [goal for goal, one in board.goals.items() if one.ended_at is None]
        )  # before anyone is there who could end one
        subtasks = runtime.hub.read(lambda board: list(board.subtasks.values()))
        stated = [one.subtask for one in subtasks] + proposed(runtime, open_ones)
        required = {skill for one in stated for skill in one.required_skills}
        wanted = [skill for skill in required if not is_mark(skill.name)]
        runtime.register(finish, id="finisher", skills=wanted)
        runtime.resume()
        for uuid in parked:
            runtime.requeue(uuid)
        for one in subtasks:
            if one.paused:
                runtime.resume_subtask(one.subtask.uuid)
        for goal in open_ones:
            runtime.goal(goal).resume()
            if runtime.goal(goal).record.proposal is not None:
                runtime.goal(goal).approve()
            runtime.goal(goal).ending.exception(LONG)
        ended = {goal: runtime.goal(goal) for goal in open_ones}
        return {
            goal.text: {"status": goal.status.value, "results": dict(goal.results)}
            for goal in sorted(ended.values(), key=lambda goal: goal.text)
        }


def proposed(runtime: Runtime, goals: list[str]) -> list[Subtask]:
    """What somebody has to approve before it is known to anybody."""
    waiting = [runtime.goal(goal).record.proposal for goal in goals]
    plans = [one.plan.subtasks for one in waiting if isinstance(one, PlanProposed)]
    changes = [one.change.add for one in waiting if isinstance(one, ChangeProposed)]
    return [subtask for several in (*plans, *changes) for subtask in several]


def reopened(path: Path) -> Runtime:
    """A runtime that takes it up as if it had been closed just now: no deadline is over."""
    config = Config(keep_goals=None, retention=None)
    journal = SqliteJournal(path, 0.0)
    begun = SystemClock().now()
    clock = ShiftedClock(journal.last - begun)
    return Runtime(config, world=real_world(config, journal, clock))


class ShiftedClock(SystemClock):
    """Goes as the system's clock, and is some seconds before or behind it."""

    def __init__(self, shift: float) -> None:
        super().__init__()
        self._shift = shift

    def now(self) -> float:
        """Seconds since the epoch, as it sees it."""
        return super().now() + self._shift


def finish(task: Task) -> dict[str, Any]:
    """Says all that an attempt is given."""
    if task.goal.startswith("Verify "):
        return {"accepted": True}
    return {"of": dict(task.inputs), "from": task.checkpoint, "with": task.data}
