"""Manifests for Vertex AI: which fields there are on which service, and what becomes of them.

The tables are meant to be read top to bottom.
"""

# ruff: noqa: E501 - an expected line is a single line, as a person reads it

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gemspec.domain.model import Adoption, BaseModel, ParentModel
from gemspec.identity import conversation
from gemspec.manifest import load, load_instruction, load_project
from gemspec.manifest.discovery.search import read_project
from gemspec.manifest.validation.provider_schema import of_project
from gemspec.providers.gemini.spec import SPEC as GEMINI
from gemspec.providers.registry import emulated
from gemspec.providers.vertex.spec import SPEC as SERVICE

from .manifest_fixture import PROJECT, VERTEX, model, on_vertex, only, problems, write

KEY = "projects/my-project/locations/us-central1/keyRings/my-ring/cryptoKeys/my-key"
ACCOUNT = "tuning@my-project.iam.gserviceaccount.com"
MODEL = "projects/my-project/locations/us-central1/models/123"
JOB = "projects/my-project/locations/us-central1/tuningJobs/456"
EMULATED = VERTEX.replace("provider: vertex", "provider: emulator")
REAL = PROJECT.replace("emulator", "gemini")
DATA = {"examples": [{"textInput": "1", "output": "2"}]}


def task(**fields: Any) -> dict[str, Any]:
    """A tuningTask with data."""
    return {"trainingData": DATA, **fields}


def trained(**hyperparameters: Any) -> dict[str, Any]:
    return {"tuningTask": task(hyperparameters=hyperparameters)}


# Field -> what has it in the manifest, the only service that has it, what the other one says to write.
ONLY: dict[str, tuple[dict[str, Any], str, str]] = {
    "temperature": ({"temperature": 0.2}, "gemini", "remove it: on Vertex AI it comes with each question"),
    "topP": ({"topP": 0.9}, "gemini", "remove it: on Vertex AI it comes with each question"),
    "topK": ({"topK": 4}, "gemini", "remove it: on Vertex AI it comes with each question"),
    "readerProjectNumbers": ({"readerProjectNumbers": ["12"]}, "gemini", "remove it: on Vertex AI, IAM says who may use a model"),
    "permissions": ({"permissions": []}, "gemini", "remove it: on Vertex AI, IAM says who may use a model"),
    "batchSize": (trained(batchSize=4), "gemini", "remove it: Vertex AI chooses it"),
    "learningRate": (trained(learningRate=0.001), "gemini", "write learningRateMultiplier: 1.0 instead, which multiplies the rate that Vertex AI chooses"),
    "labels": ({"labels": {"team": "ml"}}, "vertex", "remove it"),
    "systemInstruction": ({"systemInstruction": "x"}, "vertex", "write it into each textInput instead"),
    "serviceAccount": ({"serviceAccount": ACCOUNT}, "vertex", "remove it"),
    "kmsKeyName": ({"kmsKeyName": KEY}, "vertex", "remove it"),
    "adapterSize": (trained(adapterSize="ADAPTER_SIZE_ONE"), "vertex", "remove it"),
    "exportLastCheckpointOnly": ({"tuningTask": task(exportLastCheckpointOnly=False)}, "vertex", "remove it"),
    "validationData": ({"tuningTask": task(validationData=DATA)}, "vertex", "remove it"),
    "uri": ({"tuningTask": {"trainingData": {"uri": "gs://bucket/a.jsonl"}}}, "vertex", "write files: [data/numbers.jsonl] instead"),
}  # fmt: skip
ELSEWHERE = {
    PROJECT: ", or have the emulator stand in for Vertex AI, with a vertex block in the project file",
    REAL: ", or tune on Vertex AI, with provider: vertex",
    VERTEX: "",
    EMULATED: "",
}
NAMES = {"gemini": "Vertex AI", "vertex": "the Gemini API"}  # where it is -> where it is not


@pytest.mark.parametrize("project", ELSEWHERE, ids=["emulator", "gemini", "vertex", "emulated-vertex"])
@pytest.mark.parametrize("field", ONLY)
def test_fields(here: Path, field: str, project: str) -> None:
    """A field that the project's service does not have is reported once, at its key, with what to write instead."""
    spec, has_it, advice = ONLY[field]
    is_vertex = "vertex:" in project
    manifest = on_vertex(**spec) if is_vertex else model(**spec)
    write(here, {"gemspec.yaml": project, "m.yaml": manifest})
    if is_vertex == (has_it == "vertex"):
        assert only(load()).key == "numbers"
        return
    line = next(
        number for number, text in enumerate(manifest.splitlines(), 1) if f"{field}:" in text or f'"{field}"' in text
    )
    text = manifest.splitlines()[line - 1]
    column = text.index(f'"{field}"' if f'"{field}"' in text else field) + 1
    wanted = f"m.yaml:{line}:{column}: {field} is not a setting on {NAMES[has_it]}, {advice}{ELSEWHERE[project]}"
    assert problems() == [wanted]


