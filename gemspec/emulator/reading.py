"""Reads requests: JSON bytes and query strings -> values of `messages`, or a refusal that lists every mistake.

The rules are those of protobuf's JSON mapping (https://protobuf.dev/programming-guides/json/), the words those of
Google's servers. Both spellings of a field are accepted, null means unset, numbers may be strings, a trailing comma is
forgiven (the tutorial's own curl lines have one); fields that are output only are checked and then dropped.
"""

from __future__ import annotations

import json
import math
import re
import struct
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from .errors import Violation, bad_request, invalid
from .fields import Enumeration, Field, Message, Scalar, Use, Value

if TYPE_CHECKING:
    from collections.abc import Iterable

Problems: TypeAlias = list[Violation]

_INT_RANGES = {Scalar.INT32: 2**31, Scalar.INT64: 2**63}
_INTEGER_TEXT = re.compile(r"-?\d{1,19}", re.ASCII)
_STRING_OR_TRAILING_COMMA = re.compile(r'"(?:[^"\\]|\\.)*"|,(?=\s*[}\]])', re.DOTALL)
_BAD = object()


def read_body(message: Message, body: bytes, path: str) -> Value:
    """Parses a request body; `path` is the request field that it fills, or "" where the body is the whole request.

    An empty body is an empty message. Raises ApiError (400) with all violations.
    """
    problems: Problems = []
    tree = _load(body) if body.strip() else {}
    if not isinstance(tree, dict):
        raise invalid("", 'Invalid JSON payload received. Unknown name "": Root element must be a message.')
    value = _read_message(message, tree, path, problems)
    if problems:
        raise bad_request(problems)
    return value


def read_parameters(message: Message, pairs: Iterable[tuple[str, str]]) -> Value:
    """Parses query parameters by a table. Raises ApiError (400) for unknown, repeated or wrongly typed ones."""
    problems: Problems = []
    value: Value = {}
    for name, text in pairs:
        field = message.find(name)
        if field is None:
            description = f"Cannot bind query parameter. Field '{name}' could not be found in request message."
            problems.append(Violation("", f'Invalid JSON payload received. Unknown name "{name}": {description}'))
        elif field.name in value:
            problems.append(_set_twice(name, ""))
        else:
            value[field.name] = _read_single(field, text, field.name, problems)
    if problems:
        raise bad_request(problems)
    return value


def _load(body: bytes) -> Any:
    try:
        text = body.decode("utf-8")
        try:
            return _parse(text)
        except json.JSONDecodeError:
            return _parse(_without_trailing_commas(text))
    except RecursionError:
        raise invalid("", "Invalid JSON payload received. Message too deep.") from None
    except ValueError as error:  # not UTF-8, not JSON, a number of thousands of digits
        raise invalid("", f"Invalid JSON payload received. {error}") from None


def _parse(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)


def _without_trailing_commas(text: str) -> str:
    return _STRING_OR_TRAILING_COMMA.sub(lambda match: "" if match[0] == "," else match[0], text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    tree = dict(pairs)
    if len(tree) != len(pairs):
        raise ValueError("An object has the same key twice.")
    return tree


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"Unexpected token {name}.")


def _read_message(message: Message, tree: dict[str, Any], path: str, problems: Problems) -> Value:
    value: Value = {}
    oneofs: dict[str, str] = {}
    for name, item in tree.items():
        field = message.find(name)
        if field is None:
            problems.append(_unknown(name, path, "Cannot find field."))
        elif item is None:
            continue
        elif field.name in value:
            problems.append(_set_twice(name, path))
        elif field.oneof and field.oneof in oneofs:
            problems.append(_oneof_taken(field, path))
        else:
            oneofs[field.oneof] = field.name
            value[field.name] = _read_field(field, item, _join(path, field.name), problems)
    return {name: item for name, item in value.items() if not _is_output(message, name)}


def _is_output(message: Message, name: str) -> bool:
    field = message.find(name)
    return field is not None and field.use is Use.OUTPUT_ONLY


