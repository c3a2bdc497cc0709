"""A loss curve in one line of a table: blocks where the stream can write them, plain characters elsewhere. Pure."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from gemspec.util.text import is_number

if TYPE_CHECKING:
    from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"
PLAIN = "_.-=+*#"
_EVERY_SIGN = f"{BLOCKS}━─⠀⣿"


def can_draw(stream: object, term: str | None) -> bool:
    """Whether blocks and braille reach the reader: its encoding has them, and it is no dumb terminal.

    A stream without an encoding (text in memory) takes any character.
    """
    if term == "dumb":
        return False
    try:
        _EVERY_SIGN.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def sparkline(values: Sequence[float | None], width: int, *, unicode: bool = True) -> str:
    """Draw values from their least to their greatest in at most `width` columns; what is no number is left blank."""
    signs = BLOCKS if unicode else PLAIN
    buckets = _buckets(values, width)
    known = [value for value in buckets if value is not None]
    if not known:
        return ""
    low, high = min(known), max(known)
    return "".join(" " if value is None else signs[_level(value, low, high, len(signs))] for value in buckets)


def _level(value: float, low: float, high: float, levels: int) -> int:
    """Halves first, since the span of two huge losses may be no float any more."""
    span = high / 2 - low / 2
    return round((value / 2 - low / 2) / span * (levels - 1)) if span else 0


def _buckets(values: Sequence[float | None], width: int) -> list[float | None]:
    """As many values as there are columns, each the mean of its share."""
    if width <= 0:
        return []
    if len(values) <= width:
        return [value if is_number(value) else None for value in values]
    bounds = [len(values) * place // width for place in range(width + 1)]
    return [_mean(values[start:end]) for start, end in pairwise(bounds)]


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None and math.isfinite(value)]
    return sum(value / len(known) for value in known) if known else None
