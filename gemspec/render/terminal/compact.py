"""A key of a plan as one line, for plans of thousands: what happens, why or in which fields, and what stops working."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemspec.render.layout import Style, columns, count, cut
from gemspec.render.terminal.fields import shown
from gemspec.render.terminal.key import ENDINGS, SYMBOLS, KeyView, reason_words, step_lines
from gemspec.util.escape import terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHORT = 40  # columns of a field with its values; longer ones are named alone


def compact_lines(views: Sequence[KeyView], *, width: int, style: Style) -> list[str]:
    """Draw keys, each on a line of its own; beneath it the names that stop working, which nobody may miss."""
    lines = [line for view in views for line in (_line(view, width, style), *_endings(view, width, style))]
    hidden = sum(len(view.notes) for view in views)
    return [*lines, f"    ({count(hidden, 'note')} not shown with --compact)"] if hidden else lines


def _line(view: KeyView, width: int, style: Style) -> str:
    key, what = terminal(view.key), _fields(view) if view.symbol == "~" else ""
    what = cut(what or reason_words(view), max(width - 6 - columns(key), 20))
    return f"{style.paint(f'{view.symbol:>3}', 'bold', SYMBOLS[view.symbol][0])} {style.paint(key, 'bold')}: {what}"


def _fields(view: KeyView) -> str:
    """The fields that change in place, with their values where they are short."""
    told = []
    for change in view.entry["changes"]:
        path = terminal(change["path"])
        sides = " -> ".join(shown(change["path"], change[side]) for side in ("before", "after"))
        told.append(f"{path} {sides}" if columns(sides) <= _SHORT else path)
    return ", ".join(told)


def _endings(view: KeyView, width: int, style: Style) -> list[str]:
    """What goes; a key that goes as a whole has said so itself."""
    if view.entry["kind"] in ("delete", "forget"):
        return []
    return [line for step in view.steps if step["action"] in ENDINGS for line in step_lines(view, step, width, style)]
