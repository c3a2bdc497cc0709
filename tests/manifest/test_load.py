"""Manifests to Desired: the normal form, and what does not change it."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
import yaml
from hypothesis import given, settings, strategies as st

from gemspec.domain.errors import InputError, Problem
from gemspec.domain.model import (
    Adoption,
    BaseModel,
    Check,
    DeletionPolicy,
    DesiredModel,
    Expectation,
    Lifecycle,
    ParentKey,
    ParentModel,
    Permission,
)
from gemspec.domain.training_data import Example
from gemspec.identity import fingerprint
from gemspec.manifest import load

from .manifest_fixture import MODEL, PROJECT, TRICKY, model, only, write

FULL = """\
apiVersion: gemspec/v1
kind: TunedModel
metadata: {name: numbers, movedFrom: old}
spec:
  displayName: " n "
  description: |
    Says the number
      that follows.

  baseModel: models/gemini-1.0-pro-001
  temperature: 0.2000000001
  topP: 1
  topK: 40.0
  readerProjectNumbers: ["30", "4", "30"]
  tuningTask:
    hyperparameters: {epochCount: 5, batchSize: 2, learningRate: 1e-3}
    trainingData:
      examples: [{textInput: "1", output: "2"}]
  checks:
    - {prompt: "3", expect: {equals: " 4 "}}
    - {prompt: "9", expect: {contains: "10"}}
    - {prompt: "3", expect: {matches: "(?i)^four|4$"}}
  lifecycle: {protect: true, deletionPolicy: retain, keepPrevious: 0}
  import: {tunedModel: tunedModels/numbers-old, data: asDeclared}
