"""The schemas of the documents for programs; tests/manifest has the test for those of manifests."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

SCHEMAS = Path(__file__).parents[2] / "schemas"
DOCUMENTS = ["checks", "errors", "event", "import", "plan", "result", "status", "validation"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_schema_is_valid_and_describes_every_property(name):
    """The schema is valid itself, and every property, or what it refers to, has a description."""
    schema = json.loads((SCHEMAS / f"{name}.v1.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert list(undescribed(schema, schema.get("$defs", {}))) == []


def undescribed(node, definitions, path=""):
    if not isinstance(node, dict):
        return
    for name, child in node.get("properties", {}).items():
        target = definitions[child["$ref"].rpartition("/")[2]] if "$ref" in child else {}
        if "description" not in {**child, **target}:
            yield f"{path}/{name}"
    for name, child in node.items():
        yield from undescribed(child, definitions, f"{path}/{name}")
