"""`spec.import`: a model that exists already, with data or without."""

# ruff: noqa: E501 - an expected line is a single line, as a person reads it

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gemspec.domain.model import Adoption
from gemspec.domain.training_data import Example
from gemspec.identity import fingerprint
from gemspec.manifest import load

from .manifest_fixture import only, problems, write

if TYPE_CHECKING:
    from pathlib import Path

TASK = {"tuningTask": {"trainingData": {"examples": [{"textInput": "1", "output": "2"}]}}}
NEEDS = "import with data: asDeclared needs the data that the model was trained on, write"
FILES = "trainingData: {files: [data/numbers.jsonl]}"


def adopting(name: str = "tunedModels/x", key: str = "numbers", **more: Any) -> str:
    """A manifest that imports a model; `data` is that of the import, the rest fields of the spec."""
    data = {"data": more.pop("data")} if "data" in more else {}
    spec = {"baseModel": "models/gemini-1.0-pro-001", "import": {"tunedModel": name, **data}, **more}
    document = {"apiVersion": "gemspec/v1", "kind": "TunedModel", "metadata": {"name": key}, "spec": spec}
    return json.dumps(document)


@pytest.mark.parametrize("file", ["m.json", "m.yaml"])
@pytest.mark.parametrize(
    ("manifest", "adopts", "has_data"),
    [
        (adopting(), Adoption("tunedModels/x"), False),
        (adopting(data="unknown"), Adoption("tunedModels/x"), False),
        (adopting(tuningTask={}), Adoption("tunedModels/x"), False),
        (adopting(tuningTask={"hyperparameters": {"epochCount": 5}}), Adoption("tunedModels/x"), False),
        (adopting(**TASK), Adoption("tunedModels/x"), True),
        (adopting(data="asDeclared", **TASK), Adoption("tunedModels/x", as_declared=True), True),
    ],
)
def test_values(here: Path, file: str, manifest: str, adopts: Adoption, has_data: bool) -> None:
    """Data may be declared or not, as long as it is not said to be what the model was trained on."""
    write(here, {file: manifest})
    workspace = load()
    desired = only(workspace)
    assert desired.adopts == adopts
    assert desired.dataset == (fingerprint.fingerprint([Example("1", "2")]) if has_data else None)
    # "only 1 example" is advice about data that is there; of none nothing is said.
    assert len(workspace.warnings) == has_data


def test_examples(here: Path) -> None:
    """Examples are read for keys that declare some; to ask for those of another is a mistake of the caller."""
    write(here, {"a.json": adopting("tunedModels/a", key="a"), "b.json": adopting("tunedModels/b", key="b", **TASK)})
    workspace = load()
    assert workspace.examples("b") == [Example("1", "2")]
    for key in ("a", "c"):
        with pytest.raises(KeyError):
            workspace.examples(key)


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [
        (adopting(data="asDeclared"), f"{NEEDS} tuningTask: {{{FILES}}}, or data: unknown"),
        (adopting(data="asDeclared", tuningTask={}), f"{NEEDS} {FILES}, or data: unknown"),
        (
            adopting(data="asDeclared", tuningTask={"hyperparameters": {"epochCount": 5}}),
            f"{NEEDS} {FILES}, or data: unknown",
        ),
        (adopting(data="unknown", tuningTask={"trainingData": {}}),
            'missing field "examples" or "files", write examples: [{textInput: \'1\', output: \'2\'}] or files: [data/numbers.jsonl]'),
        (adopting(data="AsDeclared"), 'data cannot be "AsDeclared", did you mean "asDeclared"?'),
        (adopting(tuningTask={"trainingData": {"files": ["data/numbers.jsonl"]}}),
            'there is no file "data/numbers.jsonl" in the project folder, did you mean "data/numbers.csv"?'),
        (adopting(baseModel=None, tunedModelSource={"tunedModel": "tunedModels/x"}).replace('"baseModel": null, ', ""),
            "tunedModels/x cannot be tuned from itself (m.json:1:172), write as tunedModelSource, or baseModel, what it was tuned from"),
    ],
)  # fmt: skip
def test_problems(here: Path, manifest: str, expected: str) -> None:
    """Just one thing is said about each mistake."""
    write(here, {"m.json": manifest, "data/numbers.csv": ""})
    assert [said.partition(": ")[2] for said in problems()] == [expected]


@pytest.mark.parametrize("value", ["tunedModels/x", ["tunedModels/x"], None, {}, {"tunedModel": 1}])
def test_a_broken_import_needs_no_data(here: Path, value: object) -> None:
    """What is wrong with the import itself is said alone: that it needs training data is not known yet."""
    document = json.loads(adopting())
    document["spec"]["import"] = value
    write(here, {"m.json": json.dumps(document)})
    (said,) = problems()
    assert "tuningTask" not in said


@pytest.mark.parametrize("name", ["a", "a-1", "a" * 63])
def test_names_of_the_service(here: Path, name: str) -> None:
    """Models that others made have ids that gemspec would not make."""
    write(here, {"m.json": adopting(f"tunedModels/{name}")})
    assert only(load()).adopts == Adoption(f"tunedModels/{name}")


def test_two_manifests_may_import_two_models(here: Path) -> None:
    """One may even be tuned from a model that the other imports."""
    child = json.loads(adopting("tunedModels/b", key="b"))
    child["spec"]["tunedModelSource"] = {
        "tunedModel": child["spec"].pop("baseModel").replace("models/gemini-1.0-pro-001", "tunedModels/a")
    }
    write(here, {"a.json": adopting("tunedModels/a", key="a"), "b.json": json.dumps(child)})
    assert [model.adopts for model in load().desired] == [Adoption("tunedModels/a"), Adoption("tunedModels/b")]
