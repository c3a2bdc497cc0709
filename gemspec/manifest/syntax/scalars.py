"""What an unquoted YAML scalar means, decided once, where YAML 1.1 and 1.2 and their readers differ.

Used by `yaml_nodes`. Text that *some* reader takes for something else never passes silently as text: `words` then
says to put quotes around it. Numbers with an exponent (1e-3) are numbers, as in YAML 1.2; PyYAML alone would make
them text.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

_NULL = frozenset(["", "~", "null", "Null", "NULL"])
_TRUE = frozenset(["true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"])
_FALSE = frozenset(["false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"])
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
# Octal, hexadecimal, binary, base 60 (1:30), underscores, infinity: numbers to some readers, or to different ones.
_ODD_NUMBER = re.compile(
    r"[-+]?(0[0-9_]+(\.[0-9_]*)?|0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|[0-9][0-9_]*(\.[0-9_]*)?"
    r"|[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|\.(inf|Inf|INF))|\.(nan|NaN|NAN)"
)
_DATE = re.compile(
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
    r"(([Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(\.[0-9]*)?([ \t]*(Z|[-+][0-9]{1,2}(:?[0-9]{2})?))?)?"
)
_TOO_LARGE, _INFINITY, _NAN = "a number that is too large", "infinity", "not a number (NaN)"
NOT_FINITE = frozenset([_TOO_LARGE, _INFINITY, _NAN])
_MAX_DIGITS = 300
_FIRST = frozenset("+-.0123456789~nNtTfFyYoO")


@dataclass(frozen=True, slots=True)
class Odd:
    """A scalar of no use as it stands: neither text nor a plain number. `kind` says what YAML readers take it for."""

    kind: str


def resolve(text: str) -> object:
    """Give the value of an unquoted scalar: None, bool, int, finite float, Odd, or the text itself."""
    if text and text[0] not in _FIRST:
        return text
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    return _number(text)


def _number(text: str) -> object:
    if _INT.fullmatch(text):
        return int(text) if len(text) <= _MAX_DIGITS else Odd("a number of too many digits")
    if _FLOAT.fullmatch(text):
        value = float(text)
        return value if math.isfinite(value) else Odd(_TOO_LARGE)
    if text.lower().endswith(".inf") or text.lower() == ".nan":
        return Odd(_INFINITY if text.lower().endswith("f") else _NAN)
    if _ODD_NUMBER.fullmatch(text):
        return Odd("a form of number that YAML readers read differently")
    return Odd("a date") if _DATE.fullmatch(text) else text