def test_without_a_service(here: Path) -> None:
    """Where the project file does not say which service, nothing is reported that would be right on one of them."""
    write(
        here,
        {"gemspec.yaml": PROJECT.replace("emulator", "x"), "m.yaml": on_vertex(labels={"a": "b"}, temperature=0.1)},
    )
    assert problems() == ['gemspec.yaml:4:18: provider cannot be "x", write emulator, gemini or vertex']


VALUES = {
    "nothing": ({}, {"settings": {}, "hyperparameters": {}, "fixed": {}, "extras": {"exportLastCheckpointOnly": True}}),
    "settings": (
        {"displayName": "x" * 128, "description": "a\n", "labels": {"team": "ml", "empty": ""}},
        {"settings": {"displayName": "x" * 128, "description": "a", "labels.team": "ml", "labels.empty": ""}},
    ),
    "hyperparameters": (
        trained(epochCount=3.0, learningRateMultiplier=1, adapterSize="ADAPTER_SIZE_SIXTEEN"),
        {"hyperparameters": {"epochCount": 3, "learningRateMultiplier": 1.0, "adapterSize": "ADAPTER_SIZE_SIXTEEN"}},
    ),
    "what a training fixes": ({"kmsKeyName": KEY}, {"fixed": {"kmsKeyName": KEY}}),
    "what a training is sent": (
        {
            "serviceAccount": ACCOUNT,
            "tuningTask": task(exportLastCheckpointOnly=False, validationData={"uri": "gs://my-bucket/v.jsonl"}),
        },
        {
            "extras": {
                "serviceAccount": ACCOUNT,
                "validationDatasetUri": "gs://my-bucket/v.jsonl",
                "exportLastCheckpointOnly": False,
            }
        },
    ),
    "data on Cloud Storage": (
        {"tuningTask": {"trainingData": {"uri": "gs://my-bucket/a b/ü.jsonl".replace(" ", "_")}}},
        {"dataset": None, "data_uri": "gs://my-bucket/a_b/ü.jsonl"},
    ),
    "a base model": ({"baseModel": "gemini-2.5-flash"}, {"source": BaseModel("gemini-2.5-flash"), "data_uri": None}),
    "a base model in full": (
        {"baseModel": "publishers/google/models/gemini-2.5-flash"},
        {"source": BaseModel("gemini-2.5-flash")},
    ),
    "a tuned model": ({"baseModel": None, "tunedModelSource": {"tunedModel": f"{MODEL}@2"}}, {"source": ParentModel(f"{MODEL}@2")}),
    "a tuned model by its job": ({"baseModel": None, "tunedModelSource": {"tunedModel": JOB}}, {"source": ParentModel(JOB)}),
    "a model that exists": ({"import": {"tunedModel": MODEL}}, {"adopts": Adoption(MODEL)}),
    "a job that exists": ({"import": {"tunedModel": JOB}}, {"adopts": Adoption(JOB)}),
}  # fmt: skip


@pytest.mark.parametrize("project", [VERTEX, EMULATED], ids=["vertex", "emulator"])
@pytest.mark.parametrize(("spec", "expected"), VALUES.values(), ids=VALUES)
def test_values(here: Path, project: str, spec: dict[str, Any], expected: dict[str, Any]) -> None:
    """What a manifest declares, in normal form."""
    write(here, {"gemspec.yaml": project, "m.yaml": on_vertex(**spec)})
    desired = only(load())
    assert {name: getattr(desired, name) for name in expected} == expected


def test_the_gemini_api_is_sent_nothing_new(here: Path) -> None:
    """A manifest of before is what it was."""
    write(here, {"m.yaml": model()})
    desired = only(load())
    assert (desired.fixed, desired.extras, desired.data_uri) == ({}, {}, None)


