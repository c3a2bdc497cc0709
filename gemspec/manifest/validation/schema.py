"""Finds all problems of a document at once, by the JSON schemas that editors use, too.

Only the schemas define fields, for every service (`provider_schema`). `schema_errors` words the problems.
"""

from __future__ import annotations

import math
import re
from functools import partial
from typing import TYPE_CHECKING, Any

from gemspec.manifest.syntax.error_limits import first_problems
from gemspec.manifest.validation.finding import Finding
from gemspec.manifest.validation.provider_schema import ABSENT, cached, fields_of, schema_on
from gemspec.manifest.validation.schema_errors import explain_finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema import ValidationError

    from gemspec.domain.errors import Problem
    from gemspec.manifest.syntax.nodes import Document
    from gemspec.providers.spec import ProviderSpec
    from gemspec.util.schema_files import Schema


def property_schema(kind: str, *names: str, service: ProviderSpec | None = None) -> Schema:
    """Give the schema of a field by the names of the fields that lead to it, references followed.

    With `service` it is the field's schema for that service. Keywords beside a reference (description, examples) take
    precedence over the referred schema. Raises KeyError for an unknown field.
    """
    root = schema_on(kind, service)
    schema = root
    for name in names:
        schema = _resolved(root, _inner(schema, name))
    return schema


def problems(kind: str, document: Document, service: ProviderSpec | None = None) -> list[Problem]:
    """Find the problems of a document, in plain words and with places; empty for a valid document.

    Without `service`, rules of a single service do not apply.
    """
    if _is_valid(document.value, kind, service):
        return []
    errors: Iterator[Any] = _validator(kind, service).iter_errors(document.value)
    # jsonschema has an error for each missing field, and each is explained with all others: repeats are dropped.
    return first_problems(
        problem for error in errors for problem in explain_finding(_finding(kind, service, error, document))
    )


def _is_valid(value: object, kind: str, service: ProviderSpec | None, definition: str | None = None) -> bool:
    """Whether a value is valid: a fast check for almost all values. `problems` explains the others."""
    try:
        return bool(_fast_validator(kind, service, definition).is_valid(value))
    except ValueError:  # a value that JSON does not have, or a number that is too large for it
        return False


def _finding(kind: str, service: ProviderSpec | None, error: Any, document: Document) -> Finding:
    path = tuple(error.absolute_path)
    schema, homes = _completed(kind, service, path, error.schema), _homes(kind, service)
    return Finding(error.validator, error.validator_value, error.instance, schema, document, path, homes)


def _completed(kind: str, service: ProviderSpec | None, path: tuple[str | int, ...], rule: Schema) -> Schema:
    """Add the schema of a field to a rule about it, which may be in an `allOf` without the rest."""
    names = ("[]" if isinstance(name, int) else name for name in path)
    field = property_schema(kind, *names, service=service)
    of_field, of_rule = field.get("properties", {}), rule.get("properties", {})
    properties = {name: {**inner, **of_rule.get(name, {})} for name, inner in of_field.items()}
    return {**field, **rule, "properties": properties}


@cached
def _homes(kind: str, service: ProviderSpec | None) -> dict[str, str]:
    """Give the block of each field by the field's name; the outermost where several blocks have such a field.

    Fields of `import` are left out: `data` elsewhere means training data.
    """
    homes: dict[str, str] = {}
    root = schema_on(kind, service)
    blocks = [("", root)]
    for path, block in blocks:  # grows on the way
        for name, inner in fields_of(block).items():
            homes.setdefault(name, path)
            if name != "import":
                blocks.append((f"{path}.{name}".lstrip("."), _resolved(root, inner)))
    return homes


def _inner(schema: Schema, name: str) -> Schema:
    """Give the schema of a field of a block, or of each item of a list; a block of labels has fields of any name."""
    if name == "[]":
        return dict(schema["items"])
    of_any = schema.get("additionalProperties")
    return dict(of_any if isinstance(of_any, dict) else schema["properties"][name])


def _resolved(root: Schema, schema: Schema) -> Schema:
    reference = schema.get("$ref", "")
    return {**root["$defs"][reference.removeprefix("#/$defs/")], **schema} if reference else schema


@cached
def _fast_validator(kind: str, service: ProviderSpec | None, definition: str | None) -> Any:
    """Make a compiled validator: ten times faster to load, a hundred times faster to run, without explanations.

    `definition` is a reference to a part of the schema, None for all of it.
    """
    from jsonschema_rs import Draft202012Validator

    schema = _plain(schema_on(kind, service))
    if definition:
        schema = {"$ref": definition, "$defs": schema["$defs"]}
    return Draft202012Validator(schema, offline=True)


def _plain(value: Any) -> Any:
    """Give a schema without our own keywords."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    return ABSENT not in value and {name: _plain(inner) for name, inner in value.items()}


@cached
def _validator(kind: str, service: ProviderSpec | None) -> Any:
    # Imported here, since it takes as long as all of gemspec.manifest, and `explain` and completion do not validate.
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend
    from referencing import Registry

    make: Any = extend
    items = partial(_items, kind, service)
    draft = make(Draft202012Validator, {"pattern": _pattern, "items": items, "propertyNames": _names, ABSENT: _absent})
    # An empty registry: a reference that is not within the schema is an error, never a request.
    return draft(schema_on(kind, service), registry=Registry())


def _pattern(_validator: object, pattern: str, instance: object, _schema: Schema) -> Iterator[ValidationError]:
    """Match as ECMAScript does, where `$` is only the end of the text, not also the place before a last line end."""
    from jsonschema import ValidationError

    if isinstance(instance, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _items(
    kind: str, service: ProviderSpec | None, validator: Any, items: Schema, instance: object, schema: Schema
) -> Iterator[ValidationError]:
    """Check the items of a list, up to its greatest length. There may be thousands of examples, most of them valid."""
    definition = items.get("$ref")
    for index, item in enumerate(instance[: schema.get("maxItems")] if isinstance(instance, list) else []):
        if not (definition and _is_valid(item, kind, service, definition)):
            yield from validator.descend(item, items, path=index)


def _names(validator: Any, names: Schema, instance: object, _schema: Schema) -> Iterator[ValidationError]:
    """Check the names of the fields of a block, each error at the field."""
    from jsonschema import ValidationError

    for name in instance if isinstance(instance, dict) else ():
        if not validator.evolve(schema=names).is_valid(name):
            yield ValidationError(f"{name!r} is no name", path=(name,), instance=name)


def _absent(_validator: object, reason: str, _instance: object, _schema: Schema) -> Iterator[ValidationError]:
    """Refuse a field that the service does not have; `reason` is the message."""
    from jsonschema import ValidationError

    yield ValidationError(reason)


@cached
def longest_texts(service: ProviderSpec | None) -> dict[str, float]:
    """Give the fields of an example with their maximum length in characters."""
    fields = schema_on("TunedModel", service)["$defs"]["example"]["properties"]
    return {name: field.get("maxLength", math.inf) for name, field in fields.items()}
