"""The live display of an apply on a terminal: a line with a bar for each training; what has ended stays above as text.

rich draws it, and is imported only here, when a display is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from gemspec.events import Outcome, StepEnded, StepProgress, StepStarted
from gemspec.render.escape import terminal
from gemspec.render.layout import Style, cut
from gemspec.render.progress import end_line

if TYPE_CHECKING:
    from types import TracebackType

    from rich.progress import Progress as Bars, TaskID

    from gemspec.events import Event

_KEY_COLUMNS = 29
# What has no bar. A training is told by its bar alone.
_DOING = {
    "create": "creating",
    "update": "changing",
    "promote": "promoting",
    "abandon": "ending",
    "delete": "deleting",
    "forget": "releasing",
}


class Live:
    """Needs a terminal that can move its cursor; elsewhere use `Lines`. `width` is the terminal's own unless given."""

    def __init__(self, stream: TextIO, *, width: int | None = None, style: Style | None = None) -> None:
        self._style = style or Style()
        self._bars = _bars(stream, width, self._style)
        self._tasks: dict[tuple[str, str, str], TaskID] = {}

    def __enter__(self) -> Live:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks.values():
            self._bars.remove_task(task)
        self._tasks.clear()
        self._bars.stop()

    def __call__(self, event: Event) -> None:
        address = (event.action, event.key, event.train)
        match event:
            case StepStarted():
                self._task(address)
            case StepProgress():
                self._move(self._task(address), event)
            case StepEnded():
                self._end(address, event)

    def _task(self, address: tuple[str, str, str]) -> TaskID:
        """The line of a step; progress may arrive for a step whose start was not seen."""
        if address not in self._tasks:
            action, key, _ = address
            said = f"{cut(terminal(key), _KEY_COLUMNS)} {_DOING.get(action, '')}".rstrip()
            self._tasks[address] = self._bars.add_task(said, total=None, steps="", epoch="", loss="", percent="")
        return self._tasks[address]

    def _move(self, task: TaskID, event: StepProgress) -> None:
        progress, last = event.progress, event.progress.last
        total = f"/{progress.total_steps}" if progress.total_steps else ""
        self._bars.update(
            task,
            completed=progress.completed_steps,
            total=progress.total_steps,
            percent="" if progress.percent is None else f"{int(progress.percent)}%",
            steps=f"{progress.completed_steps}{total}",
            epoch=f"epoch {last.epoch}" if last else "",
            loss=f"loss {last.mean_loss:.3g}" if last else "",
        )

    def _end(self, address: tuple[str, str, str], event: StepEnded) -> None:
        task = self._tasks.pop(address, None)
        if task is not None:
            self._bars.remove_task(task)
        if event.outcome is not Outcome.NOT_STARTED:
            from rich.text import Text

            # soft_wrap: names stay whole, for copying.
            self._bars.console.print(Text.from_ansi(end_line(event, self._style)), soft_wrap=True)


def _bars(stream: TextIO, width: int | None, style: Style) -> Bars:
    from rich.console import Console
    from rich.progress import BarColumn, Progress as Bars, TextColumn, TimeElapsedColumn
    from rich.table import Column

    console = Console(
        file=stream,
        width=width,
        force_terminal=True,
        no_color=not style.colour,
        highlight=False,
        markup=False,
        emoji=False,
    )
    texts = ("percent", "steps", "epoch", "loss")
    return Bars(
        TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True)),
        BarColumn(bar_width=None, table_column=Column(ratio=1, min_width=4)),
        *(
            TextColumn(f"{{task.fields[{text}]}}", markup=False, table_column=Column(no_wrap=True, justify="right"))
            for text in texts
        ),
        TimeElapsedColumn(table_column=Column(no_wrap=True)),
        console=console,
        expand=True,
        transient=True,
        refresh_per_second=5,
        redirect_stdout=False,
        redirect_stderr=False,
    )
