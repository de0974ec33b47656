"""A real job: live agents collect, analyse and report while one crashes and one hangs."""

from __future__ import annotations

import argparse
import errno
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from callboard import CallboardError, Config, GoalFailed, Runtime
from callboard.actors.logic.supervision_options import SupervisionOptions
from callboard.demo.agents import Job, company, gather, silence_for
from callboard.demo.decoding import DataProblem, clean
from callboard.demo.mischief import Mischief
from callboard.demo.output import DONE, FAILED, STOPPED, WRONG, check_writable, save
from callboard.demo.plan import GROUPS, REPORT, TRENDS, plan_for
from callboard.demo.record import Recorder
from callboard.demo.report import appendix
from callboard.demo.report_page import report_page
from callboard.demo.run_page import run_page
from callboard.demo.show import Show, write
from callboard.demo.table import SHIPPED, check
from callboard.demo.timeline import Timeline, draw
from callboard.messages import facts
from callboard.messages.values import Problem

_NOBODY_HANGS: Final = 60.0
"""Seconds of silence that are excused on a calm run: a slow machine is no hang."""
GOAL: Final = "Analyze bird strikes: when do they happen, and what drives damage, cost and speed?"
OWN_GOAL: Final = "Analyze {name}: trends, groups and what stands out"
DEADLINE: Final = 600.0
ENDING: Final = 10.0
ENDS: Final = (facts.GoalCompleted, facts.GoalFailed, facts.GoalCancelled)
BYTES_PER_ROW: Final = 40

