"""Words the problems that schemas find with the fields of a block. Used by `schema_errors`, which words the others."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from gemspec.domain.errors import Problem
from gemspec.manifest.syntax.error_limits import MAX_IN_DOCUMENT
from gemspec.manifest.validation.finding import example_of
from gemspec.manifest.validation.provider_schema import fields_of
from gemspec.util.text import closest, listed, quoted, shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemspec.manifest.validation.finding import Finding

# Names of fields in other tools, and in other places of a manifest.
_OTHER_NAMES = {
    **dict.fromkeys(("textinput", "text_input", "input", "question", "text", "ask"), "prompt"),
    **dict.fromkeys(("output", "answer", "response"), "expect"),
    **dict.fromkeys(("is", "exact", "exactly", "eq"), "equals"),
    **dict.fromkeys(("includes", "include", "has"), "contains"),
    **dict.fromkeys(("regex", "regexp", "pattern"), "matches"),
    **dict.fromkeys(("name", "model", "id", "key"), "tunedModel"),
    "region": "location",
    "encryptionspec": "kmsKeyName",
    "tunedmodeldisplayname": "displayName",
}
# The field of an example in the form of a conversation, which replaces the fields of a pair.
_CONVERSATION = "contents"
_PAIR = ("textInput", "output")


def absent(finding: Finding) -> list[Problem]:
    """Word a field that the project's service does not have."""
    summary, _, advice = f"{finding.name} {finding.wanted}".partition(", ")
    return [Problem(summary, advice, finding.document.key_origin(finding.path))]


def bad_name(finding: Finding) -> list[Problem]:
    """Word a field with a name that is not allowed, in a block that takes fields of any name."""
    rule = finding.wanted
    is_reserved = re.search(rule["pattern"], finding.value) and re.search(rule["not"]["pattern"], finding.value)
    advice = rule["errorMessage"] if is_reserved else rule["patternErrorMessage"]
    block = finding.path[-2]
    summary = f"{block} cannot hold {shortened(finding.value)}"
    return [Problem(summary, advice, finding.document.key_origin(finding.path))]


def unknown_fields(finding: Finding) -> list[Problem]:
    """Word every field that does not belong here, with the field or the place that was probably meant."""
    return [_unknown_field(name, finding) for name in _unknown(finding)]


def missing(finding: Finding) -> list[Problem]:
    """Word every missing field, except where an unknown field is its misspelling."""
    properties, meant = finding.schema.get("properties", {}), _meant(finding)
    summary, _, advice = finding.schema.get("errorMessage", "").partition(", ")
    return [
        Problem(
            summary or f'missing field "{name}"',
            advice or f"write {example_of(name, properties.get(name, {}))}",
            finding.origin,
        )
        for name in finding.wanted
        if name not in finding.value and name not in meant
    ]


def either(finding: Finding) -> list[Problem]:
    """Word a oneOf with a required field in each branch. For JSON schema a value that is no block has every field."""
    if not isinstance(finding.value, dict):
        return []
    fields = fields_of(finding.schema)
    names = [branch["required"][0] for branch in finding.wanted]
    present = [name for name in names if name in finding.value]
    if present:
        return _exclude(present, finding)
    names = [name for name in names if name in fields]
    # Where the block can have no other fields, an unknown field is a misspelling of these.
    is_choice = set(names) == fields.keys()
    if _meant(finding).intersection(names) or (is_choice and _unknown(finding)):
        return []
    examples = listed([example_of(name, fields[name]) for name in names], "or")
    return [Problem(f"missing field {quoted(names, 'or')}", f"write {examples}", finding.origin)]


def not_both(finding: Finding) -> list[Problem]:
    """Word a `not` over fields: several that exclude each other, or a single field that contradicts its neighbours."""
    if not isinstance(finding.value, dict):
        return []
    names = finding.wanted["required"]
    if len(names) > 1:
        return _exclude(names, finding)
    summary, _, advice = finding.schema["errorMessage"].partition(", ")
    return [Problem(summary, advice, finding.document.key_origin((*finding.path, *names)))]


def _unknown(finding: Finding) -> list[str]:
    """Give the unknown fields; of very many only the first."""
    known = finding.schema.get("properties", {})
    return list(islice((name for name in finding.value if name not in known), MAX_IN_DOCUMENT + 1))


def _unknown_field(name: str, finding: Finding) -> Problem:
    guess, home, inner = _guess(name, finding), finding.homes.get(name.strip()), _inner(name, finding)
    if guess:
        advice = f"did you mean {shortened(guess)}?"
    elif _is_conversation(name, finding):
        advice = "conversations stand in files: write files: [data/numbers.jsonl]"
    elif inner:
        advice = f"it belongs in {inner}: write {inner}: {{{name}: ...}}"
    else:
        advice = f"it belongs in {home}" if home else f"the fields here are {', '.join(fields_of(finding.schema))}"
    return Problem(f"unknown field {shortened(name)}", advice, finding.document.key_origin((*finding.path, name)))


def _meant(finding: Finding) -> set[str | None]:
    """Give the fields that unknown fields probably mean: these are not reported as missing, too."""
    unknown = _unknown(finding)
    pair = _PAIR if any(_is_conversation(name, finding) for name in unknown) else ()
    return {_guess(name, finding) or _inner(name, finding) for name in unknown}.union(pair)


def _is_conversation(name: str, finding: Finding) -> bool:
    return name == _CONVERSATION and fields_of(finding.schema).keys() == set(_PAIR)


def _guess(name: str, finding: Finding) -> str | None:
    """Give the field of this block that an unknown field probably means."""
    known = fields_of(finding.schema)
    other = _OTHER_NAMES.get(name.strip().lower())
    if other in known and other not in finding.value:
        return other
    return None if finding.homes.get(name.strip()) or _inner(name, finding) else closest(name, known)


def _inner(name: str, finding: Finding) -> str | None:
    """Give the block within an item of a list that a field belongs in; `homes` knows all other blocks."""
    if not finding.in_list:
        return None
    blocks = fields_of(finding.schema).items()
    return next((block for block, inner in blocks if name in inner.get("properties", {})), None)


def _exclude(names: Sequence[str], finding: Finding) -> list[Problem]:
    """Word fields that exclude each other; where the service lacks any of them, that is reported already."""
    if not fields_of(finding.schema).keys() >= set(names):
        return []
    places = [finding.document.key_origin((*finding.path, name)) for name in names]
    last = max(places, key=lambda origin: (origin.line, origin.column))
    return [Problem(f"{listed(names, 'and')} exclude each other", "keep one of them", last)]
