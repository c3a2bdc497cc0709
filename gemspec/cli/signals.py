"""Handles SIGINT and SIGTERM: the first signal ends a command in order, the second ends the process at once.

Only this module handles signals; `errors` opens it around each command. In order means: `Interrupted` is raised
wherever the command is; in an event loop (`run`) requests are cancelled instead; `run_plan` ends an apply. The second
signal waits neither for a request nor for a thread nor for a reader of the last message.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

Answer = TypeVar("Answer")

SIGNALS = (signal.SIGINT, signal.SIGTERM)
# `timeout` sends a signal to the process and to its group: what comes so soon (seconds) after the first is the same.
SAME = 0.1
EXIT_GRACE = 0.5  # seconds for the last message of a process that ends at once
_SHOW_CURSOR = "\x1b[?25h"


class Interrupted(BaseException):
    """The first signal, where no handler intercepts it. Only the end of a command catches it: it is not an Exception,
    nor a KeyboardInterrupt, which libraries convert.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@dataclass
class _Command:
    """The signal handling of the command that runs. `number` is the first signal, 0 before it, which came at `since`.

    The first signal calls the last of `handlers`, or is raised; the second signal calls `exits`. Both print `message`.
    """

    number: int = 0
    since: float = 0.0
    handlers: list[Callable[[int], object]] = field(default_factory=list)
    exits: list[Callable[[int], object]] = field(default_factory=list)
    message: str | Callable[[], str] = ""
    is_disarmed: bool = False
    has_output: bool = False
    is_leaving: bool = False

    def dispatch(self) -> None:
        if self.handlers:
            self.handlers[-1](self.number)
        elif not self.is_disarmed:
            raise Interrupted(self.number)


_command = _Command()


@contextlib.contextmanager
def handled() -> Iterator[None]:
    """Handle signals while a command runs; those that were ignored when it was started (nohup) stay ignored."""
    global _command  # signals belong to the process, which runs a single command at a time
    before, _command = _command, _Command()
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    ours = {number: handler for number, handler in handlers.items() if handler not in (signal.SIG_IGN, None)}
    try:
        for number in ours:
            signal.signal(number, _handle)
        yield
    finally:
        for number, handler in ours.items():
            signal.signal(number, handler)
        _command = before


@contextlib.contextmanager
def intercepting(handler: Callable[[int], object]) -> Iterator[None]:
    """Within, the first signal calls `handler`, between any two instructions of the main thread."""
    _command.handlers.append(handler)
    try:
        yield
    finally:
        _command.handlers.pop()


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """Within, the first signal waits for the end: for short work that must be done as a whole."""
    noted: list[int] = []
    with intercepting(noted.append):
        yield
    if noted:
        _command.dispatch()


@contextlib.contextmanager
def before_exit(callback: Callable[[int], object]) -> Iterator[None]:
    """Within, the second signal calls `callback` before it ends the process."""
    _command.exits.append(callback)
    try:
        yield
    finally:
        _command.exits.remove(callback)


def disarm() -> None:
    """Stop raising Interrupted for the first signal: the outcome will be printed now."""
    _command.is_disarmed = True


def begin_output() -> None:
    """The outcome is being printed: once, and as a whole."""
    disarm()
    _command.has_output = True


def has_output() -> bool:
    """Whether the outcome is being printed, or was."""
    return _command.has_output


def run(main: Callable[[], Awaitable[Answer]]) -> Answer:
    """Run `main` in an event loop, where the first signal cancels it. Raises Interrupted where a signal came."""
    import anyio

    answers = []

    async def cancellable() -> None:
        with anyio.CancelScope() as scope, intercepting(in_loop(lambda _: scope.cancel())):
            if _command.number:
                scope.cancel()
            answers.append(await main())

    with intercepting(int):  # an exception in the midst of the loop's own code would leave it in disorder
        anyio.run(cancellable)
    if not answers:
        raise Interrupted(_command.number)
    if _command.number:  # too late to cancel anything, in time for the next part
        _command.dispatch()
    return answers[0]


def in_loop(handler: Callable[[int], object]) -> Callable[[int], object]:
    """Make a handler that runs `handler` in the event loop of this moment."""
    import asyncio

    loop = asyncio.get_running_loop()
    return lambda number: loop.call_soon_threadsafe(handler, number)


def set_message(message: str | Callable[[], str]) -> None:
    """Set what a command that a signal ends prints: the state of things, and what to do next."""
    _command.message = message


def message() -> str:
    """What it would print now."""
    return _command.message if isinstance(_command.message, str) else _command.message()


def verb(number: int) -> str:
    """What a signal does to a command, in a word."""
    return "Interrupted" if number == signal.SIGINT else "Terminated"


def status(number: int) -> int:
    """The exit status that shells give to what a signal ended."""
    return 128 + number


def _handle(number: int, _frame: object) -> None:
    if not _command.number:
        _command.number, _command.since = number, time.monotonic()
        _command.dispatch()
    elif time.monotonic() - _command.since > SAME:
        _leave(number)


def _leave(number: int) -> None:
    """Print what is known and end the process, past Python's streams: it may be writing to them."""
    if _command.is_leaving:
        os._exit(status(number))
    _command.is_leaving = True
    end = threading.Timer(EXIT_GRACE, os._exit, (status(number),))
    end.daemon = True
    try:
        end.start()
        for callback in reversed(_command.exits):
            with contextlib.suppress(Exception):
                callback(number)
        begin = f"{_SHOW_CURSOR}\n" if sys.stderr.isatty() else ""
        os.write(sys.stderr.fileno(), f"{begin}Left at once. {message()}\n".encode(errors="backslashreplace"))
    finally:
        os._exit(status(number))
