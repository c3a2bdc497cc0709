"""What a terminal shows in one place while a command works; lines that stay are written above it.

`LiveTable` shows an apply, a row for each model (`progress_table`), `redrawn` the table of `gemspec status --watch`.
For logs and pipes, `progress` writes the same as plain lines. rich knows the terminal and moves its cursor. It is
imported here alone, so the command line imports this module only where it has a terminal.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from rich.console import Console
from rich.live import Live
from rich.text import Text

from gemspec.domain.events import Outcome, StepEnded
from gemspec.render.layout import PLAIN, Style
from gemspec.render.terminal.progress import end_line
from gemspec.render.terminal.progress_table import ProgressTable
from gemspec.util.escape import terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

    from gemspec.domain.events import Event
    from gemspec.render.terminal.progress import Show

    Draw = Callable[[int, int], Sequence[str]]  # the lines for a terminal of so many columns and lines

_PER_SECOND = 5


class LiveTable:
    """A row for each model at work; the end of a step stays above as a line. `width` and `height`: the terminal's own
    unless given.

    rich redraws from a thread, so that the elapsed time goes on between events. While the table is shown, log lines for
    the same stream are written above it.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        width: int | None = None,
        height: int | None = None,
        style: Style = PLAIN,
        unicode: bool = True,
    ) -> None:
        self._stream = stream
        self._style = style
        self._table = ProgressTable(time.monotonic, style=self._style, unicode=unicode)
        self._lock = threading.Lock()  # never held while rich draws, which has a lock of its own
        console = _console(stream, self._style, width, height)
        self.live = _live(console, self._lines, refresh_per_second=_PER_SECOND)
        self._logging: list[logging.StreamHandler[Any]] = []

    def __enter__(self) -> LiveTable:
        self.live.start()
        above = _Above(self.note)
        for handler in logging.getLogger().handlers:
            if isinstance(handler, logging.StreamHandler) and handler.stream is self._stream:
                handler.setStream(above)
                self._logging.append(handler)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for handler in self._logging:
            handler.setStream(self._stream)
        self.live.stop()

    def __call__(self, event: Event) -> None:
        with self._lock:
            self._table.take(event)
        if isinstance(event, StepEnded) and event.outcome is not Outcome.NOT_STARTED:
            self.note(end_line(event, self._style))

    def note(self, line: str) -> None:
        """Write a line above the table. soft_wrap: names stay whole, for copying."""
        self.live.console.print(Text.from_ansi(line), soft_wrap=True)

    def _lines(self, width: int, height: int) -> list[str]:
        with self._lock:
            return self._table.lines(width, max(1, height - 1))  # a line of what has been written above stays


class _Above:
    """A stream for log handlers: whole lines go above the table."""

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note
        self._begun = ""

    def write(self, text: str) -> int:
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            self._note(terminal(line))
        return len(text)

    def flush(self) -> None:
        """Lines are shown when they are whole."""


@contextmanager
def redrawn(stream: TextIO, *, style: Style = PLAIN) -> Iterator[Show]:
    """Draw each text over the last, cut to the terminal's height. At the end the last text stays, as a whole."""
    text: Sequence[str] = ()
    console = _console(stream, style)
    live = _live(console, lambda _, height: _fitted(text, height), auto_refresh=False)

    def show(lines: Sequence[str], _: bool) -> None:
        nonlocal text
        text = lines
        live.refresh()

    try:
        with live:
            yield show
    finally:
        stream.write("".join(f"{line}\n" for line in text))
        stream.flush()


def _fitted(lines: Sequence[str], height: int) -> Sequence[str]:
    kept = len(lines) if len(lines) <= height else max(0, height - 1)
    return [*lines[:kept], f"... and {len(lines) - kept} more lines"] if kept < len(lines) else lines


def _console(stream: TextIO, style: Style, width: int | None = None, height: int | None = None) -> Console:
    return Console(file=stream, width=width, height=height, force_terminal=True, no_color=not style.colour)


def _live(console: Console, draw: Draw, **refresh: Any) -> Live:
    """`draw` has all lines of the terminal but the last, which is the cursor's: terminals echo Ctrl-C there, as `^C`.
    Behind a line of the full width that would wrap, and a line too few would be cleared.
    """

    def frame() -> Text:
        width, height = console.size
        text = Text.from_ansi("\n".join(draw(width, height - 1)), no_wrap=True, overflow="crop")
        return text.append("\n") if text else text

    return Live(
        console=console,
        get_renderable=frame,
        transient=True,
        vertical_overflow="crop",
        redirect_stdout=False,
        redirect_stderr=False,
        **refresh,
    )
