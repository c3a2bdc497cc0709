"""Every leaf of the two schemas of what people write, with two values of it: a manifest, or a project file, that has
the one is approved, and then it has the other.

A new field of a schema needs a row here: `test_leaves` names the leaves that have none. `ROWS` maps a leaf to what to
write; a dict is merged into the base manifest or project file, None takes a field out.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gemspec.util.schema_files import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from .project_fixture import Stage

BOTH, GEMINI, VERTEX = ("gemini", "vertex"), ("gemini",), ("vertex",)
KINDS = {"TunedModel": "manifest", "Project": "project"}
Patch = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """Two patches that differ in the leaf alone. `of` makes them for a stage, where they name what is there.

    `says`: what the difference is called where it is not by the name of the field.
    """

    one: Patch | Callable[[Stage], Patch]
    other: Patch | Callable[[Stage], Patch]
    on: tuple[str, ...] = BOTH
    says: str = ""


def leaves(kind: str) -> list[str]:
    """The leaves of a schema: `spec.permissions[].role`, `spec.labels.*`."""
    root = load(kind)
    return [f"{KINDS[kind]}:{path}" for path in dict.fromkeys(_leaves(root, root, ""))]


def _leaves(root: Any, schema: Any, path: str) -> Iterator[str]:
    while "$ref" in schema:
        schema = {
            **root["$defs"][schema["$ref"].rpartition("/")[2]],
            **{k: v for k, v in schema.items() if k != "$ref"},
        }
    inner = [(f"{path}.{name}".lstrip("."), field) for name, field in schema.get("properties", {}).items()]
    if isinstance(schema.get("additionalProperties"), dict):
        inner.append((f"{path}.*", schema["additionalProperties"]))
    if "items" in schema:
        inner.append((f"{path}[]", schema["items"]))
    for name, field in inner:
        yield from _leaves(root, field, name)
    if not inner or "string" in schema.get("type", ()):
        yield path


def spec(**fields: Any) -> Patch:
    return {"spec": fields}


def task(**fields: Any) -> Patch:
    return spec(tuningTask=fields)


def training(**fields: Any) -> Patch:
    return task(trainingData={"files": None, **fields})


def validation(**fields: Any) -> Patch:
    return task(validationData=fields)


def rows_of(word: str, says: str = "even") -> list[Mapping[str, str]]:
    """Examples that are written into a manifest."""
    return [{"textInput": word, "output": says}, *({"textInput": f"ticket {n}", "output": "odd"} for n in range(20))]


def table() -> str:
    """A CSV file in which any two columns are examples."""
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(["textInput", "output", "question", "answer"])
    lines.writerows([f"ticket {n}", "even", f"number {n}", "odd"] for n in range(20))
    return text.getvalue()


def _wild(stage: Stage, name: str) -> str:
    return stage.names[name][0]


def _tuned_from(name: str) -> Callable[[Stage], Patch]:
    return lambda stage: spec(baseModel=None, tunedModelSource={"tunedModel": _wild(stage, name)})


def _imports(name: str, data: str) -> Callable[[Stage], Patch]:
    return lambda stage: spec(**{"import": {"tunedModel": _wild(stage, name), "data": data}})


def _hyper(name: str, one: Any, other: Any, on: tuple[str, ...]) -> Row:
    return Row(task(hyperparameters={name: one}), task(hyperparameters={name: other}), on)


def _check(prompt: str, **expected: str) -> Patch:
    return spec(checks=[{"prompt": prompt, "expect": expected}])


def _permission(email: str = "a@example.com", role: str = "READER", kind: str = "USER") -> Patch:
    return spec(permissions=[{"granteeType": kind, "emailAddress": email, "role": role}])


def _allowing(**line: str) -> Patch:
    return spec(policy={"maxTrainings": 0, "allow": [{"rule": "maxTrainings", "reason": "why", **line}]})


def _places(kind: str, one: str, other: str) -> Row:
    """The base project names a cloud project and a bucket."""
    allowed = {"projects": ["my-*"], "buckets": ["my-*"]}
    return Row(
        spec(policy={"places": {**allowed, kind: [one]}}),
        spec(policy={"places": {**allowed, kind: [other]}}),
        says=kind,
    )


_KEY = "projects/my-project/locations/us-central1/keyRings/ring/cryptoKeys/"
_ACCOUNT = "@my-project.iam.gserviceaccount.com"
_DATA = "spec.tuningTask.trainingData"
_VALIDATION = "spec.tuningTask.validationData"
_HYPER = "spec.tuningTask.hyperparameters"

MANIFEST = {
    "apiVersion": Row({"apiVersion": "gemspec/v1"}, {"apiVersion": "gemspec/v2"}),
    "kind": Row({"kind": "TunedModel"}, {"kind": "TunedModels"}),
    "metadata.name": Row({"metadata": {"name": "a"}}, {"metadata": {"name": "b"}}, says="b"),
    "metadata.movedFrom": Row(
        {"metadata": {"name": "b", "movedFrom": "a"}}, {"metadata": {"name": "b", "movedFrom": "y"}}, says="renamed"
    ),
    "metadata.movedFrom[]": Row(
        {"metadata": {"name": "b", "movedFrom": ["x", "a"]}},
        {"metadata": {"name": "b", "movedFrom": ["x", "y"]}},
        says="renamed",
    ),
    "spec.displayName": Row(spec(displayName="one"), spec(displayName="two")),
    "spec.description": Row(spec(description="Says one."), spec(description="Says two.")),
    "spec.labels.*": Row(spec(labels={"team": "one"}), spec(labels={"team": "two"}), VERTEX),
    "spec.baseModel": Row(spec(), lambda stage: spec(baseModel=OTHER_BASE[stage.provider])),
    "spec.tunedModelSource.key": Row(
        spec(baseModel=None, tunedModelSource={"key": "p"}),
        spec(baseModel=None, tunedModelSource={"key": "q"}),
        says="tunedModelSource",
    ),
    "spec.tunedModelSource.tunedModel": Row(_tuned_from("wild"), _tuned_from("tame")),
    "spec.systemInstruction": Row(
        spec(systemInstruction="Say one."), spec(systemInstruction="Say two."), VERTEX, says="trainingData"
    ),
    "spec.temperature": Row(spec(temperature=0.2), spec(temperature=0.4), GEMINI),
    "spec.topP": Row(spec(topP=0.5), spec(topP=0.75), GEMINI),
    "spec.topK": Row(spec(topK=3), spec(topK=4), GEMINI),
    "spec.readerProjectNumbers[]": Row(
        spec(readerProjectNumbers=["1"]), spec(readerProjectNumbers=["2"]), GEMINI, says="readerProjectNumbers"
    ),
    "spec.permissions[].granteeType": Row(_permission(kind="USER"), _permission(kind="GROUP"), GEMINI, says="GROUP"),
    "spec.permissions[].emailAddress": Row(_permission(), _permission("b@example.com"), GEMINI, says="b@example.com"),
    "spec.permissions[].role": Row(_permission(), _permission(role="WRITER"), GEMINI, says="WRITER"),
    "spec.serviceAccount": Row(spec(serviceAccount=f"one{_ACCOUNT}"), spec(serviceAccount=f"two{_ACCOUNT}"), VERTEX),
    "spec.kmsKeyName": Row(spec(kmsKeyName=f"{_KEY}one"), spec(kmsKeyName=f"{_KEY}two"), VERTEX),
    f"{_HYPER}.epochCount": _hyper("epochCount", 2, 3, BOTH),
    f"{_HYPER}.batchSize": _hyper("batchSize", 2, 3, GEMINI),
    f"{_HYPER}.learningRate": _hyper("learningRate", 0.001, 0.002, GEMINI),
    f"{_HYPER}.learningRateMultiplier": _hyper("learningRateMultiplier", 1.5, 2.0, BOTH),
    f"{_HYPER}.adapterSize": _hyper("adapterSize", "ADAPTER_SIZE_ONE", "ADAPTER_SIZE_FOUR", VERTEX),
    f"{_DATA}.examples[].textInput": Row(
        training(examples=rows_of("one")), training(examples=rows_of("two")), says="trainingData"
    ),
    f"{_DATA}.examples[].output": Row(
        training(examples=rows_of("one")), training(examples=rows_of("one", "odd")), says="trainingData"
    ),
    f"{_DATA}.files[]": Row(training(files=["one.jsonl"]), training(files=["two.jsonl"]), says="trainingData"),
    f"{_DATA}.uri": Row(
        training(uri="gs://my-bucket/one.jsonl"), training(uri="gs://my-bucket/two.jsonl"), VERTEX, says="trainingData"
    ),
    f"{_DATA}.inputKey": Row(
        training(files=["table.csv"], inputKey="textInput"),
        training(files=["table.csv"], inputKey="question"),
        says="trainingData",
    ),
    f"{_DATA}.outputKey": Row(
        training(files=["table.csv"], outputKey="output"),
        training(files=["table.csv"], outputKey="answer"),
        says="trainingData",
    ),
    f"{_VALIDATION}.examples[].textInput": Row(
        validation(examples=rows_of("one")), validation(examples=rows_of("two")), VERTEX, says="validation"
    ),
    f"{_VALIDATION}.examples[].output": Row(
        validation(examples=rows_of("one")), validation(examples=rows_of("one", "odd")), VERTEX, says="validation"
    ),
    f"{_VALIDATION}.files[]": Row(
        validation(files=["one.jsonl"]), validation(files=["two.jsonl"]), VERTEX, says="validation"
    ),
    f"{_VALIDATION}.uri": Row(
        validation(uri="gs://my-bucket/one.jsonl"),
        validation(uri="gs://my-bucket/two.jsonl"),
        VERTEX,
        says="validation",
    ),
    f"{_VALIDATION}.inputKey": Row(
        validation(files=["table.csv"], inputKey="textInput"),
        validation(files=["table.csv"], inputKey="question"),
        VERTEX,
        says="validation",
    ),
    f"{_VALIDATION}.outputKey": Row(
        validation(files=["table.csv"], outputKey="output"),
        validation(files=["table.csv"], outputKey="answer"),
        VERTEX,
        says="validation",
    ),
    "spec.tuningTask.exportLastCheckpointOnly": Row(
        task(exportLastCheckpointOnly=True), task(exportLastCheckpointOnly=False), VERTEX
    ),
    "spec.checks[].prompt": Row(_check("one", contains="e"), _check("two", contains="e"), says="checks"),
    "spec.checks[].expect.equals": Row(_check("one", equals="even"), _check("one", equals="odd"), says="checks"),
    "spec.checks[].expect.contains": Row(_check("one", contains="e"), _check("one", contains="n"), says="checks"),
    "spec.checks[].expect.matches": Row(_check("one", matches="e"), _check("one", matches="n"), says="checks"),
    "spec.lifecycle.protect": Row(spec(lifecycle={"protect": True}), spec(lifecycle={"protect": False})),
    "spec.lifecycle.deletionPolicy": Row(
        spec(lifecycle={"deletionPolicy": "retain"}), spec(lifecycle={"deletionPolicy": "delete"}), says="retain"
    ),
    "spec.lifecycle.keepPrevious": Row(
        spec(lifecycle={"keepPrevious": 3}), spec(lifecycle={"keepPrevious": 0}), says="delete"
    ),
    "spec.lifecycle.keepFor": Row(
        spec(lifecycle={"keepPrevious": 0, "keepFor": "1d"}), spec(lifecycle={"keepPrevious": 0, "keepFor": "14d"})
    ),
    "spec.import.tunedModel": Row(_imports("wild", "unknown"), _imports("tame", "unknown"), says="import"),
    "spec.import.data": Row(_imports("wild", "unknown"), _imports("wild", "asDeclared"), says="data"),
}

PROJECT = {
    "apiVersion": Row({"apiVersion": "gemspec/v1"}, {"apiVersion": "gemspec/v2"}),
    "kind": Row({"kind": "Project"}, {"kind": "Projects"}),
    "metadata.name": Row({"metadata": {"name": "team"}}, {"metadata": {"name": "other"}}, says="owner"),
    "metadata.distinctFrom[]": Row({"metadata": {"distinctFrom": ["x"]}}, {"metadata": {"distinctFrom": ["y"]}}),
    "spec.notOurs[]": Row(
        lambda stage: spec(notOurs=[_wild(stage, "wild")]), lambda stage: spec(notOurs=[_wild(stage, "tame")])
    ),
    "spec.provider": Row(spec(provider="emulator"), lambda stage: spec(provider=stage.provider), says="credentials"),
    "spec.vertex.project": Row(spec(), spec(vertex={"project": "your-project"}), VERTEX),
    "spec.vertex.location": Row(spec(), spec(vertex={"location": "europe-west4"}), VERTEX),
    "spec.vertex.bucket": Row(spec(), spec(vertex={"bucket": "other-bucket"}), VERTEX),
    "spec.manifests[]": Row(spec(manifests=["a.yaml"]), spec(manifests=["more/*.yaml"]), says="more"),
    "spec.policy.maxDeletes": Row(spec(policy={"maxDeletes": 9}), spec(policy={"maxDeletes": 0})),
    "spec.policy.allow[].rule": Row(_allowing(), _allowing(rule="rename"), says="blocked"),
    "spec.policy.allow[].key": Row(
        _allowing(rule="rename", key="a"), _allowing(rule="rename", key="b"), says="blocked"
    ),
    "spec.policy.allow[].reason": Row(_allowing(reason="one"), _allowing(reason="two")),
    "spec.policy.allow[].until": Row(_allowing(until="2099-12-31"), _allowing(until="2001-12-31"), says="blocked"),
    "spec.policy.places.projects[]": _places("projects", "my-project", "your-project"),
    "spec.policy.places.buckets[]": _places("buckets", "my-bucket", "your-bucket"),
    "spec.policy.places.serviceAccounts[]": _places("serviceAccounts", "one", "two"),
    "spec.policy.places.kmsKeys[]": _places("kmsKeys", "one", "two"),
    "spec.policy.maxTrainings": Row(spec(policy={"maxTrainings": 9}), spec(policy={"maxTrainings": 0})),
}
ROWS = {
    **{f"manifest:{path}": row for path, row in MANIFEST.items()},
    **{f"project:{path}": row for path, row in PROJECT.items()},
}
OTHER_BASE = {"gemini": "models/gemini-1.5-flash-001-tuning", "vertex": "gemini-2.0-flash-001"}


def merged(base: Patch, patch: Patch) -> Patch:
    """`base` with a patch laid over it."""
    found = dict(base)
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        elif isinstance(value, dict) and isinstance(found.get(name), dict):
            found[name] = merged(found[name], value)
        elif isinstance(value, dict):
            found[name] = merged({}, value)
        else:
            found[name] = value
    return found
