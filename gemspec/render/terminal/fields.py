"""Draws field differences (`~ temperature: 0.2 -> 0.3`) from the entries of the plan document. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from gemspec.domain.plan import UNKNOWN
from gemspec.render.layout import Style, byte_size, columns, count, cut, number
from gemspec.util.escape import terminal

if TYPE_CHECKING:
    from gemspec.reports.resource_changes import KeyChange
    from gemspec.reports.values import FieldValue

_FORCES = "# forces a new training"
_DATA = "tuningTask.trainingData"
_SOURCE = "tunedModelSource.tunedModel"
_COLOURS = {"+": "green", "~": "yellow", "-": "red"}
# Characters that are shown before the first difference of two long texts.
_LEAD = 12
SIDES: tuple[Literal["before", "after"], ...] = ("before", "after")


def field_lines(change: KeyChange, *, indent: int, width: int, style: Style) -> list[str]:
    """Draw a change on one line or, where that is too long, with a line for each side; long texts are cut."""
    symbol = "+" if change["before"] is None else "-" if change["after"] is None else "~"
    head = f"{' ' * indent}{style.paint(symbol, _COLOURS[symbol])} {terminal(change['path'])}:"
    plain = indent + 3 + columns(terminal(change["path"]))
    comment = f"  {_FORCES}" if change["forces_training"] else ""
    sides = [shown(change["path"], change[side]) for side in SIDES if change[side] is not None]
    line = " -> ".join(sides)
    if plain + 1 + columns(line) + len(comment) <= width:
        return [f"{head} {line}{style.paint(comment, 'red')}"]
    room = width - indent - 7
    if len(sides) == 1 and plain + 1 + 20 + len(comment) <= width:
        return [f"{head} {_cut(sides[0], width - plain - 1 - len(comment))}{style.paint(comment, 'red')}"]
    arrows = ["   ", "-> "] if len(sides) == 2 else [""]
    lines = [f"{' ' * (indent + 4)}{arrow}{side}" for arrow, side in zip(arrows, cut_alike(sides, room), strict=True)]
    return [f"{head}{style.paint(comment, 'red')}", *lines]


def shown(path: str, value: FieldValue) -> str:
    """A value as in a manifest, on one line, escaped for terminals."""
    if path == _SOURCE and value == UNKNOWN:
        return UNKNOWN
    if path == _DATA and isinstance(value, str):
        return _show_data(value)
    if isinstance(value, list):
        return f"[{', '.join(shown('', item) for item in value)}]"
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, int | float):
        return number(value)
    return terminal(json.dumps(str(value), ensure_ascii=False))


def _show_data(value: str) -> str:
    """`15 examples (9f8e7d6c5b4a)`; of an object that nobody has read, its size."""
    fingerprint, _, size = value.partition("/")
    if not size:
        return terminal(value)
    number, _, unit = size.partition(" ")
    words = "number of examples not known"
    if number.isdecimal():
        words = f"object of {byte_size(int(number))}" if unit else count(int(number), "example")
    return terminal(f"{words} ({fingerprint})")


def _cut(text: str, width: int) -> str:
    """Cut text, but keep a closing quote, which shows where the text ends."""
    if columns(text) <= width or not text.endswith('"'):
        return cut(text, width)
    return f'{cut(text, width - 1)}"'


def cut_alike(sides: list[str], width: int) -> list[str]:
    """Cut both sides where they are too long. Most of an equal beginning is left out, to show the first difference."""
    same = _same_beginning(sides)
    excess = max(columns(side) for side in sides) - width
    if len(sides) == 2 and excess > 0 and same > _LEAD + 4:
        start = min(same - _LEAD, excess + 4)
        quote = '"...' if sides[0].startswith('"') else "..."
        sides = [f"{quote}{side[start:]}" for side in sides]
    return [_cut(side, width) for side in sides]


def _same_beginning(sides: list[str]) -> int:
    """The number of characters before the first difference; 0 where one side begins the other."""
    return next((place for place, chars in enumerate(zip(*sides, strict=False)) if len(set(chars)) > 1), 0)
