"""The types of the documents for machines and the schemas that describe them say the same, in both directions.

Each property of a schema is a field of the type, required where the schema requires it, of a type that fits; and each
field of a type is a property of its schema.
"""

from __future__ import annotations

import importlib
import pkgutil
from copy import deepcopy
from dataclasses import fields
from pathlib import Path
from types import NoneType, UnionType
from typing import Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from gemspec import reports
from gemspec.domain.events import Outcome
from gemspec.domain.marker import Marker
from gemspec.domain.plan import Action, Kind
from gemspec.reports.checks import ChecksDocument
from gemspec.reports.data import DataDocument
from gemspec.reports.errors import ErrorDocument, ValidationDocument
from gemspec.reports.events import Line
from gemspec.reports.imported import ImportDocument
from gemspec.reports.output import OutputDocument
from gemspec.reports.plan import PlanDocument
from gemspec.reports.result import ResultDocument
from gemspec.reports.status import ROLES, StatusDocument
from gemspec.reports.steps import MarkerEntry
from gemspec.util.schema_files import load

DOCUMENTS = {
    "Plan": PlanDocument,
    "Result": ResultDocument,
    "Status": StatusDocument,
    "Checks": ChecksDocument,
    "Errors": ErrorDocument,
    "Validation": ValidationDocument,
    "Import": ImportDocument,
    "Data": DataDocument,
    "Output": OutputDocument,
    "Event": Line,
}
MODULES = [
    importlib.import_module(f"{reports.__name__}.{found.name}") for found in pkgutil.iter_modules(reports.__path__)
]
NAMES = {name: value for module in MODULES for name, value in vars(module).items()}
PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_type_and_schema_say_the_same(name):
    """Every document, down to the last field."""
    assert list(differences(DOCUMENTS[name], load(name), load(name))) == []


def test_every_document_has_a_type():
    """A schema that is added for a document brings its type with it."""
    folder = Path(__file__).parents[2] / "schemas"
    kinds = {file.name.partition(".")[0] for file in folder.glob("*.json")} - {"tunedmodel", "project"}
    assert kinds == {name.lower() for name in DOCUMENTS}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda step: step["properties"].pop("hint"), "steps[].hint: not in the schema"),
        (lambda step: step["properties"].update(rank={"type": "integer"}), "steps[].rank: not in the type"),
        (lambda step: step["required"].remove("key"), "steps[].key: required by the type alone"),
        (
            lambda step: step["properties"]["key"].update(type="integer"),
            "steps[].key: string, in the schema integer",
        ),
        (
            lambda step: step["properties"]["name"].update(type="string"),
            "steps[].name: null or string, in the schema string",
        ),
    ],
)
def test_a_difference_is_seen(change, said):
    """A field too many on either side, a field that need not be there, a field of another type."""
    schema = deepcopy(load("Result"))
    change(schema["$defs"]["step"])
    assert list(differences(ResultDocument, schema, schema)) == [said]


def test_words_are_those_of_the_enums():
    """What a step does, what happens to a key, how a step ended, what a model is to its key."""
    plan, result, event = (load(name)["$defs"] for name in ("Plan", "Result", "Event"))
    for actions in (plan["step"], plan["stepRef"], result["step"]):
        assert actions["properties"]["action"]["enum"] == [str(action) for action in Action]
    assert event["action"]["enum"] == [str(action) for action in Action]
    assert set(plan["resourceChange"]["properties"]["kind"]["enum"]) == {str(kind) for kind in Kind}
    outcomes = {str(outcome).replace(" ", "_") for outcome in Outcome}
    for ended in (result["step"], event["step_ended"]):
        assert set(ended["properties"]["outcome"]["enum"]) == outcomes
    assert load("Status")["$defs"]["model"]["properties"]["role"]["enum"] == list(ROLES)


def test_a_marker_is_drawn_whole():
    """All that a plan settles: the Git commit and extensions are never compared, and apply alone announces a
    delete.
    """
    names = {field.name for field in fields(Marker)}
    assert set(get_type_hints(MarkerEntry)) == names - {"rev", "terminating", "extensions"}


def differences(kind, schema, root, place=""):
    """Say where a type and a schema differ."""
    schema = resolved(schema, root)
    kinds, schemas = members(kind), branches(schema, root)
    if (here := names_of(kinds)) != (there := {name for branch in schemas for name in json_types(branch)}):
        yield f"{place}: {words(here)}, in the schema {words(there)}"
        return
    objects = [branch for branch in schemas if "properties" in branch]
    typed = [member for member in kinds if is_typeddict(member)]
    if len(typed) != len(objects):
        yield f"{place}: {len(typed)} types of objects, in the schema {len(objects)}"
    for member, branch in zip(typed, objects, strict=False):
        yield from fields_of(member, branch, root, f"{place}." if place else "")
    for member in kinds:
        if get_origin(member) is list:
            items = next(branch["items"] for branch in schemas if "items" in branch)
            yield from differences(get_args(member)[0], items, root, f"{place}[]")
        elif get_origin(member) is dict and (values := _values(schemas)):
            yield from differences(get_args(member)[1], values, root, f"{place}.*" if place else "*")


def _values(schemas):
    """The schema of a mapping's values, if there is one."""
    found = (branch.get("additionalProperties") for branch in schemas if "properties" not in branch)
    return next((values for values in found if isinstance(values, dict)), None)


def fields_of(kind, schema, root, place):
    hints = get_type_hints(kind, localns=NAMES, include_extras=True)
    properties, required = schema["properties"], set(schema.get("required", ()))
    yield from (f"{place}{name}: not in the type" for name in properties if name not in hints)
    for name, hint in hints.items():
        is_required = kind.__total__ and get_origin(hint) is not NotRequired
        if name not in properties:
            yield f"{place}{name}: not in the schema"
        elif is_required is not (name in required):
            yield f"{place}{name}: required by the {'type' if is_required else 'schema'} alone"
        else:
            yield from differences(hint, properties[name], root, f"{place}{name}")


def members(kind):
    """The types that a type combines."""
    if get_origin(kind) is NotRequired:
        return members(get_args(kind)[0])
    return list(get_args(kind)) if get_origin(kind) in (Union, UnionType) else [kind]


def branches(schema, root):
    """The schemas that a schema combines."""
    combined = None if "properties" in schema else schema.get("anyOf") or schema.get("oneOf")
    return [resolved(branch, root) for branch in combined] if combined else [schema]


def resolved(schema, root):
    return root["$defs"][schema["$ref"].removeprefix("#/$defs/")] if "$ref" in schema else schema


def names_of(kinds):
    """The types by their names in JSON; a whole number is a number."""
    found = set()
    for kind in kinds:
        if get_origin(kind) is Literal:
            found |= {PLAIN[type(value)] for value in get_args(kind)}
        else:
            outer = get_origin(kind) or kind
            found.add("object" if is_typeddict(kind) or outer is dict else "array" if outer is list else PLAIN[outer])
    return found - {"integer"} if "number" in found else found


def json_types(schema):
    if "type" in schema:
        return {schema["type"]} if isinstance(schema["type"], str) else set(schema["type"])
    return {PLAIN[type(value)] for value in schema.get("enum", [schema.get("const")])}


def words(names):
    return " or ".join(sorted(names))
