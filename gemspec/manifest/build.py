"""Last step of the walk: documents -> Desired, in normal form and in order of keys, with every problem on the way.

After `search`; uses `schema`, `permissions`, `checks`, `semantics` and `datasets`. Normal form is that of
`gemspec.model`: floats as float32 prints them, whole numbers as int (5.0 is 5), description with \\n line ends and no
space at its end, project numbers sorted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from gemspec import canonical
from gemspec.errors import Problem
from gemspec.manifest import advice, checks, permissions, schema, semantics
from gemspec.manifest.datasets import TrainingData
from gemspec.manifest.nodes import Document, pointer
from gemspec.marker import mentions_marker
from gemspec.model import (
    Adoption,
    BaseModel,
    Dataset,
    DeletionPolicy,
    DesiredModel,
    Lifecycle,
    Limit,
    Number,
    ParentKey,
    ParentModel,
    Project,
    Source,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_KIND = "TunedModel"
_DATA = ("spec", "tuningTask", "trainingData")
_HYPERPARAMETERS = ("spec", "tuningTask", "hyperparameters")
_SETTINGS = ("displayName", "description", "temperature", "topP", "topK", "readerProjectNumbers")
_FLOATS = ("temperature", "topP", "learningRate", "learningRateMultiplier")
# Zero means "unset" to the service, so a rate that float32 rounds to zero is not what was asked for.
_POSITIVE = ("learningRate", "learningRateMultiplier")


@dataclass(slots=True)
class Built:
    """The desired models of the manifests that are right, their data and warnings; what is wrong with the others."""

    desired: list[DesiredModel] = field(default_factory=list)
    data: dict[str, TrainingData] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


def project(document: Document) -> Project:
    """Give the project of a document without problems; the defaults are those of its schema."""
    policy = {
        name: document.mapping("spec", "policy").get(
            name, schema.property_schema("Project", "spec", "policy", name)["default"]
        )
        for name in ("maxDeletes", "maxTrainings")
    }
    deletes = policy["maxDeletes"]
    return Project(
        owner=document.text("metadata", "name") or "",
        provider=document.text("spec", "provider") or "",
        max_deletes=Limit.parse(deletes) if isinstance(deletes, str) else Limit(int(cast("Number", deletes))),
        max_trainings=int(cast("Number", policy["maxTrainings"])),
    )


def build(documents: Iterable[Document], folder: Path, *, whole: bool, provider: str | None) -> Built:
    """Make the desired models of all manifests, in order of keys; `folder` is where data paths begin.

    `provider` is the project's, None where that is unknown: what is advised depends on it.
    """
    documents, built = list(documents), Built()
    for document in documents:
        found = [*document.problems, *schema.problems(_KIND, document)]
        found += [*permissions.problems(document), *checks.problems(document)]
        found += [] if found else _checked_values(document)
        data = TrainingData(folder, document)
        seen = advice.DataAdvice(document)
        is_readable = data.is_declared and not _touches_data(found)
        dataset, wrong = data.measure(seen.see) if is_readable else (None, [])
        built.problems += [*found, *wrong]
        if found or wrong:
            continue
        model = _desired(document, dataset)
        built.desired.append(model)
        built.warnings += advice.on_settings(document, provider)
        if dataset is not None:
            built.warnings += seen.warnings()
            built.data.setdefault(model.key, data)
    built.problems += semantics.problems(documents, whole=whole)
    built.desired.sort(key=lambda model: model.key)
    return built


def _touches_data(problems: list[Problem]) -> bool:
    """Whether a problem stands in the training data, so that reading it would only repeat or hide that."""
    return any(p.origin is not None and p.origin.pointer.startswith(pointer(_DATA)) for p in problems)


def _checked_values(document: Document) -> list[Problem]:
    """Find values that the schema takes and the service, or a marker, cannot hold."""
    found = []
    if mentions_marker(document.text("spec", "description") or ""):
        summary = 'description holds the beginning of a gemspec marker ("[gemspec:")'
        found.append(
            Problem(summary, "remove it: gemspec writes its marker itself", document.origin(("spec", "description")))
        )
    for path in (("spec",), _HYPERPARAMETERS):
        for name, value in document.mapping(*path).items():
            if name in _FLOATS and not _fits_float32(name, cast("Number", value)):
                summary = f"{name} cannot be {document.written((*path, name))}"
                found.append(Problem(summary, "write a number that fits into 32 bits", document.origin((*path, name))))
    return found


def _fits_float32(name: str, value: Number) -> bool:
    try:
        return canonical.float32(value) != 0 or name not in _POSITIVE
    except OverflowError:
        return False


def _desired(document: Document, dataset: Dataset | None) -> DesiredModel:
    spec = document.mapping("spec")
    return DesiredModel(
        key=document.text("metadata", "name") or "",
        source=_source(document),
        dataset=dataset,
        settings={name: _setting(name, spec[name]) for name in _SETTINGS if name in spec},
        hyperparameters=_hyperparameters(document),
        lifecycle=_lifecycle(document),
        permissions=permissions.declared(document),
        checks=checks.declared(document),
        adopts=_adopts(document),
        moved_from=document.text("metadata", "movedFrom"),
        origin=document.origin(("metadata", "name")),
    )


def _source(document: Document) -> Source:
    if (name := document.text("spec", "baseModel")) is not None:
        return BaseModel(name)
    if (key := document.text("spec", "tunedModelSource", "key")) is not None:
        return ParentKey(key)
    return ParentModel(document.text("spec", "tunedModelSource", "tunedModel") or "")


def _adopts(document: Document) -> Adoption | None:
    name = document.text("spec", "import", "tunedModel")
    return Adoption(name, document.text("spec", "import", "data") == "asDeclared") if name is not None else None


def _setting(name: str, value: object) -> Value:
    match value:
        case str():
            return value.replace("\r\n", "\n").rstrip() if name == "description" else value
        case list():
            return tuple(sorted(set(value), key=int))
        case _:
            return _number(name, cast("Number", value))


def _hyperparameters(document: Document) -> dict[str, Number]:
    declared = document.mapping(*_HYPERPARAMETERS)
    names = schema.property_schema(_KIND, *_HYPERPARAMETERS)["properties"]
    return {name: _number(name, cast("Number", declared[name])) for name in names if name in declared}


def _number(name: str, value: Number) -> Number:
    return canonical.float32(value) + 0.0 if name in _FLOATS else int(value)  # + 0.0 makes -0.0 zero


def _lifecycle(document: Document) -> Lifecycle:
    declared = document.mapping("spec", "lifecycle")
    default = Lifecycle()
    return Lifecycle(
        protect=bool(declared.get("protect", default.protect)),
        deletion_policy=DeletionPolicy(str(declared.get("deletionPolicy", default.deletion_policy))),
        keep_previous=int(cast("Number", declared.get("keepPrevious", default.keep_previous))),
    )
