"""The schemas are the one source: for validation, for editors, for `explain`."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import jsonschema
import pytest

from gemspec import canonical, schema_files
from gemspec.manifest import schema
from gemspec.manifest.services import ABSENT, GEMINI, NAMES, VERTEX, Service, schema_on
from gemspec.manifest.words import _RULES

KINDS = ["TunedModel", "Project"]
SERVICES = [None, GEMINI, VERTEX]
SAYS_NOTHING = {
    "$schema",
    "$id",
    "$defs",
    "$ref",
    "title",
    "description",
    "examples",
    "default",
    "properties",
    "items",
} | {"allOf", "onProvider"}  # they hold rules, each of which has words


def fields(value: dict[str, Any], path: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Every field of a schema, with its path."""
    found = [(path, value)]
    for name, inner in {**value.get("properties", {}), **value.get("$defs", {})}.items():
        found += fields(inner, f"{path}.{name}")
    return found + (fields(value["items"], f"{path}[]") if "items" in value and "$ref" not in value["items"] else [])


@pytest.mark.parametrize("kind", KINDS)
def test_valid_schema(kind: str) -> None:
    """Each is a 2020-12 schema that refers to nothing outside itself."""
    jsonschema.Draft202012Validator.check_schema(schema_files.load(kind))
    assert all(value.get("$ref", "#").startswith("#") for _, value in fields(schema_files.load(kind)))


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_explained(kind: str) -> None:
    """Every field has a description and an example; every block refuses unknown fields; patterns say what to write."""
    for path, value in fields(schema_files.load(kind)):
        assert value["description"].endswith("."), path
        assert value.get("examples") or not path, path
        assert value.get("type") != "object" or value["additionalProperties"] is False or path == ".spec.labels", path
        assert "pattern" not in value or value["patternErrorMessage"], path


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("kind", KINDS)
def test_examples_are_right(kind: str, service: Service | None) -> None:
    """The examples and defaults that people are shown are valid themselves, on each service those that it has."""
    root = schema_on(kind, service)
    for path, value in fields(root):
        validator = jsonschema.Draft202012Validator({**value, "$defs": root.get("$defs", {})})
        for example in [*value.get("examples", []), *([value["default"]] if "default" in value else [])]:
            assert list(validator.iter_errors(example)) == [], path


@pytest.mark.parametrize("kind", KINDS)
def test_every_rule_has_words(kind: str) -> None:
    """No keyword of the schemas is left to jsonschema's own messages."""
    used = {keyword for one in SERVICES for _, value in fields(schema_on(kind, one)) for keyword in value}
    assert used - SAYS_NOTHING - {"patternErrorMessage"} <= set(_RULES)


def test_what_differs_between_services() -> None:
    """Each field says so itself: rules for a service, or that one of them has no such field, and what to write."""
    on_one = {
        path: services
        for path, value in fields(schema_files.load("TunedModel"))
        if (services := value.get("onProvider")) is not None
    }
    assert all(services.keys() <= NAMES.keys() for services in on_one.values())
    absent = {
        path: services for path, services in on_one.items() if any(isinstance(one, str) for one in services.values())
    }
    assert all(len(services) == 1 and all(services.values()) for services in absent.values())
    only = {key: {path.rpartition(".")[2] for path, services in absent.items() if key not in services} for key in NAMES}
    assert only == {
        "gemini": {
            "temperature", "topP", "topK", "readerProjectNumbers", "permissions", "batchSize", "learningRate",
        },
        "vertex": {
            "labels", "systemInstruction", "serviceAccount", "kmsKeyName", "adapterSize", "validationData",
            "exportLastCheckpointOnly", "uri",
        },
    }  # fmt: skip
    here = {path for path, value in fields(schema_on("TunedModel", VERTEX)) if ABSENT in value}
    assert here == {path for path, services in absent.items() if "vertex" in services}


def test_names_are_those_of_the_marker() -> None:
    """Keys and owners are what the marker and the remote id can hold."""
    assert schema.property_schema("TunedModel", "metadata", "name")["pattern"] == f"^{canonical.KEY_PATTERN}$"
    assert schema.property_schema("Project", "metadata", "name")["pattern"] == f"^{canonical.OWNER_PATTERN}$"


def test_property_schema() -> None:
    """One field's schema is found by its path, with the words of the place where it is used."""
    found = schema.property_schema("TunedModel", "spec", "tunedModelSource", "key")
    assert found["type"] == "string"
    assert re.match("Another manifest", found["description"])
    with pytest.raises(KeyError):
        schema.property_schema("TunedModel", "spec", "nothing")


def test_examples_take_a_short_way() -> None:
    """Examples that are plainly right skip jsonschema: the short way knows every rule that their schema has."""
    example = schema_files.load("TunedModel")["$defs"]["example"]
    assert set(example) - SAYS_NOTHING == {"type", "additionalProperties", "required"}
    assert example["required"] == list(example["properties"])
    for service in SERVICES:
        rules = [
            set(field) - SAYS_NOTHING
            for field in schema_on("TunedModel", service)["$defs"]["example"]["properties"].values()
        ]
        assert rules == [{"type", "maxLength"} if service is GEMINI else {"type"}] * 2


def test_jsonschema_is_imported_for_checks_alone() -> None:
    """Commands that only show a schema do not wait for the library that checks by it."""
    code = "import gemspec.manifest.schema as s, sys; s.property_schema('Project', 'kind')"
    code += "; sys.exit('jsonschema' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
