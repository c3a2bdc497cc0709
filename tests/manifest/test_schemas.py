"""The schemas are the one source: for validation, for editors, for `explain`."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml
from hypothesis import given, strategies as st

from gemspec.domain.settings import SETTINGS
from gemspec.identity import hashing
from gemspec.manifest.syntax.nodes import Document, Node
from gemspec.manifest.validation import schema
from gemspec.manifest.validation.provider_schema import ABSENT, schema_on
from gemspec.manifest.validation.schema_errors import _RULES
from gemspec.providers import registry
from gemspec.providers.gemini.spec import SPEC as GEMINI
from gemspec.providers.vertex.spec import SPEC as VERTEX
from gemspec.util import schema_files

if TYPE_CHECKING:
    from gemspec.providers.spec import ProviderSpec

KINDS = ["TunedModel", "Project"]
SERVICES = [None, GEMINI, VERTEX]
NAMES = registry.names()
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
def test_examples_are_right(kind: str, service: ProviderSpec | None) -> None:
    """The examples and defaults that people are shown are valid themselves, on each service those that it has."""
    root = schema_on(kind, service)
    for path, value in fields(root):
        validator = jsonschema.Draft202012Validator({**value, "$defs": root.get("$defs", {})})
        for example in [*value.get("examples", []), *([value["default"]] if "default" in value else [])]:
            assert list(validator.iter_errors(example)) == [], path


@pytest.mark.parametrize("kind", KINDS)
def test_every_rule_has_words(kind: str) -> None:
    """No keyword of the schemas is left to jsonschema's own messages."""
    used = {keyword for service in SERVICES for _, value in fields(schema_on(kind, service)) for keyword in value}
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
        path: services for path, services in on_one.items() if any(isinstance(rule, str) for rule in services.values())
    }
    assert all(len(services) == 1 and all(services.values()) for services in absent.values())
    only = {key: {path.rpartition(".")[2] for path, services in absent.items() if key not in services} for key in NAMES}
    settings = {key: {row.name for row in SETTINGS if row.providers == (key,)} for key in NAMES}
    assert only == {
        "gemini": settings["gemini"] | {"permissions"},
        "vertex": settings["vertex"] | {"systemInstruction", "validationData", "uri"},
    }
    here = {path for path, value in fields(schema_on("TunedModel", VERTEX)) if ABSENT in value}
    assert here == {path for path, services in absent.items() if "vertex" in services}


def test_names_are_those_of_the_marker() -> None:
    """Keys and owners are what the marker and the remote id can hold."""
    assert schema.property_schema("TunedModel", "metadata", "name")["pattern"] == f"^{hashing.KEY_PATTERN}$"
    assert schema.property_schema("Project", "metadata", "name")["pattern"] == f"^{hashing.OWNER_PATTERN}$"


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
    code = "import gemspec.manifest.validation.schema as s, sys; s.property_schema('Project', 'kind')"
    code += "; sys.exit('jsonschema' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0


TREES: dict[str, list[Any]] = {
    "Project": [
        yaml.safe_load(text)
        for text in (
            "{apiVersion: gemspec/v1, kind: Project, metadata: {name: a}, spec: {provider: gemini, manifests: [a],"
            " policy: {maxDeletes: 30%, maxTrainings: 5}}}",
            "{apiVersion: gemspec/v1, kind: Project, metadata: {name: a}, spec: {provider: vertex, vertex:"
            " {project: my-project, location: us-central1, bucket: my-bucket}}}",
        )
    ],
    "TunedModel": [
        yaml.safe_load(text)
        for text in (
            "{apiVersion: gemspec/v1, kind: TunedModel, metadata: {name: a, movedFrom: b}, spec: {displayName: A,"
            " description: d, baseModel: models/m, temperature: 0.5, topP: 1, topK: 3, readerProjectNumbers: ['1'],"
            " permissions: [{granteeType: USER, emailAddress: a@b.c, role: READER}],"
            " checks: [{prompt: p, expect: {matches: x}}],"
            " lifecycle: {protect: true, deletionPolicy: retain, keepPrevious: 2},"
            " tuningTask: {hyperparameters: {epochCount: 1, batchSize: 2, learningRate: 0.1},"
            " trainingData: {examples: [{textInput: a, output: b}]}}}}",
            "{apiVersion: gemspec/v1, kind: TunedModel, metadata: {name: a}, spec: {tunedModelSource: {key: b},"
            " labels: {x: y}, systemInstruction: s, serviceAccount: a@b.iam.gserviceaccount.com,"
            " import: {tunedModel: projects/p/locations/us-central1/models/1},"
            " tuningTask: {exportLastCheckpointOnly: false, validationData: {uri: 'gs://bucket/o.jsonl'},"
            " hyperparameters: {adapterSize: ADAPTER_SIZE_ONE, learningRateMultiplier: 2},"
            " trainingData: {files: [a.jsonl], inputKey: a}}}}",
        )
    ],
}
VALUES = [
    None,
    True,
    0,
    1,
    -1,
    1.0,
    0.5,
    1e300,
    10**30,
    "",
    "a",
    "a\n",
    "A",
    "x" * 50,
    "\u0663",
    "gs://b/o",
    [],
    ["a"],
    {},
    {"a": 1},
]
VALUES += [
    "models/gemini-1.5-flash-001-tuning",
    "projects/p/locations/us-central1/keyRings/r/cryptoKeys/k",
    "50%",
    "text",
]


def _places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for name, each in inner for place in _places(each, (*path, name)))]


def _changed(value: Any, path: tuple[str | int, ...], change: Any) -> Any:
    """With another value at a place, or (`...`) without what is there."""
    if not path:
        return {} if change is ... else change
    name, *rest = path
    items = dict(value.items() if isinstance(value, dict) else enumerate(value))
    items[name] = _changed(items[name], tuple(rest), change)
    if not rest and change is ...:
        del items[name]
    return items if isinstance(value, dict) else [*items.values()]


@pytest.mark.parametrize("service", SERVICES, ids=lambda spec: spec and spec.key)
@pytest.mark.parametrize("kind", KINDS)
@given(st.data())
def test_the_fast_way_knows_what_is_wrong(kind: str, service: ProviderSpec | None, data: st.DataObject) -> None:
    """It never takes what the explaining validator refuses, nor the other way round."""
    value = data.draw(st.sampled_from(TREES[kind]))
    for _ in range(data.draw(st.integers(0, 3))):
        path = data.draw(st.sampled_from(_places(value)))
        value = _changed(value, path, data.draw(st.sampled_from([*VALUES, ...])))
    root = Node(value, (1, 1))
    is_right = not list(schema._validator(kind, service).iter_errors(value))
    assert schema._is_valid(root.value, kind, service) is is_right


def test_those_trees_are_right() -> None:
    """So that what is changed in them is what is wrong."""
    for kind, service, index in [
        ("Project", None, 0),
        ("Project", None, 1),
        ("TunedModel", GEMINI, 0),
        ("TunedModel", VERTEX, 1),
    ]:
        assert schema.problems(kind, Document("m.yaml", Node(TREES[kind][index], (1, 1))), service) == []
