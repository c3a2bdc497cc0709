"""What an apply is at, a row a model, as lines of a given width and number. Pure; `live` shows them on a terminal.

Rows keep their order, trainings before what waits, so that the eye finds them again. What has no room is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from gemspec.domain.actions import ACTIONS, Action
from gemspec.domain.events import StepEnded, StepProgress, StepStarted, StepWaiting
from gemspec.render.layout import Style, columns, cut, duration
from gemspec.util.escape import terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gemspec.domain.events import Event
    from gemspec.domain.model import Progress

_WIDEST_KEY, _LEAST_KEY = 29, 8
_LEAST_BAR, _WIDEST_BAR = 6, 40
_GAP = 2
# What else a training's row says, as far as there is room, by worth; and as it stands from left to right.
_BY_WORTH = ("percent", "loss", "steps", "elapsed", "epoch")
_IN_ORDER = ("percent", "steps", "epoch", "loss", "elapsed")
_GROWN = {"percent": 4, "elapsed": 5}


@dataclass(slots=True)
class _Row:
    """One model: what is done to it, or what it waits for."""

    key: str
    action: str
    since: float
    waits_for: str | None = None
    progress: Progress | None = None

    @property
    def is_waiting(self) -> bool:
        """For another step, for its turn, or at the service."""
        return self.waits_for is not None or self.is_queued

    @property
    def is_queued(self) -> bool:
        return self.progress is not None and bool(self.progress.waiting)

    @property
    def is_training(self) -> bool:
        """Whether its training has been begun, even if it still waits at the service."""
        return self.action == "await" and self.waits_for is None


class Rows:
    """Takes the events of an apply, and draws where it stands. `clock` gives seconds, for what has elapsed."""

    def __init__(self, clock: Callable[[], float], *, style: Style | None = None, unicode: bool = True) -> None:
        self._clock = clock
        self._style = style or Style()
        self._signs = ("━", "─") if unicode else ("=", "-")
        self._rows: dict[tuple[str, str], _Row] = {}

    def take(self, event: Event) -> None:
        """Note what has happened. Progress may arrive for a step whose start was not seen."""
        address = (event.key, event.train)
        match event:
            case StepWaiting():
                self._wait(address, event)
            case StepStarted():
                self._start(address, event.action, self._clock())
            case StepProgress():
                since = self._clock() - event.elapsed
                row = self._rows.get(address)
                if row is None or not row.is_training:
                    row = self._start(address, event.action, since)
                row.progress, row.since = event.progress, since
            case StepEnded():
                row = self._rows.get(address)
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

    def _wait(self, address: tuple[str, str], event: StepWaiting) -> None:
        """A model that waits for itself, to be created or trained, is told by what is done to it."""
        row = self._rows.get(address)
        if event.for_key == event.key or (row and row.waits_for is None and not event.reason):
            return
        waits = f"the training of {terminal(event.for_key)}" if event.for_key else ""
        if event.for_action not in ("", "await"):
            waits = f"{ACTIONS[Action(event.for_action)].short} {terminal(event.for_key)}"
        self._rows[address] = _Row(event.key, event.action, self._clock(), waits_for=waits)

    def _start(self, address: tuple[str, str], action: str, since: float) -> _Row:
        self._rows.pop(address, None)  # so that rows stand in the order in which they were begun
        row = self._rows[address] = _Row(address[0], action, since)
        return row

    def _drawn(self, rows: Sequence[_Row], width: int) -> list[str]:
        keys = [terminal(row.key) for row in rows]
        room = min(_WIDEST_KEY, max(_LEAST_KEY, width // 3), max((columns(key) for key in keys), default=0))
        cells = [self._cells(row) for row in rows]
        widths = {name: max((columns(cell[name]) for cell in cells), default=0) for name in _IN_ORDER}
        # What grows with time has its room from the beginning, so that the bar does not shrink.
        widths |= {name: max(least, widths[name]) for name, least in _GROWN.items() if widths[name]}
        kept, bar = _fitting(widths, width - room - _GAP)
        lines = []
        for row, key, said in zip(rows, keys, cells, strict=True):
            name = cut(key, room)
            head = f"{name}{' ' * (room - columns(name))}  "
            if row.is_training and row.progress and not row.is_queued:
                fields = [f"{said[field]:>{widths[field]}}" for field in kept]
                parts = [self._bar(row.progress.percent, bar)] if bar else []
                lines.append(f"{head}{'  '.join([*parts, *fields])}".rstrip())
            else:
                doing = cut(_words(row), width - columns(head))
                lines.append(f"{head}{self._style.paint(doing, *(['dim'] if row.is_waiting else []))}")
        return lines

    def _cells(self, row: _Row) -> dict[str, str]:
        """What a training's row says; empty where nothing is known, and for rows of another kind."""
        progress, said = row.progress, dict.fromkeys(_IN_ORDER, "")
        if not row.is_training or progress is None or row.is_queued:
            return said
        said["elapsed"] = duration(max(0.0, self._clock() - row.since))
        total, last = progress.total_steps, progress.last
        said["steps"] = (
            f"{progress.completed_steps:>{len(str(total))}}/{total}" if total else f"{progress.completed_steps}"
        )
        said["percent"] = "" if progress.percent is None else f"{int(progress.percent)}%"
        if last:
            said |= {"epoch": f"epoch {last.epoch}", "loss": f"loss {last.mean_loss:#.3g}"}
        return said

    def _bar(self, percent: float | None, width: int) -> str:
        full = int(width * (percent or 0.0) / 100)
        done, left = self._signs
        return f"{self._style.paint(done * full, 'cyan')}{self._style.paint(left * (width - full), 'dim')}"


def _fitting(widths: dict[str, int], width: int) -> tuple[list[str], int]:
    """Which fields have room, and how wide the bar is: 0 where there is none for it."""
    kept: set[str] = set()
    for name in _BY_WORTH:
        if widths[name] and widths[name] + _GAP <= width - (_LEAST_BAR if name in ("elapsed", "epoch") else 0):
            kept.add(name)
            width -= widths[name] + _GAP
    return [name for name in _IN_ORDER if name in kept], min(_WIDEST_BAR, width) if width >= _LEAST_BAR else 0


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
    (first, what), *others = [(number, what) for number, what in numbers if number]
    lead = f"{first} {what}" if is_all else f"... and {first} more {what}"
    return ", ".join([lead, *(f"{number} {what}" for number, what in others)])
