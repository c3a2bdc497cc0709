"""Google's discovery documents as judges of JSON: what is sent must be a message of a schema, with nothing unknown.

The documents are those inside google-api-python-client.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from googleapiclient.discovery_cache import get_static_doc

PREFIX = "GoogleCloudAiplatformV1"


@cache
def document(api: str, version: str) -> dict[str, Any]:
    return json.loads(get_static_doc(api, version))


def problems(value: Any, schema: str, api: str = "aiplatform") -> list[str]:
    """Say what in `value` is not as the schema of that name has it; `schema` without its prefix."""
    schemas = document(api, "v1")["schemas"]
    name = schema if schema in schemas else PREFIX + schema
    return list(_problems(value, {"$ref": name}, schemas, ""))


def sendable(value: Any, schema: str, api: str = "aiplatform") -> list[str]:
    """As `problems`, and nothing that only the service sets."""
    schemas = document(api, "v1")["schemas"]
    fields = schemas[PREFIX + schema]["properties"]
    read_only = [f"{name} is output only" for name in value if fields.get(name, {}).get("readOnly")]
    return [*problems(value, schema, api), *read_only]


def method(request: Any) -> str:
    """Name the method of aiplatform v1 that a request calls, as "tuningJobs.create"; fails for what it has not."""
    locations = document("aiplatform", "v1")["resources"]["projects"]["resources"]["locations"]
    at = {"locations": {"methods": locations["methods"]}, **locations["resources"]}
    for resource in ("locations", "tuningJobs", "models", "endpoints", "operations"):
        for name, method in [*at[resource]["methods"].items(), *_operations(at[resource])]:
            pattern = "/" + re.sub(r"\{[^}]+\}", "[^/:]+", method["flatPath"])
            if request.method == method["httpMethod"] and re.fullmatch(pattern, request.url.path):
                unknown = set(request.url.params) - method["parameters"].keys()
                assert not unknown, f"{resource}.{name} takes no {unknown}"
                return f"{resource}.{name}"
    raise AssertionError(f"no method of the API is called by {request.method} {request.url.path}")


def _operations(resource: dict[str, Any]) -> list[tuple[str, Any]]:
    inner = resource.get("resources", {}).get("operations", {"methods": {}})["methods"]
    return [(f"operations.{name}", method) for name, method in inner.items()]


def _problems(value: Any, schema: dict[str, Any], schemas: dict[str, Any], path: str):
    if "$ref" in schema:
        schema = schemas[schema["$ref"]]
    match schema.get("type"):
        case "object" if not isinstance(value, dict):
            yield f"{path} is no object"
        case "object":
            for name, inner in value.items():
                known = schema.get("properties", {}).get(name) or schema.get("additionalProperties")
                if known is None:
                    yield f"{path}.{name} is unknown"
                else:
                    yield from _problems(inner, known, schemas, f"{path}.{name}")
        case "array" if not isinstance(value, list):
            yield f"{path} is no list"
        case "array":
            for index, inner in enumerate(value):
                yield from _problems(inner, schema["items"], schemas, f"{path}[{index}]")
        case "string":
            if not isinstance(value, str):
                yield f"{path} is no string"
            elif schema.get("format") in ("int64", "uint64") and not re.fullmatch(r"-?\d+", value):
                yield f"{path} is no number"
            elif "enum" in schema and value not in schema["enum"]:
                yield f"{path} is none of its enum"
        case "number" if not isinstance(value, int | float) or isinstance(value, bool):
            yield f"{path} is no number"
        case "integer" if not isinstance(value, int) or isinstance(value, bool):
            yield f"{path} is no integer"
        case "boolean" if not isinstance(value, bool):
            yield f"{path} is no boolean"
