"""The log of events, `--events FILE`: a file, a named pipe or an open descriptor, to which each line is appended.

`commands.apply` opens it. If a reader stops reading, the log waits for a few seconds once; then it is abandoned, and
the apply continues. A warning at the end reports it.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import time
from typing import TYPE_CHECKING

import click

from gemspec.cli import session, signals
from gemspec.domain.errors import GemspecError, Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gemspec.reports.events import EventLines

# Seconds since 1970: the time in each line. Tests set it.
now: Callable[[], float] = time.time
PATIENCE = 5.0  # seconds that a pipe may stay full
# Names of what is open already. Opened by these names, files would be cut, and sockets not be opened at all.
_OPEN = re.compile(r"/dev/fd/(\d+)|/dev/stdout|/dev/stderr")
_STANDARD = {"/dev/stdout": 1, "/dev/stderr": 2}


@contextlib.contextmanager
def recording(path: str | None) -> Iterator[EventLines]:
    """Give what takes events and writes them to `path`, or nowhere; a command that fails still ends with a summary.

    An existing file is replaced, so that it holds a single run. Raises OSError at once where it cannot be opened.
    """
    from gemspec.reports.events import EventLines

    if path == "-":
        raise click.UsageError("--events does not write to standard output, which is for the result: name a file")
    with _appending(path) if path else contextlib.nullcontext(_discard) as write:
        lines = EventLines(write, lambda: now())
        with signals.before_exit(lambda number: _break_off(lines, signals.Interrupted(number))):
            try:
                yield lines
            except BaseException as error:
                _break_off(lines, error)
                raise


def _discard(_: str) -> None:
    """Takes lines where there is no log."""


def _break_off(lines: EventLines, error: BaseException) -> None:
    if not lines.is_ended:
        lines.broken_off(*_end(error))


def _end(error: BaseException) -> tuple[str, int, str]:
    """Outcome, exit status and message of a command that has no result, as `errors` will print them."""
    match error:
        case signals.Interrupted():
            return "interrupted", signals.status(error.number), signals.message()
        case GemspecError():
            return "errored", 1, error.summary
    return "errored", 1, str(error) or type(error).__name__


@contextlib.contextmanager
def _appending(path: str) -> Iterator[Callable[[str], None]]:
    log = _Log(_descriptor(path))
    try:
        yield log.append
    finally:
        os.close(log.descriptor)
        if log.problem:
            problem = f"{path}: {log.problem}"
            session.show_warnings([Problem(problem, "later events are not in it", severity=Severity.WARNING)])


def _descriptor(path: str) -> int:
    try:
        if found := _OPEN.fullmatch(path):
            return os.dup(int(found[1]) if found[1] else _STANDARD[path])
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o666)
    except OSError as error:
        raise type(error)(error.errno, error.strerror, path) from error


class _Log:
    """An open file that takes lines until a write fails; `problem` says why it failed."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.problem = ""

    def append(self, line: str) -> None:
        """Write a whole line, even if a signal comes."""
        if self.problem:
            return
        try:
            with signals.deferred():
                self._write(line.encode("ascii"))
        except OSError as error:
            self.problem = error.strerror or str(error)

    def _write(self, data: bytes) -> None:
        while data:
            if not self._has_room():
                self.problem = "nobody reads it"
                return
            data = data[os.write(self.descriptor, data[: select.PIPE_BUF]) :]

    def _has_room(self) -> bool:
        """Whether a write would not block; files always have room, or fail."""
        poll = select.poll()
        poll.register(self.descriptor, select.POLLOUT)
        return bool(poll.poll(PATIENCE * 1000))