EPILOG: Final = """\
Without --data it analyses 2,500 collisions of aircraft with birds (FAA, public domain).
The run is shown on the standard error, the timeline and the report go to the standard
output, so `python -m callboard.demo > report.md` keeps the report. --report writes it as
Markdown and, beside that, as a page with charts: report.md and report.html.

The other demo is a simulated fleet: `python -m callboard.demo fleet --help`.

exit status:
  0    the report is there
  1    the job failed; the reasons are printed
  2    wrong options, data that can not be read, or a report that can not be written
  130  stopped with Ctrl-C
"""


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says; answer with the exit status."""
    options = _options(arguments)
    try:
        check(options.data)
        _check_targets(options)
        return _run(options)
    except DataProblem as problem:
        return _complain(str(problem), WRONG)
    except CallboardError as error:
        return _complain(clean(str(error)), FAILED)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        return _complain(f"{clean(str(error.filename or ''))}: {error.strerror}", WRONG)
    except KeyboardInterrupt:
        return _complain("stopped", STOPPED)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m callboard.demo",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--data", metavar="FILE.csv", type=Path, help="a table of your own")
    parser.add_argument(
        "--goal", metavar="TEXT", help="what you want to know; columns that it names come first"
    )
    parser.add_argument(
        "--report", metavar="FILE.md", type=Path, help="write the report there, and FILE.html"
    )
    parser.add_argument(
        "--html", metavar="FILE.html", type=Path, help="write there, as a page, who did what"
    )
    parser.add_argument(
        "--quick", action="store_true", help="do not slow down for a person to follow"
    )
    parser.add_argument("--calm", action="store_true", help="let nobody crash or hang")
    options = parser.parse_args(arguments)
    if options.goal is not None and not clean(options.goal):
        parser.error("--goal is empty")
    options.goal = clean(
        options.goal or (OWN_GOAL.format(name=options.data.name) if options.data else GOAL)
    )
    options.again = shlex.join(["python", "-m", "callboard.demo", *arguments])
    options.data = options.data or SHIPPED
    options.report, options.page = _pair(options.report)
    return options


def _pair(report: Path | None) -> tuple[Path | None, Path | None]:
    """Where the report goes as Markdown, and where as a page."""
    if report is None or (report.exists() and not report.is_file()):
        return report, None  # nothing can stand beside a pipe
    if report.suffix.lower() in (".html", ".htm"):
        return report.with_suffix(".md"), report
    return report, report.with_suffix(".html")


def _check_targets(options: argparse.Namespace) -> None:
    """Complain before the work, not after it.

    Raises:
        OSError: Something can not be written, or would be written over something else.
    """
    targets = [path for path in (options.report, options.page, options.html) if path is not None]
    for number, path in enumerate(targets):
        check_writable(path)
        if path.resolve() == options.data.resolve():
            raise FileExistsError(errno.EEXIST, "that is where the data are", str(path))
        if path.resolve() in (other.resolve() for other in targets[:number]):
            raise FileExistsError(errno.EEXIST, "the report goes there already", str(path))


def _run(options: argparse.Namespace) -> int:
    seconds, silence = (0.15, 1.0) if options.quick else (2.0, 1.5)
    if options.calm:
        silence = _NOBODY_HANGS
    mischief = Mischief() if options.calm else Mischief(crash=TRENDS, hang=GROUPS)
    job = Job(
        data=options.data,
        goal=options.goal,
        seconds=seconds,
        silence=silence_for(silence, check(options.data) // BYTES_PER_ROW),
        mischief=mischief,
    )
    show = Show(sys.stderr)
    show.title(options.goal)
    try:
        results, recorder = _work(job, show)
    except GoalFailed as failure:
        return _failed(failure.problems)
    _tell(options, results, recorder.timeline)
    return DONE


def _work(job: Job, show: Show) -> tuple[Mapping[str, Any], Recorder]:
    """Let the company do the job; answer with all results and with who did what."""
    agents = company(job)
    recorder = Recorder(list(agents))
    # A restart that can be seen: meanwhile a colleague takes over.
    patience = SupervisionOptions(first=job.seconds, jitter=0.0)
    with Runtime(Config(supervision=patience)) as runtime, runtime.events() as events:
        try:
            for name, member in agents.items():
                runtime.register(member, id=name)
            plan = plan_for(job.goal, seconds=job.seconds)
            goal = runtime.submit(job.goal, plan=plan, deadline=DEADLINE)
            # Not the goal's events only: that an agent is down concerns all goals.
            for event in events:
                for line in recorder.see(event):
                    show.say(line)
                show.progress(recorder.doing)
                if isinstance(event, ENDS) and event.goal == goal.id:
                    break
            return goal.result(timeout=ENDING), recorder
        finally:
            # Closing would wait for whoever hangs.
            job.mischief.end()
            show.done()


def _failed(problems: Sequence[Problem]) -> int:
    """Say why, once for each reason."""
    for problem in problems:
        if problem.error == DataProblem.__name__:
            return _complain(problem.text.removeprefix(f"{problem.error}: "), WRONG)
    for text in dict.fromkeys(clean(problem.text) for problem in problems):
        _complain(text, FAILED)
    return FAILED


def _tell(options: argparse.Namespace, results: Mapping[str, Any], timeline: Timeline) -> None:
    """Hand over the report, and say what became of the run."""
    report = results[REPORT]
    drawing = draw(timeline)
    story = [f"{at:.1f} s: {text}" for at, text in timeline.story]
    document = report["markdown"] + appendix(drawing, story)
    if options.html:
        save(options.html, run_page(timeline, title=options.goal, again=options.again))
    if not options.report:
        write(sys.stdout, document)
        return
    save(options.report, document)
    if options.page:
        save(options.page, report_page(gather(options.goal, results), timeline))
    write(sys.stdout, f"\n{drawing}\n\n")
    for sentence in report["in_short"]:
        write(sys.stdout, f"- {sentence}\n")
    written = [str(path) for path in (options.report, options.page) if path]
    write(sys.stdout, f"\nThe whole report: {clean(' and '.join(written))}\n")
    if options.html:
        write(sys.stdout, f"Who did what: {clean(str(options.html))}\n")


def _complain(text: str, status: int) -> int:
    write(sys.stderr, f"callboard.demo: {text}\n")
    return status