UNKNOWN_LABELS = {
    "a capital": ("Team", "x", 'labels cannot hold "Team", write at most 63 lower-case letters, digits, hyphens and underscores, a letter first, such as team'),
    "a digit first": ("1a", "x", 'labels cannot hold "1a", write at most 63 lower-case letters, digits, hyphens and underscores, a letter first, such as team'),
    "ours": ("gemspec-serving", "x", 'labels cannot hold "gemspec-serving", choose another: gemspec and Google\'s services keep their own records in such labels'),
    "Google's": ("google-x", "x", 'labels cannot hold "google-x", choose another: gemspec and Google\'s services keep their own records in such labels'),
    "Google's, too": ("goog-x", "x", 'labels cannot hold "goog-x", choose another: gemspec and Google\'s services keep their own records in such labels'),
    "the service's": ("tune-type", "x", 'labels cannot hold "tune-type", choose another: gemspec and Google\'s services keep their own records in such labels'),
    "a long value": ("a", "x" * 64, f'labels.a cannot be "{"x" * 56}..., write at most 63 lower-case letters, digits, hyphens and underscores, such as support-bots'),
    "a space": ("a", "x y", 'labels.a cannot be "x y", write at most 63 lower-case letters, digits, hyphens and underscores, such as support-bots'),
    "a number": ("a", 1, 'labels.a must be text, and 1 without quotes is a number, put quotes around it: "1"'),
    "null": ("a", None, "labels.a must be text, and null without quotes is null, put quotes around it: \"null\""),
}  # fmt: skip


@pytest.mark.parametrize(("name", "value", "expected"), UNKNOWN_LABELS.values(), ids=UNKNOWN_LABELS)
def test_labels(here: Path, name: str, value: object, expected: str) -> None:
    """What a label cannot be, or hold; those that are kept for others are nobody's to declare."""
    write(here, {"gemspec.yaml": VERTEX, "m.yaml": on_vertex(labels={"ok": "x", name: value})})
    (line,) = problems()
    assert line.partition(" ")[2] == expected


def test_names_that_only_look_reserved(here: Path) -> None:
    """Other words that begin alike are anybody's."""
    labels = {"gemspec": "a", "tune-types": "b", "go": "c"}
    write(here, {"gemspec.yaml": VERTEX, "m.yaml": on_vertex(labels=labels)})
    assert only(load()).settings == {f"labels.{name}": value for name, value in labels.items()}


def test_too_many_labels(here: Path) -> None:
    """The service takes 64; gemspec and the service need some of them."""
    write(here, {"gemspec.yaml": VERTEX, "m.yaml": on_vertex(labels={f"a{number}": "x" for number in range(49)})})
    assert problems() == ["m.yaml:6:11: labels has 49 items, at most 30 are allowed"]


