"""Reads requests: JSON bytes and query strings -> values of `messages`, or an ApiError that lists every mistake.

The rules are those of protobuf's JSON mapping (https://protobuf.dev/programming-guides/json/), the messages those of
Google's servers. Both spellings of a field are accepted, null means unset, numbers may be strings, trailing commas are
accepted (the tutorial's own curl commands have them); fields that are output only are checked and then dropped.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, TypeAlias

from .errors import Violation, bad_request, invalid
from .fields import Enumeration, Field, Message, Scalar, Use, Value
from .scalars import BAD, is_text, read_enum, read_scalar

if TYPE_CHECKING:
    from collections.abc import Iterable

Problems: TypeAlias = list[Violation]

_STRING_OR_TRAILING_COMMA = re.compile(r'"(?:[^"\\]|\\.)*"|,(?=\s*[}\]])', re.DOTALL)


def read_body(message: Message, body: bytes, path: str) -> Value:
    """Parses a request body; `path` is the request field that it fills, or "" if the body is the whole request.

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
    """Parses query parameters by a table. Raises ApiError (400) for unknown, repeated or wrongly typed parameters."""
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
            # Google's Python clients write True.
            item = {"true": True, "false": False}.get(text.lower(), text) if field.kind is Scalar.BOOL else text
            value[field.name] = _read_single(field, item, field.name, problems)
    if problems:
        raise bad_request(problems)
    return value


def read_mask(text: str, patchable: tuple[str, ...]) -> list[str]:
    """The fields of an updateMask, in camelCase or snake_case, separated by commas; `*` is all that can be patched.

    Raises ApiError (400) for fields that are unknown or cannot be patched: AIP-203 would ignore output-only fields, the
    strict reading does not.
    """
    if text == "*":
        return list(patchable)
    mask = [re.sub(r"[A-Z]", lambda match: f"_{match[0].lower()}", path.strip()) for path in text.split(",")]
    for path in mask:
        if path not in patchable:
            known = ", ".join(patchable)
            raise invalid("update_mask", f'Invalid field mask: "{path}" cannot be updated; fields that can: {known}.')
    return list(dict.fromkeys(mask))


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
        if not isinstance(item, list):  # the service takes a single value for a list; the strict reading does not
            problems.append(_wrong(field, item, path))
            return []
        return [_read_single(field, entry, f"{path}[{i}]", problems) for i, entry in enumerate(item)]
    if field.mapped:
        if not isinstance(item, dict) or not all(map(is_text, item)):
            problems.append(_wrong(field, item, path))
            return {}
        return {key: _read_single(field, entry, f"{path}[{key}]", problems) for key, entry in item.items()}
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
        value = BAD
    elif isinstance(kind, Enumeration):
        value = read_enum(kind, item)
    else:
        value = read_scalar(kind, item)
    if value is BAD:
        problems.append(_wrong(field, item, path))
        return None
    return value


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
    name = kind.value if isinstance(kind, Scalar) else kind.type_url
    return Violation(path, f"Invalid value at '{path}' ({name}), {_shown(item)}")


def _shown(item: Any) -> str:
    text = json.dumps(item)
    return text if len(text) <= 200 else text[:200] + "..."
