"""`gemspec explain` explains every field of both schemas, in words."""

from __future__ import annotations

import json

import jsonschema
import pytest

from gemspec import cli
from gemspec.cli.commands.explain import field_document
from gemspec.domain.errors import GemspecError
from gemspec.manifest.validation.schema_fields import Field, all_fields, find_field, resolved_schema
from gemspec.render.layout import Style, columns
from gemspec.render.terminal.explain import RULES, explain_lines, limits

FIELDS = list(all_fields())
# Keywords that are drawn outside of the limits, or do not limit what may be written.
SILENT = frozenset(
    ["$schema", "$id", "$defs", "$ref", "title", "description", "examples", "default", "properties", "items", "type",
     "required", "patternErrorMessage", "allOf", "then", "errorMessage", "onProvider"]
)  # fmt: skip
addresses = pytest.mark.parametrize("field", FIELDS, ids=[field.address for field in FIELDS])


@addresses
def test_every_field_is_explained(field):
    """It is found by its path, and has a text, a type and an example. All of its rules are shown."""
    text = "\n".join(explain_lines(field_document(find_field(field.address))))
    assert field.schema["description"].split()[0] in text
    assert "EXAMPLE:" in text
    assert not field.names or f"FIELD:    {'.'.join(field.names)} <" in text
    assert set(keywords(field.schema)) <= SILENT | set(RULES)
    assert all(rule and "..." not in rule and "None" not in rule for rule in limits(field_document(field)))


def keywords(schema):
    """The keywords of a field and of what its rules combine."""
    yield from schema
    for branch in schema.get("allOf", []):
        yield from branch
    if "items" in schema and "$ref" not in schema["items"]:
        yield from keywords(schema["items"])


@addresses
@pytest.mark.parametrize("width", [40, 80, 120])
def test_words_stay_within_the_width(field, width):
    """Words are wrapped. An example may be wider, since it is copied; a name or a long word is never broken."""
    example = False
    for line in explain_lines(field_document(field), width=width):
        example = line == "EXAMPLE:" or (example and bool(line))
        assert example or " <" in line or " " not in line.strip() or columns(line) <= width, line


@addresses
def test_json_is_a_self_contained_schema(field):
    """It refers to nothing outside it, and the field's examples fit it."""
    schema = resolved_schema(field)
    assert '"$ref"' not in json.dumps(schema)
    jsonschema.Draft202012Validator.check_schema(schema)
    for example in schema.get("examples", []):
        jsonschema.validate(example, schema)


def test_both_schemas_are_walked_whole():
    """The fields of a list's items are among them."""
    found = {field.address for field in FIELDS}
    assert {"tunedmodel", "project", "project.spec.policy", "spec.tuningTask.trainingData.examples.output"} <= found


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("tunedModel.spec.topK", "spec.topK"),
        (".spec.topK", "spec.topK"),
        ("spec.tuningTask.trainingData.examples[].output", "spec.tuningTask.trainingData.examples.output"),
        ("/spec/tuningTask/trainingData/files/0", "spec.tuningTask.trainingData.files"),
        ("Project.metadata", "project.metadata"),
    ],
)
def test_other_ways_to_write_an_address(address, meant):
    """Kinds in any case, lists with brackets, the pointers of `validate --format json`."""
    assert find_field(address).address == meant


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("spec.temprature", "spec.temperature"),
        ("temperature", "spec.temperature"),
        ("spec.epochCount", "spec.tuningTask.hyperparameters.epochCount"),
        ("spec.tuningtask.hyperparameters", "spec.tuningTask.hyperparameters"),
        ("spec.provider", "project.spec.provider"),
        ("project.spec.baseModel", "spec.baseModel"),
    ],
)
def test_what_was_meant(address, meant):
    """A typo, a field of another place, a field of the other kind."""
    with pytest.raises(GemspecError) as caught:
        find_field(address)
    assert f"did you mean `gemspec explain {meant}`?" in caught.value.hint


def test_colour_is_optional():
    """Plain text by default."""
    field = Field("TunedModel")
    assert "\x1b" not in "\n".join(explain_lines(field_document(field)))
    assert "\x1b[1mFIELDS:" in "\n".join(explain_lines(field_document(field), style=Style(colour=True)))


def test_columns_is_heeded(monkeypatch, capsys):
    """A wider terminal has longer lines."""
    lengths = []
    for width in ("60", "120"):
        monkeypatch.setenv("COLUMNS", width)
        assert cli.run(["explain", "spec"]) == 0
        lengths.append(len(capsys.readouterr().out.splitlines()))
    assert lengths[0] > lengths[1]
