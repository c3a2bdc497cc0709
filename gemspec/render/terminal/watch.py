"""Shows a text that changes: on a terminal in place, elsewhere once more whenever it has changed.

rich draws in place, and is imported only here, when a screen is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from rich.live import Live


class Watch(Protocol):
    """What takes each new state of a text. `is_news`: whether more than the time has changed."""

    def __enter__(self) -> Watch: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def __call__(self, lines: Sequence[str], *, is_news: bool) -> None: ...


class Appended:
    """Writes the text again, below an empty line, when there is news."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_first = True

    def __enter__(self) -> Appended:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def __call__(self, lines: Sequence[str], *, is_news: bool) -> None:
        if is_news:
            gap = "" if self._is_first else "\n"
            self._stream.write(gap + "".join(f"{line}\n" for line in lines))
            self._stream.flush()
            self._is_first = False


class Redrawn:
    """Draws over the last text, cut to the terminal's height; when it ends the last text stays there as a whole."""

    def __init__(self, stream: TextIO, *, colour: bool = False) -> None:
        from rich.console import Console
        from rich.live import Live

        self._stream = stream
        self._lines: Sequence[str] = ()
        console = Console(file=stream, force_terminal=True, no_color=not colour, highlight=False)
        self._live: Live = Live(
            console=console, transient=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False
        )

    def __enter__(self) -> Redrawn:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()
        self._stream.write("".join(f"{line}\n" for line in self._lines))
        self._stream.flush()

    def __call__(self, lines: Sequence[str], *, is_news: bool) -> None:
        from rich.text import Text

        self._lines = lines
        room = max(1, self._live.console.size.height - 1)
        shown = [*lines[: room - 1], f"... and {len(lines) - room + 1} more lines"] if len(lines) > room else lines
        text = Text.from_ansi("\n".join(shown), no_wrap=True, overflow="crop")
        self._live.update(text, refresh=True)
