"""Shows people's own words in messages: quoted, cut, listed, and with a suggestion for a misspelt word."""

from __future__ import annotations

import json
import math
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MAX_SHOWN = 60
_MAX_LISTED = 6


def cut(text: str) -> str:
    """Cut long text to the length of a sentence's part."""
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 3]}..."


def shortened(value: object) -> str:
    """Show a value that a person wrote: text in quotes, unusual spaces escaped, cut where it is long."""
    if not isinstance(value, str):
        return cut(str(value))
    quoted = json.dumps(value, ensure_ascii=False)
    return cut("".join(f"\\u{ord(char):04x}" if char.isspace() and char != " " else char for char in quoted))


def listed(words: Sequence[str], last: str) -> str:
    """List words with `last` ("and", "or") before the last word: `a, b or c`."""
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def quoted(names: Sequence[str], last: str = "and") -> str:
    """List names in quotes, up to a limit: `"a", "b" and 3 more`."""
    shown = [shortened(name) for name in names[:_MAX_LISTED]]
    if len(names) > _MAX_LISTED:
        shown.append(f"{len(names) - _MAX_LISTED:,} more")
    return listed(shown, last)


def closest(name: str, known: Iterable[str]) -> str | None:
    """Find the known word that `name` probably means; None where no word is similar."""
    by_lower = {word.lower(): word for word in known}
    if not by_lower:
        return None
    word = name.lower()[:100]
    begun = [known for known in by_lower if len(word) > 3 and known.startswith(word)]
    found = begun if len(begun) == 1 else get_close_matches(word, by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Ask whether the closest word was meant; "" where no word is similar."""
    found = closest(name, known)
    return f"did you mean {shortened(found)}?" if found else ""


def is_number(value: float | None) -> bool:
    """Whether a loss can be drawn: the loss of a diverged training is NaN or infinite."""
    return value is not None and math.isfinite(value)
