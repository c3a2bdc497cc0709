"""A key of a plan as Markdown: a line on what happens and why, its fields as a table, and what follows from it.

The words beside the fields are those of `terminal.key`, so that a comment and a terminal say the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemspec.render.layout import count
from gemspec.render.markdown.escape import cell, code, prose
from gemspec.render.markdown.fit import Part
from gemspec.render.terminal.fields import SIDES, cut_alike, shown
from gemspec.render.terminal.key import KeyView, about_words, facts, reason_words, step_symbol, step_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gemspec.reports.resource_changes import KeyChange
    from gemspec.reports.values import FieldValue

# Columns of a value that are shown; of two long values those around the first difference.
_VALUE = 120
# Its characters at most: some take no column.
_CHARACTERS = 200
# Fields of a key, and lines below them.
_MOST = 50
_UNBROKEN = 10**9


def key_part(view: KeyView) -> Part:
    """Draw a key, in full and on a line."""
    key, about, reason = f"`{view.symbol}` **{code(view.key)}**", about_words(view, _UNBROKEN), reason_words(view)
    head = f"{key}{f' ({prose(about)})' if about else ''}{f': {prose(reason)}' if reason else ''}"
    pieces = (head, "\n".join(_table(view.changes)), "\n".join(_lines(view)))
    short = f"{key}: {prose(reason, limit=120)}" if reason else key
    return Part("\n\n".join(piece for piece in pieces if piece), short)


def _table(changes: Sequence[KeyChange]) -> list[str]:
    """The fields with both sides; where no field has a value before, only with what they get."""
    if not changes:
        return []
    is_new = all(change["before"] is None for change in changes)
    titles = ["field", "value"] if is_new else ["field", "before", "after"]
    rows = [_row(_field(change), *_values(change)[is_new:]) for change in changes[:_MOST]]
    if len(changes) > _MOST:
        rows.append(_row(f"{count(len(changes) - _MOST, 'more field')}", *[""] * (len(titles) - 1)))
    return [_row(*titles), _row(*["---"] * len(titles)), *rows]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell(text) for text in cells)} |"


def _field(change: KeyChange) -> str:
    return f"{code(change['path'])}{', forces a new training' if change['forces_training'] else ''}"


def _values(change: KeyChange) -> list[str]:
    """Both sides; an empty cell where there is no value."""
    sides = {side: shown(change["path"], change[side]) for side in SIDES if change[side] is not None}
    cut = dict(zip(sides, cut_alike(list(sides.values()), _VALUE), strict=True))
    return [_value(cut[side], sides[side], change[side]) if side in sides else "" for side in SIDES]


def _value(cut: str, whole: str, value: FieldValue) -> str:
    """A value; with its length where it was cut."""
    text = code(cut, limit=_CHARACTERS)
    if cut == whole and len(cut) <= _CHARACTERS:
        return text
    length = count(len(value), "entry", "entries") if isinstance(value, list) else count(len(str(value)), "character")
    return f"{text} ({length})"


def _lines(view: KeyView) -> list[str]:
    """What follows: the size of a training, names that stop working and when, notes."""
    lines = [f"- {text}" for text in _sentences(view)]
    return lines if len(lines) <= _MOST else [*lines[:_MOST], f"- {count(len(lines) - _MOST, 'more line')}"]


def _sentences(view: KeyView) -> Iterator[str]:
    yield from map(prose, facts(view))
    for step in view.steps:
        if text := step_text(view, step):
            yield f"`{step_symbol(step)}` {prose(text)}"
    for note in view.notes:
        yield f"Note: {prose(note)}"
