"""Where `--events FILE` goes: a file, a named pipe or an open descriptor, written by a thread of its own.

So nothing that reads events, or has ceased to, ever holds up an apply: what cannot be written is told once, at the end.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
import time
from queue import SimpleQueue
from typing import TYPE_CHECKING

import click

from gemspec.cli import session, signals
from gemspec.domain.errors import GemspecError, Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gemspec.reports.events import EventLines

# Seconds since 1970: what lines are stamped with. Tests set it.
now: Callable[[], float] = time.time
PATIENCE = 5.0  # seconds that a reader has at the end for what it has not read yet
# These stand for what is open already. Opened by their names, files would be cut, and sockets not be opened at all.
_OPEN = re.compile(r"/dev/fd/(\d+)|/dev/stdout|/dev/stderr")
_STANDARD = {"/dev/stdout": 1, "/dev/stderr": 2}


@contextlib.contextmanager
def recording(path: str | None) -> Iterator[EventLines]:
    """Give what takes events and writes them to `path`, or nowhere; a command that fails still ends with a summary.

    A file is begun anew: it holds one run. Raises OSError, before anything is done, where it cannot be opened.
    """
    from gemspec.reports.events import EventLines

    if path == "-":
        raise click.UsageError("--events does not write to standard output, which is for the result: name a file")
    with _writing(path) if path else contextlib.nullcontext(_nowhere) as write:
        lines = EventLines(write, lambda: now())
        with signals.leaving(lambda number: _break_off(lines, signals.Interrupted(number))):
            try:
                yield lines
            except BaseException as error:
                _break_off(lines, error)
                raise


def _nowhere(_: str) -> None:
    """Takes lines that nobody asked for."""


def _break_off(lines: EventLines, error: BaseException) -> None:
    if not lines.is_ended:
        lines.broken_off(*_end(error))


def _end(error: BaseException) -> tuple[str, int, str]:
    """Outcome, exit status and message of a command that has no result, as `failing` will have them."""
    match error:
        case signals.Interrupted():
            return "interrupted", signals.status(error.number), signals.words()
        case GemspecError():
            return "errored", 1, error.summary
    return "errored", 1, str(error) or type(error).__name__


@contextlib.contextmanager
def _writing(path: str) -> Iterator[Callable[[str], None]]:
    writer = _Writer(_descriptor(path))
    try:
        with signals.leaving(lambda _: writer.close(signals.LEAVING / 2)):
            yield writer.write
    finally:
        if problem := writer.close():
            session.show_warnings(
                [Problem(f"{path}: {problem}", "later events are not in it", severity=Severity.WARNING)]
            )


def _descriptor(path: str) -> int:
    """Open a file for writing."""
    try:
        if found := _OPEN.fullmatch(path):
            return os.dup(int(found[1]) if found[1] else _STANDARD[path])
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    except OSError as error:
        raise type(error)(error.errno, error.strerror, path) from error


class _Writer:
    """Writes in the order in which it is given lines, and keeps the first error to itself until it is closed.

    Without buffers of Python's: one that a stalled thread still holds would crash the interpreter when it ends.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._problem = ""
        self._thread = threading.Thread(target=self._run, name="events", daemon=True)
        self._thread.start()

    def write(self, line: str) -> None:
        self._lines.put(line)

    def close(self, patience: float = PATIENCE) -> str:
        """Wait until all is written, for a while, and say why it is not."""
        self._lines.put(None)
        self._thread.join(patience)
        return "nobody reads it" if self._thread.is_alive() else self._problem

    def _run(self) -> None:
        try:
            for line in iter(self._lines.get, None):
                _write_all(self._descriptor, line.encode("ascii"))
        except OSError as error:
            self._problem = error.strerror or str(error)
        finally:
            os.close(self._descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
