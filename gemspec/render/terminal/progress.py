"""What a command shows while it works, as plain lines for logs and pipes; `screen` shows the same on terminals.

A display of an apply is a context manager that is called with each event, a display of `gemspec status --watch` a
context manager that gives a function to call with each new text.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO, assert_never

from gemspec.domain.actions import ACTIONS, Action
from gemspec.domain.events import Outcome, StepEnded, StepProgress, StepStarted, StepWaiting
from gemspec.render.layout import PLAIN, Style, count, duration
from gemspec.util.escape import terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

    from gemspec.domain.events import Event
    from gemspec.domain.model import Progress

    # Takes the lines of a text, and whether more than the time has changed in it.
    Show = Callable[[Sequence[str], bool], None]


class Lines:
    """A line at the start of a step, at each quarter of a training, and at the end."""

    def __init__(self, stream: TextIO, *, style: Style = PLAIN) -> None:
        self._stream = stream
        self._style = style
        self._marks: dict[tuple[str, str], int] = {}
        self._waiting: dict[tuple[str, str], str] = {}

    def __enter__(self) -> Lines:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.flush()

    def __call__(self, event: Event) -> None:
        match event:
            case StepStarted():
                self.note(start_line(event))
            case StepWaiting() if event.reason:
                self.note(f"{terminal(event.key)}: waits: {terminal(event.reason)}")
            case StepProgress() if self._has_turned(event):
                self.note(f"{terminal(event.key)}: {_turn(event)}")
            case StepProgress() if self._is_news(event):
                self.note(f"{terminal(event.key)}: {progress_words(event.progress, event.elapsed)}")
            case StepEnded() if event.outcome is not Outcome.NOT_STARTED:
                self.note(end_line(event, self._style))
            case StepWaiting() | StepProgress() | StepEnded():
                pass
            case never:
                assert_never(never)

    def note(self, line: str) -> None:
        """Write a line between the events."""
        self._stream.write(f"{line}\n")
        self._stream.flush()

    def _has_turned(self, event: StepProgress) -> bool:
        """Whether the training waits at the service in another way than before, or runs after it has waited."""
        address, waiting = (event.key, event.train), event.progress.waiting
        before, self._waiting[address] = self._waiting.get(address, ""), waiting
        return waiting != before

    def _is_news(self, event: StepProgress) -> bool:
        """Whether another quarter is done; without a total, whether twice as many steps are done as at the last."""
        percent, steps = event.progress.percent, event.progress.completed_steps
        mark = steps.bit_length() if percent is None else min(int(percent // 25), 3)
        address = (event.key, event.train)
        if mark <= self._marks.get(address, 0):
            return False
        self._marks[address] = mark
        return True


@contextmanager
def appended(stream: TextIO) -> Iterator[Show]:
    """Write each text in which more than the time has changed, below an empty line."""
    gap = ""

    def show(lines: Sequence[str], is_news: bool) -> None:
        nonlocal gap
        if is_news:
            stream.write(gap + "".join(f"{line}\n" for line in lines))
            stream.flush()
            gap = "\n"

    yield show


def _turn(event: StepProgress) -> str:
    if event.progress.waiting:
        return f"waits: {terminal(event.progress.waiting_text)}"
    return f"in training after {duration(event.elapsed)}"


def start_line(event: StepStarted) -> str:
    """`number-generator: creating tunedModels/number-generator-0a1b2c3d4e`."""
    return f"{terminal(event.key)}: {_worded(ACTIONS[Action(event.action)].doing, event)}"


def end_line(event: StepEnded, style: Style) -> str:
    """How a step ended and, if it did not end well, why."""
    key, because = terminal(event.key), f": {terminal(event.message)}" if event.message else ""
    match event.outcome:
        case Outcome.DONE:
            after = f" after {duration(event.elapsed)}" if event.elapsed >= 1 else ""
            return f"{key}: {style.paint(done_words(event), 'green')}{after}"
        case Outcome.WAITING:
            return f"{key}: {style.paint('training goes on', 'cyan')}: {_named(event.name)}{because}"
        case Outcome.FAILED if event.checked:  # the checks were run; the model failed them
            return f"{key}: {style.paint(terminal(event.message), 'red')}"
        case Outcome.FAILED:
            return f"{key}: {style.paint('failed', 'red')} to {to_do_words(event)}{because}"
        case Outcome.UNANSWERED:
            return f"{key}: {style.paint('no answer', 'red')} when asked to {to_do_words(event)}"
        case Outcome.SUPERSEDED | Outcome.NOT_STARTED:
            return f"{key}: did {style.paint('not', 'red')} {to_do_words(event)}{because}"
        case never:
            assert_never(never)


def done_words(event: StepEnded) -> str:
    """`created tunedModels/...`."""
    return _worded(ACTIONS[Action(event.action)].done, event)


def to_do_words(event: StepEnded) -> str:
    """`create tunedModels/...`."""
    return _worded(ACTIONS[Action(event.action)].to_do, event)


def _worded(words: str, event: StepStarted | StepEnded) -> str:
    return words.replace("{checks}", _checks(event)).replace("{name}", _named(event.name))


def _checks(event: StepStarted | StepEnded) -> str:
    """`check`, `3 checks`."""
    number = len(event.checked) if isinstance(event, StepEnded) else 0
    return count(number, "check") if number > 1 else "check" if number else "checks"


def _named(name: str) -> str:
    return terminal(name) or "a new model"


def progress_words(progress: Progress, elapsed: float) -> str:
    """`42%, step 16 of 38, epoch 2, loss 0.1234, 12s`, as far as it is known."""
    parts = [] if progress.percent is None else [f"{int(progress.percent)}%"]
    total = f" of {progress.total_steps}" if progress.total_steps else ""
    parts.append(f"step {progress.completed_steps}{total}")
    if progress.last:
        parts += [f"epoch {progress.last.epoch}", f"loss {progress.last.mean_loss:.4g}"]
    return ", ".join([*parts, duration(elapsed)])
