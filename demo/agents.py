"""The company of the demo: who collects, who analyses, who writes.

Analysts work in small steps and save each finding as a checkpoint, so that whoever takes
over from a crashed or hanging colleague goes on where that one stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from callboard import Context, Retry, Task, agent
from callboard.demo import ink
from callboard.demo.analysis import ANALYSES, AnyFinding
from callboard.demo.mischief import Mischief
from callboard.demo.plan import ANALYSIS_OF, COLLECTION, EXTREMES, GROUPS, QUALITY, TRENDS
from callboard.demo.report import Findings, in_short, markdown
from callboard.demo.results import Comparison, Extremes, Quality, Trends
from callboard.demo.table import Table, read_table

ANALYSTS: Final = 3
WRITERS: Final = 2
_PAGES: Final = ("findings", "charts", "tables", "method")
_LONGEST_PAUSE: Final = 0.3
"""Of the silence that counts as a hang."""
_ROWS_PER_SECOND: Final = 100_000
"""What an analyst surely manages in one step; a longer silence is a hang."""


class Job(NamedTuple):
    """What the company works on, and how.

    Attributes:
        data: The file.
        goal: In the user's words.
        seconds: That each subtask is stretched to, so that a person can follow.
        silence: Seconds without a word after which an agent counts as hung.
        mischief: What goes wrong on purpose.
    """

    data: Path
    goal: str
    seconds: float
    silence: float
    mischief: Mischief


class Saved(msgspec.Struct, frozen=True):
    """The checkpoint of an analysis: what was found in each step so far, None for nothing."""

    found: list[object] = []


# Analysts read these at the same time, each on a thread of its own. What a type is made of
# msgspec finds out when it first reads one, and nobody else may read one just then.
msgspec.json.Decoder(
    tuple[Table, Saved, list[AnyFinding | None], Quality, Trends, Comparison, Extremes]
)


def company(job: Job) -> dict[str, Callable[..., object]]:
    """All agents by the ids under which they are to be registered."""

    @agent(skills=["data_collection"], retry=Retry(attempts=1))
    def collector(_task: Task, ctx: Context) -> object:
        return collect(job, ctx)

    @agent(
        skills=["data_analysis", "statistics"],
        silence=job.silence,
        retry=Retry(attempts=3, first=0.2),
    )
    def analyst(task: Task, ctx: Context) -> object:
        return analyse(job, task, ctx)

    @agent(skills=["report_writing"])
    def writer(task: Task, ctx: Context) -> object:
        return write(job, task, ctx)

    return {
        "collector": collector,
        **{f"analyst-{number}": analyst for number in range(1, ANALYSTS + 1)},
        **{f"writer-{number}": writer for number in range(1, WRITERS + 1)},
    }


def collect(job: Job, ctx: Context) -> object:
    """Read the file.

    Raises:
        DataProblem: It is no table.
    """
    pause = job.seconds / 3
    ctx.progress(0.1, f"opening {job.data.name}")
    time.sleep(pause)
    table = read_table(job.data)
    ctx.progress(0.5, f"{table.rows:,} rows, {len(table.columns)} columns")
    time.sleep(pause)
    ctx.raise_if_cancelled()
    data = msgspec.to_builtins(table)
    ctx.progress(0.9, "kinds of columns recognised")
    time.sleep(pause)
    return data


def analyse(job: Job, task: Task, ctx: Context) -> object:
    """Do the analysis that the subtask is named for, step by step."""
    analysis = ANALYSES[ANALYSIS_OF[task.name]]
    table = msgspec.convert(task.inputs[COLLECTION], Table)
    steps = analysis.steps(table, job.goal)
    saved = msgspec.convert(task.checkpoint or {}, Saved)
    found: list[object] = list(saved.found)
    pause = min(_LONGEST_PAUSE * job.silence, job.seconds / max(1, len(steps)))
    for number, step in enumerate(steps[len(found) :], start=len(found)):
        job.mischief.tempt(task.name, number, len(steps))
        ctx.raise_if_cancelled()
        found.append(msgspec.to_builtins(analysis.measure(table, step)))
        note = " ".join(word for word in step if word)
        ctx.progress((number + 1) / len(steps), note, checkpoint=Saved(found))
        time.sleep(pause)
    job.mischief.tempt(task.name, len(steps), len(steps))
    findings: list[AnyFinding | None] = msgspec.convert(found, list[AnyFinding | None])
    concluded = analysis.conclude(table, job.goal, [f for f in findings if f is not None])
    return msgspec.to_builtins(concluded)


def write(job: Job, task: Task, ctx: Context) -> dict[str, object]:
    """Write the report from what the analysts found."""
    findings = gather(job.goal, task.inputs)
    for number, page in enumerate(_PAGES):
        ctx.progress(number / len(_PAGES), page)
        time.sleep(job.seconds / len(_PAGES))
        ctx.raise_if_cancelled()
    short = [ink.markdown(sentence) for sentence in in_short(findings)]
    return {"markdown": markdown(findings), "in_short": short}


def gather(goal: str, results: Mapping[str, Any]) -> Findings:
    """The findings in the results of the four analyses, by the subtasks' names."""
    return Findings(
        goal=goal,
        quality=msgspec.convert(results[QUALITY], Quality),
        trends=msgspec.convert(results[TRENDS], Trends),
        comparison=msgspec.convert(results[GROUPS], Comparison),
        extremes=msgspec.convert(results[EXTREMES], Extremes),
    )


def silence_for(seconds: float, rows: int) -> float:
    """How long an analyst may say nothing while it works on so many rows."""
    return seconds + rows / _ROWS_PER_SECOND
