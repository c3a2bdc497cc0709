"""Reads single values by protobuf's JSON mapping; `reading` walks messages. A value of the wrong kind is BAD."""

from __future__ import annotations

import math
import re
import struct
from datetime import datetime
from typing import TYPE_CHECKING, Any, assert_never

from .fields import Scalar

if TYPE_CHECKING:
    from .fields import Enumeration

BAD = object()

_INT_RANGES = {Scalar.INT32: 2**31, Scalar.INT64: 2**63}
_INTEGER_TEXT = re.compile(r"-?\d{1,19}", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]*={0,2}")


def read_enum(kind: Enumeration, item: Any) -> Any:
    """The name of an enum's value, from its name or its number; or BAD."""
    if isinstance(item, str) and item and item in kind.names:
        return item
    # Google's own clients send enums as numbers. proto3 would keep an unknown number; the strict reading refuses it.
    number = _read_integer(item, Scalar.INT32)
    return (kind.names[number] if isinstance(number, int) and 0 <= number < len(kind.names) else "") or BAD


def read_scalar(kind: Scalar, item: Any) -> Any:
    """The value, or BAD."""
    match kind:
        case Scalar.STRING:
            return item if isinstance(item, str) and is_text(item) else BAD
        case Scalar.BOOL:
            return item if isinstance(item, bool) else BAD
        case Scalar.INT32 | Scalar.INT64:
            return _read_integer(item, kind)
        case Scalar.FLOAT | Scalar.DOUBLE:
            return _read_float(item, kind)
        case Scalar.BYTES:
            return item if isinstance(item, str) and _BASE64.fullmatch(item) else BAD
        case Scalar.TIMESTAMP:
            return _read_timestamp(item)
        case Scalar.STRUCT:
            return item if isinstance(item, dict) else BAD
        case Scalar.VALUE | Scalar.ANY:
            return item
        case never:
            assert_never(never)


def is_text(text: str) -> bool:
    """Whether it can be written as UTF-8: JSON can hold half of a surrogate pair, proto strings cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _read_integer(item: Any, kind: Scalar) -> Any:
    if isinstance(item, str) and _INTEGER_TEXT.fullmatch(item):
        item = int(item)
    if isinstance(item, float) and item.is_integer():
        item = int(item)
    if isinstance(item, bool) or not isinstance(item, int):
        return BAD
    limit = _INT_RANGES[kind]
    return item if -limit <= item < limit else BAD


def _read_float(item: Any, kind: Scalar) -> Any:
    if isinstance(item, bool) or not isinstance(item, int | float | str):
        return BAD
    width = "f" if kind is Scalar.FLOAT else "d"
    try:
        rounded: float = struct.unpack(width, struct.pack(width, float(item)))[0]
    except (ValueError, OverflowError):
        return BAD
    return rounded if math.isfinite(rounded) else BAD


def _read_timestamp(item: Any) -> Any:
    try:
        moment = datetime.fromisoformat(item)
    except (TypeError, ValueError):
        return BAD
    return BAD if moment.tzinfo is None else int(moment.timestamp() * 1_000_000)
