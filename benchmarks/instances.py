r"""Readers of public scheduling data: iMOPSE projects, flexible job shops, workflow runs.

iMOPSE    `*.def`, Myszkowski et al., Soft Computing 2015; http://imopse.ii.pwr.wroc.pl
FJSP      `*.json` with `operations`; https://github.com/ScheduleOpt/benchmarks
WfFormat  `*.json` with `workflow`; https://github.com/wfcommons/WfInstances

`best_known.csv` beside them names the best known makespan of each instance
(`instance`, `upper_bound`), and the proved lower bound if it is known (`lower_bound`).

>>> text = "ResourceID Salary Skills\n1 5.0 Q1: 2 Q2: 0\n2 7.0 Q1: 1\nTaskID Duration Skill "
>>> text += "Predecessors\n1 4 Q1: 2\n3 2 Q1: 1 1\n"
>>> imopse("small", text).project.options
({0: 4.0}, {0: 2.0, 1: 2.0})
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from callboard.messages.values import Skill
from callboard.runtime.timetables.project import Project


class Instance(NamedTuple):
    """One project to be scheduled.

    Attributes:
        family: The set that it belongs to: "imopse", "mk", "dafjs", "wfinstances" and so on.
        skills: What each agent can do.
        needs: What each task requires of an agent.
        kinds: What kind of work each task is: those of one kind take alike.
        best: The best known makespan; None where nobody has said one.
        low: The proved lower bound; None likewise.
    """

    name: str
    family: str
    project: Project
    skills: tuple[tuple[Skill, ...], ...]
    needs: tuple[tuple[Skill, ...], ...]
    kinds: tuple[str, ...]
    best: float | None = None
    low: float | None = None


def instances(folder: Path) -> list[Instance]:
    """Every instance below *folder* whose format is known, by its name.

    Raises:
        SystemExit: There is none.
    """
    found: list[Instance] = []
    for place in sorted({folder, *(path for path in folder.rglob("*") if path.is_dir())}):
        known = dict(_best_known(place / "best_known.csv"))
        for file in sorted(place.iterdir()):
            instance = read(file)
            if instance is not None:
                low, best = known.get(instance.name, (None, None))
                found.append(instance._replace(low=low, best=best))
    if not found:
        raise SystemExit(f"{folder} has no instance in a format that is known here")
    return found


def read(file: Path) -> Instance | None:
    """The instance in *file*; None where it is in no format that is known."""
    if file.suffix == ".def":
        return imopse(file.stem, file.read_text(encoding="utf-8", errors="replace"))
    if file.suffix != ".json":
        return None
    data = json.loads(file.read_text(encoding="utf-8"))
    if "operations" in data:
        return job_shop(file.stem, data)
    return workflow(file.stem, data) if "workflow" in data else None


def _best_known(file: Path) -> Iterator[tuple[str, tuple[float | None, float | None]]]:
    if file.exists():
        with file.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                low, best = row.get("lower_bound"), row.get("upper_bound")
                yield row["instance"], (float(low) if low else None, float(best) if best else None)


_SKILL = re.compile(r"(Q\d+):\s*(\d+)")
_TASK = re.compile(r"\s*(\d+)\s+(\d+)\s+(Q\d+):\s*(\d+)\s*([\d\s]*)$")


def imopse(name: str, text: str) -> Instance:
    """A project of agents with skill levels, and tasks that need one skill each."""
    offered, tasks = text.split("ResourceID")[1].split("TaskID")
    skills = [dict(_SKILL.findall(line)) for line in offered.splitlines()[1:] if ":" in line]
    rows = [found.groups() for found in map(_TASK.match, tasks.splitlines()[1:]) if found]
    numbers = {row[0]: number for number, row in enumerate(rows)}
    options = [
        {
            agent: float(seconds)
            for agent, own in enumerate(skills)
            if skill in own and int(own[skill]) >= int(level)
        }
        for _, seconds, skill, level, _ in rows
    ]
    before = [[numbers[other] for other in row[4].split()] for row in rows]
    return Instance(
        name=name,
        family="imopse",
        project=Project(options, before, len(skills)),
        skills=tuple(
            tuple(Skill(name=s, level=float(level)) for s, level in own.items()) for own in skills
        ),
        needs=tuple((Skill(name=row[2], level=float(row[3])),) for row in rows),
        kinds=tuple(f"{row[2]} {row[3]}" for row in rows),
    )


def job_shop(name: str, data: Mapping[str, Any]) -> Instance:
    """Operations that some machines can do, each in its own time."""
    numbers = {
        number: place
        for place, number in enumerate(sorted({o["operation"] for o in data["operations"]}))
    }
    machines = {
        m: place for place, m in enumerate(sorted({o["machine"] for o in data["operations"]}))
    }
    options: list[dict[int, float]] = [{} for _ in numbers]
    for operation in data["operations"]:
        agent = machines[operation["machine"]]
        options[numbers[operation["operation"]]][agent] = float(operation["duration"])
    before: list[list[int]] = [[] for _ in numbers]
    for link in data["precedences"]:
        before[numbers[link["after"]]].append(numbers[link["before"]])
    project = Project(options, before, len(machines))
    return Instance(
        name=name,
        family=re.split(r"[\d_]", name)[0] or "job shops",
        project=project,
        skills=_badges(project),
        needs=tuple((_badge(project.circles[number]),) for number in project.circle),
        kinds=tuple(f"{name} {number}" for number in numbers),
    )


def workflow(name: str, data: Mapping[str, Any]) -> Instance:
    """A run that was recorded: what each task took, whoever does it, on 8 agents."""
    tasks = data["workflow"]["specification"]["tasks"]
    took = {t["id"]: float(t["runtimeInSeconds"]) for t in data["workflow"]["execution"]["tasks"]}
    numbers = {task["id"]: number for number, task in enumerate(tasks)}
    options = [dict.fromkeys(range(MACHINES), took[task["id"]]) for task in tasks]
    before = [[numbers[parent] for parent in task.get("parents", ())] for task in tasks]
    return Instance(
        name=name,
        family="wfinstances",
        project=Project(options, before, MACHINES),
        skills=((),) * MACHINES,
        needs=((),) * len(tasks),
        kinds=tuple(re.sub(r"[_-]?(ID)?\d+$", "", task["name"]) for task in tasks),
    )


MACHINES = 8
"""Agents that recorded workflows are given; the records name the machines of a cluster."""


def _badge(circle: tuple[int, ...]) -> Skill:
    """A skill that stands for a set of machines."""
    return Skill(name="one of " + " ".join(map(str, circle)))


def _badges(project: Project) -> tuple[tuple[Skill, ...], ...]:
    return tuple(
        tuple(_badge(circle) for circle in project.circles if agent in circle)
        for agent in range(project.agents)
    )
