"""Writes answers: values of `messages` -> JSON trees as the service prints them.

Keys in the order of the proto's fields, defaults left out, int64 as strings, floats as the shortest decimal that gives
back the same float32 (whole numbers without `.0`), timestamps in RFC 3339 with Z, enums by name or, when the caller
asked with `$alt=json;enum-encoding=int`, by number. Fields that are input only are never written.

A list of a thousand models has tens of thousands of snapshots: so the table of a message is turned only once into the
functions that print its fields, and texts that come again are cached.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any, TypeAlias, assert_never

from .fields import Enumeration, Field, Message, Scalar, Use, Value

Printer: TypeAlias = Callable[[Any], Any]

_FLOAT32 = struct.Struct("f")
_UNSET: tuple[Any, ...] = (0, "", False, [], {})


def write(message: Message, value: Value, *, enums_as_numbers: bool = False) -> dict[str, Any]:
    """The JSON tree of a message."""
    tree: dict[str, Any] = {}
    for name, json_name, left_out, printer in _printers(message, enums_as_numbers):
        item = value.get(name)
        if item is not None and item not in left_out:
            tree[json_name] = printer(item)
    return tree


@lru_cache(maxsize=4096)
def float32_text(number: float) -> float | int:
    """The shortest number that a JSON printer shows for a float32: 0.7 for 0.699999988079071, 1 for 1.0."""
    bits = _FLOAT32.pack(number)
    exact: float = _FLOAT32.unpack(bits)[0]
    if exact.is_integer() and abs(exact) < 2**53:
        return int(exact)
    # Six digits always survive a float32, nine always tell two float32 apart.
    for digits in (6, 7, 8):
        short = float(f"{exact:.{digits}g}")
        if _FLOAT32.pack(short) == bits:
            return short
    return float(f"{exact:.9g}")


def timestamp_text(microseconds: int) -> str:
    """Microseconds since 1970 as RFC 3339 in UTC with 0, 3 or 6 digits of fraction, as protobuf prints them."""
    seconds, fraction = divmod(microseconds, 1_000_000)
    if not fraction:
        return f"{_second_text(seconds)}Z"
    if fraction % 1000:
        return f"{_second_text(seconds)}.{fraction:06}Z"
    return f"{_second_text(seconds)}.{fraction // 1000:03}Z"


@lru_cache(maxsize=4096)
def _second_text(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


@lru_cache(maxsize=256)
def _printers(message: Message, enums_as_numbers: bool) -> list[tuple[str, str, tuple[Any, ...], Printer]]:
    """For each field that is written: its two names, the values that are left out, and what prints other values."""
    return [
        (field.name, field.json, _left_out(field), _field_printer(field, enums_as_numbers))
        for field in message.fields
        if field.use is not Use.INPUT_ONLY
    ]


def _left_out(field: Field) -> tuple[Any, ...]:
    if field.presence or (isinstance(field.kind, Message) and not field.repeated):
        return ()
    return (field.kind.names[0],) if isinstance(field.kind, Enumeration) and not field.repeated else _UNSET


def _field_printer(field: Field, enums_as_numbers: bool) -> Printer:
    single = _printer(field.kind, enums_as_numbers)
    if field.mapped:
        return lambda items: {key: single(item) for key, item in items.items()}
    return (lambda items: [single(item) for item in items]) if field.repeated else single


def _printer(kind: Scalar | Enumeration | Message, enums_as_numbers: bool) -> Printer:
    if isinstance(kind, Message):
        return partial(write, kind, enums_as_numbers=enums_as_numbers)
    if isinstance(kind, Enumeration):
        return kind.names.index if enums_as_numbers else str
    match kind:
        case Scalar.FLOAT:
            return float32_text
        case Scalar.DOUBLE:
            return lambda number: int(number) if float(number).is_integer() and abs(number) < 2**53 else number
        case Scalar.TIMESTAMP:
            return timestamp_text
        case Scalar.INT64:
            return str
        case Scalar.ANY:
            return partial(_write_any, enums_as_numbers=enums_as_numbers)
        case Scalar.STRING | Scalar.BOOL | Scalar.INT32 | Scalar.BYTES | Scalar.STRUCT | Scalar.VALUE:
            return lambda item: item
        case never:
            assert_never(never)


def _write_any(item: tuple[Message, Value], *, enums_as_numbers: bool) -> dict[str, Any]:
    message, value = item
    return {"@type": message.type_url, **write(message, value, enums_as_numbers=enums_as_numbers)}
