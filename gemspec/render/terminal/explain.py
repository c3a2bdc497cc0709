"""Draws a field for `gemspec explain`, in the order of `kubectl explain`: kind, field, description, fields.

Pure. What is drawn comes from the JSON schemas alone, by way of the document of `reports.values`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from gemspec.render.layout import PLAIN, Style, count, number, wrap
from gemspec.util.escape import terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gemspec.reports.values import FieldDocument
    from gemspec.util.schema_files import Schema

    Rule = Callable[[Any, Schema], str]  # Any: the type of a keyword's value depends on the keyword

_INDENT = "    "
_REQUIRED = "-required-"
_ON_PROVIDER = "onProvider"
_ASK_ON = (
    "Ask on with a path, such as `gemspec explain spec.tuningTask`. The project file, gemspec.yaml, is explained by "
    "`gemspec explain project`."
)


def explain_lines(field: FieldDocument, *, recursive: bool = False, width: int = 80, style: Style = PLAIN) -> list[str]:
    """Everything that the schema says of a field, and the fields below it: one level, or (recursive) all."""
    sections = [
        ("DESCRIPTION", _paragraphs(_descriptions(field), width)),
        ("LIMITS", _paragraphs(limits(field), width)),
        ("DEFAULT", [f"{_INDENT}{_inline(field['schema']['default'])}"] if "default" in field["schema"] else []),
        ("EXAMPLE", [] if recursive else _example_lines(field)),
        ("FIELDS", _tree_lines(field, style) if recursive else _field_lines(field, width, style)),
    ]
    lines = _head(field, style)
    for title, content in sections:
        if content:
            lines += ["", style.paint(f"{title}:", "bold"), *content]
    return lines if field["names"] or recursive else [*lines, "", *wrap(_ASK_ON, width)]


def type_name(schema: Schema) -> str:
    """The type as kubectl writes it: `string`, `Object`, `[]string`, `map[string]string`, `integer|string`."""
    if "items" in schema:
        return _or_list(schema, type_name(schema["items"]))
    if isinstance(values := schema.get("additionalProperties"), dict):
        return f"map[string]{type_name(values)}"
    types = schema.get("type", "string")
    names = types if isinstance(types, list) else [types]
    return "|".join("Object" if name == "object" else str(name) for name in names)


def limits(field: FieldDocument) -> list[str]:
    """The rules for the field's value and, for a list, for its items."""
    item, names = field["item"], field["services"]
    found = _rules(field["schema"], names)
    if item and "properties" not in item:
        found += [f"each item: {rule}" for rule in _rules(item, names)]
    elif item:
        found += _rules(item, names)
    return found


def _rules(schema: Schema, names: Mapping[str, str]) -> list[str]:
    """The rules of a schema. `names`: the services, by provider. A keyword that every service overrides is left out."""
    services = schema.get(_ON_PROVIDER, {})
    overridden = set.intersection(*(set(services.get(key, ())) for key in names)) if services else set()
    found = [RULES[name](value, schema) for name, value in schema.items() if name in RULES and name not in overridden]
    inner = [
        rule
        for branch in schema.get("allOf", ())
        for rule in ([branch["description"]] if "description" in branch else _rules(branch, names))
    ]
    return [rule for rule in (*_on_services(services, names), *found, *inner) if rule]


def _on_services(services: Schema, names: Mapping[str, str]) -> Iterator[str]:
    """Which services have the field, and the rules that only one service has."""
    if any(isinstance(rules, str) for rules in services.values()):
        yield f"only on {' and '.join(name for key, name in names.items() if key not in services)}"
        return
    for key, schema in services.items():
        default = [f"{_inline(schema['default'])} where unset"] if "default" in schema else []
        yield from (f"on {names[key]}: {rule}" for rule in (*_rules(schema, names), *default))


def _head(field: FieldDocument, style: Style) -> list[str]:
    lines = [
        f"KIND:     {style.paint(field['kind'], 'cyan')}",
        f"VERSION:  {style.paint(field['api_version'], 'cyan')}",
    ]
    if field["names"]:
        required = f" {_REQUIRED}" if field["required"] else ""
        name = style.paint(".".join(field["names"]), "bold")
        lines += ["", f"FIELD:    {name} <{_type(field)}>{required}"]
    return lines


def _type(field: FieldDocument) -> str:
    """The type, with that of the items of a list, references followed."""
    return _or_list(field["schema"], type_name(field["item"])) if field["item"] else type_name(field["schema"])


def _or_list(schema: Schema, item: str) -> str:
    """A list of items; where the schema takes a single one as well, that or a list: `string|[]string`."""
    return f"{item}|[]{item}" if isinstance(schema.get("type"), list) else f"[]{item}"


def _descriptions(field: FieldDocument) -> list[str]:
    item = field["item"]
    words = [field["schema"]["description"]]
    return [*words, f"Each item: {item['description']}"] if item and "description" in item else words


