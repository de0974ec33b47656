"""A folder with a user's modules, and the command line in this process."""

from __future__ import annotations

import calendar
import json
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from callboard.runtime.gateways.cli.main import main

LOADED = calendar
"""So a user's file of that name can not be imported."""

MODULES = {
    "company.py": """\
        import time
        from callboard import Note, agent, handles

        @agent(skills=["data_collection"])
        def collector(task, ctx):
            print("printed by an agent")
            ctx.progress(0.5, "halfway")
            return [12, 15, 11, 42]

        @agent(skills=["data_analysis", "statistics >= 2"], max_load=2, timeout=90, retry=4)
        async def analyst(task, ctx):
            numbers = task.inputs["Data Collection"]
            return {"mean": sum(numbers) / len(numbers)}

        @agent(skills=["report_writing"])
        class Reporter:
            def work(self, task, ctx):
                return f"The mean is {task.inputs['Data Analysis']['mean']}.\\nThat is all."

            @handles(Note)
            def keep(self, note, ctx): ...

        reporter = Reporter()
        again = collector
    """,
    "trouble.py": """\
        import time
        from callboard import agent

        @agent(skills=["general"], retry=1)
        def raiser(task, ctx):
            raise ValueError("no such page \\x1b[31m")

        @agent(skills=["general"])
        def crasher(task, ctx):
            raise SystemExit("so there")

        @agent(skills=["general"])
        def sleeper(task, ctx):
            print("asleep", flush=True)
            time.sleep(600)

        @agent(skills=["general"])
        def polite(task, ctx):
            print("at work", flush=True)
            for n in range(6000):
                ctx.raise_if_cancelled()
                ctx.progress(n / 6000, f"page {n}")
                time.sleep(0.02)

        @agent(skills=["data_collection"])
        def asks_too_much(task, ctx):
            return ctx.submit([{"name": "Fly", "required_skills": ["flying"]}]).result(timeout=30)
    """,
    "raises.py": """\
        import callboard

        def divide():
            return 1 / 0

        x = divide()
    """,
    "wrong.py": """\
        from callboard import agent

        @agent(skills="cooking")
        def cook(task): ...
    """,
    "unfinished.py": "def f(:\n",
    "leaves.py": "import sys\nsys.exit(3)\n",
    "incomplete.py": "import a_module_that_nobody_has\n",
    "nothing.py": "x = 1\n",
    "calendar.py": "x = 1\n",
}

PLAN: dict[str, list[dict[str, Any]]] = {
    "subtasks": [
        {"name": "Collect", "priority": "HIGH", "estimated_duration": 30},
        {"name": "Count", "dependencies": ["Collect"], "required_skills": ["statistics>=2"]},
        {"name": "Draw", "dependencies": ["Collect"], "estimated_duration": 5, "optional": True},
        {"name": "Tell", "dependencies": ["Count", "Draw"], "priority": "LOW"},
    ]
}


class Answer(NamedTuple):
    """How a command ended.

    Attributes:
        status: Its exit status.
        out: What it printed.
        err: What it said beside.
    """

    status: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)


Run = Callable[..., Answer]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The current directory, with modules and a plan; what is imported is forgotten."""
    for name, text in MODULES.items():
        (tmp_path / name).write_text(textwrap.dedent(text), encoding="utf-8")
    (tmp_path / "plan.json").write_text(json.dumps(PLAN), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    path = list(sys.path)
    yield tmp_path
    sys.path[:] = path
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def callboard(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line in this process."""
    assert folder.is_dir()

    def run(*arguments: str) -> Answer:
        status = main(arguments)
        out, err = capsys.readouterr()
        return Answer(status, out, err)

    return run
