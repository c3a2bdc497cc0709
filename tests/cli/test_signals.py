"""The first signal: raised, held, handed on or cancelling. The second signal ends processes, as the tests in
tests/reliability show.
"""

from __future__ import annotations

import os
import signal

import anyio
import anyio.lowlevel
import pytest

from gemspec.cli import signals
from gemspec.cli.signals import Interrupted


@pytest.fixture(autouse=True)
def _heeded():
    """As in a terminal: a job in the background of a shell is started with SIGINT ignored."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in signals.SIGNALS}
    with signals.handled():
        yield
    for number, handler in before.items():
        signal.signal(number, handler)


def interrupt(number=signal.SIGINT):
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", signals.SIGNALS)
def test_it_is_raised_where_the_command_runs(number):
    """With its number, which is the exit status less 128."""
    with pytest.raises(Interrupted) as raised:
        interrupt(number)
    assert signals.status(raised.value.number) == 128 + number


def test_what_is_held_is_done_whole():
    """Then it is raised."""
    done = []

    def whole():
        with signals.deferred():
            interrupt()
            done.append(1)

    with pytest.raises(Interrupted):
        whole()
    assert done == [1]


def test_it_is_raised_once_only():
    """A signal that comes with it counts as the same signal, and ends nothing."""
    with pytest.raises(Interrupted):
        interrupt()
    interrupt()


def test_the_innermost_handler_takes_it():
    """And the handler around it, when that has ended."""
    taken = []
    with signals.intercepting(lambda _: taken.append("first")):
        with signals.intercepting(lambda _: taken.append("second")):
            pass
        interrupt()
    assert taken == ["first"]


def test_a_disarmed_signal_is_ignored():
    """The output has begun, so the signal has no effect."""
    signals.disarm()
    interrupt()


def test_it_cancels_a_loop():
    """Cleanly: what must be closed is closed."""
    closed = []

    async def main():
        try:
            interrupt()
            await anyio.sleep_forever()
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.lowlevel.checkpoint()
                closed.append(1)

    with pytest.raises(Interrupted):
        signals.run(main)
    assert closed == [1]


def test_a_loop_that_is_done_already_does_not_swallow_it():
    """Its answer exists, and the command ends there."""

    async def main():
        interrupt()
        return 1

    with pytest.raises(Interrupted):
        signals.run(main)


def test_a_loop_that_comes_after_it_does_not_begin():
    """It is not raised once output has begun, but no new request is sent."""
    signals.disarm()
    interrupt()
    asked = []

    async def main():
        await anyio.lowlevel.checkpoint()
        asked.append(1)

    with pytest.raises(Interrupted):
        signals.run(main)
    assert asked == []


def test_ignored_signals_stay_ignored():
    """As for a command in a shell's background."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with signals.handled():
            interrupt()
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
