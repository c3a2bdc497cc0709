"""Loss curves as text: in a line of a table (`status`), and as a chart with axes (`status_key`). Pure.

Blocks and braille dots (eight to a character) where the stream can write them, plain characters elsewhere. A library
for charts on terminals would be another dependency of every installation, for little code.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from gemspec.render.layout import columns
from gemspec.util.text import is_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Point = tuple[int, float]

BLOCKS = "▁▂▃▄▅▆▇█"
_ASCII = "_.-=+*#"
# The bit of each dot of a braille character, by row and column.
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_BLANK = 0x2800


def sparkline(values: Sequence[float | None], width: int, *, unicode: bool = True) -> str:
    """Draw values from their least to their greatest in at most `width` columns; a blank for what is not a number."""
    signs = BLOCKS if unicode else _ASCII
    buckets = _buckets(values, width)
    known = [value for value in buckets if value is not None]
    if not known:
        return ""
    low, high = min(known), max(known)
    return "".join(" " if value is None else signs[_level(value, low, high, len(signs))] for value in buckets)


def _level(value: float, low: float, high: float, levels: int) -> int:
    """Halves first: the span of two huge losses may be larger than any float."""
    span = high / 2 - low / 2
    return round((value / 2 - low / 2) / span * (levels - 1)) if span else 0


def _buckets(values: Sequence[float | None], width: int) -> list[float | None]:
    """At most as many values as columns; where there are more, the mean of those that share a column."""
    if width <= 0:
        return []
    if len(values) <= width:
        return [value if is_number(value) else None for value in values]
    bounds = [len(values) * place // width for place in range(width + 1)]
    return [_mean(values[start:end]) for start, end in pairwise(bounds)]


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None and math.isfinite(value)]
    mean = sum(value / len(known) for value in known)
    # Rounding may carry a mean beyond the values.
    return max(min(known), min(max(known), mean)) if known else None


def curve_lines(
    points: Sequence[Point], *, width: int, height: int = 8, last_step: int | None = None, unicode: bool = True
) -> list[str]:
    """Draw (step, loss) from step 0 to `last_step` (a training's total), and the loss from 0 or its minimum upwards."""
    points = [(step, loss) for step, loss in points if math.isfinite(loss)]
    if not points:
        return []
    low, high = min(0.0, *(loss for _, loss in points)), max(loss for _, loss in points)
    high = high if high > low else 0.0 if low else 1.0  # all losses are equal: a flat line
    end = max(last_step or 0, *(step for step, _ in points), 1)
    labels = [f"{high:.3g}", f"{high / 2 + low / 2:.3g}", f"{low:.3g}"]
    margin = max(columns(label) for label in labels)
    room = max(8, width - margin - 2)
    dots = _Dots(room, height, unicode=unicode)
    for column, row in _path(points, (low, high), end, dots):
        dots.put(column, row)
    places = {0: labels[0], height // 2: labels[1], height - 1: labels[2]}
    tick, bar, corner, floor = ("┤", "│", "└", "─") if unicode else ("+", "|", "+", "-")
    drawn = [
        f"{places.get(number, ''):>{margin}} {tick if number in places else bar}{line}".rstrip()
        for number, line in enumerate(dots.lines())
    ]
    ends = f"step {end}"
    axis = f"{'0'}{ends:>{room - 1}}"
    return [*drawn, f"{'':>{margin}} {corner}{floor * room}", f"{'':>{margin}}  {axis}"]


class _Dots:
    """A grid of dots: 2 x 4 in a braille character, 1 x 1 in a plain character."""

    def __init__(self, width: int, height: int, *, unicode: bool) -> None:
        self._across, self._down = (2, 4) if unicode else (1, 1)
        self._unicode = unicode
        self._cells = [[0] * width for _ in range(height)]
        self.columns, self.rows = width * self._across, height * self._down

    def put(self, column: int, row: int) -> None:
        line, below = divmod(row, self._down)
        cell, right = divmod(column, self._across)
        self._cells[line][cell] |= _DOTS[below][right]

    def lines(self) -> list[str]:
        return ["".join(self._sign(cell) for cell in line) for line in self._cells]

    def _sign(self, cell: int) -> str:
        if self._unicode:
            return chr(_BLANK + cell) if cell else " "
        return "*" if cell else " "


def _path(points: Sequence[Point], span: tuple[float, float], end: int, dots: _Dots) -> Iterator[tuple[int, int]]:
    """The dots of the line through the points."""
    places = [_place(point, span, end, dots) for point in points]
    yield places[0]
    for (column, row), (next_column, next_row) in pairwise(places):
        strides = max(abs(next_column - column), abs(next_row - row), 1)
        for stride in range(1, strides + 1):
            share = stride / strides
            yield round(column + (next_column - column) * share), round(row + (next_row - row) * share)


def _place(point: Point, span: tuple[float, float], end: int, dots: _Dots) -> tuple[int, int]:
    """The dot of a point. Halves, as in `_level`."""
    (step, loss), (low, high) = point, span
    height = high / 2 - low / 2
    share = (loss / 2 - low / 2) / height if height else 0.5  # the half of the smallest float is 0
    step = min(max(step, 0), end)
    return step * (dots.columns - 1) // end, round((1 - share) * (dots.rows - 1))
