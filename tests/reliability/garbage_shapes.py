"""Strategies of hypothesis: values of the shape that a schema asks for, nearly of it, or of none at all."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from gemspec.manifest.validation.provider_schema import ABSENT, schema_on

from .mutations import as_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import DrawFn, SearchStrategy

    from gemspec.providers.spec import ProviderSpec

TEXTS = st.text(max_size=12) | st.sampled_from(["data.jsonl", "models/x", "tunedModels/x", "1", "\ud800", "\u202e", ""])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=6
)
USUAL = ("tuningTask", "trainingData")  # which only a manifest that imports a model can do without
EXAMPLE_FIELDS = st.sampled_from(["textInput", "text_input", "output", "contents", "systemInstruction"])


@st.composite
def documents(draw: DrawFn, kind: str, service: ProviderSpec) -> Any:
    """A document of a kind: right in most of its fields, or in all."""
    root = schema_on(kind, service)
    return draw(_shaped(root, root, draw(st.sampled_from([0, 0, 3, 12]))))


@st.composite
def _shaped(draw: DrawFn, root: dict[str, Any], schema: dict[str, Any], odd: int) -> Any:
    """A value of a schema; `odd` of a hundred are something else."""
    if odd and draw(st.integers(1, 100)) > 100 - odd:
        return draw(VALUES)
    schema = {**root["$defs"][reference.rpartition("/")[2]], **schema} if (reference := schema.get("$ref")) else schema
    if "const" in schema or "enum" in schema:
        return draw(st.sampled_from(schema.get("enum") or [schema["const"]]))
    kinds = schema.get("type", "string")
    kind = kinds if isinstance(kinds, str) else draw(st.sampled_from(kinds))
    if kind == "object" and "properties" in schema:
        return draw(_block(root, schema, odd))
    if kind == "array" and not _has_examples(schema):
        return draw(st.lists(_shaped(root, schema["items"], odd), min_size=schema.get("minItems", 0), max_size=3))
    if _has_examples(schema) and draw(st.integers(0, 9)) < 8:
        return draw(st.sampled_from(schema["examples"]))
    return draw(_PLAIN.get(kind, VALUES))


def _has_examples(schema: dict[str, Any]) -> bool:
    return bool(schema.get("examples"))


_PLAIN: dict[str, SearchStrategy[Any]] = {
    "string": TEXTS,
    "integer": st.integers(-1, 100),
    "number": st.floats() | st.floats(0, 1),
    "boolean": st.booleans(),
}


@st.composite
def _block(draw: DrawFn, root: dict[str, Any], schema: dict[str, Any], odd: int) -> dict[str, Any]:
    """The fields of a block: those that it must have, some that it can have, one of those that exclude each other."""
    fields = {name: field for name, field in schema["properties"].items() if odd or ABSENT not in field}
    either = [branch["required"][0] for branch in schema.get("oneOf", ()) if branch["required"][0] in fields]
    chosen = draw(st.sampled_from(either)) if either else None
    block = {}
    for name, field in fields.items():
        wanted = name == chosen or name in (*schema.get("required", ()), *USUAL)
        if (name in either and name != chosen and not odd) or (odd and wanted and draw(st.integers(1, 100)) <= odd):
            continue
        if wanted or draw(st.integers(0, 3)) == 0:
            block[name] = draw(_shaped(root, field, odd))
    if odd and draw(st.integers(1, 100)) <= odd:
        block[draw(TEXTS)] = draw(VALUES)
    return block


@st.composite
def data(draw: DrawFn, suffix: str) -> bytes:
    """A data file: rows of examples, nearly examples, and whatever else a row may be."""
    right = st.fixed_dictionaries({"textInput": st.text(max_size=8), "output": st.text(max_size=8)})
    near = st.dictionaries(EXAMPLE_FIELDS | TEXTS, VALUES, max_size=3)
    rows = draw(st.lists(right, min_size=1, max_size=5) | st.lists(right | near | VALUES, max_size=5))
    return _FORMATS[suffix](draw, rows)


def _json(draw: DrawFn, rows: list[Any]) -> bytes:
    return as_json(draw(st.randoms()), rows)


def _jsonl(draw: DrawFn, rows: list[Any]) -> bytes:
    end = draw(st.sampled_from(["\n", "\n", "\r\n", "\n\n", "\r"]))
    return end.join(json.dumps(row, ensure_ascii=draw(st.booleans())) for row in rows).encode("utf-8", "surrogatepass")


def _csv(draw: DrawFn, rows: list[Any]) -> bytes:
    out = io.StringIO()
    names = draw(st.just(["textInput", "output"]) | st.lists(EXAMPLE_FIELDS | TEXTS, max_size=3))
    writer = csv.writer(
        out, delimiter=draw(st.sampled_from(",,,;\t")), lineterminator=draw(st.sampled_from(["\n", "\r\n"]))
    )
    writer.writerow(names)
    writer.writerows(list(row.values()) if isinstance(row, dict) else [row] for row in rows)
    return out.getvalue().encode("utf-8", "surrogatepass")


_FORMATS: dict[str, Callable[[DrawFn, list[Any]], bytes]] = {"json": _json, "jsonl": _jsonl, "csv": _csv}


@st.composite
def altered(draw: DrawFn, tree: Any) -> Any:
    """A tree of JSON, some of whose values are others."""
    tree = [json.loads(json.dumps(tree))]
    for _ in range(draw(st.integers(1, 3))):
        places = _places(tree)
        container, name = places[draw(st.integers(0, len(places) - 1))]
        if draw(st.booleans()) or isinstance(container, list):
            container[name] = draw(VALUES)
        else:
            container[draw(TEXTS)] = container.pop(name)
    return tree[0]


def _places(tree: Any) -> list[tuple[Any, Any]]:
    places = [(tree, 0)]
    for container, name in places:  # grows on the way
        inner = container[name]
        names = inner if isinstance(inner, dict) else range(len(inner)) if isinstance(inner, list) else ()
        places += [(inner, name) for name in names]
    return places
