"""What the schemas find, in the words of a person: what is wrong, what to write.

`schema` makes a Finding of every error of jsonschema; here is one small function for each keyword that the schemas use.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gemspec.errors import Problem
from gemspec.manifest.findings import example_of
from gemspec.manifest.phrases import closest, cut, did_you_mean, shortened
from gemspec.manifest.scalars import NOT_FINITE, Odd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gemspec.manifest.findings import Finding

# Fields and values of the format that later versions bring: accepting them silently would promise what is not done.
_LATER_FIELDS = frozenset(["checks", "import"])
_LATER_VALUES = frozenset(["vertex"])
_NOT_YET = "is not supported by this version of gemspec yet"
# Words of the API that people write and that a manifest cannot say: what to write, and why.
_REFUSED_VALUES = {
    "owner": "write READER or WRITER: the owner is whoever created the model, and only transferOwnership changes that"
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


def explain(finding: Finding) -> list[Problem]:
    """Turn a finding into problems with places."""
    return _RULES.get(finding.keyword, _other)(finding)


def _unknown_fields(finding: Finding) -> list[Problem]:
    known = list(finding.schema["properties"])
    return [_unknown_field(name, known, finding) for name in _unknown(finding)]


def _unknown(finding: Finding) -> list[str]:
    return [name for name in finding.value if name not in finding.schema.get("properties", {})]


def _unknown_field(name: str, known: list[str], finding: Finding) -> Problem:
    origin = finding.document.key_origin((*finding.path, name))
    if name in _LATER_FIELDS and finding.path == ("spec",):
        return Problem(f'the field "{name}" {_NOT_YET}', "remove it", origin)
    home = finding.homes.get(name.strip())
    advice = f"it belongs in {home}" if home else did_you_mean(name, known)
    return Problem(f"unknown field {shortened(name)}", advice or f"the fields here are {', '.join(known)}", origin)


def _missing(finding: Finding) -> list[Problem]:
    properties, misspelt = finding.schema.get("properties", {}), _misspelt(finding)
    return [
        Problem(f'missing field "{name}"', f"write {example_of(name, properties.get(name, {}))}", finding.origin)
        for name in finding.wanted
        if name not in finding.value and name not in misspelt
    ]


def _misspelt(finding: Finding) -> set[str | None]:
    """Give the fields that unknown ones beside them were meant to be: that they are missing is the same mistake."""
    return {_guess(name, finding.schema.get("properties", {}), finding) for name in _unknown(finding)}


def _guess(name: str, known: Iterable[str], finding: Finding) -> str | None:
    return None if name in _LATER_FIELDS or finding.homes.get(name.strip()) else closest(name, known)


def _either(finding: Finding) -> list[Problem]:
    """Word a oneOf whose branches each require one field. For JSON schema what is no block has every field."""
    if not isinstance(finding.value, dict):
        return []
    names = [branch["required"][0] for branch in finding.wanted]
    present = [name for name in names if name in finding.value]
    if len(present) > 1:
        return [_too_many(present, finding)]
    if _misspelt(finding).intersection(names):
        return []
    examples = " or ".join(example_of(name, finding.schema["properties"][name]) for name in names)
    quoted = " or ".join(f'"{name}"' for name in names)
    return [Problem(f"missing field {quoted}", f"write {examples}", finding.origin)]


def _not_both(finding: Finding) -> list[Problem]:
    """Word a `not` over fields: several that exclude each other, or one that does not go with the values beside it."""
    if not isinstance(finding.value, dict):
        return []
    names = finding.wanted["required"]
    if len(names) > 1:
        return [_too_many(names, finding)]
    summary, _, advice = finding.schema["errorMessage"].partition(", ")
    return [Problem(summary, advice, finding.document.key_origin((*finding.path, *names)))]


def _too_many(names: Sequence[str], finding: Finding) -> Problem:
    places = [finding.document.key_origin((*finding.path, name)) for name in names]
    last = max(places, key=lambda origin: (origin.line, origin.column))
    return Problem(f"{' and '.join(names)} exclude each other", "keep one of them", last)


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
    return [Problem(f"{summary}, not {_actual(finding)}", f"write {finding.example}", finding.origin)]


def _unquoted(written: str, finding: Finding) -> Problem:
    if not written:
        return Problem(f"{finding.name} is empty", 'write text after it, or "" for empty text', finding.origin)
    summary = f"{finding.name} must be text, and {written} without quotes is {_kind(finding.value)}"
    return Problem(summary, f'put quotes around it: "{written}"', finding.origin)


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
    """Say what stands there, as it is written where it is a scalar."""
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
        return []  # the type is wrong, which is said already
    choice = _REFUSED_VALUES.get(finding.value.lower(), f"write {_or(finding.wanted)}")
    if finding.value in _LATER_VALUES:
        return [Problem(f"{finding.name} {finding.value} {_NOT_YET}", choice, finding.origin)]
    guess = "" if finding.value.lower() in _REFUSED_VALUES else did_you_mean(finding.value, finding.wanted)
    advice = guess or choice
    return [Problem(f"{finding.name} cannot be {shortened(finding.value)}", advice, finding.origin)]


def _or(words: Sequence[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


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


def _empty(finding: Finding) -> list[Problem]:
    return [Problem(f"{finding.name} is empty", f"write {finding.example}", finding.origin)]


def _other(finding: Finding) -> list[Problem]:
    """A keyword that the schemas did not use when this was written: still a sentence, never a traceback."""
    return [Problem(f"{finding.name} is not right ({finding.keyword})", f"write {finding.example}", finding.origin)]


_RULES: dict[str, Callable[[Finding], list[Problem]]] = {
    "additionalProperties": _unknown_fields,
    "required": _missing,
    "oneOf": _either,
    "not": _not_both,
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
}