BAD = {
    "the Gemini API's base model": (
        {"baseModel": "models/gemini-2.5-flash"},
        'm.yaml:5:14: baseModel cannot be "models/gemini-2.5-flash", write the name as Vertex AI has it, without models/, such as gemini-2.5-flash',
    ),
    "the Gemini API's tuned model": (
        {"baseModel": None, "tunedModelSource": {"tunedModel": "tunedModels/x-1a2b"}},
        'm.yaml:5:36: tunedModel cannot be "tunedModels/x-1a2b", write the full name of the model or of its tuning job, such as projects/my-project/locations/us-central1/models/1234567890',
    ),
    "an endpoint": (
        {"import": {"tunedModel": "projects/p-12345/locations/us-central1/endpoints/1"}},
        'm.yaml:6:26: tunedModel cannot be "projects/p-12345/locations/us-central1/endpoints/1", write the full name of the model or of its tuning job, such as projects/my-project/locations/us-central1/models/1234567890',
    ),
    "no source": (
        {"baseModel": None},
        'm.yaml:5:3: missing field "baseModel" or "tunedModelSource", write baseModel: gemini-2.5-flash or tunedModelSource: {key: number-generator}',
    ),
    "a long name": ({"displayName": "x" * 129}, "m.yaml:6:16: displayName has 129 characters, at most 128 are allowed"),
    "a number of adapters": (trained(adapterSize=4), 'm.yaml:6:118: adapterSize must be text, and 4 without quotes is a number, write ADAPTER_SIZE_FOUR'),
    "an adapter in words": (trained(adapterSize="four"), 'm.yaml:6:118: adapterSize cannot be "four", write ADAPTER_SIZE_FOUR'),
    "an adapter too large": (
        trained(adapterSize="ADAPTER_SIZE_THIRTY_TWO"),
        'm.yaml:6:118: adapterSize cannot be "ADAPTER_SIZE_THIRTY_TWO", write at most ADAPTER_SIZE_SIXTEEN: Gemini models are tuned with no larger one',
    ),
    "an address that is a person's": (
        {"serviceAccount": "ml@example.com"},
        'm.yaml:6:19: serviceAccount cannot be "ml@example.com", write its address, such as tuning@my-project.iam.gserviceaccount.com',
    ),
    "a version of a key": (
        {"kmsKeyName": f"{KEY}/cryptoKeyVersions/1"},
        f'm.yaml:6:15: kmsKeyName cannot be "{KEY[:56]}..., write the key\'s full name, without a version: {KEY}',
    ),
    "an instruction of nothing": ({"systemInstruction": ""}, "m.yaml:6:22: systemInstruction is empty, write systemInstruction: Answer with a number alone."),
    "an instruction of white space": ({"systemInstruction": " \n"}, "m.yaml:6:22: systemInstruction holds only white space, write what the model is told, or remove it"),
    "an instruction for a file elsewhere": (
        {"systemInstruction": "x", "tuningTask": {"trainingData": {"uri": "gs://my-bucket/a.jsonl"}}},
        "m.yaml:6:3: systemInstruction cannot be written into a file on Cloud Storage, write it into each line of that file, and remove it here",
    ),
    "data in two places": (
        {"tuningTask": {"trainingData": {"uri": "gs://my-bucket/a.jsonl", "files": ["d.jsonl"]}}},
        "m.yaml:6:66: files and uri exclude each other, keep one of them",
    ),
    "a folder of a bucket": (
        {"tuningTask": {"trainingData": {"uri": "gs://my-bucket/data/"}}},
        'm.yaml:6:40: uri cannot be "gs://my-bucket/data/", write the address of one .jsonl file, such as gs://my-bucket/numbers.jsonl',
    ),
    "a glob of a bucket": (
        {"tuningTask": {"trainingData": {"uri": "gs://my-bucket/*.jsonl"}}},
        'm.yaml:6:40: uri cannot be "gs://my-bucket/*.jsonl", write the address of one .jsonl file, such as gs://my-bucket/numbers.jsonl',
    ),
    "a bucket among files": (
        {"tuningTask": {"trainingData": {"files": ["gs://my-bucket/a.jsonl"]}}},
        'm.yaml:6:43: "gs://my-bucket/a.jsonl" is a URL, write uri: "gs://my-bucket/a.jsonl" instead of files',
    ),
    "an input of a file elsewhere": (
        {"tuningTask": {"trainingData": {"uri": "gs://my-bucket/a.jsonl", "inputKey": "q"}}},
        "m.yaml:6:66: inputKey is for files, and the examples stand on Cloud Storage, remove inputKey",
    ),
    "validation data of nothing": (
        {"tuningTask": task(validationData={})},
        "m.yaml:6:101: missing field \"examples\", \"files\" or \"uri\", write examples: [{textInput: '1', output: '2'}], files: [data/numbers.jsonl] or uri: gs://my-bucket/numbers.jsonl",
    ),
    "a conversation in the manifest": (
        {"tuningTask": {"trainingData": {"examples": [{"contents": []}]}}},
        'm.yaml:6:47: unknown field "contents", conversations stand in files: write files: [data/numbers.jsonl]',
    ),
}  # fmt: skip


@pytest.mark.parametrize(("spec", "expected"), BAD.values(), ids=BAD)
def test_problems(here: Path, spec: dict[str, Any], expected: str) -> None:
    """Every mistake is reported at its place, with what to write."""
    write(here, {"gemspec.yaml": VERTEX, "m.yaml": on_vertex(**spec)})
    assert problems() == [expected]


PLACES = {
    "my-project": "project", "example.com:my-project": "project", "us-central1": "location", "us": "location",
    "eu": "location", "northamerica-northeast1": "location", "me-central2": "location", "my-bucket": "bucket",
    "my_bucket.example.com": "bucket", "0ab": "bucket",
}  # fmt: skip
NO_PLACES = {
    "My-project": "project", "123456789": "project", "projects/x": "project", "a": "project", "global": "location",
    "us-central1-a": "location", "US": "location", "gs://my-bucket": "bucket", "my-bucket/": "bucket", "ab": "bucket",
    "10.0.0.1": "bucket", "goog-x": "bucket", "my-google": "bucket", "a..b": "bucket", "my-bucket-": "bucket",
    "x" * 64: "bucket",
}  # fmt: skip