def _paragraphs(texts: list[str], width: int) -> list[str]:
    return [line for text in texts for line in wrap(terminal(text), width, first=_INDENT)]


def _example_lines(field: FieldDocument) -> list[str]:
    """The field as in a file: every example of a scalar, the first example of an object or a list."""
    examples = field["schema"].get("examples") or [_composed(field)]
    is_short = not isinstance(examples[0], dict | list)
    shown = examples if is_short else examples[:1]
    written = [_block({field["names"][-1]: example} if field["names"] else example) for example in shown]
    return [f"{_INDENT}{line}" for text in written for line in text.splitlines()]


def _composed(field: FieldDocument) -> Any:
    """An example of an object from the examples of its required fields."""
    return {inner["names"][-1]: inner["schema"]["examples"][0] for inner in field["fields"] if inner["required"]}


def _field_lines(field: FieldDocument, width: int, style: Style) -> list[str]:
    lines = []
    for inner in field["fields"]:
        lines += [f"  {_title(inner, style)}", *wrap(terminal(inner["sentence"]), width, first=_INDENT)]
        lines += wrap(terminal(_facts(inner)), width, first=_INDENT) if _facts(inner) else []
    return lines


def _facts(field: FieldDocument) -> str:
    """Limits and default, as a line below a field in a list of fields."""
    default = [f"default: {_block(field['schema']['default']).strip()}"] if "default" in field["schema"] else []
    return "; ".join([*limits(field), *default])


def _tree_lines(field: FieldDocument, style: Style, depth: int = 1) -> list[str]:
    lines = []
    for inner in field["fields"]:
        lines += [f"{'  ' * depth}{_title(inner, style)}", *_tree_lines(inner, style, depth + 1)]
    return lines


def _title(field: FieldDocument, style: Style) -> str:
    required = f" {_REQUIRED}" if field["required"] else ""
    return f"{style.paint(field['names'][-1], 'bold')} <{_type(field)}>{required}"


def _block(value: Any) -> str:
    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=10**6, indent=2)
    return text.removesuffix("...\n")


def _inline(value: Any) -> str:
    text: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10**6)
    return text.removesuffix("\n").removesuffix("\n...")


def _names(branches: list[Schema]) -> str:
    return ", ".join(" with ".join(branch.get("required", ["..."])) for branch in branches)


def _not_both(value: Schema, _: Schema) -> str:
    return f"not {' and '.join(value.get('required', ['...']))} together"


def _range(low: Any, schema: Schema) -> str:
    return f"from {number(low)} to {number(schema['maximum'])}" if "maximum" in schema else f"at least {number(low)}"


def _at_most(high: Any, schema: Schema) -> str:
    return "" if "minimum" in schema else f"at most {number(high)}"


def _values(value: Any, _: Schema) -> str:
    return f"each value: {'; '.join(_rules(value, {}))}" if value else ""


def _at_least(noun: str) -> Rule:
    return lambda value, _: f"at least {count(value, noun)}"


def _condition(condition: Schema, schema: Schema) -> str:
    """`type VALUE needs other`, `type VALUE has no other`, for `if` with `then`."""
    then = schema.get("then", {})
    needed, forbidden = then.get("required", []), then.get("not", {}).get("required", [])
    cases = [
        f"{name} {' or '.join(_inline(value) for value in values)}"
        for name, rule in condition.get("properties", {}).items()
        if (values := rule.get("enum") or [rule.get("const")])
    ]
    then_rule = f"needs {', '.join(needed)}" if needed else f"has no {', '.join(forbidden)}"
    return f"{' with '.join(cases)} {then_rule}"


# Keyword of a schema -> its rule in words.
RULES: dict[str, Rule] = {
    "const": lambda value, _: f"always {_inline(value)}",
    "enum": lambda value, _: f"one of {', '.join(_inline(choice) for choice in value)}",
    "pattern": lambda value, schema: str(schema.get("patternErrorMessage", f"must match {value}")),
    "format": lambda value, _: f"must be in the form of {value}",
    "minimum": _range,
    "maximum": _at_most,
    "exclusiveMinimum": lambda value, _: f"above {number(value)}",
    "exclusiveMaximum": lambda value, _: f"below {number(value)}",
    "minLength": _at_least("character"),
    "maxLength": lambda value, _: f"at most {count(value, 'character')}",
    "minItems": _at_least("item"),
    "maxItems": lambda value, _: f"at most {count(value, 'item')}",
    "maxProperties": lambda value, _: f"at most {count(value, 'field')}",
    "propertyNames": lambda value, _: f"each name: {value['description']}",
    "additionalProperties": _values,
    "uniqueItems": lambda value, _: "no item twice" if value else "",
    "oneOf": lambda value, _: f"exactly one of {_names(value)}",
    "anyOf": lambda value, _: f"at least one of {_names(value)}",
    "not": _not_both,
    "if": _condition,
}
