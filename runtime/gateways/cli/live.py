"""Live progress bars: one for the goal, one for each subtask that somebody works on."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Column
from rich.text import Text

from callboard.messages.base import SubtaskId
from callboard.runtime.gateways.cli.display import told
from callboard.runtime.gateways.cli.screen import Stream
from callboard.runtime.gateways.cli.story import Doing, Line, Story
from callboard.runtime.gateways.cli.text import one_line

_STYLES = {"plain": "", "dim": "dim", "good": "green", "bad": "bold red"}
_MARGIN = 6


class Live:
    """Lines for what has happened, and below them bars for what goes on."""

    def __init__(self, stream: Stream) -> None:
        self._columns = stream.columns or 80
        self._console = Console(
            file=stream.file,
            force_terminal=True,
            width=self._columns,
            color_system="auto" if stream.colours else None,
            highlight=False,
            markup=False,
            emoji=False,
        )
        name, bar = self._columns * 2 // 5, self._columns // 5
        self._progress = Progress(
            TextColumn("{task.description}", markup=False, table_column=_column(name)),
            BarColumn(
                bar_width=bar,
                complete_style="cyan",
                finished_style="green",
                pulse_style="cyan",
                table_column=_column(bar),
            ),
            TextColumn(
                "{task.fields[figure]} {task.fields[note]}",
                markup=False,
                table_column=_column(self._columns - name - bar - 3),
            ),
            console=self._console,
        )
        self._bars: dict[SubtaskId, TaskID] = {}
        self._goal: TaskID | None = None

    def begin(self, goal: str) -> None:
        """Say what is to be done."""
        self._console.print(Text(goal, style="bold"))
        self._goal = self._progress.add_task("the goal", total=None, figure="", note="")
        self._progress.start()

    def say(self, line: Line) -> None:
        """Tell what has happened; the bars tell the progress."""
        if not line.progress:
            text = Text(told(line, self._columns), style=_STYLES[line.style])
            self._progress.console.print(text)

    def update(self, story: Story) -> None:
        """Bars for the goal and for as much as there is room for."""
        if self._goal is not None and story.total:
            figure = f"{story.over}/{story.total}"
            self._progress.update(
                self._goal, total=story.total, completed=story.over, figure=figure
            )
        for gone in self._bars.keys() - story.doing.keys():
            self._progress.remove_task(self._bars.pop(gone))
        room = max(1, self._console.size.height - _MARGIN)
        for subtask, doing in list(story.doing.items())[:room]:
            self._show(subtask, doing)

    def end(self) -> None:
        """Take the bars away: the lines have told everything."""
        for task in self._progress.task_ids:
            self._progress.update(task, visible=False)
        self._progress.stop()

    def _show(self, subtask: SubtaskId, doing: Doing) -> None:
        bar = self._bars.get(subtask)
        if bar is None:
            name = one_line(f"{doing.agent}: {doing.name}")
            bar = self._progress.add_task(name, total=None, figure="", note="")
            self._bars[subtask] = bar
        if doing.fraction is not None:
            figure, note = f"{doing.fraction:4.0%}", one_line(doing.note)
            self._progress.update(
                bar, total=1.0, completed=doing.fraction, figure=figure, note=note
            )


def _column(width: int) -> Column:
    # Fixed: a long note would take all the room of the bars.
    return Column(width=width, no_wrap=True, overflow="ellipsis")
