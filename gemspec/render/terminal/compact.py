"""A key of a plan as one line, for plans of thousands: what happens, why or in which fields, and what stops working."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemspec.render.layout import Style, columns, count, cut
from gemspec.render.terminal.fields import shown
from gemspec.render.terminal.key import ENDINGS, SYMBOLS, Block, reason_words, step_lines
from gemspec.util.escape import terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHORT = 40  # columns of a field with its values; longer ones are named alone


def compact_lines(blocks: Sequence[Block], *, width: int, style: Style) -> list[str]:
    """Draw keys, each on a line of its own; beneath it the names that stop working, which nobody may miss."""
    lines = [line for block in blocks for line in (_line(block, width, style), *_endings(block, width, style))]
    hidden = sum(len(block.notes) for block in blocks)
    return [*lines, f"    ({count(hidden, 'note')} not shown with --compact)"] if hidden else lines


def _line(block: Block, width: int, style: Style) -> str:
    key, what = terminal(block.key), _fields(block) if block.symbol == "~" else ""
    what = cut(what or reason_words(block), max(width - 6 - columns(key), 20))
    return f"{style.paint(f'{block.symbol:>3}', 'bold', SYMBOLS[block.symbol][0])} {style.paint(key, 'bold')}: {what}"


def _fields(block: Block) -> str:
    """The fields that change in place, with their values where they are short."""
    told = []
    for change in block.entry["changes"]:
        path = terminal(change["path"])
        sides = " -> ".join(shown(change["path"], change[side]) for side in ("before", "after"))
        told.append(f"{path} {sides}" if columns(sides) <= _SHORT else path)
    return ", ".join(told)


def _endings(block: Block, width: int, style: Style) -> list[str]:
    """What goes; a key that goes as a whole has said so itself."""
    if block.entry["kind"] in ("delete", "forget"):
        return []
    return [line for step in block.steps if step["action"] in ENDINGS for line in step_lines(block, step, width, style)]