@pytest.mark.parametrize(("value", "field"), [*PLACES.items(), *NO_PLACES.items()])
def test_places(here: Path, value: str, field: str) -> None:
    """Project, location and bucket become parts of addresses: each is held to what Google's names can be."""
    place = {"project": "my-project", "location": "us-central1", "bucket": "my-bucket", field: value}
    text = VERTEX.partition("{provider")[0] + f"{{provider: vertex, vertex: {json.dumps(place)}}}\n"
    write(here, {"gemspec.yaml": text, "m.yaml": on_vertex()})
    if PLACES.get(value) == field:
        assert load_project()[1].blocks == {"vertex": place}
    else:
        (line,) = problems()
        assert f'{field} cannot be "{value}'[:60] in line


BLOCKS = {"vertex": {"project": "my-project", "location": "us-central1", "bucket": "my-bucket"}}
PROJECTS = {
    "vertex": (VERTEX, BLOCKS, SERVICE),
    "an emulator in its place": (EMULATED, BLOCKS, emulated(SERVICE)),
    "gemini": (REAL, {}, GEMINI),
    "emulator": (PROJECT, {}, emulated(GEMINI)),
}


@pytest.mark.parametrize(("text", "blocks", "service"), PROJECTS.values(), ids=PROJECTS)
def test_projects(here: Path, text: str, blocks: object, service: object) -> None:
    """The emulator stands in for the Gemini API, and for Vertex AI where the project says where that would be."""
    write(here, {"gemspec.yaml": text})
    assert load_project()[1].blocks == blocks
    assert of_project(read_project(here / "gemspec.yaml").project) is service


BAD_PROJECTS = {
    "no place": (
        PROJECT.replace("emulator", "vertex"),
        ["gemspec.yaml:4:7: provider vertex needs to know where the models are, write vertex: {project: my-project, location: us-central1, bucket: my-bucket}"],
    ),
    "a place for the Gemini API": (
        VERTEX.replace("provider: vertex", "provider: gemini"),
        ["gemspec.yaml:4:26: provider gemini has no vertex block, remove it, or write provider: vertex to tune on Vertex AI"],
    ),
    "no bucket": (
        VERTEX.replace(", bucket: my-bucket", ""),
        ['gemspec.yaml:4:34: missing field "bucket", write bucket: my-bucket'],
    ),
    "nothing in it": (
        EMULATED.replace("{project: my-project, location: us-central1, bucket: my-bucket}", ""),
        ["gemspec.yaml:4:36: vertex is empty, write vertex: {project: my-project, location: us-central1, bucket: my-bucket}"],
    ),
    "a region by another name": (
        VERTEX.replace("location:", "region:"),
        ['gemspec.yaml:4:56: unknown field "region", did you mean "location"?'],
    ),
    "beside the policy": (
        PROJECT.replace("emulator}", "emulator, location: us-central1}"),
        ['gemspec.yaml:4:28: unknown field "location", it belongs in spec.vertex'],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), BAD_PROJECTS.values(), ids=BAD_PROJECTS)
def test_bad_projects(here: Path, text: str, expected: list[str]) -> None:
    """What is wrong with where the models are."""
    manifest = on_vertex() if "vertex" in text.partition(",")[0] or "emulator, vertex" in text else model()
    write(here, {"gemspec.yaml": text, "m.yaml": manifest})
    assert problems() == expected


def test_what_a_question_begins_with(here: Path) -> None:
    """Of one key, whatever is wrong elsewhere and with its data; unknown where its manifest may be what is broken."""
    told = on_vertex("a", systemInstruction="Be brief.", tuningTask={"trainingData": {"files": ["gone"]}})
    write(here, {"gemspec.yaml": VERTEX, "a.yaml": told, "b.yaml": on_vertex()})
    assert (load_instruction("a"), load_instruction("zzz")) == ("Be brief.", "")
    write(here, {"gemspec.yaml": VERTEX, "c.yaml": "kind: [TunedModel\n"})
    assert (load_instruction("a"), load_instruction("zzz")) == ("Be brief.", None)
    write(here, {"gemspec.yaml": REAL})
    assert load_instruction("a") == ""  # the Gemini API has none


def test_the_example() -> None:
    """examples/vertex is right to the last word, and has what it shows: both forms of data, labels, checks."""
    workspace = load([str(Path(__file__).parents[2] / "examples/vertex")])
    desired = only(workspace)
    assert workspace.warnings == ()
    assert (workspace.project.provider, workspace.project.blocks) == ("emulator", BLOCKS)
    assert desired.dataset
    assert desired.dataset.examples == len(workspace.examples("ticket-sorter")) == 26
    assert len(workspace.validation("ticket-sorter")) == 4
    assert all(conversation.has_instruction(example) for example in workspace.examples("ticket-sorter"))
    assert (len(desired.checks), desired.settings["labels.cost-center"]) == (2, "4711")
