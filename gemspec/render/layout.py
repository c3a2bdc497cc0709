"""Colour, width and wrapping for all that `render` writes as text. Pure, and light: plain text never loads rich."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gemspec.util.escape import terminal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_CODES = {"bold": 1, "dim": 2, "red": 31, "green": 32, "yellow": 33, "cyan": 36}
GAP = 2  # columns between two columns of a table
# Blocks, lines and braille: what tables, bars and curves are drawn with.
_SIGNS = "▁▂▃▄▅▆▇█━─⠀⣿"
# A command between backticks is one word: broken over two lines it could not be copied.
_WORD = re.compile(r"(?:`[^`]*`|\S)+")


@dataclass(frozen=True, slots=True)
class Style:
    """Colours text, or leaves it alone. The command line decides: only on a terminal, never with NO_COLOR."""

    colour: bool = False

    def paint(self, text: str, *looks: str) -> str:
        """`text` in these looks: `bold`, `red`, ..."""
        if not (self.colour and looks and text):
            return text
        return f"\x1b[{';'.join(str(_CODES[look]) for look in looks)}m{text}\x1b[0m"


PLAIN = Style()


@dataclass(frozen=True, slots=True)
class Look:
    """How a text is drawn: columns, colour, and whether the terminal shows blocks and braille."""

    width: int = 80
    style: Style = PLAIN
    unicode: bool = True


PLAIN_LOOK = Look()


def columns(text: str) -> int:
    """How many columns escaped text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(_char_columns(char) for char in text)


def cut(text: str, width: int) -> str:
    """Shorten text to `width` columns; `...` shows that something was left out."""
    if columns(text) <= width:
        return text
    room, kept = max(0, width - 3), []
    for char in text:
        room -= _char_columns(char)
        if room < 0:
            break
        kept.append(char)
    return f"{''.join(kept)}..."


def aligned(text: str, width: int, *, right: bool = False) -> str:
    """Text in exactly `width` columns: cut where it is longer, padded where it is shorter."""
    text = cut(text, width)
    space = " " * (width - columns(text))
    return f"{space}{text}" if right else f"{text}{space}"


def fitting(widths: Mapping[str, int], by_worth: Iterable[str], room: int) -> tuple[set[str], int]:
    """Which columns of a table fit into `room`, each with a gap; and the room that is left. Width 0: no such column."""
    kept = set()
    for name in by_worth:
        if 0 < widths.get(name, 0) <= room - GAP:
            kept.add(name)
            room -= widths[name] + GAP
    return kept, room


def wrap(text: str, width: int, *, first: str = "", rest: str | None = None) -> list[str]:
    """Break text at spaces into lines that begin with `first`, then `rest` (default: as many spaces)."""
    indent = " " * columns(first) if rest is None else rest
    lines, line, fresh = [], first, True
    for word in _WORD.findall(text):
        if not fresh and columns(line) + 1 + columns(word) > width:
            lines.append(line)
            line, fresh = indent, True
        line += word if fresh else f" {word}"
        fresh = False
    return [*lines, line]


def hint_lines(hint: str, width: int, *, indent: str) -> list[str]:
    """Wrap a hint line by line. Indented lines of a hint are there to be copied, and stay whole."""
    lines: list[str] = []
    for line in hint.splitlines():
        if line.startswith(" "):
            lines.append(f"{indent}{terminal(line)}")
        else:
            lines += wrap(terminal(line), width, first=indent)
    return lines


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 error`, `2 errors`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def object_words(size: int | None) -> str:
    """What to say of data in an object that nobody has read: `object of 48 kB, number of rows not known`."""
    return f"object{'' if size is None else f' of {byte_size(size)}'}, number of rows not known"


def byte_size(size: int) -> str:
    """`120 bytes`, `48 kB`, `1.2 GB`."""
    if size < 1000:
        return count(size, "byte")
    amount, unit = float(size), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if round(amount) < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.1f}".removesuffix(".0") + f" {unit}" if amount < 10 else f"{amount:.0f} {unit}"


def number(value: float) -> str:
    """Print a number as the manifest would: 5, 0.001, 1 (for 1.0)."""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(value)


def duration(seconds: float) -> str:
    """`8s`, `3m05s`, `1h02m`."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes}m{rest:02}s" if minutes < 60 else f"{minutes // 60}h{minutes % 60:02}m"


def can_draw(stream: object, term: str | None) -> bool:
    """Whether a stream can show blocks and braille: its encoding has them, and the terminal is not a dumb terminal.

    A stream without an encoding (text in memory) takes any character.
    """
    if term == "dumb":
        return False
    try:
        _SIGNS.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _char_columns(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
