"""The live display of an apply on a terminal: a line for each model at work; what has ended stays above as text.

rich draws it, and is imported only here, when a display is made. It redraws from a thread of its own, so that what has
elapsed goes on between events. While it is shown, log lines that would go to the same stream are written above it.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any, TextIO

from gemspec.domain.events import Outcome, StepEnded
from gemspec.render.layout import Style
from gemspec.render.terminal.progress import end_line
from gemspec.render.terminal.progress_table import Rows
from gemspec.util.escape import terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from rich.console import Console
    from rich.live import Live as Screen
    from rich.text import Text

    from gemspec.domain.events import Event

_PER_SECOND = 5
# Columns that stay free at the end of a line: a terminal echoes Ctrl-C as `^C` there, and what wraps is never cleared.
_ECHO = 3
# Lines of the terminal that stay free: the cursor's own, and one of what stands above.
_FREE = 2


class Live:
    """Needs a terminal that can move its cursor; elsewhere use `Lines`. `width` is the terminal's own unless given."""

    def __init__(
        self,
        stream: TextIO,
        *,
        width: int | None = None,
        height: int | None = None,
        style: Style | None = None,
        unicode: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = stream
        self._style = style or Style()
        self._rows = Rows(clock, style=self._style, unicode=unicode)
        self._lock = threading.Lock()  # never held while rich draws, which has a lock of its own
        self._console = _console(stream, width, height, self._style)
        self._screen = _screen(self._console, self._draw)
        self._logging: list[logging.StreamHandler[Any]] = []

    def __enter__(self) -> Live:
        self._screen.start()
        above = _Above(self._say)
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
        self._logging.clear()
        self._screen.stop()

    def __call__(self, event: Event) -> None:
        with self._lock:
            self._rows.take(event)
        if isinstance(event, StepEnded) and event.outcome is not Outcome.NOT_STARTED:
            self._say(end_line(event, self._style))

    def note(self, line: str) -> None:
        """Say something above the display."""
        self._say(line)

    def refresh(self) -> None:
        """Draw now, without waiting for the next turn."""
        self._screen.refresh()

    def _say(self, line: str) -> None:
        """Write a line above the display. soft_wrap: names stay whole, for copying."""
        from rich.text import Text

        self._console.print(Text.from_ansi(line), soft_wrap=True)

    def _draw(self) -> Text:
        from rich.text import Text

        width, height = self._console.size
        with self._lock:
            lines = self._rows.lines(width - _ECHO, max(1, height - _FREE))
        return Text.from_ansi("\n".join(lines), no_wrap=True, overflow="crop")


class _Above:
    """A stream for log handlers: whole lines go above the display."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._begun = ""

    def write(self, text: str) -> int:
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            self._say(terminal(line))
        return len(text)

    def flush(self) -> None:
        """Lines are shown when they are whole."""


def _console(stream: TextIO, width: int | None, height: int | None, style: Style) -> Console:
    from rich.console import Console

    return Console(
        file=stream,
        width=width,
        height=height,
        force_terminal=True,
        no_color=not style.colour,
        highlight=False,
        markup=False,
        emoji=False,
    )


def _screen(console: Console, draw: Callable[[], Text]) -> Screen:
    from rich.live import Live as Screen

    return Screen(
        console=console,
        get_renderable=draw,
        transient=True,
        refresh_per_second=_PER_SECOND,
        vertical_overflow="crop",
        redirect_stdout=False,
        redirect_stderr=False,
    )
