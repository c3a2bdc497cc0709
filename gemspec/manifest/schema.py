"""Second step of the walk: all problems of a document at once, by the JSON schemas that editors use too.

The schemas are the one source of what a field is; `words` says in plain words what they find.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from gemspec.manifest.findings import Finding
from gemspec.manifest.words import explain
from gemspec.schema_files import Schema, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema import ValidationError

    from gemspec.errors import Problem
    from gemspec.manifest.nodes import Document


def property_schema(kind: str, *names: str) -> Schema:
    """Give the schema of one field by the names of the fields that lead to it, references followed.

    Words beside a reference (description, examples) win over those of what is referred to. Raises KeyError for a field
    that is not there.
    """
    root = load(kind)
    schema = root
    for name in names:
        schema = _resolved(root, schema["items"] if name == "[]" else schema["properties"][name])
    return schema


def problems(kind: str, document: Document) -> list[Problem]:
    """Find everything that is wrong with a document, in plain words and with places; empty when it is right."""
    errors: Iterator[Any] = _validator(kind).iter_errors(document.value)
    found = [problem for error in errors for problem in explain(_finding(kind, error, document))]
    return list(dict.fromkeys(found))  # jsonschema tells each missing field apart, `explain` tells all of them


def _finding(kind: str, error: Any, document: Document) -> Finding:
    path = tuple(error.absolute_path)
    schema = _completed(kind, path, error.schema)
    return Finding(error.validator, error.validator_value, error.instance, schema, document, path, _homes(kind))


def _completed(kind: str, path: tuple[str | int, ...], rule: Schema) -> Schema:
    """Add what is said of a field itself to a rule about it, which may stand alone below an `allOf`."""
    field = property_schema(kind, *("[]" if isinstance(name, int) else name for name in path))
    of_field, of_rule = field.get("properties", {}), rule.get("properties", {})
    properties = {name: {**inner, **of_rule.get(name, {})} for name, inner in of_field.items()}
    return {**field, **rule, "properties": properties}


@cache
def _homes(kind: str) -> dict[str, str]:
    """Give the block of each field by the field's name; the outermost where blocks have fields of one name.

    Those of `import` are left out: whoever writes `data` elsewhere means other data.
    """
    homes: dict[str, str] = {}
    blocks = [("", load(kind))]
    for path, block in blocks:  # grows on the way
        for name, inner in block.get("properties", {}).items():
            homes.setdefault(name, path)
            if name != "import":
                blocks.append((f"{path}.{name}".lstrip("."), _resolved(load(kind), inner)))
    return homes


def _resolved(root: Schema, schema: Schema) -> Schema:
    reference = schema.get("$ref", "")
    return {**root["$defs"][reference.removeprefix("#/$defs/")], **schema} if reference else schema


@cache
def _validator(kind: str) -> Any:
    # Imported here: it takes as long as all of gemspec.manifest, and `explain` and completion check nothing.
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend
    from referencing import Registry

    make: Any = extend
    draft = make(Draft202012Validator, {"pattern": _pattern, "items": _items})
    # An empty registry: a reference that is not within the schema is an error, never a request.
    return draft(load(kind), registry=Registry())


def _pattern(_validator: object, pattern: str, instance: object, _schema: Schema) -> Iterator[ValidationError]:
    """Match as ECMAScript does, for which `$` is the end of the text and not also what stands before a last line
    end."""
    from jsonschema import ValidationError

    if isinstance(instance, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _items(validator: Any, items: Schema, instance: object, _schema: Schema) -> Iterator[ValidationError]:
    """Check the items of a list. Examples come by the thousand: those that are plainly right need no jsonschema."""
    limits = _example_limits() if items.get("$ref") == "#/$defs/example" else None
    for index, item in enumerate(instance if isinstance(instance, list) else []):
        if limits is None or not _is_plain_example(item, limits):
            yield from validator.descend(item, items, path=index)


def _is_plain_example(item: object, limits: dict[str, int]) -> bool:
    return (
        isinstance(item, dict)
        and item.keys() == limits.keys()
        and all(isinstance(item[name], str) and len(item[name]) <= limit for name, limit in limits.items())
    )


@cache
def _example_limits() -> dict[str, int]:
    return {name: field["maxLength"] for name, field in load("TunedModel")["$defs"]["example"]["properties"].items()}
