"""A real job: live agents collect, analyse and report while one crashes and one hangs."""

from __future__ import annotations

import argparse
import errno
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from callboard import CallboardError, Config, GoalFailed, Runtime
from callboard.actors.logic.supervision_options import SupervisionOptions
from callboard.demo.agents import Job, company, silence_for
from callboard.demo.decoding import DataProblem, clean
from callboard.demo.mischief import Mischief
from callboard.demo.plan import GROUPS, REPORT, TRENDS, plan_for
from callboard.demo.record import Recorder
from callboard.demo.report import appendix
from callboard.demo.show import Show, write
from callboard.demo.table import SHIPPED, check
from callboard.demo.timeline import draw
from callboard.messages import facts
from callboard.messages.values import Problem

GOAL: Final = "Analyze bird strikes: when do they happen, and what drives damage, cost and speed?"
OWN_GOAL: Final = "Analyze {name}: trends, groups and what stands out"
DEADLINE: Final = 600.0
ENDING: Final = 10.0
ENDS: Final = (facts.GoalCompleted, facts.GoalFailed, facts.GoalCancelled)
BYTES_PER_ROW: Final = 40

DONE, FAILED, WRONG, STOPPED = 0, 1, 2, 130

EPILOG: Final = """\
Without --data it analyses 3,334 collisions of aircraft with birds (FAA, public domain).
The run is shown on the standard error, the timeline and the report go to the standard
output, so `python -m callboard.demo > report.md` keeps the report.

exit status:
  0    the report is there
  1    the job failed; the reasons are printed
  2    wrong options, data that can not be read, or a report that can not be written
  130  stopped with Ctrl-C
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; answer with the exit status."""
    options = _options(arguments)
    try:
        check(options.data)
        _check_writable(options.report)
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


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
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
    parser.add_argument("--report", metavar="FILE.md", type=Path, help="write the report there")
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
    options.data = options.data or SHIPPED
    return options


def _run(options: argparse.Namespace) -> int:
    seconds, silence = (0.15, 0.4) if options.quick else (2.0, 1.5)
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
        result, recorder = _work(job, show)
    except GoalFailed as failure:
        return _failed(failure.problems)
    _tell(options, result, recorder)
    return DONE


def _work(job: Job, show: Show) -> tuple[dict[str, Any], Recorder]:
    """Let the company do the job; answer with the report and with who did what."""
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
            return goal.result(timeout=ENDING)[REPORT], recorder
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


def _tell(options: argparse.Namespace, result: dict[str, Any], recorder: Recorder) -> None:
    """Hand over the report, and say what became of the run."""
    timeline = draw(recorder.timeline)
    story = [f"{at:.1f} s: {text}" for at, text in recorder.timeline.story]
    document = result["markdown"] + appendix(timeline, story)
    if not options.report:
        write(sys.stdout, document)
        return
    _save(options.report, document)
    write(sys.stdout, f"\n{timeline}\n\n")
    for sentence in result["in_short"]:
        write(sys.stdout, f"- {sentence}\n")
    write(sys.stdout, f"\nThe whole report: {clean(str(options.report))}\n")


def _check_writable(path: Path | None) -> None:
    """Complain before the work, not after it."""
    if path is None:
        return
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "that is a folder, not a file", str(path))
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such folder", str(path.parent))
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise PermissionError(errno.EACCES, "no permission to write there", str(path))


def _save(path: Path, text: str) -> None:
    """Write all of it or nothing: an earlier report stays until the new one is complete."""
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")  # a pipe or the like
        return
    target = path.resolve()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        draft.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o644)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _complain(text: str, status: int) -> int:
    write(sys.stderr, f"callboard.demo: {text}\n")
    return status


def _entry() -> int:
    try:
        return main()
    except BrokenPipeError:
        # The reader, `head` for one, has what it wanted; let nothing fail at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


if __name__ == "__main__":
    sys.exit(_entry())
