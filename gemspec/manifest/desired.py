"""A manifest without problems -> the DesiredModel that it declares, in normal form. Used by `build`.

Normal form is that of `domain.model`: floats as float32 prints them, whole numbers as int (5.0 is 5), description with
\\n line ends and no space at its end, project numbers sorted. Vertex AI's models are named without their publisher.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from gemspec.domain.model import (
    Adoption,
    BaseModel,
    DeletionPolicy,
    DesiredModel,
    Lifecycle,
    Number,
    ParentKey,
    ParentModel,
    Source,
    Value,
)
from gemspec.identity import hashing
from gemspec.manifest.data.dataset import VALIDATION
from gemspec.manifest.validation import checks, permissions, schema

if TYPE_CHECKING:
    from gemspec.domain.model import Dataset, Extra, Hyperparameter
    from gemspec.manifest.syntax.nodes import Document
    from gemspec.manifest.validation.provider_schema import Service

HYPERPARAMETERS = ("spec", "tuningTask", "hyperparameters")
FLOATS = ("temperature", "topP", "learningRate", "learningRateMultiplier")
_KIND = "TunedModel"
_TASK = ("spec", "tuningTask")
_SETTINGS = ("displayName", "description", "temperature", "topP", "topK", "readerProjectNumbers")
_FIXED = ("kmsKeyName",)
_EXPORT = "exportLastCheckpointOnly"
_PUBLISHER = "publishers/google/models/"


def desired(
    document: Document, dataset: Dataset | None, validation: Dataset | None, service: Service | None
) -> DesiredModel:
    """Give what a document declares. `dataset` and `validation` are what its data here, if any, came to."""
    spec = document.mapping("spec")
    return DesiredModel(
        key=document.text("metadata", "name") or "",
        source=_source(document),
        dataset=dataset,
        data_uri=document.text(*_TASK, "trainingData", "uri"),
        settings={name: _setting(name, spec[name]) for name in _SETTINGS if name in spec} | _labels(document),
        hyperparameters=_hyperparameters(document),
        fixed={name: str(spec[name]) for name in _FIXED if name in spec},
        extras=_extras(document, validation, service),
        lifecycle=_lifecycle(document),
        permissions=permissions.declared(document),
        checks=checks.declared(document),
        adopts=_adopts(document),
        moved_from=document.text("metadata", "movedFrom"),
        origin=document.origin(("metadata", "name")),
    )


def _source(document: Document) -> Source:
    if (name := document.text("spec", "baseModel")) is not None:
        return BaseModel(name.removeprefix(_PUBLISHER))
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


def _labels(document: Document) -> dict[str, Value]:
    """Each label is a setting of its own: one that is not declared is not managed."""
    return {f"labels.{name}": str(value) for name, value in document.mapping("spec", "labels").items()}


def _hyperparameters(document: Document) -> dict[str, Hyperparameter]:
    declared = document.mapping(*HYPERPARAMETERS)
    names = schema.property_schema(_KIND, *HYPERPARAMETERS)["properties"]
    return {name: _hyperparameter(name, declared[name]) for name in names if name in declared}


def _hyperparameter(name: str, value: object) -> Hyperparameter:
    return value if isinstance(value, str) else _number(name, cast("Number", value))


def _number(name: str, value: Number) -> Number:
    return hashing.float32(value) + 0.0 if name in FLOATS else int(value)  # + 0.0 makes -0.0 zero


def _extras(document: Document, validation: Dataset | None, service: Service | None) -> dict[str, Extra]:
    """What a training is sent and is not known by; validation data by its place, or the fingerprint of what is here."""
    task = document.mapping(*_TASK)
    extras: dict[str, Extra] = {}
    if (account := document.text("spec", "serviceAccount")) is not None:
        extras["serviceAccount"] = account
    if (uri := document.text(*_TASK, VALIDATION, "uri")) is not None:
        extras["validationDatasetUri"] = uri
    if validation is not None:
        extras["validationData"] = validation.fingerprint
    if service and service.key == "vertex":
        default = schema.property_schema(_KIND, *_TASK, _EXPORT)["default"]
        extras[_EXPORT] = bool(task.get(_EXPORT, default))
    return extras


def _lifecycle(document: Document) -> Lifecycle:
    declared = document.mapping("spec", "lifecycle")
    default = Lifecycle()
    return Lifecycle(
        protect=bool(declared.get("protect", default.protect)),
        deletion_policy=DeletionPolicy(str(declared.get("deletionPolicy", default.deletion_policy))),
        keep_previous=int(cast("Number", declared.get("keepPrevious", default.keep_previous))),
    )
