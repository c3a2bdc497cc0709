"""What an apply is at, a row for each model, as lines for a terminal of a given size. Pure; `screen` shows them.

Rows keep their order, trainings before what waits, so that the eye finds them again. Rows without room are counted.
These are lines and no tables of rich, whose rows cannot span columns, and whose bars and cuts need more than ASCII.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from gemspec.domain.actions import ACTIONS, Action
from gemspec.domain.events import StepEnded, StepProgress, StepStarted, StepWaiting
from gemspec.render.layout import GAP, PLAIN, Style, aligned, columns, cut, duration, fitting
from gemspec.util.escape import terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gemspec.domain.events import Event
    from gemspec.domain.model import Progress

_WIDEST_KEY, _LEAST_KEY = 29, 8
_LEAST_BAR, _WIDEST_BAR = 6, 40
# What else the row of a training says: by worth, as far as there is room, and in the order from left to right.
_BY_WORTH = ("percent", "loss", "steps", "bar", "elapsed", "epoch")
_IN_ORDER = ("percent", "steps", "epoch", "loss", "elapsed")
# What grows with time has its room from the beginning, so that the bar does not shrink.
_GROWN = {"percent": 4, "elapsed": 5}


@dataclass(slots=True)
class _Row:
    """A model: what is done to it, or what it waits for ("" for its turn)."""

    key: str
    action: str
    since: float
    waits_for: str | None = None
    progress: Progress | None = None

    @property
    def is_queued(self) -> bool:
        """Whether its training waits at the service."""
        return self.progress is not None and bool(self.progress.waiting)

    @property
    def is_waiting(self) -> bool:
        """For another step, for its turn, or at the service."""
        return self.waits_for is not None or self.is_queued

    @property
    def is_training(self) -> bool:
        """Whether its training has been begun, even if it still waits at the service."""
        return self.action == "await" and self.waits_for is None


class ProgressTable:
    """Takes the events of an apply, and draws the models at work. `clock` gives seconds, for the elapsed time."""

    def __init__(self, clock: Callable[[], float], *, style: Style = PLAIN, unicode: bool = True) -> None:
        self._clock = clock
        self._style = style
        self._signs = ("━", "─") if unicode else ("=", "-")
        self._rows: dict[tuple[str, str], _Row] = {}

    def take(self, event: Event) -> None:
        """Note what has happened. Progress may arrive for a step without its start: a run may attach to a training."""
        address = (event.key, event.train)
        row = self._rows.get(address)
        match event:
            case StepWaiting():
                # The row of a model that waits for its own creation says what is done to it.
                if event.for_key != event.key and (row is None or row.waits_for is not None or event.reason):
                    self._rows[address] = _Row(event.key, event.action, self._clock(), waits_for=_awaited(event))
            case StepStarted():
                self._start(address, event.action)
            case StepProgress():
                row = row if row and row.is_training else self._start(address, event.action)
                row.progress, row.since = event.progress, self._clock() - event.elapsed
            case StepEnded():
                if row and (row.action == event.action or not row.is_training):
                    del self._rows[address]
            case never:
                assert_never(never)

    def lines(self, width: int, height: int) -> list[str]:
        """At most `height` lines of at most `width` columns."""
        rows = sorted(self._rows.values(), key=lambda row: row.is_waiting)
        shown = rows if len(rows) <= height else rows[: max(0, height - 1)]
        lines = self._drawn(shown, width)
        rest = rows[len(shown) :]
        return [*lines, cut(_counted(rest, is_all=not shown), width)] if rest else lines

    def _start(self, address: tuple[str, str], action: str) -> _Row:
        self._rows.pop(address, None)  # so that rows are in the order in which their steps began
        row = self._rows[address] = _Row(address[0], action, self._clock())
        return row

    def _drawn(self, rows: Sequence[_Row], width: int) -> list[str]:
        keys = [terminal(row.key) for row in rows]
        room = min(_WIDEST_KEY, max(_LEAST_KEY, width // 3), max(map(columns, keys), default=0))
        left = width - room - GAP
        numbers = [self._numbers(row) for row in rows]
        widths = {name: max((len(texts.get(name, "")) for texts in numbers), default=0) for name in _IN_ORDER}
        widths |= {name: max(least, widths[name]) for name, least in _GROWN.items() if widths[name]}
        kept, rest = fitting({**widths, "bar": _LEAST_BAR - GAP}, _BY_WORTH, left)
        bar = min(_WIDEST_BAR, _LEAST_BAR + rest) if "bar" in kept else 0
        lines = []
        for row, key, texts in zip(rows, keys, numbers, strict=True):
            if texts:
                fields = [f"{texts[field]:>{widths[field]}}" for field in _IN_ORDER if field in kept]
                content = "  ".join([self._bar(row, bar), *fields] if bar else fields)
            else:
                content = self._style.paint(cut(_words(row), left), *(["dim"] if row.is_waiting else []))
            lines.append(f"{aligned(key, room)}  {content}".rstrip())
        return lines

    def _numbers(self, row: _Row) -> dict[str, str]:
        """The numbers of a training that runs, "" where a number is not known; nothing for all other rows."""
        progress = row.progress
        if not row.is_training or progress is None or row.is_queued:
            return {}
        done, total, percent, last = progress.completed_steps, progress.total_steps, progress.percent, progress.last
        return {
            "percent": "" if percent is None else f"{int(percent)}%",
            "steps": f"{done:>{len(str(total))}}/{total}" if total else f"{done}",
            "epoch": f"epoch {last.epoch}" if last else "",
            "loss": f"loss {last.mean_loss:#.3g}" if last else "",
            "elapsed": duration(max(0.0, self._clock() - row.since)),
        }

    def _bar(self, row: _Row, width: int) -> str:
        percent = row.progress.percent if row.progress else None
        full = int(width * (percent or 0) / 100)
        done, left = self._signs
        return f"{self._style.paint(done * full, 'cyan')}{self._style.paint(left * (width - full), 'dim')}"


def _awaited(event: StepWaiting) -> str:
    if event.for_action in ("", "await"):
        return f"the training of {terminal(event.for_key)}" if event.for_key else ""
    return f"{ACTIONS[Action(event.for_action)].short} {terminal(event.for_key)}"


def _words(row: _Row) -> str:
    if row.progress and row.is_queued:
        return f"waits: {terminal(row.progress.waiting_text)}"
    if row.waits_for is None:
        return ACTIONS[Action(row.action)].short
    return f"waits for {row.waits_for}" if row.waits_for else "waits for its turn"


def _counted(rows: Sequence[_Row], *, is_all: bool) -> str:
    """`... and 980 more training, 12 waiting`."""
    waiting = sum(row.is_waiting for row in rows)
    training = sum(row.is_training and not row.is_queued for row in rows)
    numbers = ((training, "training"), (len(rows) - training - waiting, "at work"), (waiting, "waiting"))
    counts = ", ".join(f"{number} {what}" for number, what in numbers if number)
    return counts if is_all else f"... and {counts.replace(' ', ' more ', 1)}"
