"""What SIGINT and SIGTERM do to a command: the first ends it in order, the next one leaves at once.

The one place that handles signals; `failing` opens it around each command. In order means: `Interrupted` is raised
wherever the command stands; in an event loop (`run`) what is asked of the service is cancelled instead; a plan that is
being carried out is brought to its end by `carrying`. The second signal waits for nothing, be it a request that hangs,
a thread, or whoever should read the last words.
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
LEAVING = 0.5  # seconds for the last words of who leaves at once
_SHOW_CURSOR = "\x1b[?25h"


class Interrupted(BaseException):
    """The first signal, where nothing else is done about it. Only who ends commands catches it: it is no Exception, and
    no KeyboardInterrupt, which libraries turn into something else.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@dataclass
class _Command:
    """What signals mean to the command that runs. `number` is the first one, 0 before it, which came at `since`.

    It calls the last of `takers`, or is raised; the second one calls those of `leaving`. `words` is for both.
    """

    number: int = 0
    since: float = 0.0
    takers: list[Callable[[int], object]] = field(default_factory=list)
    leaving: list[Callable[[int], object]] = field(default_factory=list)
    words: str | Callable[[], str] = ""
    is_settled: bool = False
    is_told: bool = False
    is_leaving: bool = False

    def take(self) -> None:
        if self.takers:
            self.takers[-1](self.number)
        elif not self.is_settled:
            raise Interrupted(self.number)


_command = _Command()


@contextlib.contextmanager
def heeded() -> Iterator[None]:
    """Heed signals while a command runs; but those that are ignored where it was started (nohup) stay so."""
    global _command  # signals are the process's, which runs one command at a time
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
def taking(take: Callable[[int], object]) -> Iterator[None]:
    """Within, the first signal calls `take`, between any two instructions of the main thread."""
    _command.takers.append(take)
    try:
        yield
    finally:
        _command.takers.pop()


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Within, the first signal waits for the end: for what is short, and is to be done whole or not at all."""
    noted: list[int] = []
    with taking(noted.append):
        yield
    if noted:
        _command.take()


@contextlib.contextmanager
def leaving(tell: Callable[[int], object]) -> Iterator[None]:
    """Within, the second signal calls `tell` before it ends the process."""
    _command.leaving.append(tell)
    try:
        yield
    finally:
        _command.leaving.remove(tell)


def settle() -> None:
    """From here on the first signal raises nothing: what the command comes to is to be told."""
    _command.is_settled = True


def telling() -> None:
    """What the command came to is about to be printed: once, and whole."""
    settle()
    _command.is_told = True


def is_told() -> bool:
    """Whether that has begun."""
    return _command.is_told


def run(main: Callable[[], Awaitable[Answer]]) -> Answer:
    """Run `main` in an event loop, where the first signal cancels it. Raises Interrupted if it does, or came before."""
    import anyio

    answers = []

    async def cancellable() -> None:
        with anyio.CancelScope() as scope, taking(in_loop(lambda _: scope.cancel())):
            if _command.number:
                scope.cancel()
            answers.append(await main())

    with taking(int):  # an exception in the midst of the loop's own code would leave it in disorder
        anyio.run(cancellable)
    if not answers:
        raise Interrupted(_command.number)
    if _command.number:  # too late to cancel anything; in time for what comes next
        _command.take()
    return answers[0]


def in_loop(take: Callable[[int], object]) -> Callable[[int], object]:
    """Make what a signal may call of what is to happen in the running event loop."""
    import asyncio

    loop = asyncio.get_running_loop()
    return lambda number: loop.call_soon_threadsafe(take, number)


def say(words: str | Callable[[], str]) -> None:
    """Set what is said of a command that a signal ends: what has become of things, and what to do next."""
    _command.words = words


def words() -> str:
    """What is to be said of it now."""
    return _command.words if isinstance(_command.words, str) else _command.words()


def word(number: int) -> str:
    """What a signal does to a command."""
    return "Interrupted" if number == signal.SIGINT else "Terminated"


def status(number: int) -> int:
    """The exit status that shells give to what a signal ended."""
    return 128 + number


def _handle(number: int, _frame: object) -> None:
    if not _command.number:
        _command.number, _command.since = number, time.monotonic()
        _command.take()
    elif time.monotonic() - _command.since > SAME:
        _leave(number)


def _leave(number: int) -> None:
    """Say what is known and end the process, whatever it is in the midst of: past Python's streams, which it may be
    writing to.
    """
    if _command.is_leaving:
        os._exit(status(number))
    _command.is_leaving = True
    end = threading.Timer(LEAVING, os._exit, (status(number),))
    end.daemon = True
    try:
        end.start()
        for tell in reversed(_command.leaving):
            with contextlib.suppress(Exception):
                tell(number)
        begin = f"{_SHOW_CURSOR}\n" if sys.stderr.isatty() else ""
        os.write(sys.stderr.fileno(), f"{begin}Left at once. {words()}\n".encode(errors="backslashreplace"))
    finally:
        os._exit(status(number))