def _read_field(field: Field, item: Any, path: str, problems: Problems) -> Any:
    if field.repeated:
        if not isinstance(
            item, list
        ):  # the service takes a single value for a list of one; the strict reading does not
            problems.append(_wrong(field, item, path))
            return []
        return [_read_single(field, each, f"{path}[{i}]", problems) for i, each in enumerate(item)]
    if isinstance(item, list) and field.kind is not Scalar.VALUE:
        parent, _, name = path.rpartition(".")
        problems.append(_unknown(name, parent, "Proto field is not repeating, cannot start list."))
        return None
    return _read_single(field, item, path, problems)


def _read_single(field: Field, item: Any, path: str, problems: Problems) -> Any:
    kind = field.kind
    if isinstance(kind, Message):
        if isinstance(item, dict):
            return _read_message(kind, item, path, problems)
        value = _BAD
    elif isinstance(kind, Enumeration):
        value = _read_enum(kind, item)
    else:
        value = _read_scalar(kind, item)
    if value is _BAD:
        problems.append(_wrong(field, item, path))
        return None
    return value


def _read_enum(kind: Enumeration, item: Any) -> Any:
    if isinstance(item, str) and item in kind.names:
        return item
    # Google's own clients send enums as numbers. proto3 would keep an unknown number; the strict reading refuses it.
    number = _read_integer(item, Scalar.INT32)
    return kind.names[number] if isinstance(number, int) and 0 <= number < len(kind.names) else _BAD


def _read_scalar(kind: Scalar, item: Any) -> Any:
    match kind:
        case Scalar.STRING:
            return item if isinstance(item, str) and _is_text(item) else _BAD
        case Scalar.BOOL:
            return item if isinstance(item, bool) else _BAD
        case Scalar.INT32 | Scalar.INT64:
            return _read_integer(item, kind)
        case Scalar.FLOAT:
            return _read_float(item)
        case Scalar.TIMESTAMP:
            return _read_timestamp(item)
        case Scalar.STRUCT:
            return item if isinstance(item, dict) else _BAD
        case _:
            return item


def _is_text(text: str) -> bool:
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
        return _BAD
    limit = _INT_RANGES[kind]
    return item if -limit <= item < limit else _BAD


def _read_float(item: Any) -> Any:
    if isinstance(item, bool) or not isinstance(item, int | float | str):
        return _BAD
    try:
        number = float(item)
        rounded: float = struct.unpack("f", struct.pack("f", number))[0]
    except (ValueError, OverflowError):
        return _BAD
    return rounded if math.isfinite(rounded) else _BAD


def _read_timestamp(item: Any) -> Any:
    try:
        moment = datetime.fromisoformat(item)
    except (TypeError, ValueError):
        return _BAD
    return _BAD if moment.tzinfo is None else int(moment.timestamp() * 1_000_000)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _unknown(name: str, path: str, why: str) -> Violation:
    where = f" at '{path}'" if path else ""
    name = name.encode(errors="replace").decode()  # JSON can hold half of a surrogate pair, answers cannot
    return Violation(path, f'Invalid JSON payload received. Unknown name "{name}"{where}: {why}')


def _set_twice(name: str, path: str) -> Violation:
    return _unknown(name, path, "Proto field is not repeating, cannot be set twice.")


def _oneof_taken(field: Field, path: str) -> Violation:
    taken = f"oneof field '{field.oneof}' is already set. Cannot set '{field.json}'"
    return Violation(path, f"Invalid value at '{path}' (oneof), {taken}")


def _wrong(field: Field, item: Any, path: str) -> Violation:
    kind = field.kind
    if isinstance(kind, Message):
        name = kind.type_url
    elif isinstance(kind, Enumeration):
        name = f"type.googleapis.com/google.ai.generativelanguage.v1beta.{kind.name}"
    else:
        name = kind.value
    return Violation(path, f"Invalid value at '{path}' ({name}), {_shown(item)}")


def _shown(item: Any) -> str:
    text = json.dumps(item)
    return text if len(text) <= 200 else text[:200] + "..."
