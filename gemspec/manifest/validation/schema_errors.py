"""Words the problems that schemas find: what is wrong, and what to write.

`schema` makes a Finding of every error of jsonschema. A small function here handles each keyword of the schemas; those
for the fields of a block are in `field_errors`.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from gemspec.domain.errors import Problem
from gemspec.manifest.syntax.nodes import NOT_FINITE, Odd
from gemspec.manifest.validation import field_errors
from gemspec.manifest.validation.provider_schema import ABSENT
from gemspec.util.text import cut, did_you_mean, listed, shortened

if TYPE_CHECKING:
    from collections.abc import Callable

    from gemspec.manifest.validation.finding import Finding

# Values of the API that people write and that a manifest cannot have: what to write, and why.
_REFUSED_VALUES = {
    "owner": "write READER or WRITER: the owner is whoever created the model, and only transferOwnership changes that",
    "adapter_size_thirty_two": "write at most ADAPTER_SIZE_SIXTEEN: Gemini models are tuned with no larger one",
}
# What people write for a value of the API.
_OTHER_VALUES = {
    **dict.fromkeys(("1", "one"), "ADAPTER_SIZE_ONE"),
    **dict.fromkeys(("2", "two"), "ADAPTER_SIZE_TWO"),
    **dict.fromkeys(("4", "four"), "ADAPTER_SIZE_FOUR"),
    **dict.fromkeys(("8", "eight"), "ADAPTER_SIZE_EIGHT"),
    **dict.fromkeys(("16", "sixteen"), "ADAPTER_SIZE_SIXTEEN"),
}
_TYPE_WORDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a block of fields",
}
_BOUND_WORDS = {
    "minimum": "write at least",
    "maximum": "write at most",
    "exclusiveMinimum": "write a number above",
}


def explain_finding(finding: Finding) -> list[Problem]:
    """Turn a finding into problems with places."""
    return _RULES[finding.keyword](finding)


def _type(finding: Finding) -> list[Problem]:
    wanted = [finding.wanted] if isinstance(finding.wanted, str) else list(finding.wanted)
    if wanted == ["string"] and finding.written is not None:
        return [_unquoted(cut(finding.written), finding)]
    if finding.written == "":
        return [Problem(f"{finding.name} is empty", f"write {finding.example}", finding.origin)]
    if isinstance(finding.value, Odd) and finding.value.kind in NOT_FINITE and "number" in wanted:
        return [Problem(f"{finding.name} must be a finite number", f"write {finding.example}", finding.origin)]
    summary = f"{finding.name} must be {' or '.join(_TYPE_WORDS[name] for name in wanted)}"
    if isinstance(finding.value, str) and _is_without_quotes(finding.value, wanted[0]):
        return [Problem(f"{summary}, not text", f"write it without quotes: {finding.value}", finding.origin)]
    return [Problem(f"{summary}, not {_actual(finding)}", _write(finding), finding.origin)]


def _unquoted(written: str, finding: Finding) -> Problem:
    if not written:
        may_be_empty = not finding.schema.keys() & {"minLength", "pattern", "enum", "const"}
        advice = 'write text after it, or "" for empty text' if may_be_empty else _write(finding)
        return Problem(f"{finding.name} is empty", advice, finding.origin)
    summary = f"{finding.name} must be text, and {written} without quotes is {_kind(finding.value)}"
    if "enum" in finding.schema:
        advice = _other_value(written, finding.schema["enum"]) or _write(finding)
    elif not re.search(finding.schema.get("pattern", ""), written):  # quotes alone would not make it right
        advice = finding.schema["patternErrorMessage"]
    else:
        advice = f'put quotes around it: "{written}"'
    return Problem(summary, advice, finding.origin)


def _write(finding: Finding) -> str:
    """Say what to write: a choice if the field has choices, else an example."""
    choice = finding.schema.get("enum")
    return f"write {listed(choice, 'or') if choice else finding.example}"


def _is_without_quotes(text: str, wanted: str) -> bool:
    """Whether text in quotes would be what is wanted without them."""
    if cut(text) != text:
        return False
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    kinds: dict[str, tuple[type, ...]] = {"boolean": (bool,), "integer": (int,), "number": (int, float)}
    return type(value) in kinds.get(wanted, ())


def _actual(finding: Finding) -> str:
    """Say what the value is; a scalar as it is written."""
    if isinstance(finding.value, str):
        return f"the text {shortened(finding.value)}"
    if finding.written is None or isinstance(finding.value, Odd):
        return _kind(finding.value)
    return cut(finding.written)


def _kind(value: object) -> str:
    match value:
        case Odd(kind):
            return kind
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case _:
            return "a block of fields"


def _const(finding: Finding) -> list[Problem]:
    value = cut(finding.written) if finding.written is not None else shortened(finding.value)
    summary = f"{finding.name} {value} is not one that gemspec knows"
    return [Problem(summary, f"write {finding.name}: {finding.wanted}", finding.origin)]


def _enum(finding: Finding) -> list[Problem]:
    if not isinstance(finding.value, str):
        return []  # the type is wrong, which is reported already
    choice = _REFUSED_VALUES.get(finding.value.lower(), f"write {listed(finding.wanted, 'or')}")
    refused = finding.value.lower() in _REFUSED_VALUES
    guess = (
        "" if refused else _other_value(finding.value, finding.wanted) or did_you_mean(finding.value, finding.wanted)
    )
    advice = guess or choice
    return [Problem(f"{finding.name} cannot be {shortened(finding.value)}", advice, finding.origin)]


def _other_value(text: str, choice: list[str]) -> str:
    other = _OTHER_VALUES.get(text.lower())
    return f"write {other}" if other in choice else ""


def _pattern(finding: Finding) -> list[Problem]:
    advice = finding.schema.get("patternErrorMessage", "")
    return [Problem(f"{finding.name} cannot be {shortened(finding.value)}", advice, finding.origin)]


def _range(finding: Finding) -> list[Problem]:
    value = cut(finding.written or str(finding.value))
    return [
        Problem(
            f"{finding.name} cannot be {value}", f"{_BOUND_WORDS[finding.keyword]} {finding.wanted}", finding.origin
        )
    ]


def _too_long(finding: Finding) -> list[Problem]:
    summary = f"{finding.name} has {len(finding.value):,} characters"
    return [Problem(summary, f"at most {finding.wanted:,} are allowed", finding.origin)]


def _too_many(finding: Finding) -> list[Problem]:
    summary = f"{finding.name} has {len(finding.value):,} items"
    return [Problem(summary, f"at most {finding.wanted:,} are allowed", finding.origin)]


def _empty(finding: Finding) -> list[Problem]:
    return [Problem(f"{finding.name} is empty", f"write {finding.example}", finding.origin)]


_RULES: dict[str, Callable[[Finding], list[Problem]]] = {
    ABSENT: field_errors.absent,
    "additionalProperties": field_errors.unknown_fields,
    "required": field_errors.missing,
    "oneOf": field_errors.either,
    "not": field_errors.not_both,
    "type": _type,
    "const": _const,
    "enum": _enum,
    "pattern": _pattern,
    "minimum": _range,
    "maximum": _range,
    "exclusiveMinimum": _range,
    "minLength": _empty,
    "maxLength": _too_long,
    "minItems": _empty,
    "maxItems": _too_many,
    "maxProperties": _too_many,
    "propertyNames": field_errors.bad_name,
}