"""


def test_normal_form(here: Path) -> None:
    """Every field arrives as the service will report it, so that `==` compares."""
    write(here, {"m.yaml": FULL})
    (desired,) = load().desired
    assert replace(desired, origin=None) == DesiredModel(
        key="numbers",
        source=BaseModel("models/gemini-1.0-pro-001"),
        dataset=fingerprint.fingerprint([Example("1", "2")]),
        settings={
            "displayName": " n ",
            "description": "Says the number\n  that follows.",
            "temperature": 0.2,
            "topP": 1.0,
            "topK": 40,
            "readerProjectNumbers": ("4", "30"),
        },
        hyperparameters={"epochCount": 5, "batchSize": 2, "learningRate": 0.001},
        lifecycle=Lifecycle(protect=True, deletion_policy=DeletionPolicy.RETAIN, keep_previous=0),
        checks=(
            Check("3", Expectation.EQUALS, " 4 "),
            Check("9", Expectation.CONTAINS, "10"),
            Check("3", Expectation.MATCHES, "(?i)^four|4$"),
        ),
        adopts=Adoption("tunedModels/numbers-old", as_declared=True),
        moved_from=("old",),
    )
    assert type(desired.settings["topK"]) is int
    assert str(desired.origin) == "m.yaml:3:18"


def test_only_what_is_declared(here: Path) -> None:
    """A field that is not set is not managed."""
    write(here, {"m.yaml": MODEL})
    desired = only(load())
    assert (desired.settings, desired.hyperparameters, desired.lifecycle) == ({}, {}, Lifecycle())
    assert (desired.checks, desired.adopts) == ((), None)


@pytest.mark.parametrize(
    ("source", "expected"),
    [({"key": "other"}, ParentKey("other")), ({"tunedModel": "tunedModels/x-1"}, ParentModel("tunedModels/x-1"))],
)
def test_sources(here: Path, source: object, expected: object) -> None:
    """A model is tuned from another key, or from a tuned model by name."""
    write(here, {"a.yaml": model("a", baseModel=None, tunedModelSource=source), "o.yaml": model("other")})
    assert load().desired[0].source == expected


@pytest.mark.parametrize(
    ("permissions", "expected"),
    [
        (None, None),
        ([], ()),
        (
            [
                {"granteeType": "USER", "emailAddress": "Ada@Example.com", "role": "WRITER"},
                {"granteeType": "EVERYONE", "role": "READER"},
            ],
            (Permission("EVERYONE", "", "READER"), Permission("USER", "ada@example.com", "WRITER")),
        ),
    ],
)
def test_permissions(here: Path, permissions: object, expected: object) -> None:
    """Permissions are sorted and in lower case; an empty list takes them away, none leaves them alone."""
    write(here, {"m.yaml": model(permissions=permissions)})
    assert only(load()).permissions == expected


def test_empty_values_are_values(here: Path) -> None:
    """An empty description or list is declared: it removes what is there."""
    write(here, {"m.yaml": model(description="\r\n", readerProjectNumbers=[], temperature=-0.0)})
    settings_ = only(load()).settings
    assert settings_ == {"description": "", "readerProjectNumbers": (), "temperature": 0.0}
    assert str(settings_["temperature"]) == "0.0"


# CRLF in a CSV value is the file's, not the text's: it is read as LF there, so no example here holds one.
TEXT = st.text(TRICKY, max_size=6).filter(lambda text: "\r\n" not in text)
EXAMPLES = st.lists(st.builds(Example, TEXT, TEXT), min_size=1, max_size=5)


def shuffled(value: object, random: Random) -> object:
    """The same mapping with its keys in another order, all the way down."""
    if isinstance(value, dict):
        pairs = [(key, shuffled(item, random)) for key, item in value.items()]
        random.shuffle(pairs)
        return dict(pairs)
    return [shuffled(item, random) for item in value] if isinstance(value, list) else value


@settings(max_examples=25, deadline=None)
@given(EXAMPLES, st.integers(0, 999), st.booleans())
def test_layout_does_not_matter(examples: list[Example], seed: int, flow: bool) -> None:
    """Order of keys, YAML or JSON, inline or in files: equal DesiredModels, equal fingerprints."""
    random = Random(seed)
    rows = [{"textInput": example.text_input, "output": example.output} for example in examples]
    document = yaml.safe_load(FULL)
    document["spec"]["tuningTask"]["hyperparameters"]["learningRate"] = 0.001
    document["spec"]["tuningTask"]["trainingData"] = {"examples": rows}
    layouts = {
        "m.json": json.dumps(document),
        "m.yaml": yaml.safe_dump(shuffled(document, random), default_flow_style=flow),
    }
    jsonl = "\n".join(json.dumps(shuffled(row, random), ensure_ascii=flow) for row in rows)
    table = io.StringIO(newline="")
    csv.writer(table).writerows([["text_input", "output"], *(list(row.values()) for row in rows)])
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, content in layouts.items():
            write(folder, {file: content})
            found.append(only(load([str(folder / file)])))
        for file, data in {"d.jsonl": jsonl, "d.json": json.dumps(rows, indent=1), "d.csv": table.getvalue()}.items():
            document["spec"]["tuningTask"]["trainingData"] = {"files": [file]}
            write(folder, {file: data, "m.yaml": yaml.safe_dump(document)})
            workspace = load([str(folder / "m.yaml")])
            found.append(only(workspace))
            assert workspace.examples("numbers") == examples
    assert found == [found[0]] * 5
    assert found[0].dataset == fingerprint.fingerprint(examples)


def problems_or_none(paths: list[str], stdin: bytes = b"", project: str | None = None) -> tuple[Problem, ...]:
    """What is wrong with the files that PATHs name: at least one problem where they cannot be loaded."""
    try:
        load(paths, stdin=io.BytesIO(stdin), project=project)
    except InputError as error:
        return error.problems or pytest.fail("an InputError without problems")
    return ()


PIECES = [
    *FULL.splitlines(keepends=True),
    "- ",
    "  ",
    "\t",
    "{",
    "]",
    "&a ",
    "*a ",
    "!x ",
    "? ",
    "---\n",
    "\0",
    "é",
]


@settings(max_examples=80, deadline=None)
@given(
    st.binary(max_size=200)
    | st.lists(st.sampled_from(PIECES), max_size=30).map("".join).map(str.encode)
    | st.tuples(st.integers(0, len(FULL)), st.integers(0, 12), st.sampled_from(PIECES)).map(
        lambda cut: (FULL[: cut[0]] + cut[2] + FULL[cut[0] + cut[1] :]).encode()
    )
)
def test_any_bytes_as_a_manifest(data: bytes) -> None:
    """Whatever is in a manifest gives a workspace or an InputError, never another exception."""
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), {"m.yaml": data, "m.json": data, "d.jsonl": data, "d.csv": data})
        for paths in ([name], [f"{name}/m.yaml"], [f"{name}/m.json"], ["-"]):
            assert all(str(problem).encode() for problem in problems_or_none(paths, data, f"{name}/gemspec.yaml"))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(PROJECT)), st.integers(0, 12), st.sampled_from(["", "[", "{", "1", "~", "x: y\n", "\n- "]))
def test_any_project_file(at: int, length: int, piece: str) -> None:
    """Whatever is in a project file gives a workspace or an InputError, never another exception."""
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), {"gemspec.yaml": PROJECT[:at] + piece + PROJECT[at + length :], "m.yaml": MODEL})
        problems_or_none([name])


VALUES = st.sampled_from(
    [None, True, 0, -1, 1.5, 1e300, "", "x", "12", [], [1], ["x"], {}, {"x": 1}, {"key": "numbers"}]
)
PATHS = [
    "apiVersion", "kind", "metadata", "metadata.name", "spec", "spec.tuningTask", "spec.topK",
    "spec.temperature", "spec.permissions", "spec.baseModel", "spec.tunedModelSource", "spec.lifecycle", "spec.import",
    "spec.import.tunedModel", "spec.import.data", "spec.checks",
    "spec.readerProjectNumbers", "spec.tuningTask.hyperparameters", "spec.tuningTask.trainingData",
    "spec.tuningTask.trainingData.examples", "spec.tuningTask.trainingData.files",
    "spec.tuningTask.hyperparameters.learningRate", "spec.description", "spec.lifecycle.keepPrevious",
]  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PATHS), VALUES), max_size=3))
def test_any_values(changes: list[tuple[str, object]]) -> None:
    """Whatever value a field has gives a workspace or an InputError, never another exception."""
    document = yaml.safe_load(FULL)
    for dotted, value in changes:
        block, path = document, dotted.split(".")
        for name in path[:-1]:
            block = block.get(name) if isinstance(block, dict) else None
        if isinstance(block, dict):
            block[path[-1]] = deepcopy(value)
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), {"m.json": json.dumps(document), "m.yaml": yaml.safe_dump(document)})
        for file in ("m.json", "m.yaml"):
            assert all(problem.origin and problem.origin.line for problem in problems_or_none([f"{name}/{file}"]))
